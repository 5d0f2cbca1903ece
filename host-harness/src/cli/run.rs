//! `harness run`: a flow of a connection, now.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use clap::builder::PossibleValuesParser;
use harness_capability::progress::{Progress, Reached};
use harness_contract::types::Mode;
use indicatif::ProgressBar;

use super::output::table;
use super::record::{Record, recorded};
use super::{Done, Output};
use crate::flow::run::{Fate, Ran, Report};
use crate::flow::{FLOWS, Flow, import_orders};
use crate::platform::Platform;
use crate::stop::signal;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Name or id of the connection.
    connection: String,
    /// Which flow.
    #[arg(long, default_value = import_orders::FLOW, value_parser = PossibleValuesParser::new(FLOWS.iter().map(|flow| flow.name)))]
    flow: String,
    /// Show what would happen and change nothing, here or at the source.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    record: Record,
}

pub(super) async fn run(platform: &Platform, arguments: Arguments, output: Output) -> anyhow::Result<Done> {
    let connection = platform.store.connection(&arguments.connection).await?;
    let mode = if arguments.dry_run { Mode::Plan } else { Mode::Apply };
    let label = format!("{} of {}", arguments.flow, connection.name);
    let progress = Arc::default();
    let flow = Flow::named(&arguments.flow).context("the command line knows another flow than the host")?;
    let run = flow.run(platform, &connection, mode, Arc::clone(&progress));
    let dry = if arguments.dry_run { ", dry run" } else { "" };
    recorded(platform, &arguments.record, format!("run: {}{dry}", arguments.flow), async {
        show(&attended(platform, &label, &progress, output, run).await?, output)
    })
    .await
}

/// Shows on a terminal how far `work` is, and asks it to stop when the process is told to.
pub(super) async fn attended<T>(
    platform: &Platform,
    label: &str,
    progress: &Progress,
    output: Output,
    work: impl Future<Output = T>,
) -> T {
    let spinner = spinner(label, output);
    let told = async {
        signal().await;
        spinner.set_message(format!("{label}: stopping"));
        platform.stop.ask();
        std::future::pending::<()>().await;
    };
    let shown = async {
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            match progress.reached() {
                _ if platform.stop.is_asked() => {}
                Reached { total: Some(total), done } => spinner.set_message(format!("{label}: {done} of {total}")),
                Reached { total: None, done: 0 } => {}
                Reached { total: None, done } => spinner.set_message(format!("{label}: {done}")),
            }
        }
    };
    let done = tokio::select! {
        biased;
        done = work => Some(done),
        () = told => None,
        () = shown => None,
    };
    spinner.finish_and_clear();
    match done {
        Some(done) => done,
        // Neither of the others ever ends.
        None => std::future::pending().await,
    }
}

/// Something that moves on a terminal while work goes on; nothing elsewhere.
pub(super) fn spinner(message: &str, output: Output) -> ProgressBar {
    if output.json {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message(message.to_owned());
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

pub(super) fn show<R: Report>(ran: &Ran<R>, output: Output) -> anyhow::Result<Done> {
    output.show(ran, text)?;
    let well = !ran.is_troubled() && ran.stopped.is_none();
    Ok(if well { Done::Well } else { Done::WithProblems })
}

fn text<R: Report>(ran: &Ran<R>) -> String {
    let calls: u64 = ran.spent.calls.values().sum();
    let mut text = format!(
        "run {}{}: {}\n",
        ran.run,
        if ran.dry_run { " (dry run)" } else { "" },
        ran.report.summary(ran.dry_run).join("\n"),
    );
    if let Some(why) = &ran.stopped {
        text.push_str(&format!("stopped before all was done, the next run goes on: {why}\n"));
    }
    text.push_str(&format!("calls: {calls}, component: {} ms of processor time\n", ran.spent.cpu_us / 1_000));
    if !ran.report.fates().is_empty() {
        text.push_str(&table(["REFERENCE", "NUMBER", "FATE", "BECAUSE"], ran.report.fates().iter().map(row)));
    }
    text
}

fn row(fate: &Fate) -> [String; 4] {
    let changes = fate.changes.iter().map(ToString::to_string);
    [
        fate.reference.clone(),
        fate.order_number.clone().unwrap_or_default(),
        fate.fate.into(),
        fate.because.iter().cloned().chain(changes).collect::<Vec<_>>().join("; "),
    ]
}
