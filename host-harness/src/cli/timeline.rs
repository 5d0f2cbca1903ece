//! `harness timeline`: what happened to an order, at the source and in the warehouse.

use clap::Args;
use serde_json::json;

use super::output::{instant, table};
use super::{Done, Output};
use crate::platform::Platform;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Number with prefix, channel reference, the source's id or the warehouse's id.
    order: String,
}

pub(super) async fn run(platform: &Platform, arguments: Arguments, output: Output) -> anyhow::Result<Done> {
    let order = platform.store.order(&arguments.order).await?;
    let entries = platform.store.timeline(order.id).await?;
    let told = json!({
        "OrderNumber": order.order_number,
        "SourceReference": order.source_reference,
        "OrderStatus": order.order_status,
        "Timeline": entries,
    });
    output.show(&told, |_| {
        let head = format!("{} ({}), {}\n", order.order_number, order.source_reference, order.order_status.name());
        let rows = entries
            .iter()
            .map(|entry| [instant(entry.at), entry.side.clone(), entry.event.clone(), entry.detail.clone()]);
        head + &table(["TIME", "WHERE", "WHAT", "MORE"], rows)
    })?;
    Ok(Done::Well)
}
