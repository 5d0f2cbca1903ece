//! A connector that does what a connector must not do. Tests of the host ask it for one misdeed and watch that it is
//! stopped, named, and noticed by nobody else.
//!
//! The settings choose: `{"misbehave": "endless-loop"}`. The misdeed happens in `import-orders.discover`, or with
//! `"in": "fetch"` in `import-orders.fetch`. What is worth telling comes back as the ids of candidates (in `fetch` as the
//! verdicts by which each order is skipped), one text each. README.md lists all misdeeds.
//!
//! - [`misdeeds`]: what each does; [`orders`]: orders that no warehouse should take; [`memory`]: looking through its own.
//! - [`manifest`]: what it says it would do; [`disguise`]: what a test has it say instead. [`wishes`]: reading the settings.
//!
//! Not here: filling the table of functions, which Rust cannot ask for; the engine's tests do that with a text module.
#![allow(unsafe_code, reason = "the generated exports hand memory over to the host")]

mod bindings {
    //! Its own, so that it has the flow that it misbehaves in and no other.
    #![allow(
        missing_docs,
        unreachable_pub,
        clippy::all,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing
    )]

    wit_bindgen::generate!({ world: "order-importer", path: "../../wit", generate_all, additional_derives: [PartialEq] });
}
mod disguise;
mod manifest;
mod memory;
mod misdeeds;
mod orders;
mod wishes;

use bindings::exports::wms::connector::import_orders::{self, Explanation, Fetched};
use bindings::wms::connector::types::{Attempt, Candidate, Context, Failure, Outcome, Page, Skip, Verdict};
use wishes::Wishes;

struct Misbehaving;

bindings::export!(Misbehaving with_types_in bindings);

impl import_orders::Guest for Misbehaving {
    async fn discover(context: Context, checkpoint: Option<String>) -> Result<Page, Failure> {
        let wishes = Wishes::of(&context);
        if wishes.misdeed() == "pages-without-end" {
            let number = checkpoint.and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
            let candidates = (0..wishes.times(1)).map(|at| Candidate { id: format!("{number}-{at}"), version: None });
            return Ok(Page {
                candidates: candidates.collect(),
                checkpoint: Some((number + 1).to_string()),
                complete: false,
            });
        }
        let told =
            if wishes.in_fetch() { vec!["1".into(), "2".into(), "3".into()] } else { misdeeds::commit(&wishes).await };
        let candidates = told.into_iter().map(|id| Candidate { id, version: None }).collect();
        Ok(Page { candidates, checkpoint: None, complete: true })
    }

    async fn fetch(context: Context, ids: Vec<String>) -> Result<Vec<Fetched>, Failure> {
        let wishes = Wishes::of(&context);
        if !wishes.in_fetch_of(&ids) {
            return Ok(ids.into_iter().map(Fetched::Absent).collect());
        }
        match wishes.misdeed() {
            "no-results" => return Ok(Vec::new()),
            "orders" | "orders-of-others" | "orders-twice" => return Ok(orders::fetched(&wishes, ids)),
            _ => {}
        }
        let told = misdeeds::commit(&wishes).await;
        let verdict = |found| Verdict { check: "told".into(), passed: false, found, remedy: String::new() };
        let verdicts: Vec<Verdict> = told.into_iter().map(verdict).collect();
        let skip = |id: String| Skip { reference: id.clone(), id, verdicts: verdicts.clone(), needs_attention: false };
        Ok(ids.into_iter().map(skip).map(Fetched::Skipped).collect())
    }

    async fn acknowledge(context: Context, ids: Vec<String>) -> Result<Vec<Outcome>, Failure> {
        let ids = if Wishes::of(&context).misdeed() == "acknowledge-strangers" {
            ids.into_iter().map(|id| format!("stranger-{id}")).collect()
        } else {
            ids
        };
        let done = |id| Outcome { id, attempt: Attempt::AlreadyDone, changes: vec![], remote_id: None };
        Ok(ids.into_iter().map(done).collect())
    }

    async fn find(_: Context, reference: String) -> Result<Vec<String>, Failure> {
        Ok(vec![reference])
    }

    async fn explain(_: Context, _: String) -> Result<Vec<Explanation>, Failure> {
        Ok(vec![])
    }
}
