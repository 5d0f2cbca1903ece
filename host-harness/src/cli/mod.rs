//! The command line: one file per command. Each command opens the platform, does one thing, prints it as a table or, with
//! `--json`, as one JSON document on standard output.
//!
//! Exit status: 0 done, 1 done with problems, 2 wrong usage, 3 failed.

mod approve;
mod backup;
mod connection;
mod erase;
mod import;
mod key;
mod output;
mod plugin;
mod problems;
mod queue;
mod record;
mod replay;
mod run;
mod runs;
mod serve;
mod stock;
mod timeline;
mod usage;
mod why;
mod wms;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use harness_engine::{Cache, Engine, Plugin};

use crate::config::Config;
use crate::platform::Platform;
use crate::sealing::Key;
pub use output::Output;

/// A warehouse platform that runs connectors in a sandbox.
#[derive(Debug, Parser)]
#[command(name = "harness", version, propagate_version = true)]
struct Arguments {
    /// Configuration file [default: harness.toml, if there is one].
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the database, the key and the compiled components; overrides the configuration.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print JSON instead of tables.
    #[arg(long, global = true)]
    json: bool,
    /// Write more of what happens to standard error; twice for everything.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the scheduler and the status page.
    Serve(serve::Arguments),
    /// Connections between clients and their sales systems.
    #[command(subcommand)]
    Connection(connection::Command),
    /// Run a flow of a connection now.
    Run(run::Arguments),
    /// Explain why an order was or was not imported.
    Why(why::Arguments),
    /// Show what happened to an order, at the source and in the warehouse.
    Timeline(timeline::Arguments),
    /// Import what a person asks for: one order, a list of references, or the open orders of some days.
    Import(import::Arguments),
    /// Erase what the warehouse knows of a buyer; the orders stay.
    Erase(erase::Arguments),
    /// The warehouse's hands: clients, warehouses, products, stock, orders.
    #[command(subcommand)]
    Wms(wms::Command),
    /// What is wrong now, why, and what to do.
    Problems(problems::Arguments),
    /// What is to be told to the sources, and trying it again.
    #[command(subcommand)]
    Queue(queue::Command),
    /// Plans that a guard held back: see them, release one.
    Approve(approve::Arguments),
    /// Stock at the sources: what others changed there, and comparing all of it now.
    #[command(subcommand)]
    Stock(stock::Command),
    /// What ran when, and with what result.
    Runs(runs::Arguments),
    /// Ask a connector again what a recording holds, and say whether it does the same.
    Replay(replay::Arguments),
    /// What each tenant used.
    Usage(usage::Arguments),
    /// Copies of all that this host knows: make one, look through it, put it back.
    #[command(subcommand)]
    Backup(backup::Command),
    /// The key that secrets are sealed with.
    #[command(subcommand)]
    Key(key::Command),
    /// Connectors: let in, list, look into.
    #[command(subcommand)]
    Plugin(plugin::Command),
}

/// How a command ended, as far as the exit status goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Done {
    /// All went well.
    Well,
    /// It went through, and something needs a person.
    WithProblems,
}

/// Runs the command line of this process.
pub async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    start_log(arguments.verbose);
    let output = Output { json: arguments.json };
    match dispatch(arguments, output).await {
        Ok(Done::Well) => ExitCode::SUCCESS,
        Ok(Done::WithProblems) => ExitCode::from(1),
        Err(error) => {
            output.error(&error);
            ExitCode::from(3)
        }
    }
}

/// Lets a component in for this call alone: in a folder and under a key that nobody else has, so that nobody can have laid machine code
/// there.
async fn load_once(engine: &Engine, wasm: &[u8], pinned: Option<&str>) -> anyhow::Result<Plugin> {
    let folder = tempfile::tempdir()?;
    let key = Key::create(&folder.path().join("key"))?;
    Ok(engine.load(wasm, &Cache::new(folder.path(), key.derive("once")), pinned).await?)
}

async fn dispatch(arguments: Arguments, output: Output) -> anyhow::Result<Done> {
    let mut config = Config::load(arguments.config.as_deref(), |name| std::env::var(name).ok())?;
    if let Some(data) = arguments.data {
        config.data = data;
    }
    if let Command::Plugin(plugin::Command::Inspect(inspect)) = &arguments.command {
        return plugin::inspect(inspect, &config, output).await;
    }
    if let Command::Backup(command) = arguments.command {
        return backup::run(&config, command, output).await;
    }
    if let Command::Replay(replay) = &arguments.command {
        return replay::run(replay, &config, output).await;
    }
    let platform = Platform::open(config).await?;
    match arguments.command {
        // Carried out above.
        Command::Backup(_) => Ok(Done::Well),
        Command::Serve(command) => serve::run(&platform, command, output).await,
        Command::Connection(command) => connection::run(&platform, command, output).await,
        Command::Run(command) => run::run(&platform, command, output).await,
        Command::Why(command) => why::run(&platform, command, output).await,
        Command::Timeline(command) => timeline::run(&platform, command, output).await,
        Command::Import(command) => import::run(&platform, command, output).await,
        Command::Erase(command) => erase::run(&platform, command, output).await,
        Command::Wms(command) => wms::run(&platform, command, output).await,
        Command::Problems(command) => problems::run(&platform, command, output).await,
        Command::Queue(command) => queue::run(&platform, command, output).await,
        Command::Approve(command) => approve::run(&platform, command, output).await,
        Command::Stock(command) => stock::run(&platform, command, output).await,
        Command::Replay(_) => Ok(Done::Well),
        Command::Runs(command) => runs::run(&platform, command, output).await,
        Command::Usage(command) => usage::run(&platform, command, output).await,
        Command::Key(command) => key::run(&platform, command, output).await,
        Command::Plugin(command) => plugin::run(&platform, command, output).await,
    }
}

fn start_log(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("HARNESS_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
