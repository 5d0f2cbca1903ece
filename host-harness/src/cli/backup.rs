//! `harness backup`: copies of all that a host knows, looked through, and put back.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::output::instant;
use super::{Done, Output};
use crate::backup::{self, Contents, Restoring};
use crate::config::Config;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Copy database and connectors into a new folder, also while the host serves. The key is not in it: keep that apart.
    Create(Folder),
    /// Look through a backup: each file's digest, and the whole database.
    Verify(Folder),
    /// Put a backup back, while no host works here. Connections are switched off, since the stock is as old as the backup.
    Restore(Restore),
}

#[derive(Debug, Args)]
pub(super) struct Folder {
    /// The backup.
    folder: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup.
    folder: PathBuf,
    /// Move the database aside that is there.
    #[arg(long)]
    replace: bool,
    /// The key is lost: every token and secret will be entered again.
    #[arg(long)]
    without_key: bool,
    /// Leave connections active that were.
    #[arg(long)]
    keep_active: bool,
}

/// Works on files alone: a host that serves has its database to itself, and a damaged one would not open.
pub(super) async fn run(config: &Config, command: Command, output: Output) -> anyhow::Result<Done> {
    let now = chrono::Utc::now().timestamp_millis();
    match command {
        Command::Create(Folder { folder }) => {
            let contents = backup::create(config, &folder, now).await?;
            output.show(&contents, |contents| {
                format!("{}\nThe key is not in it: keep {} elsewhere.\n", told(contents), config.key_file().display())
            })?;
        }
        Command::Verify(Folder { folder }) => output.show(&backup::verify(&folder).await?, told)?,
        Command::Restore(restore) => {
            let how = Restoring {
                replace: restore.replace,
                without_key: restore.without_key,
                keep_active: restore.keep_active,
            };
            let restored = backup::restore(config, &restore.folder, how, now).await?;
            output.show(&restored, |restored| {
                let mut text = format!("put back: {}\n", told(&restored.contents));
                if let Some(aside) = &restored.moved_aside {
                    text.push_str(&format!("what was there before lies in {}\n", aside.display()));
                }
                for name in &restored.switched_off {
                    text.push_str(&format!(
                        "still to do: set the stock right, then harness connection activate {name}\n"
                    ));
                }
                text
            })?;
        }
    }
    Ok(Done::Well)
}

fn told(contents: &Contents) -> String {
    let bytes: u64 = contents.files.iter().map(|file| file.bytes).sum();
    format!(
        "whole: made {} by version {}, schema {}, {} connections, {} orders, {} files, {bytes} bytes",
        instant(contents.made_at),
        contents.program,
        contents.database.schema,
        contents.database.connections,
        contents.database.orders,
        contents.files.len(),
    )
}
