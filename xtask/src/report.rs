//! Steps with their times, told as they begin and as a table at the end.

use std::time::{Duration, Instant};

use anyhow::Result;
use comfy_table::{CellAlignment, Table, presets};

/// The steps of one command so far.
#[derive(Default)]
pub(crate) struct Report {
    steps: Vec<Step>,
}

struct Step {
    name: &'static str,
    took: Duration,
    failure: Option<anyhow::Error>,
}

impl Report {
    /// Does one step; its failure is kept and ends nothing, so that one call tells everything that is wrong.
    pub(crate) fn step(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) -> bool {
        eprintln!("\n== {name}");
        let began = Instant::now();
        let failure = work().err();
        if let Some(error) = &failure {
            eprintln!("{name}: {error:#}");
        }
        let passed = failure.is_none();
        self.steps.push(Step { name, took: began.elapsed(), failure });
        passed
    }

    /// Prints the table.
    pub(crate) fn print(&self) {
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header(["step", "seconds", "result"]);
        for step in &self.steps {
            let result = if step.failure.is_none() { "passed" } else { "FAILED" };
            table.add_row([step.name, &seconds(step.took), result]);
        }
        let total = self.steps.iter().map(|step| step.took).sum();
        table.add_row(["together", &seconds(total), ""]);
        if let Some(column) = table.column_mut(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        eprintln!("\n{table}");
    }

    /// The first failure, if there was one.
    pub(crate) fn result(self) -> Result<()> {
        self.steps.into_iter().find_map(|step| step.failure).map_or(Ok(()), Err)
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1}", duration.as_secs_f64())
}
