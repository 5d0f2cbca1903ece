//! What is told of orders that stay out and of runs that broke off.

use harness_contract::types::{Problem, Skip};
use harness_wms::ProblemAt;

use crate::flow::{FlowError, convert};

/// The problem of an order that stays out though nobody meant it to.
pub(super) fn of_skip(skip: &Skip) -> Option<ProblemAt> {
    let verdict = skip.verdicts.iter().find(|verdict| !verdict.passed).filter(|_| skip.needs_attention)?;
    Some(ProblemAt {
        subject: skip.id.clone(),
        reference: skip.reference.clone(),
        problem: harness_wms::Problem {
            code: format!("import.{}", verdict.check),
            message: verdict.found.clone(),
            remedy: verdict.remedy.clone(),
            retry: "after-a-change".into(),
            field: None,
            sku: None,
        },
    })
}

/// A problem that the connector tells of the order `subject`.
pub(super) fn of_order(subject: &str, problem: &Problem) -> ProblemAt {
    ProblemAt { subject: subject.to_owned(), reference: String::new(), problem: convert::problem(problem.clone()) }
}

/// The problem of an order that the connector breaks on: `code` says at what.
pub(super) fn of_breaking(subject: &str, code: &str, error: &str) -> ProblemAt {
    ProblemAt {
        subject: subject.to_owned(),
        reference: subject.to_owned(),
        problem: harness_wms::Problem {
            code: code.to_owned(),
            message: format!("The connector cannot deal with this order: {error}."),
            remedy: "Look at the connector's log and report it to its author with the order's id; the order is tried again by itself."
                .into(),
            retry: "later".into(),
            field: None,
            sku: None,
        },
    }
}

/// The problem of a run that broke off.
pub(super) fn of_run(error: &FlowError) -> ProblemAt {
    let (code, remedy) = error.cause();
    ProblemAt {
        subject: "run".into(),
        reference: String::new(),
        problem: harness_wms::Problem {
            code: code.into(),
            message: error.to_string(),
            remedy: remedy.into(),
            retry: "later".into(),
            field: None,
            sku: None,
        },
    }
}
