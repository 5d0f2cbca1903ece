//! `harness key`: the key that secrets are sealed with.

use clap::Subcommand;

use super::{Done, Output};
use crate::platform::Platform;
use crate::rotation;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a new key and seal every secret with it, all or none; no other host may run.
    Rotate,
}

pub(super) async fn run(platform: &Platform, command: Command, output: Output) -> anyhow::Result<Done> {
    match command {
        Command::Rotate => {
            let rotated = rotation::rotate(platform).await?;
            output.show(&rotated, |rotated| {
                let mut text = format!(
                    "sealed with a new key: {} secrets of the platform, those of {} connections, the versions of {} orders",
                    rotated.resealed.platform_secrets, rotated.resealed.connections, rotated.resealed.orders
                );
                if let Some(line) = &rotated.to_do {
                    text.push_str(&format!("\nstill to do: {line}"));
                }
                text
            })?;
            Ok(if rotated.to_do.is_some() { Done::WithProblems } else { Done::Well })
        }
    }
}
