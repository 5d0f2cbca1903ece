//! Running one history.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::check::check;
use crate::course::Course;
use crate::faults::{self, Whims};
use crate::history::{History, What};

/// Longest time of a history, on the machine's clock; and what each event has beside.
const LONGEST: Duration = Duration::from_secs(120);
const EACH: Duration = Duration::from_secs(1);

/// How a history went.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// What does not hold; none when all does.
    pub complaints: Vec<String>,
    /// How often events of a kind were tried, and how often they took effect.
    pub took: BTreeMap<String, (usize, usize)>,
    /// Calls that Linnworks received, until nothing went wrong any more.
    pub calls: usize,
    /// How often something went wrong, by kind: by chance, or asked for by an event.
    pub faults: BTreeMap<String, usize>,
    /// What struck by chance, each before the event by whose place it goes.
    pub struck: Vec<(usize, What)>,
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
    let longest = LONGEST + EACH * u32::try_from(history.events.len()).unwrap_or(u32::MAX);
    let done = runtime.block_on(async { tokio::time::timeout(longest, play(history)).await });
    match done {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(error)) => failed(format!("{error:#}")),
        Err(_) => failed(format!("it did not end within {} s", longest.as_secs())),
    }
}

async fn play(history: &History) -> anyhow::Result<Outcome> {
    let mut course = Course::begin(history).await?;
    let mut whims = Whims::begin(&mut course.world, history.chaos.as_ref())?;
    for (place, event) in history.events.iter().enumerate() {
        whims.mark();
        course.carry_out(event).await?;
        whims.note(&course.world, place);
    }
    let calls = course.world.sim.with(|sim| sim.calls().len());
    course.settle().await?;
    let complaints = check(&course).await?;
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    let asked = history.events.iter().map(|event| &event.what);
    for kind in whims.struck.iter().map(|(_, what)| what).chain(asked).filter_map(faults::kind) {
        *counted.entry(kind).or_default() += 1;
    }
    let took = std::mem::take(&mut course.books.took);
    let log = course.world.log.since(0);
    course.world.end().await;
    Ok(Outcome { complaints, took, calls, faults: counted, struck: whims.struck, log })
}
