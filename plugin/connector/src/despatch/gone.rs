//! Orders that Linnworks does not know (any more): merged into another, or deleted.
use super::board::Board;
use super::problems;
use crate::contract::{Attempt, Failure};
use crate::host::Host;
use crate::linnworks::{CallError, lookup, standing};

/// So many orders of one call are looked up one by one; the rest has its turn in a later run.
const LOOK_UPS: usize = 20;

/// Says of each missing order what became of it. One that was merged is despatched when the order that took its place is.
///
/// # Errors
/// Linnworks answers nobody at present, and nothing was written yet.
pub(super) async fn resolve<H: Host>(host: &H, board: &mut Board<'_>, missing: &[String]) -> Result<(), Failure> {
    let mut children: Vec<(String, String, i64)> = Vec::new();
    for id in missing.iter().take(LOOK_UPS) {
        let relations = match lookup::relations(host, id).await {
            Ok(relations) => relations,
            Err(error) if board.wrote || error.is_refusal() => {
                board.end(id, &unknown(&error));
                continue;
            }
            Err(error) => return Err(error.failure(crate::manifest::operations::GET_ORDER_RELATIONS.name)),
        };
        let child = relations.iter().find(|one| one.parent.eq_ignore_ascii_case(id) && is_merge(&one.kind));
        match child {
            Some(child) => children.push((id.clone(), child.child.clone(), child.child_number)),
            None => board.end(id, &Attempt::Refused(problems::not_found())),
        }
    }
    for id in missing.iter().skip(LOOK_UPS) {
        board.end(id, &Attempt::RetryLater(problems::not_found()));
    }
    if children.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = children.iter().map(|(_, child, _)| child.clone()).collect();
    let found = standing::of(host, &ids).await.unwrap_or_default();
    for (id, child, number) in children {
        let fate = match found.get(&child) {
            Some(standing) if standing.processed && !standing.is_cancelled() => Attempt::AlreadyDone,
            Some(standing) if standing.is_cancelled() => Attempt::Refused(problems::cancelled()),
            _ => Attempt::Refused(problems::merged(number)),
        };
        board.end(&id, &fate);
    }
    Ok(())
}

fn unknown(error: &CallError) -> Attempt {
    match error {
        CallError::Refused(..) | CallError::Forbidden(_) | CallError::Unreadable(_) => {
            Attempt::Refused(problems::not_found())
        }
        _ => Attempt::NotAttempted,
    }
}

/// Any relation that is no split has taken the order's place: what else would make an order vanish and leave a child?
fn is_merge(kind: &str) -> bool {
    !kind.to_ascii_lowercase().contains("split")
}
