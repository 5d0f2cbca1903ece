//! What the day came to, asked of the program.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Context as _;
use comfy_table::{Table, presets};
use serde::Serialize;
use serde_json::Value;

use crate::harness::Harness;

/// What `--json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    /// Orders that came into the warehouse.
    orders_imported: u64,
    /// Orders that stayed out, some of them only for a while: reason to count.
    orders_skipped: BTreeMap<String, u64>,
    /// Despatches that Linnworks knows of.
    orders_despatched: u64,
    /// Levels at Linnworks that somebody had changed and that were set right.
    stock_corrected: u64,
    /// Advance shipment notices whose goods are all there.
    asns_received: u64,
    /// Returns that Linnworks knows of.
    returns_exported: u64,
    /// Calls at Linnworks by all runs.
    calls: u64,
    /// All of it, with starting and setting up.
    seconds: f64,
}

impl Summary {
    /// Asks what became of the day, which took so long.
    pub(crate) fn of(harness: &Harness<'_>, took: Duration) -> anyhow::Result<Self> {
        let runs = harness.ask(&["runs", "--limit", "1000"])?;
        let runs: Vec<Run> = serde_json::from_value(runs).context("harness runs has another form")?;
        let real: Vec<&Run> = runs.iter().filter(|run| run.mode == "apply").collect();
        let sum = |flow: &str, count: &str| {
            let of_flow = real.iter().filter(|run| run.flow == flow);
            of_flow.filter_map(|run| run.counts.get(count)?.as_u64()).sum::<u64>()
        };
        let calls = real.iter().filter_map(|run| run.counts.pointer("/spent/calls")?.as_object());
        let calls = calls.flat_map(|calls| calls.values().filter_map(Value::as_u64)).sum();
        let listed = |of: &Value, wanted: &dyn Fn(&Value) -> bool| {
            of.as_array().into_iter().flatten().filter(|one| wanted(one)).count() as u64
        };
        let complete = |asn: &Value| asn.get("ASNStatus").and_then(Value::as_str) == Some("Complete");
        Ok(Self {
            orders_imported: sum("import-orders", "imported"),
            orders_skipped: skipped(&real),
            orders_despatched: sum("push-despatch", "done"),
            stock_corrected: listed(&harness.ask(&["stock", "drift", "shop"])?, &|_| true),
            asns_received: listed(&harness.ask(&["wms", "asns", "list"])?, &complete),
            returns_exported: sum("export-returns", "done"),
            calls,
            seconds: (took.as_secs_f64() * 10.0).round() / 10.0,
        })
    }

    /// The same for a person.
    pub(crate) fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(presets::UTF8_BORDERS_ONLY).set_header(["WHAT", "HOW MANY"]);
        let mut row = |what: &str, count: String| {
            table.add_row([what.to_owned(), count]);
        };
        row("orders imported", self.orders_imported.to_string());
        for (reason, count) in &self.orders_skipped {
            row(&format!("orders left out, at least for a while: {reason}"), count.to_string());
        }
        row("despatches told", self.orders_despatched.to_string());
        row("stock levels set right", self.stock_corrected.to_string());
        row("ASNs received", self.asns_received.to_string());
        row("returns exported", self.returns_exported.to_string());
        row("calls at Linnworks", self.calls.to_string());
        row("seconds, with starting and setting up", format!("{:.1}", self.seconds));
        table
    }
}

/// A run, as far as it counts here.
#[derive(Debug, serde::Deserialize)]
struct Run {
    flow: String,
    mode: String,
    #[serde(default)]
    counts: Value,
}

/// For each reason the most orders that one import left out for it, or that the warehouse refused.
fn skipped(runs: &[&Run]) -> BTreeMap<String, u64> {
    let mut most: BTreeMap<String, u64> = BTreeMap::new();
    for run in runs.iter().filter(|run| run.flow == "import-orders") {
        for group in ["skipped", "refused"] {
            for (reason, count) in run.counts.get(group).and_then(Value::as_object).into_iter().flatten() {
                let most = most.entry(reason.clone()).or_default();
                *most = (*most).max(count.as_u64().unwrap_or_default());
            }
        }
    }
    most
}
