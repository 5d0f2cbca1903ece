//! `demo`: a day in a warehouse, as its people would go through it. A simulated Linnworks runs in here; everything else is typed at
//! the program `harness`. The day passes in seconds: program and simulator share a clock of the demo's own.

mod account;
mod day;
mod harness;
mod summary;

use std::time::Instant;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use clap::Parser;
use linnworks_sim::{SimOptions, Simulator};

use harness::Harness;
use summary::Summary;

/// When the day begins.
const MORNING: &str = "2026-03-02T07:30:00Z";

/// Goes through a day between a simulated Linnworks and a warehouse, through the sandboxed connector, and shows what happened.
#[derive(Debug, Parser)]
struct Arguments {
    /// Open orders beside the odd ones.
    #[arg(long, default_value_t = 12)]
    orders: usize,
    /// Print one JSON object as the last line.
    #[arg(long)]
    json: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let began = Instant::now();
    let morning: DateTime<Utc> = MORNING.parse()?;
    let sim = Simulator::start(SimOptions::default()).await.context("the simulator does not start")?;
    account::fill(&sim, arguments.orders, morning)?;
    let mut harness = Harness::new(&sim, morning)?;
    day::set_up(&harness, &sim)?;
    day::orders_come_in(&mut harness, &sim)?;
    day::causes_are_mended(&mut harness, &sim)?;
    day::orders_leave(&mut harness, &sim)?;
    day::stock_is_told(&mut harness, &sim)?;
    day::goods_arrive(&mut harness)?;
    day::goods_come_back(&mut harness, &sim)?;
    let summary = Summary::of(&harness, began.elapsed())?;
    drop(harness);
    sim.stop().await;
    println!("\n{}", summary.table());
    if arguments.json {
        println!("{}", serde_json::to_string(&summary)?);
    }
    Ok(())
}
