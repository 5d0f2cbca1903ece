//! What it costs to commit orders: batches of 200 with 3 lines each, into SQLite in a temporary folder.
//! CPU time is the whole process's, the database's thread included.
//!
//!     cargo run --release -p harness-wms --example commit_cost

use harness_wms::*;
use std::time::{Duration, Instant};

const BATCHES: u32 = 50;
const BATCH: u32 = 200;
const SKUS: u32 = 500;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let address = match std::env::args().nth(1) {
        Some(url) => DatabaseAddress::Postgres(url),
        None => DatabaseAddress::Sqlite(folder.path().join("wms.db")),
    };
    let store = Store::open(&address).await?;
    let client = store.add_client("ACME", "Acme", 0).await?.id;
    let warehouse = store.add_warehouse("MAIN", "Main", "Europe/London").await?.id;
    let channel = store.add_channel(client, "eBay").await?.id;
    let account = store.account("linnworks", "a", 0).await?.id;
    let products: Vec<NewProduct> =
        (0..SKUS).map(|n| NewProduct { sku: format!("SKU-{n}"), ..Default::default() }).collect();
    store.add_products(client, &products, 0).await?;
    for product in &products {
        store.set_stock(client, warehouse, &product.sku, 1_000, 0, 0).await?;
    }
    let connection = NewConnection {
        name: "c".into(),
        client_id: client,
        warehouse_id: warehouse,
        channel_id: channel,
        plugin: "linnworks".into(),
        plugin_digest: None,
        settings: serde_json::json!({}),
        sealed_secrets: None,
    };
    let connection = store.add_connection(&connection, 0).await?.id;
    let run = store.begin_run(connection, "import-orders", RunMode::Apply, "example", 0, i64::MAX).await?;

    let commits: Vec<ImportCommit> = (0..BATCHES)
        .map(|batch| ImportCommit {
            run: run.id,
            fence: run.fence,
            connection,
            account,
            ready: (0..BATCH).map(|n| order(batch * BATCH + n)).collect(),
            ..Default::default()
        })
        .collect();
    let (begun, cpu) = (Instant::now(), cpu_time()?);
    for commit in &commits {
        assert_eq!(store.commit_import(commit).await?.created(), BATCH as usize);
    }
    let orders = BATCHES * BATCH;
    println!(
        "{orders} orders: CPU {:?} each, elapsed {:?} each",
        (cpu_time()? - cpu) / orders,
        begun.elapsed() / orders
    );

    let ids: Vec<String> = (0..100_000).map(id).collect();
    let (begun, cpu) = (Instant::now(), cpu_time()?);
    let unknown = store.ledger_unknown(account, client, &ids, 0).await?;
    println!(
        "100000 ids against the ledger, {} unknown: CPU {:?}, elapsed {:?}",
        unknown.len(),
        cpu_time()? - cpu,
        begun.elapsed()
    );
    Ok(())
}

fn id(n: u32) -> String {
    format!("{:08x}-0000-4000-8000-{n:012x}", n.wrapping_mul(2_654_435_761))
}

fn order(n: u32) -> NewOrder {
    NewOrder {
        id: id(n),
        version: "0123456789abcdef0123456789abcdef".into(),
        order_number: format!("LW-{n}"),
        external_order_reference: format!("12-{n}-34"),
        source_reference: n.to_string(),
        channel: "eBay".into(),
        source_order_date: Some(0),
        required_despatch: Some(1_772_366_400_000),
        delivery_address: Address {
            full_name: "Some Person".into(),
            address1: "1 High Street".into(),
            town: "London".into(),
            post_code: "N1 1AA".into(),
            country: "GB".into(),
            email: "some.person@example.com".into(),
            phone: "020 7946 0000".into(),
            ..Default::default()
        },
        currency: "GBP".into(),
        totals: Totals { order_value: "36.00".into(), total_vat: "6.00".into(), ..Default::default() },
        lines: (0..3)
            .map(|line| NewOrderLine {
                source_line_id: id(n * 3 + line),
                sku: format!("SKU-{}", (n * 7 + line * 131) % SKUS),
                quantity: 1,
                details: "A thing that somebody bought".into(),
                unit_price: "10.00".into(),
                unit_price_vat: "2.00".into(),
                discount: "0.00".into(),
                ..Default::default()
            })
            .collect(),
        name_values: ["OriginalSource", "OriginalSubSource", "SourceCourierServiceName", "LinnworksLocationId"]
            .map(|name| NameValue { name: name.into(), value: "value".into() })
            .into(),
        ..Default::default()
    }
}

/// User and system time of this process so far, in steps of 10 ms.
fn cpu_time() -> Result<Duration, Box<dyn std::error::Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 10))
}
