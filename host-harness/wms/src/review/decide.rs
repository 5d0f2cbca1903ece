//! From a finding and a status to what is done. Nothing here touches the database.
//!
//! An order that may still change is changed or cancelled. One that is being picked is stopped, since only a person can put goods
//! back. What a person has let go on goes on, until something else is found.
use super::record::Record;
use super::{Finding, GONE_AFTER, edit::LINES};
use crate::model::{Problem, Verdict};
use crate::orders::OrderStatus;
use crate::problems::ProblemAt;

/// An order as it stands.
pub(super) struct Subject<'a> {
    /// What a person calls it.
    pub(super) number: &'a str,
    pub(super) status: OrderStatus,
    pub(super) record: &'a Record,
}

/// When and in which run it was found.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) run: i64,
    pub(super) now: i64,
}

/// What is known beyond the finding itself.
#[derive(Clone, Default)]
pub(super) struct Facts {
    /// Parts of the order that an edit changes; only those that matter to what is picked and where it goes.
    pub(super) differs: Vec<&'static str>,
    /// Why the warehouse does not take the order as it is now.
    pub(super) refused: Vec<Problem>,
    /// All orders that went into the same merged order can be cancelled.
    pub(super) free_to_merge: bool,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// Nothing; goes on if a review had stopped it.
    GoOn,
    /// Take the order as it is now, and go on.
    Apply,
    /// Cancel it here.
    Cancel(&'static str),
    /// A person has to decide before it goes on.
    Stop(Trouble),
    /// A person is told.
    Tell(Trouble),
    /// Wait for the second finding.
    Missing,
    /// Cancelled here, open there.
    StillOpen(Trouble),
    /// Cancelled here, closed there.
    Closed,
    /// It was cancelled or despatched meanwhile; nothing is left to be done.
    Nothing,
}

/// What a person is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// Kind of the finding.
    pub(super) finding: &'static str,
    /// What distinguishes it from another of its kind.
    pub(super) detail: String,
    code: &'static str,
    message: String,
    remedy: String,
}

impl Trouble {
    /// As it is reported about the order with this id at the source.
    pub(super) fn at(&self, subject: &str, reference: &str) -> ProblemAt {
        ProblemAt {
            subject: subject.to_owned(),
            reference: reference.to_owned(),
            problem: Problem {
                code: self.code.to_owned(),
                message: self.message.clone(),
                remedy: self.remedy.clone(),
                retry: "after-a-change".into(),
                field: None,
                sku: None,
            },
        }
    }
}

/// Decides about one order.
pub(super) fn decide(order: &Subject<'_>, finding: &Finding, facts: &Facts, at: Moment) -> Action {
    if order.status == OrderStatus::Cancelled {
        return cancelled_here(order, finding);
    }
    if order.status.is_despatched() {
        return Action::Nothing;
    }
    let wanted = open(order, finding, facts, at);
    match &wanted {
        Action::Stop(trouble) if order.record.has_overruled(trouble.finding, &trouble.detail) => Action::Nothing,
        _ => wanted,
    }
}

fn open(order: &Subject<'_>, finding: &Finding, facts: &Facts, at: Moment) -> Action {
    let editable = order.status.is_editable();
    match finding {
        Finding::Listed => Action::Nothing,
        Finding::Unchanged => Action::GoOn,
        Finding::Edited(new) => edited(order, &new.version, facts),
        Finding::Split { parts, rest } => match rest {
            // Split long ago, and edited since.
            Some(rest) if editable || !facts.differs.contains(&LINES) => edited(order, &rest.version, facts),
            _ => Action::Stop(split(order, parts)),
        },
        Finding::Blocked(verdicts) => Action::Stop(blocked(order, verdicts)),
        Finding::Cancelled if editable => Action::Cancel("cancelled at the source"),
        Finding::Cancelled => Action::Stop(too_late(order, "cancelled", "cancelled")),
        Finding::Processed => Action::Stop(Trouble {
            finding: "processed",
            detail: String::new(),
            code: "review.processed-at-source",
            message: format!(
                "Order {} was processed at the source by somebody else, and is {} here.",
                order.number,
                order.status.name()
            ),
            remedy: "Cancel it here if it was shipped from elsewhere; release it if this warehouse is to ship it all the same."
                .into(),
        }),
        Finding::Moved(to) if to.same_warehouse => Action::Tell(moved(order, to)),
        Finding::Moved(to) => Action::Stop(moved(order, to)),
        Finding::Merged(_) if editable && facts.free_to_merge => Action::Cancel("merged into another order at the source"),
        Finding::Merged(into) => Action::Tell(merged(order, into)),
        Finding::Gone => match order.record.missing {
            Some((since, run)) if run != at.run && at.now - since >= GONE_AFTER => {
                if editable {
                    Action::Cancel("deleted at the source")
                } else {
                    Action::Stop(too_late(order, "gone", "deleted"))
                }
            }
            _ => Action::Missing,
        },
    }
}

fn edited(order: &Subject<'_>, version: &str, facts: &Facts) -> Action {
    if !order.status.is_editable() && !facts.differs.is_empty() {
        return Action::Stop(Trouble {
            finding: "edited",
            detail: version.to_owned(),
            code: "review.edited-while-picking",
            message: format!(
                "Order {} is {} here and was edited at the source: {}.",
                order.number,
                order.status.name(),
                facts.differs.join(", ")
            ),
            remedy: "Put the goods back (`harness wms order put-back`), and it is changed by itself; or release the order as it \
                     is, or cancel it."
                .into(),
        });
    }
    if facts.refused.is_empty() {
        return Action::Apply;
    }
    let why: Vec<&str> = facts.refused.iter().map(|problem| problem.message.as_str()).collect();
    let remedies: Vec<&str> = facts.refused.iter().map(|problem| problem.remedy.as_str()).collect();
    Action::Stop(Trouble {
        finding: "refused",
        detail: version.to_owned(),
        code: "review.edit-refused",
        message: format!("Order {} was edited at the source to what cannot be taken: {}", order.number, why.join(" ")),
        remedy: remedies.join(" "),
    })
}

/// Whether the source closed what a person has cancelled here.
fn cancelled_here(order: &Subject<'_>, finding: &Finding) -> Action {
    if order.record.watched == 0 {
        return Action::Nothing;
    }
    match finding {
        Finding::Cancelled | Finding::Processed | Finding::Merged(_) | Finding::Gone => Action::Closed,
        Finding::Unchanged
        | Finding::Edited(_)
        | Finding::Blocked(_)
        | Finding::Moved(_)
        | Finding::Split { .. }
        | Finding::Listed => Action::StillOpen(Trouble {
            finding: "open",
            detail: String::new(),
            code: "cancelled-in-wms-still-open",
            message: format!("Order {} is cancelled in the warehouse and still open at the source.", order.number),
            remedy: "Cancel it at the source, too; or have it imported again with `harness import CONNECTION ORDER --again`."
                .into(),
        }),
    }
}

fn too_late(order: &Subject<'_>, finding: &'static str, what: &str) -> Trouble {
    Trouble {
        finding,
        detail: String::new(),
        code: if finding == "gone" { "review.gone-while-picking" } else { "review.cancelled-while-picking" },
        message: format!("Order {} is {} here and was {what} at the source.", order.number, order.status.name()),
        remedy: "Put the goods back and cancel it here; or release it if it is to be shipped all the same.".into(),
    }
}

fn blocked(order: &Subject<'_>, verdicts: &[Verdict]) -> Trouble {
    let checks: Vec<&str> = verdicts.iter().map(|verdict| verdict.check.as_str()).collect();
    let found: Vec<&str> = verdicts.iter().map(|verdict| verdict.found.as_str()).collect();
    let remedies: Vec<&str> = verdicts.iter().map(|verdict| verdict.remedy.as_str()).collect();
    Trouble {
        finding: "blocked",
        detail: checks.join(","),
        code: "review.blocked",
        message: format!("Order {} would not be imported as it is now: {}.", order.number, found.join("; ")),
        remedy: format!("{} It goes on by itself then.", remedies.join(" ")),
    }
}

fn moved(order: &Subject<'_>, to: &super::Moved) -> Trouble {
    let served = match &to.connection {
        Some(connection) => format!("which connection {connection} serves"),
        None => "which no connection serves".to_owned(),
    };
    Trouble {
        finding: "moved",
        detail: to.location.clone(),
        code: "review.moved",
        message: format!("Order {} was moved at the source to location {}, {served}.", order.number, to.location),
        remedy: if to.same_warehouse {
            "Nothing to do: it is shipped from here, once. Move it back if that was not meant."
        } else {
            "Move it back at the source if it is to be shipped from here, and it goes on by itself; else cancel it here."
        }
        .into(),
    }
}

fn merged(order: &Subject<'_>, into: &[String]) -> Trouble {
    Trouble {
        finding: "merged",
        detail: into.join(","),
        code: "review.merged",
        message: format!(
            "Order {} is {} here and was merged at the source into {}, which waits.",
            order.number,
            order.status.name(),
            into.join(", ")
        ),
        remedy: "Put the goods back (`harness wms order put-back`), and the merged order takes its place by itself; or let this \
                 one go, and close the merged order here and at the source."
            .into(),
    }
}

fn split(order: &Subject<'_>, parts: &[String]) -> Trouble {
    Trouble {
        finding: "split",
        detail: parts.join(","),
        code: "review.split",
        message: format!(
            "Order {} is {} here and was split at the source; split off were {}, which wait.",
            order.number,
            order.status.name(),
            parts.join(", ")
        ),
        remedy: "Put the goods back (`harness wms order put-back`), and all parts are shipped by themselves; or release it whole, \
                 and close the parts here and at the source."
            .into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NewOrder;

    const AT: Moment = Moment { run: 2, now: GONE_AFTER };

    fn of(status: OrderStatus, record: &Record, finding: &Finding, facts: &Facts) -> Action {
        decide(&Subject { number: "LW-1", status, record }, finding, facts, AT)
    }

    fn kind(action: &Action) -> String {
        match action {
            Action::Stop(trouble) => format!("stop {}", trouble.code),
            Action::Tell(trouble) => format!("tell {}", trouble.code),
            Action::StillOpen(trouble) => format!("open {}", trouble.code),
            other => format!("{other:?}"),
        }
    }

    fn every_finding() -> Vec<(Finding, Facts)> {
        let order = || Box::new(NewOrder { version: "v2".into(), ..NewOrder::default() });
        let edit = Facts { differs: vec![LINES], ..Facts::default() };
        let free = Facts { free_to_merge: true, ..Facts::default() };
        vec![
            (Finding::Unchanged, Facts::default()),
            (Finding::Edited(order()), edit.clone()),
            (Finding::Blocked(vec![Verdict { check: "locked".into(), ..Verdict::default() }]), Facts::default()),
            (Finding::Cancelled, Facts::default()),
            (Finding::Processed, Facts::default()),
            (Finding::Moved(super::super::Moved::default()), Facts::default()),
            (Finding::Merged(vec!["9".into()]), free),
            (Finding::Split { parts: vec!["9".into()], rest: Some(order()) }, edit),
            (Finding::Gone, Facts::default()),
        ]
    }

    fn all(status: OrderStatus, record: &Record) -> Vec<String> {
        every_finding().iter().map(|(finding, facts)| kind(&of(status, record, finding, facts))).collect()
    }

    #[test]
    fn before_picking_it_is_changed_cancelled_or_held_and_afterwards_a_person_decides() {
        let record = Record { missing: Some((0, 1)), ..Record::default() };
        for status in [OrderStatus::New, OrderStatus::Holding, OrderStatus::OnBackOrder, OrderStatus::AwaitingPicking] {
            assert_eq!(
                all(status, &record),
                [
                    "GoOn",
                    "Apply",
                    "stop review.blocked",
                    "Cancel(\"cancelled at the source\")",
                    "stop review.processed-at-source",
                    "stop review.moved",
                    "Cancel(\"merged into another order at the source\")",
                    "Apply",
                    "Cancel(\"deleted at the source\")",
                ]
            );
        }
        for status in [OrderStatus::Printed, OrderStatus::PickingStarted, OrderStatus::Picked, OrderStatus::Packed] {
            assert_eq!(
                all(status, &record),
                [
                    "GoOn",
                    "stop review.edited-while-picking",
                    "stop review.blocked",
                    "stop review.cancelled-while-picking",
                    "stop review.processed-at-source",
                    "stop review.moved",
                    "tell review.merged",
                    "stop review.split",
                    "stop review.gone-while-picking",
                ]
            );
        }
    }

    #[test]
    fn after_the_despatch_nothing_is_done_and_a_cancelled_order_is_only_watched() {
        for status in [OrderStatus::Despatched, OrderStatus::Invoiced, OrderStatus::InvoiceFailed] {
            assert_eq!(all(status, &Record::default()), vec!["Nothing"; 9]);
        }
        assert_eq!(all(OrderStatus::Cancelled, &Record::default()), vec!["Nothing"; 9]);
        let watched = Record { watched: 1, ..Record::default() };
        let open = "open cancelled-in-wms-still-open";
        assert_eq!(
            all(OrderStatus::Cancelled, &watched),
            [open, open, open, "Closed", "Closed", open, "Closed", open, "Closed"]
        );
    }

    #[test]
    fn gone_counts_in_another_run_ten_minutes_later() {
        let status = OrderStatus::New;
        let of = |missing| of(status, &Record { missing, ..Record::default() }, &Finding::Gone, &Facts::default());
        assert_eq!(of(None), Action::Missing);
        assert_eq!(of(Some((1, 1))), Action::Missing, "too early");
        assert_eq!(of(Some((0, 2))), Action::Missing, "the same run");
        assert_eq!(of(Some((0, 1))), Action::Cancel("deleted at the source"));
    }

    #[test]
    fn what_a_person_let_go_on_goes_on_until_something_else_is_found() {
        let record = |finding: &str, detail: &str| Record {
            finding: Some(finding.into()),
            detail: Some(detail.into()),
            overruled: true,
            ..Record::default()
        };
        let facts = Facts { differs: vec![LINES], ..Facts::default() };
        let edited =
            |version: &str| Finding::Edited(Box::new(NewOrder { version: version.into(), ..NewOrder::default() }));
        let of = |record: &Record, finding: &Finding| kind(&of(OrderStatus::Picked, record, finding, &facts));
        assert_eq!(of(&record("edited", "v2"), &edited("v2")), "Nothing");
        assert_eq!(of(&record("edited", "v2"), &edited("v3")), "stop review.edited-while-picking");
        assert_eq!(of(&record("edited", "v2"), &Finding::Cancelled), "stop review.cancelled-while-picking");
        assert_eq!(of(&record("processed", ""), &Finding::Processed), "Nothing");
    }

    #[test]
    fn an_edit_that_does_not_change_what_is_picked_is_applied_at_any_time() {
        let facts = Facts { ..Facts::default() };
        let edited = Finding::Edited(Box::default());
        assert_eq!(of(OrderStatus::Picked, &Record::default(), &edited, &facts), Action::Apply);
    }

    #[test]
    fn an_edit_that_the_warehouse_cannot_take_stops_the_order() {
        let facts = Facts { differs: vec![LINES], refused: vec![Problem::default()], ..Facts::default() };
        let edited = Finding::Edited(Box::default());
        assert_eq!(kind(&of(OrderStatus::New, &Record::default(), &edited, &facts)), "stop review.edit-refused");
    }
}
