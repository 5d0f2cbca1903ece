//! `harness erase`: what the warehouse knows of a buyer goes, the orders stay.

use clap::Args;
use harness_wms::Erased;
use serde_json::json;

use super::output::table;
use super::{Done, Output};
use crate::erasure::erase;
use crate::platform::Platform;

/// Erase a buyer: names, addresses, e-mail, phone and notes in orders, reviews, problems and timelines. Ids, numbers and goods
/// stay, so that nothing is imported again. What is erased cannot be brought back.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// An order (number with prefix, channel reference, id), or the e-mail address of a buyer for all orders of theirs.
    whom: String,
    /// Show what would be blanked and change nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(platform: &Platform, arguments: Arguments, output: Output) -> anyhow::Result<Done> {
    let erased = erase(platform, &arguments.whom, arguments.dry_run).await?;
    output.show(&json!({ "dry_run": arguments.dry_run, "erased": erased }), |_| text(&erased, arguments.dry_run))?;
    Ok(Done::Well)
}

fn text(erased: &[Erased], dry_run: bool) -> String {
    if erased.is_empty() {
        return "it was erased before; nothing is left to blank\n".into();
    }
    let head = if dry_run { "would be blanked (nothing is changed)\n" } else { "blanked\n" };
    let rows =
        erased.iter().map(|one| [one.order_number.clone(), one.source_reference.clone(), one.blanked.join(", ")]);
    head.to_owned() + &table(["ORDER", "REFERENCE", "PARTS"], rows)
}
