//! The functions of `import-orders` for any [`OrderSource`].

use std::collections::{BTreeMap, BTreeSet};

use super::judge::{self, Judged};
use super::{OrderSource, outcome};
use crate::contract::{
    Attempt, Candidate, Context, Explanation, Failure, Fetched, Outcome, Page, Retry, Skip, Verdict,
};
use crate::host::{Host, go_on};
use crate::json::Json;
use crate::problem::{failed, problem};

/// Ids of all orders, each once, in the source's order.
///
/// # Errors
/// Why the source cannot be asked, or a record without an id.
pub async fn discover<S: OrderSource>(host: &impl Host, ctx: &Context) -> Result<Page, Failure> {
    let records = by_id::<S>(S::all(host, ctx).await?)?;
    let candidate = |(id, record): (String, Json)| {
        let version = S::version(&record);
        // `fetch` tells what is wrong with a record; here it only has no version that could be trusted.
        Candidate { id, version: record.take_faults().is_empty().then_some(version) }
    };
    Ok(Page { candidates: records.into_iter().map(candidate).collect(), checkpoint: None, complete: true })
}

/// One result for each id, in the order of the ids.
///
/// # Errors
/// Why the source cannot be asked, or a record without an id.
pub async fn fetch<S: OrderSource>(host: &impl Host, ctx: &Context, ids: &[String]) -> Result<Vec<Fetched>, Failure> {
    go_on(host, 0, ids.len())?;
    let records: BTreeMap<String, Json> = by_id::<S>(S::these(host, ctx, ids).await?)?.into_iter().collect();
    let one = |id: &String| match records.get(id) {
        None => Fetched::Absent(id.clone()),
        Some(record) => match judge::judge::<S>(id, record, ctx) {
            Judged { order: Some(order), .. } => Fetched::Ready(order),
            Judged { reference, checks, .. } => Fetched::Skipped(Skip {
                id: id.clone(),
                reference,
                needs_attention: checks.needs_attention(),
                verdicts: checks.into_failed(),
            }),
        },
    };
    Ok(ids.iter().map(one).collect())
}

/// One outcome for each id: what the source says nothing about was not attempted.
///
/// # Errors
/// Why none of them could be marked.
pub async fn acknowledge<S: OrderSource>(
    host: &impl Host,
    ctx: &Context,
    ids: &[String],
) -> Result<Vec<Outcome>, Failure> {
    let mut told: BTreeMap<String, Outcome> =
        S::acknowledge(host, ctx, ids).await?.into_iter().map(|outcome| (outcome.id.clone(), outcome)).collect();
    Ok(ids.iter().map(|id| told.remove(id).unwrap_or_else(|| outcome(id, Attempt::NotAttempted))).collect())
}

/// Ids of the orders whose id, number or reference it is, in any case.
///
/// # Errors
/// Why the source cannot be asked, or a record without an id.
pub async fn find<S: OrderSource>(host: &impl Host, ctx: &Context, reference: &str) -> Result<Vec<String>, Failure> {
    Ok(meant::<S>(host, ctx, reference).await?.into_iter().map(|(id, _)| id).collect())
}

/// Every check on each order that `reference` can mean, or one that says that there is none.
///
/// # Errors
/// Why the source cannot be asked, or a record without an id.
pub async fn explain<S: OrderSource>(
    host: &impl Host,
    ctx: &Context,
    reference: &str,
) -> Result<Vec<Explanation>, Failure> {
    let meant = meant::<S>(host, ctx, reference).await?;
    if meant.is_empty() {
        return Ok(vec![Explanation { id: None, reference: reference.to_owned(), verdicts: vec![unknown()] }]);
    }
    let explained = |(id, judged): (String, Judged)| Explanation {
        id: Some(id),
        reference: judged.reference,
        verdicts: judged.checks.into_verdicts(),
    };
    Ok(meant.into_iter().map(explained).collect())
}

fn unknown() -> Verdict {
    failed(
        "known",
        "The source lists no order with this id, number or reference",
        "Check the spelling, and whether the order belongs to this account.",
    )
}

async fn meant<S: OrderSource>(
    host: &impl Host,
    ctx: &Context,
    reference: &str,
) -> Result<Vec<(String, Judged)>, Failure> {
    let records = by_id::<S>(S::all(host, ctx).await?)?;
    let judged = records.into_iter().map(|(id, record)| {
        let judged = judge::judge::<S>(&id, &record, ctx);
        (id, judged)
    });
    Ok(judged.filter(|(id, judged)| judged.is_called(id, reference)).collect())
}

/// The records with their ids; of several with one id the first counts, as when a page is shifted while pages are read.
///
/// A record without an id is the failure of the call: it could neither be skipped nor explained, so it would be lost in silence.
fn by_id<S: OrderSource>(records: Vec<Json>) -> Result<Vec<(String, Json)>, Failure> {
    let count = records.len();
    let mut seen = BTreeSet::new();
    let mut named = Vec::with_capacity(count);
    for (at, record) in records.into_iter().enumerate() {
        let id = S::id(&record);
        let faults = record.take_faults();
        if id.trim().is_empty() || !faults.is_empty() {
            let why: Vec<String> = faults.into_iter().collect();
            let why = if why.is_empty() { "its id is empty".to_owned() } else { why.join("; ") };
            return Err(Failure::UnexpectedAnswer(problem(
                "source.order-without-id",
                format!("Record {} of {count} has no id by which it could be told from others: {why}.", at + 1),
                "Mend or remove the record at the source; the others come in with the next run.",
                Retry::Later,
            )));
        }
        if seen.insert(id.clone()) {
            named.push((id, record));
        }
    }
    Ok(named)
}
