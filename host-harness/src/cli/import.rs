//! `harness import`: one order, by what a person calls it.

use std::sync::Arc;

use anyhow::bail;
use clap::Args;
use harness_contract::types::Mode;

use super::run::{attended, show, spinner};
use super::{Done, Output};
use crate::flow::import_orders::{self, Scope};
use crate::flow::why;
use crate::platform::Platform;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Name or id of the connection.
    connection: String,
    /// Order number (with or without prefix), channel reference or id.
    reference: String,
    /// Show what would happen and change nothing.
    #[arg(long)]
    dry_run: bool,
}

pub(super) async fn run(platform: &Platform, arguments: Arguments, output: Output) -> anyhow::Result<Done> {
    let connection = platform.store.connection(&arguments.connection).await?;
    let spinner = spinner(&format!("looking for {}", arguments.reference), output);
    let ids = why::find(platform, &connection, &arguments.reference).await;
    spinner.finish_and_clear();
    let ids = ids?;
    match ids.len() {
        0 => bail!(
            "no order {:?} is known at the source; `harness why {} {:?}` tells more",
            arguments.reference,
            connection.name,
            arguments.reference
        ),
        1 => {}
        several => bail!(
            "{several} orders have the reference {:?}: {}; give one of these ids",
            arguments.reference,
            ids.join(", ")
        ),
    }
    let mode = if arguments.dry_run { Mode::Plan } else { Mode::Apply };
    let progress = Arc::default();
    let run = import_orders::watched(platform, &connection, mode, Scope::Ids(ids), Arc::clone(&progress));
    let report = attended(platform, &format!("importing {}", arguments.reference), &progress, output, run).await?;
    let taken = report.imported + report.already_imported > 0;
    let done = show(&report, output)?;
    Ok(if taken { done } else { Done::WithProblems })
}
