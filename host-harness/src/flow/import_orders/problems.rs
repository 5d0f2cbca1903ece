//! What is told of orders that stay out.

use harness_contract::types::Skip;
use harness_wms::ProblemAt;

use crate::flow::run;
use crate::flow::words::{self, CODE, REFERENCE, WORDS};

/// The problem of an order that stays out though nobody meant it to.
pub(super) fn of_skip(skip: &Skip) -> Option<ProblemAt> {
    let verdict = skip.verdicts.iter().find(|verdict| !verdict.passed).filter(|_| skip.needs_attention)?;
    Some(ProblemAt {
        subject: skip.id.clone(),
        reference: words::plain(skip.reference.clone(), REFERENCE),
        problem: harness_wms::Problem {
            code: format!("import.{}", words::plain(verdict.check.clone(), CODE)),
            message: words::plain(verdict.found.clone(), WORDS),
            remedy: words::plain(verdict.remedy.clone(), WORDS),
            retry: "after-a-change".into(),
            field: None,
            sku: None,
        },
    })
}

/// The problem of an order that the connector breaks on: `code` says at what.
pub(super) fn of_breaking(subject: &str, code: &str, error: &str) -> ProblemAt {
    run::of_item(subject, subject, run::breaking(code, error))
}
