//! `harness wms asns`: what people do to advance shipment notices.

use anyhow::Context as _;
use clap::Subcommand;
use harness_wms::{Asn, AsnStatus};

use crate::cli::Output;
use crate::cli::output::{instant, table};
use crate::platform::Platform;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    /// List them.
    List {
        /// Only of that client.
        #[arg(long)]
        client: Option<String>,
        /// Only in that status, by id (1 New, 3 Awaiting Delivery, 4 BookedIn, 6 Complete, 7 Part Booked, ...).
        #[arg(long)]
        status: Option<i64>,
    },
    /// Show one.
    Show { asn: String },
    /// Confirm a new one: goods can then be received for it.
    Confirm { asn: String },
    /// Count what arrived; it is in the stock once it is booked in.
    Receive {
        asn: String,
        /// What arrived, as SKU=QUANTITY; one for each SKU.
        #[arg(required = true, value_name = "SKU=QUANTITY", value_parser = arrived)]
        arrived: Vec<(String, u32)>,
        /// Book it in at once.
        #[arg(long)]
        book_in: bool,
    },
    /// Put all that arrived to the stock.
    BookIn { asn: String },
    /// End one: nothing more comes.
    Complete {
        asn: String,
        /// Although less came than was announced.
        #[arg(long)]
        short: bool,
    },
}

fn arrived(text: &str) -> Result<(String, u32), String> {
    let expected = || format!("`{text}` is no SKU=QUANTITY; write for example MUG=12");
    let (sku, quantity) = text.rsplit_once('=').ok_or_else(expected)?;
    let quantity = quantity.trim().parse().ok().filter(|quantity| *quantity > 0).ok_or_else(expected)?;
    Ok((sku.trim().to_owned(), quantity))
}

pub(super) async fn run(platform: &Platform, command: Command, output: Output) -> anyhow::Result<()> {
    let (store, now) = (&platform.store, platform.now());
    let asn = match &command {
        Command::List { client, status } => {
            let client = match client {
                Some(code) => Some(store.client(code).await?.id),
                None => None,
            };
            let status = match status {
                Some(id) => Some(AsnStatus::from_id(*id).with_context(|| format!("there is no ASN status {id}"))?),
                None => None,
            };
            return output.show(&store.asns(client, status).await?, |rows| list(rows));
        }
        Command::Show { asn }
        | Command::Confirm { asn }
        | Command::Receive { asn, .. }
        | Command::BookIn { asn }
        | Command::Complete { asn, .. } => store.asn(asn).await?.id,
    };
    match &command {
        Command::Confirm { .. } => store.confirm_asn(asn, now).await?,
        Command::Receive { arrived, book_in, .. } => {
            store.receive_asn(asn, arrived, now).await?;
            if *book_in {
                store.book_in_asn(asn, now).await?;
            }
        }
        Command::BookIn { .. } => {
            store.book_in_asn(asn, now).await?;
        }
        Command::Complete { short, .. } => store.complete_asn(asn, *short, now).await?,
        Command::List { .. } | Command::Show { .. } => {}
    }
    output.show(&store.asn_by_id(asn).await?, show)
}

fn list(asns: &[Asn]) -> String {
    table(
        ["ID", "PO REFERENCE", "SUPPLIER", "STATUS", "LINES", "EXPECTED", "BOOKED", "DUE"],
        asns.iter().map(|asn| {
            let sum = |of: fn(&harness_wms::AsnItem) -> i64| asn.items.iter().map(of).sum::<i64>().to_string();
            [
                asn.id.to_string(),
                asn.po_reference.clone(),
                asn.supplier.clone(),
                asn.status.name().to_owned(),
                asn.items.len().to_string(),
                sum(|item| item.quantity_expected),
                sum(|item| item.quantity_booked),
                asn.estimated_delivery.map(instant).unwrap_or_default(),
            ]
        }),
    )
}

fn show(asn: &Asn) -> String {
    let head = format!(
        "ASN {} ({}), {}{}\nfrom {}, due {}\n{}\n",
        asn.id,
        asn.po_reference,
        asn.status.name(),
        if asn.awaited { "" } else { ", no longer awaited by the source" },
        if asn.supplier.is_empty() { "-" } else { &asn.supplier },
        asn.estimated_delivery.map_or_else(|| "-".to_owned(), instant),
        asn.comments,
    );
    head + &table(
        ["SKU", "EXPECTED", "RECEIVED", "BOOKED", "TOLD"],
        asn.items.iter().map(|item| {
            [
                item.sku.clone(),
                item.quantity_expected.to_string(),
                item.quantity_receieved.to_string(),
                item.quantity_booked.to_string(),
                item.settled.to_string(),
            ]
        }),
    )
}
