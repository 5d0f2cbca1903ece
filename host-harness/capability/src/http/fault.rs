//! Faults on demand, for tests, the scenario program and the crash sweep. Without rules this layer does nothing.
//!
//! A rule names an operation (or all) and which of its calls, counted from 1 over the life of the [`Faults`]; each attempt
//! counts. A crash is not an answer: the invocation ends as if the host had died at that point.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Where a crash cuts a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CrashPoint {
    /// Nothing has left.
    BeforeSending,
    /// The source has done it and answered; nobody here has seen the answer.
    AfterAnswer,
    /// The answer was seen and noted: the call is counted, a session is there. The guest has not got it, nothing that follows from
    /// it is committed.
    AnswerSeen,
}

/// What happens to a call.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The run ends there.
    Crash(CrashPoint),
    /// It is not sent, and this is its answer.
    Status {
        /// 100 to 599.
        status: u16,
        /// The header `retry-after`.
        retry_after: Option<String>,
        /// The body.
        body: String,
    },
    /// It is not sent: the connection was refused.
    NotSent,
    /// It is sent and its answer is lost.
    LoseAnswer,
    /// It waits so many milliseconds of the host's clock, then goes on.
    Delay(i64),
}

/// Which calls a fault is for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rule {
    /// Name of an operation, or [`super::EXCHANGE`]; `None` is every one.
    pub operation: Option<String>,
    /// Only the nth such call, from 1; `None` is every one.
    pub nth: Option<u64>,
    /// What happens to it.
    pub fault: Fault,
}

/// What is asked of each call.
type Decide = dyn Fn(&str) -> Option<Fault> + Send + Sync;

/// Decides about a call that no rule is for, by the name of its operation.
#[derive(Clone)]
pub struct Draw(Arc<Decide>);

impl Draw {
    /// What `decide` says of each call.
    pub fn new(decide: impl Fn(&str) -> Option<Fault> + Send + Sync + 'static) -> Self {
        Self(Arc::new(decide))
    }
}

impl fmt::Debug for Draw {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Draw")
    }
}

/// The rules in force, and how many calls there were.
#[derive(Debug, Default)]
pub struct Faults {
    state: Mutex<State>,
    crash: Notify,
}

#[derive(Debug, Default)]
struct State {
    rules: Vec<Rule>,
    draw: Option<Draw>,
    all: u64,
    by_operation: BTreeMap<String, u64>,
}

impl Faults {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a rule; for each call the first that fits is taken.
    pub fn add(&self, rule: Rule) {
        self.state().rules.push(rule);
    }

    /// From now on `draw` decides about each call that no rule is for.
    pub fn draw(&self, draw: Draw) {
        self.state().draw = Some(draw);
    }

    /// Forgets all rules and counts.
    pub fn clear(&self) {
        *self.state() = State::default();
    }

    /// Resolves once a crash has struck, for each crash once. Who plays the host's death drops the run then, so that nothing
    /// of it goes on, not even the noting of its failure.
    pub async fn crashed(&self) {
        self.crash.notified().await;
    }

    /// Tells of a crash.
    pub(crate) fn crash(&self, point: CrashPoint) -> CrashPoint {
        self.crash.notify_one();
        point
    }

    /// How many calls there were, by operation.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.state().by_operation.clone()
    }

    /// Counts a call of `operation` and finds what happens to it.
    pub(crate) fn strike(&self, operation: &str) -> Option<Fault> {
        let mut state = self.state();
        state.all += 1;
        let all = state.all;
        let of_operation = {
            let count = state.by_operation.entry(operation.to_owned()).or_default();
            *count += 1;
            *count
        };
        let hit = state.rules.iter().find(|rule| match &rule.operation {
            Some(name) => name == operation && rule.nth.is_none_or(|nth| nth == of_operation),
            None => rule.nth.is_none_or(|nth| nth == all),
        });
        match hit {
            Some(rule) => Some(rule.fault.clone()),
            None => state.draw.as_ref().and_then(|Draw(decide)| decide(operation)),
        }
    }
}
