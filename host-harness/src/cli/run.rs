//! `harness run`: a flow of a connection, now.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use harness_capability::progress::{Progress, Reached};
use harness_contract::types::Mode;
use indicatif::ProgressBar;

use super::output::table;
use super::{Done, Output};
use crate::flow::import_orders::{self, Report, Scope};
use crate::platform::Platform;
use crate::stop::signal;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Name or id of the connection.
    connection: String,
    /// Which flow.
    #[arg(long, default_value = import_orders::FLOW, value_parser = [import_orders::FLOW])]
    flow: String,
    /// Show what would happen and change nothing, here or at the source.
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(platform: &Platform, arguments: Arguments, output: Output) -> anyhow::Result<Done> {
    let connection = platform.store.connection(&arguments.connection).await?;
    let mode = if arguments.dry_run { Mode::Plan } else { Mode::Apply };
    let label = format!("{} of {}", arguments.flow, connection.name);
    let progress = Arc::default();
    let run = import_orders::watched(platform, &connection, mode, Scope::New, Arc::clone(&progress));
    let report = attended(platform, &label, &progress, output, run).await?;
    show(&report, output)
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

pub(super) fn show(report: &Report, output: Output) -> anyhow::Result<Done> {
    output.show(report, text)?;
    let well = !report.is_troubled() && report.stopped.is_none();
    Ok(if well { Done::Well } else { Done::WithProblems })
}

fn text(report: &Report) -> String {
    let list = |counts: &std::collections::BTreeMap<String, usize>| {
        counts.iter().map(|(what, count)| format!("{what} {count}")).collect::<Vec<_>>().join(", ")
    };
    let calls: u64 = report.spent.calls.values().sum();
    let mut text = format!(
        "run {}{}: {} listed, {} looked at, {} {}, {} already in the warehouse\n",
        report.run,
        if report.dry_run { " (dry run)" } else { "" },
        report.candidates,
        report.fetched,
        report.imported,
        if report.dry_run { "to import" } else { "imported" },
        report.already_imported,
    );
    if !report.skipped.is_empty() {
        text.push_str(&format!("left out: {}\n", list(&report.skipped)));
    }
    if !report.refused.is_empty() {
        text.push_str(&format!("refused by the warehouse: {} (see `harness problems`)\n", list(&report.refused)));
    }
    if report.acknowledged + report.unacknowledged > 0 {
        text.push_str(&format!(
            "acknowledged at the source: {}, still to do: {}\n",
            report.acknowledged, report.unacknowledged
        ));
    }
    if let Some(why) = &report.stopped {
        text.push_str(&format!("stopped before all was done, the next run goes on: {why}\n"));
    }
    text.push_str(&format!("calls: {calls}, component: {} ms of processor time\n", report.spent.cpu_us / 1_000));
    if !report.orders.is_empty() {
        text.push_str(&table(
            ["ORDER", "NUMBER", "FATE", "BECAUSE"],
            report.orders.iter().map(|fate| {
                [
                    fate.reference.clone(),
                    fate.order_number.clone().unwrap_or_default(),
                    fate.fate.into(),
                    fate.because.join("; "),
                ]
            }),
        ));
    }
    text
}
