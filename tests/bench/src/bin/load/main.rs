//! `cargo xtask load`: many connections of many clients on one host, for hours of virtual time.
//!
//! `shape` says who has how many connections, `source` is the simulated Linnworks in its own process, `warehouse` the host and what
//! it is given, `traffic` what people do meanwhile, `clock` how time goes by, `lateness` how late flows began, `verify` what has to
//! have become of everything.
//!
//! Prints a table; with `--json` one object on the last line:
//! `{"rows":[{"name","value","unit","least","limit","ok"}]}`. Exit status 1 when a figure misses its limits. Times of
//! this machine have none.

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
use host_harness::flow::FLOWS;
use serde::Serialize;

use lateness::Lateness;
use shape::{Kind, Size};
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

/// How much larger the process may be in the last quarter of the time than in the second: both are the second half of a
/// host's life.
const GROWTH: f64 = 1.10;

/// The same where orders come in for fewer hours than [`LONG`]: caches still fill then.
const GROWTH_AT_FIRST: f64 = 1.35;

/// For so many hours at least memory has to stay level.
const LONG: u32 = 4;

/// Of the runs that the beats demand, so many begin at least: one that is put off or backed off may leave beats out.
const BEGUN: f64 = 0.9;

/// How much longer a beat of a client with one connection may wait for its turn than one of the large client, in
/// seconds: turns say who is next when a worker is free, and how soon that is for whom is chance.
const SLACK: f64 = 30.0;

/// The share of calls that fail may be so far from what was asked for.
const SHARE_OFF: f64 = 0.4;

/// With so many connections something of everything happens within an hour, and has to be seen.
const MANY: usize = 100;

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
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
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
    /// At least this; none is not bounded below.
    least: Option<f64>,
    /// At most this; none is not bounded above.
    limit: Option<f64>,
    ok: bool,
}

impl Row {
    fn new(name: impl Into<String>, value: f64, unit: &'static str, limit: Option<f64>) -> Self {
        Self { name: name.into(), value, unit, least: None, limit, ok: limit.is_none_or(|limit| value <= limit) }
    }

    fn at_least(self, least: Option<f64>) -> Self {
        let ok = self.ok && least.is_none_or(|least| self.value >= least);
        Self { least, ok, ..self }
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
    let in_the_middle = warehouse.serve(&source, &lateness, &mut traffic, middle).await?;
    warehouse.start_again().await?;
    let afterwards = warehouse.serve(&source, &lateness, &mut traffic, orders_until).await?;
    let worked = working.elapsed().as_secs_f64();
    traffic.note_calls(&source).await?;
    let (begun, calls) = (lateness.begun(), traffic.calls);

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
    // Nothing of what was looked at is empty.
    let some = (size.connections() >= MANY).then_some(1.0);
    let demanded = usize::try_from((orders_until - start) / (BEAT * MINUTE))? * size.connections();
    let failed = 100.0 * number(traffic.faults) / number(calls.saturating_sub(traffic.calls_before).max(1));
    let asked = f64::from(arguments.percent);
    let memory = (traffic.memory_in(1), traffic.memory_in(3));
    let growth = if arguments.hours >= LONG { GROWTH } else { GROWTH_AT_FIRST };
    let under_way = in_the_middle.under_way + afterwards.under_way;
    let put_off = in_the_middle.put_off + afterwards.put_off;
    let mut rows = vec![
        Row::new("connections", number(size.connections()), "", None),
        Row::new("clients", number(size.clients()), "", None),
        Row::new("virtual hours of orders", f64::from(arguments.hours), "h", None),
        Row::new("orders placed", number(traffic.placed.len()), "", None).at_least(Some(1.0)),
        Row::new("orders not imported exactly once", number(found.not_once), "", Some(0.0)),
        Row::new("orders that left", number(traffic.left()), "", None).at_least(Some(1.0)),
        Row::new("despatches not processed exactly once", number(found.not_processed_once), "", Some(0.0)),
        Row::new("purchase orders made", number(traffic.purchases.len()), "", None).at_least(Some(1.0)),
        Row::new("purchase orders not announced exactly once", number(found.not_announced_once), "", Some(0.0)),
        Row::new("orders that came back", number(traffic.returned()), "", None).at_least(some),
        Row::new("returns not booked exactly once", number(found.not_booked_once), "", Some(0.0)),
        Row::new("stock levels that differ", number(found.levels), "", Some(0.0)),
        Row::new("problems that stand", number(found.problems), "", Some(0.0)),
        Row::new("calls", number(calls), "", None),
        Row::new("faults that struck", number(traffic.faults), "", None),
        Row::new("calls of a hundred that failed", failed, "", Some(asked * (1.0 + SHARE_OFF)))
            .at_least(Some(asked * (1.0 - SHARE_OFF))),
        Row::new("runs under way when the host was told to stop", number(under_way), "", None).at_least(some),
        Row::new("those of them that were put off until the next start", number(put_off), "", None),
    ];
    for flow in FLOWS {
        let runs = begun.get(flow.name).copied().unwrap_or_default();
        // One that works off a queue is passed over while that is empty.
        let least = if flow.queued { some } else { Some(BEGUN * number(demanded)) };
        rows.push(Row::new(format!("runs of {}", flow.name), number(runs), "", None).at_least(least));
    }
    let told = lateness.told();
    let large = told.iter().find(|one| one.whose == Kind::Large).map_or(f64::NAN, |one| one.turn);
    for one in &told {
        let whose = one.whose.name();
        let limit = (one.whose == Kind::Single).then_some(large + SLACK);
        rows.extend([
            Row::new(format!("virtual lateness of a flow, {whose}: worst"), one.worst, "s", Some(seconds_of_a_beat)),
            Row::new(format!("virtual lateness of a flow, {whose}: 99 of 100"), one.nearly, "s", None),
            Row::new(format!("virtual wait of a beat for its turn, {whose}: worst"), one.turn, "s", limit),
        ]);
    }
    rows.extend([
        Row::new("memory in the second quarter, median", memory.0, "MiB", None),
        Row::new("memory in the last quarter, median", memory.1, "MiB", None),
        Row::new("memory in the last quarter against the second", memory.1 / memory.0, "times", Some(growth)),
        Row::new("real time", worked, "s", None),
        Row::new("virtual time against real", seconds(orders_until - start) / worked, "times", None),
        Row::new("runs per real second", number(begun.values().sum()) / worked, "", None),
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
        let limits = match (row.least, row.limit) {
            (None, None) => String::new(),
            (None, Some(limit)) => told(limit),
            (Some(least), None) => format!("at least {}", told(least)),
            (Some(least), Some(limit)) => format!("{} to {}", told(least), told(limit)),
        };
        let verdict = match (limits.is_empty(), row.ok) {
            (_, false) => "MISSED",
            (false, true) => "ok",
            (true, true) => "",
        };
        table.add_row([row.name.clone(), told(row.value), limits, verdict.to_owned()]);
    }
    println!("{table}");
}
