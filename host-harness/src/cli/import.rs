//! `harness import`: orders that a person asks for: by what people call them, one or a list, or by the days they were placed on.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use chrono::NaiveDate;
use clap::Args;
use harness_contract::types::Mode;

use super::output::table;
use super::record::{Record, recorded};
use super::run::{attended, show};
use super::{Done, Output};
use crate::flow::backfill;
use crate::flow::by_reference::{self, Asked, How};
use crate::platform::Platform;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Name or id of the connection.
    connection: String,
    /// Order number (with or without prefix), channel reference or id.
    #[arg(required_unless_present_any = ["file", "from"], conflicts_with = "file")]
    reference: Option<String>,
    /// A file of references, one a line; each is imported by itself.
    #[arg(long, value_name = "REFS")]
    file: Option<PathBuf>,
    /// All open orders placed on that day or later, in UTC, also from before the earliest order date; all other checks hold.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day, requires = "to", conflicts_with_all = ["reference", "file", "again"])]
    from: Option<NaiveDate>,
    /// The last of these days.
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day, requires = "from")]
    to: Option<NaiveDate>,
    /// Take it in again although it was cancelled in the warehouse.
    #[arg(long, conflicts_with = "dry_run")]
    again: bool,
    /// Show what would happen and change nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    record: Record,
}

pub(super) async fn run(platform: &Platform, mut arguments: Arguments, output: Output) -> anyhow::Result<Done> {
    let record = std::mem::take(&mut arguments.record);
    recorded(platform, &record, "import".into(), import(platform, arguments, output)).await
}

async fn import(platform: &Platform, arguments: Arguments, output: Output) -> anyhow::Result<Done> {
    let connection = platform.store.connection(&arguments.connection).await?;
    let mode = if arguments.dry_run { Mode::Plan } else { Mode::Apply };
    if let (Some(from), Some(to)) = (arguments.from, arguments.to) {
        let placed = backfill::placed(from, to)?;
        let progress = Arc::default();
        let importing = backfill::import(platform, &connection, placed, mode, Arc::clone(&progress));
        let label = format!("importing what was placed from {from} to {to}");
        return show(&attended(platform, &label, &progress, output, importing).await?, output);
    }
    let how = How { mode, again: arguments.again };
    let references = match (&arguments.file, arguments.reference) {
        (Some(file), _) => lines(file)?,
        (None, Some(reference)) => {
            let progress = Arc::default();
            let asking = by_reference::import(platform, &connection, &reference, how, Arc::clone(&progress));
            let asked = attended(platform, &format!("importing {reference}"), &progress, output, asking).await;
            return one(asked?, output);
        }
        (None, None) => bail!("say which orders: a reference, --file, or --from with --to"),
    };
    let mut all = Vec::with_capacity(references.len());
    for (at, reference) in references.iter().enumerate() {
        let progress = Arc::default();
        let asking = by_reference::import(platform, &connection, reference, how, Arc::clone(&progress));
        let label = format!("{} of {}: {reference}", at + 1, references.len());
        let asked = attended(platform, &label, &progress, output, asking).await;
        // What came in before stays; the error names where to go on.
        all.push(
            asked.with_context(|| format!("{at} of {} references are done; {reference} failed", references.len()))?,
        );
    }
    output.show(&all, |all| table(["REFERENCE", "NUMBER", "FATE", "BECAUSE"], all.iter().map(line)))?;
    Ok(if all.iter().all(Asked::is_there) { Done::Well } else { Done::WithProblems })
}

fn day(text: &str) -> Result<NaiveDate, String> {
    text.parse().map_err(|_| format!("it is no day of the calendar; write the year first: 2026-03-01, not {text}"))
}

fn one(asked: Asked, output: Output) -> anyhow::Result<Done> {
    let taken = asked.is_there();
    match (asked.problem, asked.report) {
        (None, Some(report)) => {
            let done = show(&report, output)?;
            Ok(if taken { done } else { Done::WithProblems })
        }
        (problem, _) => bail!(problem.unwrap_or_default()),
    }
}

/// What became of one reference of a list.
fn line(asked: &Asked) -> [String; 4] {
    let fate = asked.report.as_ref().and_then(|ran| ran.report.orders.first());
    match (fate, &asked.problem) {
        (Some(fate), _) => [
            asked.reference.clone(),
            fate.order_number.clone().unwrap_or_default(),
            fate.fate.into(),
            fate.because.join("; "),
        ],
        (None, problem) => {
            let why = problem.clone().unwrap_or_else(|| "the source does not know it any more".into());
            [asked.reference.clone(), String::new(), "none".into(), why]
        }
    }
}

/// The references of a file: one a line, empty lines left out, each once.
fn lines(file: &std::path::Path) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let mut references: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !references.iter().any(|known| known == line) {
            references.push(line.to_owned());
        }
    }
    anyhow::ensure!(!references.is_empty(), "{} holds no references; write one a line", file.display());
    Ok(references)
}
