//! Running a scenario and judging it.

mod described;
mod facts;
mod goods;
mod steps;
mod stock;
mod trace;
mod verify;
mod watching;

pub use described::description;
pub use steps::carry_out;

use std::path::Path;
use std::time::{Duration, Instant};

use harness_engine::Limits;
use host_harness::recording::Recording;
use serde_json::Value;

use crate::format::{Case, Expect};
use crate::matching::Mismatch;
use crate::places;
use crate::world::World;

/// Longest time of a scenario, on the machine's clock.
const LONGEST: Duration = Duration::from_secs(120);

/// How a scenario went.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Where it was not as expected, by step; empty when it went well.
    pub failures: Vec<Failure>,
    /// Calls at Linnworks that were judged by the vendor's description; none where that is absent.
    pub judged: usize,
    /// What each step gave, what the warehouse held at the end, and every call at Linnworks: without times and costs, so that
    /// two runs can be compared. Null unless wanted.
    pub trace: Value,
    /// What the components were asked and did in the steps, where that was wanted; or why there is none.
    pub recording: Option<Result<Recording, String>>,
    /// The end of the host's log, for whoever looks for the cause.
    pub log: String,
    /// How long it took.
    pub took: Duration,
}

impl Outcome {
    /// Whether everything was as expected.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.failures.is_empty()
    }
}

/// A step that was not as expected.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Which, counted from 1 and named.
    pub step: String,
    /// What was not as expected.
    pub mismatches: Vec<Mismatch>,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{}", self.step)?;
        self.mismatches.iter().try_for_each(|mismatch| write!(f, "  {mismatch}"))
    }
}

/// How a scenario is run, beyond what it says itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options<'a> {
    /// The component in place of the one that it names.
    pub component: Option<&'a Path>,
    /// Whether the engine counts fuel.
    pub fuel: bool,
    /// Whether [`Outcome::trace`] is wanted.
    pub trace: bool,
    /// Whether [`Outcome::recording`] is wanted.
    pub record: bool,
}

/// Runs a scenario on a thread of its own with the project's own component.
#[must_use]
pub fn run(case: &Case) -> Outcome {
    run_with(case, Options::default())
}

/// Runs a scenario as `options` say.
#[must_use]
pub fn run_with(case: &Case, options: Options<'_>) -> Outcome {
    let began = Instant::now();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return broken("starting", &error.into(), String::new(), began),
    };
    let result = runtime.block_on(async { tokio::time::timeout(LONGEST, play(case, options)).await });
    match result {
        Ok(Ok(played)) => {
            let Played { failures, judged, trace, recording, log } = played;
            Outcome { failures, judged, trace, recording, log, took: began.elapsed() }
        }
        Ok(Err(error)) => broken("given", &error, String::new(), began),
        Err(_) => {
            let error = anyhow::anyhow!("it did not end within {} s", LONGEST.as_secs());
            broken("the whole", &error, String::new(), began)
        }
    }
}

fn broken(step: &str, error: &anyhow::Error, log: String, began: Instant) -> Outcome {
    let mismatch = Mismatch::new("error", "none", format!("{error:#}"));
    let failures = vec![Failure { step: step.into(), mismatches: vec![mismatch] }];
    Outcome { failures, judged: 0, trace: Value::Null, recording: None, log, took: began.elapsed() }
}

struct Played {
    failures: Vec<Failure>,
    judged: usize,
    trace: Value,
    recording: Option<Result<Recording, String>>,
    log: String,
}

async fn play(case: &Case, options: Options<'_>) -> anyhow::Result<Played> {
    let component = options.component.map_or_else(|| places::component(&case.given.component), Path::to_path_buf);
    let mut world = World::new(&case.given, &component, options.fuel).await?;
    let mut judge = described::Judge::new()?;
    let mut trace = trace::Trace::default();
    let mut failures = Vec::new();
    let setting_up = judge.look(&world);
    if !setting_up.is_empty() {
        failures.push(Failure { step: "given".into(), mismatches: setting_up });
    }
    let start = world.log.len();
    let session = options.record.then(|| world.record(&case.title));
    for (at, step) in case.steps.iter().enumerate() {
        let default = Expect::default();
        let expect = step.expect.as_ref().unwrap_or(&default);
        let name = format!("step {}: {}", at + 1, step.name());
        let before = facts::Before::look(&world, expect).await?;
        let result = steps::carry_out(&mut world, step).await;
        if options.trace {
            trace.step(&result);
        }
        let mut mismatches = verify::step(&mut world, step, expect, &before, result).await?;
        mismatches.extend(judge.look(&world));
        if !mismatches.is_empty() {
            failures.push(Failure { step: name, mismatches });
            break;
        }
    }
    if let Some(expect) = case.expect.as_ref().filter(|_| failures.is_empty()) {
        let before = facts::Before::start(start);
        let mismatches = verify::whole(&world, expect, &before).await?;
        if !mismatches.is_empty() {
            failures.push(Failure { step: "at the end".into(), mismatches });
        }
    }
    let trace = if options.trace { trace.end(&world).await? } else { Value::Null };
    let log = world.log.since(start);
    world.end().await;
    let recording = match session {
        Some(session) => Some(session.finish(&Limits::default()).await.map_err(|error| format!("{error:#}"))),
        None => None,
    };
    Ok(Played { failures, judged: judge.judged, trace, recording, log })
}
