//! `cargo xtask bench`: the project's figures, each against its limit, measured in one run so that ratios hold on a noisy machine.
//!
//! Prints a table; with `--json` one object on the last line: `{"rows":[{"name","value","unit","limit","ok"}]}`. Exit status 1
//! when a figure misses its limit.

mod despatch;
mod idle;
mod import;
mod sandbox;
mod start;
mod stock;

use std::process::ExitCode;

use clap::Parser;
use comfy_table::{Table, presets};
use serde::Serialize;

/// The host's own: what is measured is the host as it is shipped.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures.
#[derive(Debug, Parser)]
struct Arguments {
    /// Orders of the main import.
    #[arg(long, default_value_t = 10_000)]
    orders: usize,
    /// Orders of the large import that shows that time per order stays flat; 0 leaves it out.
    #[arg(long, default_value_t = 100_000)]
    many: usize,
    /// Smaller numbers: a check that the benchmarks work, not a measurement. Only exact figures (calls) decide the exit status.
    #[arg(long)]
    quick: bool,
    /// One JSON object on the last line.
    #[arg(long)]
    json: bool,
    /// Only this group of figures, for a profiler to look at.
    #[arg(long)]
    only: Option<Group>,
}

/// Figures that are measured together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Group {
    /// Whole imports.
    Import,
    /// Despatches.
    Despatch,
    /// The sandbox against the native build.
    Sandbox,
    /// Instances and hosts.
    Start,
    /// Telling stock.
    Stock,
    /// Runs of each flow with nothing to do.
    Idle,
}

/// One figure.
#[derive(Debug, Serialize)]
pub(crate) struct Row {
    name: String,
    value: f64,
    unit: &'static str,
    /// At most this; `None` is reported and not bounded.
    limit: Option<f64>,
    ok: bool,
    /// A count, the same on every machine.
    exact: bool,
}

impl Row {
    fn new(name: impl Into<String>, value: f64, unit: &'static str, limit: Option<f64>) -> Self {
        let ok = limit.is_none_or(|limit| value <= limit);
        Self { name: name.into(), value, unit, limit, ok, exact: unit == "calls" }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let mut arguments = Arguments::parse();
    if arguments.quick {
        arguments.orders = arguments.orders.min(2_000);
        arguments.many = arguments.many.min(10_000);
    }
    let wants = |group| arguments.only.is_none_or(|only| only == group);
    let mut rows = Vec::new();
    if wants(Group::Import) {
        rows.extend(import::rows(arguments.orders, arguments.many).await?);
    }
    if wants(Group::Despatch) {
        rows.extend(despatch::rows().await?);
    }
    if wants(Group::Sandbox) {
        rows.extend(sandbox::rows(arguments.orders).await?);
    }
    if wants(Group::Start) {
        rows.extend(start::rows().await?);
    }
    if wants(Group::Stock) {
        rows.extend(stock::rows(if arguments.quick { 2_000 } else { 10_000 }).await?);
    }
    if wants(Group::Idle) {
        rows.extend(idle::rows().await?);
    }
    show(&rows);
    if arguments.json {
        println!("{}", serde_json::json!({ "rows": rows }));
    }
    let missed = rows.iter().any(|row| !row.ok && (row.exact || !arguments.quick));
    Ok(ExitCode::from(u8::from(missed)))
}

fn show(rows: &[Row]) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_header(["FIGURE", "VALUE", "LIMIT", ""]);
    for row in rows {
        let limit = row.limit.map(|limit| format!("{limit:.2} {}", row.unit)).unwrap_or_default();
        let verdict = if row.ok { "ok" } else { "MISSED" };
        table.add_row([row.name.clone(), format!("{:.2} {}", row.value, row.unit), limit, verdict.into()]);
    }
    println!("{table}");
}
