//! The reference scenarios: files in the scenarios' own format, in `cases/`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use scenarios::format::{self, Case, Step, Verb, Word};
use scenarios::run::{Options, run_with};
use serde_json::json;

/// The flows that are swept, in the order in which a beat runs them.
pub const FLOWS: [&str; 6] =
    ["import-orders", "review-orders", "push-despatch", "import-purchase-orders", "export-returns", "sync-stock"];

/// One reference scenario.
#[derive(Debug, Clone)]
pub struct Reference {
    /// The flow, or what else the file is called.
    pub name: String,
    /// As it is carried out here.
    pub case: Case,
    file: PathBuf,
}

/// Where the files lie.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}

impl Reference {
    /// The scenario of that name.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn load(name: &str) -> anyhow::Result<Self> {
        let file = folder().join(name).with_extension("yaml");
        let mut case = format::load(&file)?;
        // What was told is judged by what it said.
        case.given.simulator.config.insert("log_bodies".into(), json!(true));
        Ok(Self { name: name.to_owned(), case, file })
    }

    /// Whether the step is work of the flow: a run of it, or a turn of the scheduler. All others prepare it.
    #[must_use]
    pub fn is_swept(&self, step: &Step) -> bool {
        match step.verb() {
            Ok(Verb::Run(run)) => run.flow().name() == self.name,
            Ok(Verb::Word(word)) => word == Word::Due,
            _ => false,
        }
    }

    /// Whether it goes as the file expects, uninterrupted.
    ///
    /// # Errors
    /// What is not as expected.
    pub fn holds(&self) -> anyhow::Result<()> {
        let outcome = run_with(&format::load(&self.file)?, Options::default());
        if outcome.passed() {
            return Ok(());
        }
        let failures: String = outcome.failures.iter().map(ToString::to_string).collect();
        Err(anyhow::anyhow!("{failures}")).with_context(|| format!("{} does not go as it expects", self.file.display()))
    }
}
