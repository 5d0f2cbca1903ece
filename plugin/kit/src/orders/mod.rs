//! Orders come in: what a connector says of its source, and the five functions of `import-orders` that follow from it.
//!
//! Fit for a source that gives its orders in one or some calls. What the contract wants of the flow is kept here, once:
//!
//! - one result for each id, in the order of asking, each id being listed once;
//! - an order is taken whole or skipped with the checks that failed: a record with anything unreadable, an order with a line
//!   without SKU or an amount that is none never gets through (`whole`);
//! - `explain` tells the very checks that `fetch` decides by, passed or not (`judge`);
//! - nothing is written while orders are read, unless the source's own functions send something else than `read` operations,
//!   which a review of the manifest shows;
//! - it ends when told to stop.
//!
//! An account with many orders wants [`OrderSource::these`], without which each batch of 200 reads everything again.

mod flow;
mod guest;
mod judge;
mod whole;

use std::future::{self, Future};

use crate::checks::Checks;
use crate::contract::{Attempt, Context, Description, Failure, Location, Order, Outcome, Problem, Retry, Verdict};
use crate::host::Host;
use crate::json::Json;
use crate::problem::{failed, passed, problem};

pub use flow::{acknowledge, discover, explain, fetch, find};

/// The contract's own code of the check that the credentials are accepted.
const TOKEN: &str = "token";

/// A source of orders. Everything that has a body here may stay as it is.
pub trait OrderSource {
    /// What the connector is and may do. Constant.
    fn describe() -> Description;

    /// Every order that may be importable, as the source tells them. The likely body: `get(host, "orders", &[]).await?.records("")`.
    ///
    /// # Errors
    /// Why the source cannot be asked.
    fn all(host: &impl Host, ctx: &Context) -> impl Future<Output = Result<Vec<Json>, Failure>>;

    /// The order that a record stands for, and the checks that decide about it. Never sends anything.
    ///
    /// Id and version are filled in by the kit; where they are empty so are the numbers and references (by the id), the
    /// channel (by the connection's) and the ids of the lines (by their place). `None` where there is no order to be made of it: then a
    /// check or a fault of the record says why.
    fn order(record: &Json, ctx: &Context, checks: &mut Checks) -> Option<Order>;

    /// The source's own id of a record, stable for its life: the member `id`.
    fn id(record: &Json) -> String {
        record.text("id")
    }

    /// Changes whenever the record does: a fingerprint of all of it. Better is what the source has for that (a number of the
    /// version, an instant of the last change).
    fn version(record: &Json) -> String {
        fingerprint(record.source())
    }

    /// The records with these ids, at most 200; others are passed over. All of them, where the source cannot be asked for some.
    ///
    /// # Errors
    /// Why the source cannot be asked.
    fn these(host: &impl Host, ctx: &Context, ids: &[String]) -> impl Future<Output = Result<Vec<Json>, Failure>> {
        let _ = ids;
        Self::all(host, ctx)
    }

    /// Marks orders as taken, after the warehouse has them. Called for those whose `acknowledge` flag [`OrderSource::order`]
    /// set: none, so there is nothing to do. Read before writing, and after: see `wit/README.md`.
    ///
    /// # Errors
    /// Why none of them could be marked.
    fn acknowledge(
        host: &impl Host,
        ctx: &Context,
        ids: &[String],
    ) -> impl Future<Output = Result<Vec<Outcome>, Failure>> {
        let _ = (host, ctx);
        future::ready(Ok(ids.iter().map(|id| outcome(id, Attempt::AlreadyDone)).collect()))
    }

    /// The connection check: whether the source accepts the credentials, where it wants any, and gives its orders.
    ///
    /// # Errors
    /// Why it cannot be asked, for another reason than the credentials.
    fn check(host: &impl Host, ctx: &Context) -> impl Future<Output = Result<Vec<Verdict>, Failure>> {
        async move {
            let mut verdicts = Vec::new();
            match Self::all(host, ctx).await {
                Ok(records) => {
                    if Self::describe().authentication.is_some() {
                        verdicts.push(passed(TOKEN, "The source accepts the credentials"));
                    }
                    let found = format!("The source gives its orders; there are {}", records.len());
                    verdicts.push(passed("orders", found));
                }
                Err(Failure::Unauthorised(problem)) => verdicts.push(failed(TOKEN, problem.message, problem.remedy)),
                Err(failure) => return Err(failure),
            }
            Ok(verdicts)
        }
    }

    /// Places from which the source has orders fulfilled: none.
    ///
    /// # Errors
    /// Why the source cannot be asked.
    fn locations(host: &impl Host, ctx: &Context) -> impl Future<Output = Result<Vec<Location>, Failure>> {
        let _ = (host, ctx);
        future::ready(Ok(Vec::new()))
    }

    /// Settings of another version as this one writes them: only its own are known.
    ///
    /// # Errors
    /// What would be lost.
    fn migrate(from_version: u32, settings: String) -> Result<String, Problem> {
        let own = Self::describe().settings_version;
        if from_version == own {
            return Ok(settings);
        }
        Err(problem(
            "settings.unknown-version",
            format!("The settings were written by version {from_version}; this connector knows version {own} only."),
            "Add the connection again, or use the version of the connector that wrote them.",
            Retry::Never,
        ))
    }
}

/// The outcome for one item, with no change to tell.
pub fn outcome(id: &str, attempt: Attempt) -> Outcome {
    Outcome { id: id.to_owned(), attempt, changes: Vec::new(), remote_id: None }
}

/// FNV-1a, 64 bits, as 16 hexadecimal digits. The host keys it before storing it, so that nothing can be guessed back.
fn fingerprint(text: &str) -> String {
    let step = |print: u64, byte: u8| (print ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

#[cfg(test)]
mod tests;
