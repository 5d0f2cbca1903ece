//! Telling stock: how many calls a comparison of everything costs, and a run after which nothing changed.

use std::sync::Arc;

use harness_contract::types::Mode;
use harness_wms::Connection;
use host_harness::flow::run::Ran;
use host_harness::flow::sync_stock::{self, Report, Scope};
use host_harness::platform::Platform;
use serde_json::json;

use crate::Row;
use bench::lab::{self, SimulatorProcess};

/// Figures of `skus` SKUs of which one in a hundred changed, spread over all of them.
pub(crate) async fn rows(skus: usize) -> anyhow::Result<Vec<Row>> {
    let simulator = SimulatorProcess::start_with(1, skus)?;
    let folder = tempfile::tempdir()?;
    let (platform, mut connection) = lab::platform_with(folder.path(), &simulator.url, false, skus).await?;
    if let Some(settings) = connection.settings.as_object_mut() {
        settings.insert("SyncStockLevels".to_owned(), json!(true));
    }
    platform.store.update_connection(&connection, platform.now()).await?;
    let (client, warehouse) = (connection.client_id, connection.warehouse_id);
    let products = platform.store.products(client).await?;
    let now = platform.now();
    for (product, units) in products.iter().zip(0_i64..) {
        platform.store.set_stock(client, warehouse, &product.sku, 500 + units % 50, 0, now).await?;
    }
    let planned = run(&platform, &connection, Scope::Due).await?;
    for plan in platform.store.held_plans().await? {
        platform.store.approve_plan(plan.id, platform.now()).await?;
    }
    let first = run(&platform, &connection, Scope::Due).await?;
    anyhow::ensure!(
        first.report.written == planned.report.held_back && first.report.written * 2 > skus,
        "the first run did not set what was released: {:?} after {:?}",
        first.report.written,
        planned.report.held_back
    );
    let idle = run(&platform, &connection, Scope::Due).await?;
    let mut changed = 0;
    for product in products.iter().step_by(100) {
        platform.store.set_stock(client, warehouse, &product.sku, 7, 0, platform.now()).await?;
        changed += 1;
    }
    let compared = run(&platform, &connection, Scope::All).await?;
    anyhow::ensure!(compared.report.written > changed * 9 / 10, "{:?} were set", compared.report.written);
    let calls = |ran: &Ran<Report>| ran.spent.calls.values().sum::<u64>();
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let number = |count: u64| count as f64;
    let per_hundred = |count: usize| u64::try_from(count.div_ceil(100)).unwrap_or(u64::MAX);
    let allowed = per_hundred(skus) + per_hundred(changed) + 3;
    Ok(vec![
        Row::new(
            format!("stock of {} SKUs, {changed} changed: calls", products.len()),
            number(calls(&compared)),
            "calls",
            Some(number(allowed)),
        ),
        Row::new("stock when nothing changed: calls", number(calls(&idle)), "calls", Some(0.0)),
        Row::new(
            format!("first plan of the stock of {} SKUs: calls", products.len()),
            number(calls(&planned)),
            "calls",
            Some(number(4 * allowed)),
        ),
        Row::new(
            "comparing one SKU: processor time of the component",
            number(compared.spent.cpu_us) / number(skus as u64),
            "us",
            None,
        ),
    ])
}

async fn run(platform: &Platform, connection: &Connection, scope: Scope) -> anyhow::Result<Ran<Report>> {
    let connection = platform.store.connection_by_id(connection.id).await?;
    Ok(sync_stock::watched(platform, &connection, Mode::Apply, scope, Arc::default()).await?)
}
