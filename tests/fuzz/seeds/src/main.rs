//! Where the fuzzers' inputs come from: writes the inputs that every target begins with into the folder named by the first argument,
//! one folder for each target.
//!
//! The connector's are real: each flow is run, natively, against a real simulator over HTTP, and what it was answered is kept
//! ([`recorder`], [`flows`]). The others are the project's own scenario files, its manifest, records that the flows gave, and
//! what people write who want to get in ([`others`]).
#![allow(
    clippy::indexing_slicing,
    reason = "members of JSON objects, which are there or made; a missing order ends the program"
)]

mod flows;
mod others;
mod recorder;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::Value;

/// The folder that is written into.
struct Corpus {
    folder: PathBuf,
    written: usize,
}

impl Corpus {
    /// Writes one input of `target`.
    fn write(&mut self, target: &str, name: &str, input: &[u8]) -> anyhow::Result<()> {
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder)?;
        let file = folder.join(format!("seed-{name}"));
        fs::write(&file, input).with_context(|| format!("{} cannot be written", file.display()))?;
        self.written += 1;
        Ok(())
    }

    fn document(&mut self, target: &str, name: &str, document: &Value) -> anyhow::Result<()> {
        self.write(target, name, document.to_string().as_bytes())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let folder = std::env::args().nth(1).context("usage: fuzz-seeds FOLDER (below it each target has its own)")?;
    let mut corpus = Corpus { folder: folder.into(), written: 0 };
    let records = flows::write(&mut corpus).await?;
    others::write(&mut corpus, &records, Path::new(env!("CARGO_MANIFEST_DIR")))?;
    println!("{} inputs in {}", corpus.written, corpus.folder.display());
    Ok(())
}
