//! The list of attacks. Each file has one kind: `resources`, `storage`, `egress`, `headers`, `manifest`, `results`
//! and `log`.

mod egress;
mod headers;
mod log;
mod manifest;
mod resources;
mod results;
mod storage;

use futures::future::LocalBoxFuture;
use harness_capability::http::AuthFailure;
use harness_contract::types::Mode;
use harness_engine::{Ended, LoadError};
use host_harness::flow::FlowError;
use serde_json::Value;

use crate::site::Site;

pub use egress::REBOUND;

/// One attack.
pub struct Attack {
    /// What it shows, as a test's name.
    pub fact: &'static str,
    /// The typed reason that it has to end with.
    pub reason: &'static str,
    /// What the tenant has to be charged at least; none where there is no tenant yet, because the connector is not let in.
    pub charge: Option<Charge>,
    act: Act,
}

/// What is charged, at least; [`NOTHING`] is exactly that.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Charge {
    /// Invocations.
    pub invocations: i64,
    /// Processor time, in microseconds.
    pub cpu_us: i64,
    /// Calls at the source.
    pub calls: i64,
}

/// What an attack does; the reason that it ended with.
pub type Act = for<'a> fn(&'a Site) -> LocalBoxFuture<'a, anyhow::Result<String>>;

impl Attack {
    /// Does it; the reason that it ended with.
    ///
    /// # Errors
    /// What did not hold.
    pub async fn carry_out(&self, site: &Site) -> anyhow::Result<String> {
        (self.act)(site).await
    }

    /// Of a tenant that is charged at least this much.
    #[must_use]
    pub const fn charged(fact: &'static str, reason: &'static str, charge: Charge, act: Act) -> Self {
        Self { fact, reason, charge: Some(charge), act }
    }

    /// By a component that is not let in.
    #[must_use]
    pub const fn not_let_in(fact: &'static str, reason: &'static str, act: Act) -> Self {
        Self { fact, reason, charge: None, act }
    }
}

/// Every attack.
#[must_use]
pub fn all() -> Vec<Attack> {
    [
        resources::attacks(),
        storage::attacks(),
        egress::attacks(),
        headers::attacks(),
        manifest::attacks(),
        results::attacks(),
        log::attacks(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The component never runs, and the run is on the tenant's account all the same.
pub const NOTHING: Charge = Charge { invocations: 0, cpu_us: 0, calls: 0 };

/// One invocation, which cost something.
pub const ONCE: Charge = Charge { invocations: 1, cpu_us: 1, calls: 0 };

/// So many calls as well.
const fn calls(calls: i64) -> Charge {
    Charge { calls, ..ONCE }
}

/// Has the misdeed of `settings` done; the reason that the run ended with.
async fn ends(site: &Site, settings: Value) -> anyhow::Result<String> {
    let connection = site.attacker(Value::Object(serde_json::Map::new()), settings).await?;
    match site.run(&connection, Mode::Apply).await {
        Ok(ran) => anyhow::bail!("it went through: {ran:?}"),
        Err(error) => Ok(reason(&error)),
    }
}

/// The typed reason of a run's end.
fn reason(error: &FlowError) -> String {
    match error {
        FlowError::Ended(ended) => of_ended(ended),
        FlowError::TooMuch { what, .. } => format!("too-many.{what}"),
        FlowError::Breach(_) => "breach-of-contract".into(),
        FlowError::Authentication(AuthFailure::Refused(_)) => "session.refused".into(),
        FlowError::Authentication(AuthFailure::Unavailable(_)) => "session.unavailable".into(),
        FlowError::Host(error) => of_letting_in(error),
        other => format!("{other:?}"),
    }
}

fn of_ended(ended: &Ended) -> String {
    match ended {
        Ended::Limit(limit) => {
            let name = serde_json::to_value(limit).unwrap_or_default();
            format!("limit.{}", name.as_str().unwrap_or_default())
        }
        Ended::Trap(_) => "trap".into(),
        other => format!("{other:?}"),
    }
}

/// The typed reason why a component is not let in.
fn of_letting_in(error: &anyhow::Error) -> String {
    match error.downcast_ref::<LoadError>() {
        Some(LoadError::Inspect(_)) => "not-let-in.no-component".into(),
        Some(LoadError::Digest { .. }) => "not-let-in.digest".into(),
        Some(LoadError::Import(_)) => "not-let-in.import".into(),
        Some(LoadError::Contract(_)) => "not-let-in.contract".into(),
        Some(LoadError::Manifest(_)) => "not-let-in.manifest".into(),
        Some(LoadError::Cache(_)) => "not-let-in.compiler".into(),
        Some(LoadError::Describe(ended)) => format!("not-let-in.describe.{}", of_ended(ended)),
        None => format!("{error:#}"),
    }
}

/// The kind of what a guest was answered: `denied`, `not-sent`, `outcome-unknown`, `too-large`, or the status.
fn of_answer(told: &str) -> String {
    let kind = told.split([':', ' ']).next().unwrap_or_default();
    if kind.bytes().all(|byte| byte.is_ascii_digit()) { format!("answered.{kind}") } else { format!("http.{kind}") }
}

/// The one reason that all of them share.
fn all_alike(reasons: impl IntoIterator<Item = String>) -> anyhow::Result<String> {
    let mut reasons: Vec<String> = reasons.into_iter().collect();
    reasons.dedup();
    match reasons.as_slice() {
        [one] => Ok(one.clone()),
        other => anyhow::bail!("they ended with different reasons: {other:?}"),
    }
}
