//! `--record FILE`: what the components were asked and did while a command worked, redacted, in a file that only its owner reads.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::Done;
use crate::platform::Platform;
use crate::recording::{Recording, Session};

#[derive(Debug, Default, Args)]
pub(super) struct Record {
    /// Keep what the connector is asked and does in this file, with secrets and personal data replaced; `harness replay` asks it
    /// the same again.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Take the place of a file that is there.
    #[arg(long, requires = "record")]
    overwrite: bool,
}

/// Has `work` done, and a recording made of it where one is wanted: also when the work failed, which is when it is wanted most.
pub(super) async fn recorded(
    platform: &Platform,
    record: &Record,
    asked: String,
    work: impl Future<Output = anyhow::Result<Done>>,
) -> anyhow::Result<Done> {
    let Some(path) = &record.record else { return work.await };
    let place = Place::take(path, record.overwrite)?;
    let session = Session::new(asked);
    platform.recordings.begin(session.clone());
    let done = work.await;
    platform.recordings.end();
    let kept = async {
        let recording = session.finish(&platform.config.limits).await?;
        place.fill(&recording.write()?)?;
        anyhow::Ok(recording)
    };
    match (kept.await, done) {
        (Ok(recording), done) => {
            let whole = tell(&recording, path);
            done.map(|done| if whole { done } else { Done::WithProblems })
        }
        (Err(error), Ok(_)) => Err(error.context("the command is done, and no recording was made of it")),
        (Err(error), Err(cause)) => {
            eprintln!("no recording was made: {error:#}");
            Err(cause)
        }
    }
}

/// Says what was recorded, on standard error: standard output is the command's. Gives whether it shows what happened.
fn tell(recording: &Recording, path: &Path) -> bool {
    let invocations = recording.invocations.len();
    eprintln!("recorded {invocations} invocations with {} calls in {}", recording.calls(), path.display());
    let mut whole = true;
    for (at, invocation, why) in recording.parted() {
        whole = false;
        eprintln!(
            "invocation {at}, {}, goes another way once personal data are replaced, and so does not show what happened: {why}",
            invocation.function
        );
    }
    whole
}

/// A file that is there once it is whole.
struct Place {
    path: PathBuf,
    part: PathBuf,
    file: File,
    /// Whether `path` was made by us, to keep others from taking it.
    ours: bool,
    filled: bool,
}

impl Place {
    /// Takes the place before anything is done, so that nobody waits for a run whose recording cannot be kept.
    fn take(path: &Path, overwrite: bool) -> anyhow::Result<Self> {
        let make = |path: &Path| OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let ours = !overwrite || !path.exists();
        if ours {
            make(path).with_context(|| {
                let place = path.display();
                format!(
                    "the recording {place} cannot be made; take another name, or --overwrite for a file that is there"
                )
            })?;
        }
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let made =
            make(&part).with_context(|| format!("{} cannot be made; remove it if it was left over", part.display()));
        match made {
            Ok(file) => Ok(Self { path: path.to_owned(), part, file, ours, filled: false }),
            Err(error) => {
                if ours {
                    let _ = std::fs::remove_file(path);
                }
                Err(error)
            }
        }
    }

    fn fill(mut self, text: &str) -> anyhow::Result<()> {
        self.file.write_all(text.as_bytes())?;
        self.file.sync_all()?;
        std::fs::rename(&self.part, &self.path)?;
        self.filled = true;
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.filled {
            return;
        }
        let _ = std::fs::remove_file(&self.part);
        if self.ours {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_stays_unless_told_otherwise_and_a_failure_leaves_nothing() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = std::env::temp_dir().join(format!("record-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("a.json");
        drop(Place::take(&path, false).unwrap());
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);

        Place::take(&path, false).unwrap().fill("one").unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(Place::take(&path, false).is_err());
        drop(Place::take(&path, true).unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        Place::take(&path, true).unwrap().fill("two").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
