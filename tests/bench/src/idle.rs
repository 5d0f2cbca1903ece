//! A run of each flow when there is nothing to do.

use std::sync::Arc;

use harness_contract::types::Mode;
use host_harness::flow::{FLOWS, import_purchase_orders};
use host_harness::platform::Platform;
use serde_json::json;

use crate::Row;
use bench::lab::{self, SimulatorProcess};

/// Orders of the account.
const ORDERS: usize = 400;

/// Every flow is run so often before it is measured: what a connection begins with is behind it then.
const ROUNDS: usize = 3;

/// Calls of an idle run of each flow.
pub(crate) async fn rows() -> anyhow::Result<Vec<Row>> {
    let simulator = SimulatorProcess::start_with(ORDERS, 100)?;
    let folder = tempfile::tempdir()?;
    let (platform, mut connection) = lab::platform_with(folder.path(), &simulator.url, false, 100).await?;
    if let Some(settings) = connection.settings.as_object_mut() {
        for switch in FLOWS.iter().filter_map(|flow| flow.switch) {
            settings.insert(switch.to_owned(), json!(true));
        }
    }
    platform.store.update_connection(&connection, platform.now()).await?;
    let (client, warehouse) = (connection.client_id, connection.warehouse_id);
    for product in platform.store.products(client).await? {
        platform.store.set_stock(client, warehouse, &product.sku, 5_000, 0, platform.now()).await?;
    }
    for _ in 0..ROUNDS {
        round(&platform, connection.id).await?;
        for plan in platform.store.held_plans().await? {
            platform.store.approve_plan(plan.id, platform.now()).await?;
        }
    }
    let orders = platform.store.orders(None, None, 0, u32::MAX).await?.len();
    anyhow::ensure!(orders == ORDERS, "{orders} of {ORDERS} orders came in");
    let calls = round(&platform, connection.id).await?;
    Ok(calls
        .into_iter()
        .map(|(flow, calls)| {
            let limit = if flow == import_purchase_orders::FLOW { 2.0 } else { 1.0 };
            Row::new(format!("{flow} with nothing to do: calls"), calls, "calls", Some(limit))
        })
        .collect())
}

/// Runs every flow once, in the sequence of a beat. Gives the calls of each.
async fn round(platform: &Platform, connection: i64) -> anyhow::Result<Vec<(&'static str, f64)>> {
    let mut calls = Vec::with_capacity(FLOWS.len());
    for flow in FLOWS {
        let connection = platform.store.connection_by_id(connection).await?;
        let ran = flow.run(platform, &connection, Mode::Apply, Arc::default()).await?;
        #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
        calls.push((flow.name, ran.spent.calls.values().sum::<u64>() as f64));
    }
    Ok(calls)
}
