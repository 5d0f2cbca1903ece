//! `cargo xtask load`: many connections of many clients on one host, for hours of virtual time.
//!
//! `shape` says who has how many connections, `source` is the simulated Linnworks in its own process, `warehouse` the host and what
//! it is given, `traffic` what people do meanwhile, `clock` how time goes by, `lateness` how late flows began, `verify` what has to
//! have become of everything.
//!
//! Prints a table; with `--json` one object on the last line: `{"rows":[{"name","value","unit","limit","ok"}]}`. Exit status 1 when
//! a figure misses its limit. Times of this machine have none.

mod clock;
mod lateness;
mod memory;
mod shape;
mod source;
mod traffic;
mod verify;
mod warehouse;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use comfy_table::{Table, presets};
use serde::Serialize;

use lateness::Lateness;
use shape::Size;
use source::Source;
use traffic::Traffic;
use warehouse::Warehouse;

/// The host's own: what is measured is the host as it is shipped.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// How often each connection is due, in minutes; also how late a flow may begin.
const BEAT: i64 = 15;

/// Before orders come in: the first plan of all stock is made and released.
const WARM_UP: i64 = 45 * MINUTE;

/// What still waits when no more orders come in and nothing fails any more is through after this, at the latest.
const REST: i64 = 4 * HOUR;

/// How much larger the process may be at the end than a quarter into the life of the host that was started again.
const GROWTH: f64 = 1.35;

/// Runs many connections for hours of virtual time.
#[derive(Debug, Parser)]
struct Arguments {
    /// Connections, each with an account of its own.
    #[arg(long, default_value_t = 1_000)]
    connections: usize,
    /// Clients: one with three tenths of the connections, half of them with one, the rest with the rest.
    #[arg(long, default_value_t = 200)]
    clients: usize,
    /// Hours for which orders come in.
    #[arg(long, default_value_t = 10)]
    hours: u32,
    /// Runs at once: `schedule.workers`.
    #[arg(long, default_value_t = 16)]
    workers: usize,
    /// Of a hundred calls, so many fail.
    #[arg(long, default_value_t = 5)]
    percent: u32,
    /// One JSON object on the last line.
    #[arg(long)]
    json: bool,
}

/// One figure.
#[derive(Debug, Serialize)]
struct Row {
    name: String,
    value: f64,
    unit: &'static str,
    /// At most this; none is reported and not bounded.
    limit: Option<f64>,
    ok: bool,
}

impl Row {
    fn new(name: impl Into<String>, value: f64, unit: &'static str, limit: Option<f64>) -> Self {
        Self { name: name.into(), value, unit, limit, ok: limit.is_none_or(|limit| value <= limit) }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn number(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of some hours")]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1_000.0
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let size = Size::new(arguments.connections, arguments.clients)?;
    let lateness = Lateness::listen(&size);
    let began = Instant::now();
    let source = Source::start(&size).await?;
    let mut warehouse = Warehouse::new(&size, &source, arguments.workers).await?;
    eprintln!("set up in {:.1} s", began.elapsed().as_secs_f64());
    let start = warehouse.now();
    let orders_from = start + WARM_UP;
    let orders_until = orders_from + i64::from(arguments.hours) * HOUR;
    let middle = orders_from + (orders_until - orders_from) / 2;
    let mut traffic = Traffic::new(&size, start, orders_from, orders_until, arguments.percent);

    let working = Instant::now();
    warehouse.serve(&source, &lateness, &mut traffic, middle).await?;
    warehouse.start_again().await?;
    warehouse.serve(&source, &lateness, &mut traffic, orders_until).await?;
    let worked = working.elapsed().as_secs_f64();
    traffic.note_calls(&source).await?;
    let (runs, calls) = (lateness.runs(), traffic.calls);
    let memory = (traffic.memory, memory::resident()?);

    warehouse.start_again().await?;
    source.clear_faults().await?;
    traffic.rest = true;
    warehouse.serve(&source, &lateness, &mut traffic, orders_until + REST).await?;
    warehouse.start_again().await?;
    let found = verify::everything(&size, &source, &warehouse, &traffic).await?;
    for complaint in found.complaints.iter().take(20) {
        eprintln!("{complaint}");
    }

    let seconds_of_a_beat = seconds(BEAT * MINUTE);
    let mut rows = vec![
        Row::new("connections", number(size.connections()), "", None),
        Row::new("clients", number(size.clients()), "", None),
        Row::new("virtual hours of orders", f64::from(arguments.hours), "h", None),
        Row::new("orders placed", number(traffic.placed.len()), "", None),
        Row::new("orders not imported exactly once", number(found.not_once), "", Some(0.0)),
        Row::new("orders that left", number(traffic.left()), "", None),
        Row::new("despatches not processed exactly once", number(found.not_processed_once), "", Some(0.0)),
        Row::new("stock levels that differ", number(found.levels), "", Some(0.0)),
        Row::new("problems that stand", number(found.problems), "", Some(0.0)),
        Row::new("faults that struck", number(traffic.faults), "", None),
    ];
    for (whose, worst, nearly) in lateness.told() {
        rows.push(Row::new(format!("virtual lateness of a flow, {whose}: worst"), worst, "s", Some(seconds_of_a_beat)));
        rows.push(Row::new(format!("virtual lateness of a flow, {whose}: 99 of 100"), nearly, "s", None));
    }
    rows.extend([
        Row::new("memory once the host that was started again is warm", memory.0, "MiB", None),
        Row::new("memory at the end", memory.1, "MiB", None),
        Row::new("memory at the end against before", memory.1 / memory.0, "times", Some(GROWTH)),
        Row::new("real time", worked, "s", None),
        Row::new("virtual time against real", seconds(orders_until - start) / worked, "times", None),
        Row::new("runs per real second", number(runs) / worked, "", None),
        Row::new("calls per real second", number(calls) / worked, "", None),
        Row::new("orders imported per real second", number(traffic.placed.len()) / worked, "", None),
    ]);
    show(&rows);
    if arguments.json {
        println!("{}", serde_json::json!({ "rows": rows }));
    }
    Ok(ExitCode::from(u8::from(rows.iter().any(|row| !row.ok))))
}

fn show(rows: &[Row]) {
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY).set_header(["FIGURE", "VALUE", "LIMIT", ""]);
    for row in rows {
        let told = |value: f64| match (row.unit, value.fract() == 0.0) {
            ("", true) => format!("{value}"),
            (unit, _) => format!("{value:.2} {unit}").trim_end().to_owned(),
        };
        let verdict = match (row.limit, row.ok) {
            (_, false) => "MISSED",
            (Some(_), true) => "ok",
            (None, true) => "",
        };
        table.add_row([row.name.clone(), told(row.value), row.limit.map(told).unwrap_or_default(), verdict.to_owned()]);
    }
    println!("{table}");
}
