//! `harness wms order`: what is done to orders.

use anyhow::Context as _;
use clap::{Args, Subcommand};
use harness_wms::{Order, OrderStatus, Parcel, PickedBatch};

use crate::cli::Output;
use crate::cli::output::{instant, table};
use crate::flow::review_orders::hands::{self, Look};
use crate::labels::{self, LabelRequest};
use crate::platform::Platform;

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
    /// List orders.
    List(OrderList),
    /// Show one.
    Show { order: String },
    /// Pick it. The source is asked first whether it still stands, within 30 s.
    Pick {
        order: String,
        /// A batch that was picked; one for each.
        #[arg(long = "batch", value_name = "SKU=NUMBER:UNITS", value_parser = batch)]
        batches: Vec<PickedBatch>,
    },
    /// Put its goods back on the shelf: it may be changed and cancelled again.
    PutBack { order: String },
    /// Pack it.
    Pack { order: String },
    /// Despatch it, and queue it to be told to the source, which is asked first whether it still stands, within 30 s.
    Despatch {
        order: String,
        /// One for each parcel: its tracking number.
        #[arg(long = "tracking", value_name = "NUMBER")]
        tracking: Vec<String>,
        /// How it went: one service for all parcels, or one for each; the order's own when left out.
        #[arg(long = "courier", value_name = "SERVICE")]
        couriers: Vec<String>,
    },
    /// Split units off into an order of their own.
    Split {
        order: String,
        /// What goes into the new order.
        #[arg(required = true, value_name = "SKU=UNITS", value_parser = units)]
        units: Vec<(String, i64)>,
    },
    /// Show what its Prime label is asked of Amazon by, through the client's connection to Amazon, which may be inactive.
    Label { order: String },
    /// Bill it once it is despatched.
    Bill { order: String },
    /// Cancel it in the warehouse; nothing is told to the source.
    Cancel {
        order: String,
        #[arg(long, default_value = "cancelled in the warehouse")]
        reason: String,
    },
    /// Hold it.
    Hold {
        order: String,
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Release it.
    Release { order: String },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct OrderList {
    /// Only of that client.
    #[arg(long)]
    client: Option<String>,
    /// Only in that status, by id (1 NEW, 4 DESPATCHED, 7 HOLDING, 9 ONBACKORDER, ...).
    #[arg(long)]
    status: Option<i64>,
    #[arg(long, default_value_t = 50)]
    limit: u32,
}

pub(in crate::cli) async fn run(platform: &Platform, command: Command, output: Output) -> anyhow::Result<()> {
    let (store, now) = (&platform.store, platform.now());
    let id = match &command {
        Command::List(list) => {
            let client = match &list.client {
                Some(code) => Some(store.client(code).await?.id),
                None => None,
            };
            let status = match list.status {
                Some(id) => Some(OrderStatus::from_id(id).with_context(|| format!("there is no order status {id}"))?),
                None => None,
            };
            let orders = store.orders(client, status, 0, list.limit).await?;
            return output.show(&orders, |rows| {
                table(
                    ["ID", "NUMBER", "REFERENCE", "STATUS", "LINES", "VALUE", "DUE", "SOURCE DATE"],
                    rows.iter().map(|o| {
                        [
                            o.id.to_string(),
                            o.order_number.clone(),
                            o.external_order_reference.clone(),
                            o.order_status.name().to_owned(),
                            o.order_items.len().to_string(),
                            format!("{} {}", o.order_value, o.currency),
                            o.required_despatch_date.clone().unwrap_or_default(),
                            o.source_order_date.map(instant).unwrap_or_default(),
                        ]
                    }),
                )
            });
        }
        Command::Show { order }
        | Command::Pick { order, .. }
        | Command::PutBack { order }
        | Command::Pack { order }
        | Command::Split { order, .. }
        | Command::Label { order }
        | Command::Bill { order }
        | Command::Despatch { order, .. }
        | Command::Cancel { order, .. }
        | Command::Hold { order, .. }
        | Command::Release { order } => store.order(order).await?.id,
    };
    match &command {
        Command::Pick { batches, .. } => {
            look(platform, id).await?;
            let now = platform.now();
            store.pick(id, now).await?;
            if !batches.is_empty() {
                store.pick_batches(id, batches, now).await?;
            }
        }
        Command::PutBack { .. } => store.put_back(id, now).await?,
        Command::Label { .. } => {
            let request = labels::request(platform, &store.order_by_id(id).await?).await?;
            return output.show(&request, label);
        }
        Command::Pack { .. } => store.pack(id, now).await?,
        Command::Bill { .. } => store.bill(id, now).await?,
        Command::Split { units, .. } => {
            let new = store.split(id, units, now).await?;
            return output.show(&store.order_by_id(new).await?, show);
        }
        Command::Cancel { reason, .. } => store.cancel(id, reason, now).await?,
        Command::Hold { reason, .. } => store.hold(id, reason, now).await?,
        Command::Release { .. } => store.release(id, now).await?,
        Command::Despatch { tracking, couriers, .. } => {
            let parcels = parcels(tracking, couriers)?;
            look(platform, id).await?;
            store.despatch(id, &parcels, platform.now()).await?;
        }
        Command::List(_) | Command::Show { .. } => {}
    }
    output.show(&store.order_by_id(id).await?, show)
}

/// Asks the source about an order; when it cannot be asked, says why and goes on.
async fn look(platform: &Platform, order_id: i64) -> anyhow::Result<()> {
    if let Look::NotTaken(why) = hands::look(platform, order_id).await? {
        eprintln!("the source was not asked whether the order still stands: {why}");
    }
    Ok(())
}

fn show(order: &Order) -> String {
    let head = format!(
        "order {} ({}), {}\nreference {}, {} {}, due {}\nto {} {}, {}, {} {}\n",
        order.order_number,
        order.id,
        order.order_status.name(),
        order.external_order_reference,
        order.order_value,
        order.currency,
        order.required_despatch_date.as_deref().unwrap_or("-"),
        order.first_name,
        order.last_name,
        order.town,
        order.post_code,
        order.country,
    );
    head + &table(
        ["SKU", "QUANTITY", "ALLOCATED", "PRICE", "DETAILS"],
        order.order_items.iter().map(|item| {
            [
                item.sku.clone(),
                item.quantity.to_string(),
                item.allocated.to_string(),
                item.price.clone(),
                item.details.clone(),
            ]
        }),
    )
}

fn label(request: &LabelRequest) -> String {
    let head = format!("Amazon order {}, through connection {}\n", request.amazon_order_id, request.connection);
    head + &table(
        ["AMAZON'S LINE", "QUANTITY"],
        request.items.iter().map(|item| {
            let quantity = item.quantity.map_or_else(|| "all".to_owned(), |quantity| quantity.to_string());
            [item.amazon_order_item_id.clone(), quantity]
        }),
    )
}

/// One parcel for each tracking number; without any, one for each courier service, and at least one.
fn parcels(tracking: &[String], couriers: &[String]) -> anyhow::Result<Vec<Parcel>> {
    let count = tracking.len().max(couriers.len()).max(1);
    anyhow::ensure!(
        couriers.len() <= 1 || tracking.is_empty() || couriers.len() == tracking.len(),
        "{} courier services are given for {} parcels; give one for all of them, or one for each",
        couriers.len(),
        tracking.len()
    );
    let parcel = |at: usize| Parcel {
        tracking_number: tracking.get(at).cloned(),
        courier_service: couriers.get(at).or_else(|| couriers.first()).cloned().unwrap_or_default(),
    };
    Ok((0..count).map(parcel).collect())
}

/// `SKU=UNITS`
fn units(text: &str) -> Result<(String, i64), String> {
    let wrong = || format!("{text:?} is not of the form SKU=UNITS, for example TEE=2");
    let (sku, units) = text.rsplit_once('=').ok_or_else(wrong)?;
    Ok((sku.to_owned(), units.parse().map_err(|_| wrong())?))
}

/// `SKU=NUMBER:UNITS`
fn batch(text: &str) -> Result<PickedBatch, String> {
    let wrong = || format!("{text:?} is not of the form SKU=NUMBER:UNITS, for example CREAM=B24:3");
    let (sku, batch) = text.split_once('=').ok_or_else(wrong)?;
    let (number, units) = batch.rsplit_once(':').ok_or_else(wrong)?;
    Ok(PickedBatch { sku: sku.to_owned(), number: number.to_owned(), quantity: units.parse().map_err(|_| wrong())? })
}

#[cfg(test)]
mod tests {
    use super::{batch, parcels, units};

    #[test]
    fn parcels_have_one_courier_service_together_or_one_each() {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<String>>();
        let named = |tracking: &[&str], couriers: &[&str]| {
            let parcels = parcels(&texts(tracking), &texts(couriers)).unwrap();
            parcels
                .iter()
                .map(|p| (p.tracking_number.clone().unwrap_or_default(), p.courier_service.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(named(&[], &[]), [("".into(), "".into())]);
        assert_eq!(named(&["A", "B"], &["DPD"]), [("A".into(), "DPD".into()), ("B".into(), "DPD".into())]);
        assert_eq!(named(&["A", "B"], &["DPD", "UPS"]), [("A".into(), "DPD".into()), ("B".into(), "UPS".into())]);
        assert_eq!(named(&[], &["DPD", "UPS"]).len(), 2);
        assert!(parcels(&texts(&["A", "B", "C"]), &texts(&["DPD", "UPS"])).is_err());
    }

    #[test]
    fn units_and_batches_are_read_from_the_command_line() {
        assert_eq!(units("A=B=2"), Ok(("A=B".into(), 2)));
        assert!(units("TEE").is_err());
        let read = batch("CREAM=B:24:3").unwrap();
        assert_eq!((read.sku.as_str(), read.number.as_str(), read.quantity), ("CREAM", "B:24", 3));
        assert!(batch("CREAM=B24").is_err());
    }
}
