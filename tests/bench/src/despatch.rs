//! Despatches: a thousand orders that left are told to a simulator in another process.

use std::sync::Arc;

use harness_contract::types::Mode;
use harness_wms::{Connection, OrderStatus, Parcel};
use host_harness::flow::import_orders::{self, Scope};
use host_harness::flow::push_despatch;
use host_harness::platform::Platform;

use crate::Row;
use crate::lab::{self, SimulatorProcess};

/// Orders that are despatched.
const ORDERS: usize = 1_000;

/// Runs until all are told; a run ends early when the account's calls are spent.
const RUNS: usize = 20;

/// Figures of the despatch of a thousand orders, and of a run without any.
pub(crate) async fn rows() -> anyhow::Result<Vec<Row>> {
    let simulator = SimulatorProcess::start(ORDERS)?;
    let folder = tempfile::tempdir()?;
    let (platform, connection) = lab::platform(folder.path(), &simulator.url, false).await?;
    fill_shelves(&platform, &connection).await?;
    import_orders::run(&platform, &connection, Mode::Apply, Scope::New).await?;
    let connection = platform.store.connection_by_id(connection.id).await?;
    let sent = send_all(&platform).await?;
    anyhow::ensure!(sent == ORDERS, "{sent} of {ORDERS} orders could leave the warehouse");
    let (mut calls, mut done) = (0, 0);
    for _ in 0..RUNS {
        let ran = push_despatch::watched(&platform, &connection, Mode::Apply, Arc::default()).await?;
        calls += ran.spent.calls.values().sum::<u64>();
        done += ran.report.done;
        if platform.store.queue(Some(connection.id), false).await?.is_empty() {
            break;
        }
    }
    anyhow::ensure!(done == ORDERS, "{done} of {ORDERS} despatches were told");
    let idle = push_despatch::watched(&platform, &connection, Mode::Apply, Arc::default()).await?;
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let number = |count: u64| count as f64;
    let each = number(calls) / number(ORDERS as u64);
    Ok(vec![
        Row::new(format!("despatch of {ORDERS} orders: calls per order"), each, "calls", Some(2.1)),
        Row::new("run without despatches: calls", number(idle.spent.calls.values().sum()), "calls", Some(0.0)),
    ])
}

async fn fill_shelves(platform: &Platform, connection: &Connection) -> anyhow::Result<()> {
    let store = &platform.store;
    for product in store.products(connection.client_id).await? {
        let (client, warehouse) = (connection.client_id, connection.warehouse_id);
        store.set_stock(client, warehouse, &product.sku, 1_000_000, 0, platform.now()).await?;
    }
    Ok(())
}

/// Despatches whatever can leave; answers how many orders did.
async fn send_all(platform: &Platform) -> anyhow::Result<usize> {
    let orders = platform.store.orders(None, Some(OrderStatus::New), 0, u32::MAX).await?;
    for order in &orders {
        let parcel = Parcel { tracking_number: Some(format!("T{}", order.id)), ..Parcel::default() };
        platform.store.despatch(order.id, &[parcel], platform.now()).await?;
    }
    Ok(orders.len())
}
