//! Running one history.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::check::check;
use crate::course::Course;
use crate::history::History;

/// Longest time of a history, on the machine's clock.
const LONGEST: Duration = Duration::from_secs(120);

/// How a history went.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// What does not hold; none when all does.
    pub complaints: Vec<String>,
    /// How often events of a kind were tried, and how often they took effect.
    pub took: BTreeMap<String, (usize, usize)>,
    /// The host's log.
    pub log: String,
}

/// Runs a history on this thread.
#[must_use]
pub fn run(history: &History) -> Outcome {
    let failed = |error: String| Outcome { complaints: vec![error], ..Outcome::default() };
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(error.to_string()),
    };
    let done = runtime.block_on(async { tokio::time::timeout(LONGEST, play(history)).await });
    match done {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(error)) => failed(format!("{error:#}")),
        Err(_) => failed(format!("it did not end within {} s", LONGEST.as_secs())),
    }
}

async fn play(history: &History) -> anyhow::Result<Outcome> {
    let mut course = Course::begin(history).await?;
    for event in &history.events {
        course.carry_out(event).await?;
    }
    course.settle().await?;
    let complaints = check(&course).await?;
    let outcome = Outcome { complaints, took: std::mem::take(&mut course.books.took), log: course.world.log.since(0) };
    course.world.end().await;
    Ok(outcome)
}
