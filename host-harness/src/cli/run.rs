//! `harness run`: a flow of a connection, now.

use std::time::Duration;

use clap::Args;
use harness_contract::types::Mode;
use indicatif::ProgressBar;

use super::output::table;
use super::{Done, Output};
use crate::flow::import_orders::{self, Report, Scope};
use crate::platform::Platform;

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
    let spinner = spinner(&format!("{} of {}", arguments.flow, connection.name), output);
    let report = import_orders::run(platform, &connection, mode, Scope::New).await;
    spinner.finish_and_clear();
    show(&report?, output)
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
    let troubled = !report.refused.is_empty() || report.unacknowledged > 0;
    Ok(if troubled { Done::WithProblems } else { Done::Well })
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
