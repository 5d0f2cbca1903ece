//! `harness stock`: stock at the sources.

use std::sync::Arc;

use clap::Subcommand;
use harness_contract::types::Mode;

use super::output::{instant, table};
use super::{Done, Output};
use crate::flow::sync_stock::{self, Scope};
use crate::platform::Platform;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Levels that somebody else had changed at the source, and that were set right; newest first.
    Drift {
        /// Name or id of the connection.
        connection: String,
        #[arg(long, default_value_t = 50)]
        limit: u32,
    },
    /// Compare all stock of a connection now, not only what changed.
    Compare {
        /// Name or id of the connection.
        connection: String,
        /// Show what would be set and change nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

pub(super) async fn run(platform: &Platform, command: Command, output: Output) -> anyhow::Result<Done> {
    match command {
        Command::Drift { connection, limit } => {
            let connection = platform.store.connection(&connection).await?;
            output.show(&platform.store.stock_drift(connection.id, limit).await?, |rows| {
                table(
                    ["AT", "SKU", "FOUND", "SET TO", "CHANGED BY"],
                    rows.iter().map(|drift| {
                        [
                            instant(drift.at),
                            drift.sku.clone(),
                            drift.old.clone().unwrap_or_default(),
                            drift.new.clone().unwrap_or_default(),
                            drift.changed_by.clone().unwrap_or_default(),
                        ]
                    }),
                )
            })?;
            Ok(Done::Well)
        }
        Command::Compare { connection, dry_run } => {
            let connection = platform.store.connection(&connection).await?;
            let mode = if dry_run { Mode::Plan } else { Mode::Apply };
            let label = format!("stock of {}", connection.name);
            let progress = Arc::default();
            let work = sync_stock::watched(platform, &connection, mode, Scope::All, Arc::clone(&progress));
            let ran = super::run::attended(platform, &label, &progress, output, work).await?;
            super::run::show(&ran, output)
        }
    }
}
