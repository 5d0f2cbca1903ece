//! `demo`: one round through everything, as a person would go it. A simulated Linnworks runs in here; everything else is typed
//! at the program `harness`.

mod account;
mod harness;

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Context as _;
use clap::Parser;
use comfy_table::{Table, presets};
use linnworks_sim::{SimOptions, Simulator};
use serde::Serialize;
use serde_json::Value;

use harness::Harness;

/// Imports orders from a simulated Linnworks through the sandboxed connector, and shows what happened.
#[derive(Debug, Parser)]
struct Arguments {
    /// Open orders beside the odd ones.
    #[arg(long, default_value_t = 12)]
    orders: usize,
    /// Print one JSON object as the last line.
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Debug, Serialize)]
struct Summary {
    /// Orders that are in the warehouse.
    orders_imported: u64,
    /// Orders that are not: reason to count.
    orders_skipped: BTreeMap<String, u64>,
    /// Calls at Linnworks by the import.
    calls: u64,
    /// All of it, with starting and setting up.
    seconds: f64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let began = Instant::now();
    let sim = Simulator::start(SimOptions::default()).await.context("the simulator does not start")?;
    account::fill(&sim, arguments.orders)?;
    let harness = Harness::new(&sim.url())?;

    harness.say("A connector is let in, and the operator enters the application's id and secret.");
    let component = scenarios::places::component("linnworks");
    harness.type_in(&["plugin", "add", &component.display().to_string()], None)?;
    for (name, secret) in account::APPLICATION {
        harness.type_in(&["plugin", "secret", "set", "linnworks", name], Some(secret))?;
    }

    harness.say("A client with a warehouse, a channel and products; two products of Linnworks' are missing here.");
    harness.type_in(&["wms", "client", "add", "ACME", "Acme Outdoor Ltd"], None)?;
    harness.type_in(&["wms", "warehouse", "add", "MAIN", "Main warehouse"], None)?;
    harness.type_in(&["wms", "channel", "add", "ACME", "Online"], None)?;
    let list = harness.file("products.csv", &account::products(&sim))?;
    harness.type_in(&["wms", "product", "import", "ACME", &list], None)?;

    harness.say("A connection is added and checked; secrets are piped in and shown nowhere.");
    let settings = [
        "Client=ACME",
        "Warehouse=MAIN",
        "Channel=Online",
        "OrderPrefix=ACM-",
        "IgnoreParkedOrders=true",
        "WeightInGrams=true",
    ];
    let mut add = vec!["connection", "add", "shop", "--secret-stdin"];
    settings.iter().for_each(|setting| add.extend(["--set", setting]));
    harness.type_in(&add, Some(account::TOKEN))?;
    harness.type_in(&["connection", "locations", "shop"], None)?;
    harness.type_in(&["connection", "check", "shop"], None)?;

    harness.say("A dry run says what would happen and changes nothing; then the connection is switched on.");
    let before = sim.hash();
    harness.type_in(&["run", "shop", "--dry-run"], None)?;
    anyhow::ensure!(before == sim.hash(), "the dry run changed something at Linnworks");
    harness.type_in(&["connection", "activate", "shop", "--all"], None)?;

    harness.say("The import itself: discover, fetch, commit, each call of the connector in a fresh sandbox.");
    harness.type_in(&["run", "shop"], None)?;
    harness.type_in(&["wms", "order", "list", "--limit", "5"], None)?;

    harness.say("Why are some orders not there?");
    for reference in [account::PARKED, account::UNPAID, account::UNKNOWN_SKU, account::ELSEWHERE] {
        harness.type_in(&["why", "shop", reference], None)?;
    }
    harness.type_in(&["problems"], None)?;

    harness.say("One of the missing products is added, and the next run brings its order in.");
    harness.type_in(&["wms", "product", "add", "ACME", account::MISSING], None)?;
    harness.type_in(&["run", "shop"], None)?;

    let runs = harness.ask(&["runs", "--json"])?;
    let summary = summary(&runs, began.elapsed().as_secs_f64());
    sim.stop().await;
    println!("{}", table(&summary));
    if arguments.json {
        println!("{}", serde_json::to_string(&summary)?);
    }
    Ok(())
}

/// Adds up the runs that were for real: what the last one left out is left out.
fn summary(runs: &Value, seconds: f64) -> Summary {
    let mut real: Vec<&Value> = runs
        .as_array()
        .into_iter()
        .flatten()
        .filter(|run| run.get("mode").and_then(Value::as_str) == Some("apply"))
        .filter_map(|run| run.get("counts"))
        .collect();
    real.reverse();
    let imported = real.iter().filter_map(|counts| counts.get("imported")?.as_u64()).sum();
    let calls = real
        .iter()
        .filter_map(|counts| counts.pointer("/spent/calls")?.as_object())
        .flat_map(|calls| calls.values().filter_map(Value::as_u64))
        .sum();
    let mut skipped = BTreeMap::new();
    // Only the first run lists orders that are not paid; what the warehouse refuses may be in by the last one.
    for (at, counts) in real.iter().enumerate() {
        let groups = if at + 1 == real.len() { ["skipped", "refused"].as_slice() } else { ["skipped"].as_slice() };
        for group in groups {
            for (reason, count) in counts.get(group).and_then(Value::as_object).into_iter().flatten() {
                skipped.insert(reason.clone(), count.as_u64().unwrap_or_default());
            }
        }
    }
    Summary { orders_imported: imported, orders_skipped: skipped, calls, seconds: (seconds * 10.0).round() / 10.0 }
}

fn table(summary: &Summary) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_header(["WHAT", "HOW MANY"]);
    table.add_row(["orders imported".to_owned(), summary.orders_imported.to_string()]);
    for (reason, count) in &summary.orders_skipped {
        table.add_row([format!("orders left out: {reason}"), count.to_string()]);
    }
    table.add_row(["calls at Linnworks".to_owned(), summary.calls.to_string()]);
    table.add_row(["seconds, with starting and setting up".to_owned(), format!("{:.1}", summary.seconds)]);
    table
}
