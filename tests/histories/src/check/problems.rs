//! No problem stands whose cause is gone.

use super::{Findings, Rest};

/// Every problem that stands is one that the other checks know a cause of.
pub(super) fn causes(rest: &Rest<'_>, findings: &mut Findings) {
    let unexplained: Vec<String> = rest
        .problems
        .iter()
        .filter(|problem| {
            let known = findings.may_stand.get(&problem.subject);
            !known.is_some_and(|codes| codes.contains(problem.problem.code.as_str()))
        })
        .map(|one| format!("{} {} ({}): {}", one.flow, one.problem.code, one.reference, one.problem.message))
        .collect();
    for problem in unexplained {
        findings.complain(format!("a problem stands without a cause: {problem}"));
    }
}
