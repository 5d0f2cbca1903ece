//! Despatches: a thousand orders that left are told to a simulator in another process, with few calls and as fast as its limit on
//! calls allows.

use std::sync::Arc;

use harness_capability::clock::{Clock as _, SystemClock, VirtualClock};
use harness_contract::types::Mode;
use harness_wms::{Connection, OrderStatus, Parcel};
use host_harness::flow::import_orders::{self, Scope};
use host_harness::flow::push_despatch;
use host_harness::platform::Platform;

use crate::Row;
use bench::lab::{self, SimulatorProcess};

/// Orders that are despatched.
const ORDERS: usize = 1_000;

/// Calls a minute of the operation of which every despatch needs one: the tightest limit of a despatch.
const LIMIT: usize = 250;

/// How much of that limit is to be used at least.
const SHARE: f64 = 0.95;

/// Runs until all are told; a run ends early when the account's calls are spent.
const RUNS: usize = 20;

/// What a thousand despatches cost.
struct Told {
    calls: u64,
    /// Of the host's clock, in milliseconds.
    took: i64,
    /// Calls of a run without any despatch.
    idle: u64,
}

/// Figures of the despatch of a thousand orders, and of a run without any.
pub(crate) async fn rows() -> anyhow::Result<Vec<Row>> {
    let simulator = SimulatorProcess::start(ORDERS)?;
    let folder = tempfile::tempdir()?;
    let clock = Arc::new(VirtualClock::new(SystemClock.now_ms()));
    let (platform, connection) =
        lab::platform_on(folder.path(), &simulator.url, false, lab::ITEMS, clock.clone()).await?;
    fill_shelves(&platform, &connection).await?;
    let told = lab::waiting_only(&clock, &platform, tell_all(&platform, connection)).await?;
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let number = |count: u64| count as f64;
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of some minutes")]
    let seconds = told.took as f64 / 1_000.0;
    // The first calls of a limit are free; the last ones can begin so many minutes later.
    let least = number((ORDERS.div_ceil(LIMIT) - 1) as u64) * 60.0;
    Ok(vec![
        Row::new(
            format!("despatch of {ORDERS} orders: calls per order"),
            number(told.calls) / number(ORDERS as u64),
            "calls",
            Some(2.1),
        ),
        Row {
            // Waiting is counted by a clock that nothing else moves.
            exact: true,
            ..Row::new(
                format!("despatch of {ORDERS} orders: waiting against the least that {LIMIT} calls a minute allow"),
                seconds / least,
                "times",
                Some(1.0 / SHARE),
            )
        },
        Row::new("run without despatches: calls", number(told.idle), "calls", Some(0.0)),
    ])
}

async fn tell_all(platform: &Platform, connection: Connection) -> anyhow::Result<Told> {
    import_orders::run(platform, &connection, Mode::Apply, Scope::New).await?;
    let connection = platform.store.connection_by_id(connection.id).await?;
    let sent = send_all(platform).await?;
    anyhow::ensure!(sent == ORDERS, "{sent} of {ORDERS} orders could leave the warehouse");
    let (mut calls, mut done, began) = (0, 0, platform.now());
    for _ in 0..RUNS {
        let ran = push_despatch::watched(platform, &connection, Mode::Apply, Arc::default()).await?;
        calls += ran.spent.calls.values().sum::<u64>();
        done += ran.report.done;
        if platform.store.queue(Some(connection.id), false).await?.is_empty() {
            break;
        }
        // As the scheduler does: it goes on once there are calls again.
        if let Some(opens) = ran.go_on_at {
            platform.clock.sleep_until(opens).await;
        }
    }
    let took = platform.now() - began;
    anyhow::ensure!(done == ORDERS, "{done} of {ORDERS} despatches were told");
    let idle = push_despatch::watched(platform, &connection, Mode::Apply, Arc::default()).await?;
    Ok(Told { calls, took, idle: idle.spent.calls.values().sum() })
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
