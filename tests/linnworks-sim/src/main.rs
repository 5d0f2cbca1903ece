//! `linnworks-sim`: the simulator as a program. The first line on standard output is `listening on URL`.

use anyhow::{Context, Result};
use clap::Parser;
use linnworks_sim::{
    SimOptions, Simulator,
    generate::{GenerateOptions, generate},
};
use serde_json::Value;
use std::{io::Write, path::PathBuf};

/// A simulator of the Linnworks public API. Controlled over /_sim/ while it runs.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Seed file, YAML or JSON: an account, or {accounts, config, time}.
    #[arg(long)]
    seed: Option<PathBuf>,
    /// Generate an account with this many open orders.
    #[arg(long, conflicts_with = "seed")]
    orders: Option<usize>,
    /// How many products the generated account has.
    #[arg(long, conflicts_with = "seed")]
    items: Option<usize>,
    /// Same number, same account.
    #[arg(long, default_value_t = 1)]
    seed_number: u64,
    /// Generate orders without oddities: all paid, linked, at "Default", not parked, not locked.
    #[arg(long)]
    clean: bool,
    /// No limits on calls per minute.
    #[arg(long)]
    no_throttle: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter("warn").init();
    let arguments = Arguments::parse();
    let port = arguments.port;
    let sim = Simulator::start(SimOptions { port, ..SimOptions::default() })
        .await
        .with_context(|| format!("cannot listen on port {port}; --port 0 takes a free one"))?;
    if let Some(path) = &arguments.seed {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let seed: Value =
            serde_norway::from_str(&text).with_context(|| format!("{} is neither YAML nor JSON", path.display()))?;
        sim.seed(seed).with_context(|| format!("{} is no seed", path.display()))?;
    }
    if arguments.orders.is_some() || arguments.items.is_some() {
        let usual = GenerateOptions::default();
        let account = generate(&GenerateOptions {
            orders: arguments.orders.unwrap_or(usual.orders),
            items: arguments.items.unwrap_or(usual.items),
            seed_number: arguments.seed_number,
            clean: arguments.clean,
            ..usual
        });
        sim.with(|world| world.replace(vec![account]));
    }
    if arguments.no_throttle {
        sim.with(|world| world.config.throttle = false);
    }
    writeln!(std::io::stdout(), "listening on {}", sim.url())?;
    std::io::stdout().flush()?;
    tokio::signal::ctrl_c().await?;
    sim.stop().await;
    Ok(())
}
