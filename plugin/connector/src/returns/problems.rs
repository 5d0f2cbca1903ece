//! What can be wrong with a return, in words.
use crate::contract::returns::ReturnLine;
use crate::contract::{Problem, Retry};
use crate::linnworks::CallError;
use crate::linnworks::order::OrderDetails;
use crate::linnworks::rma::{Progress, Rma};
use crate::problem::problem;

const LONGEST: usize = 300;

fn of_sku(mut problem: Problem, sku: &str) -> Problem {
    problem.sku = Some(sku.to_owned()).filter(|sku| !sku.is_empty());
    problem
}

pub(super) fn order_gone() -> Problem {
    problem(
        "returns.order-gone",
        "Linnworks does not have the order any more, so its return cannot be booked.",
        "Look whether it was merged or deleted in Linnworks, and book the return there by hand.",
        Retry::AfterAChange,
    )
}

pub(super) fn order_unreadable(why: &str) -> Problem {
    problem(
        "returns.order-unreadable",
        format!("Linnworks' order cannot be read: {why}."),
        "Nothing to do: the next run tries again. If it lasts, book the return in Linnworks by hand.",
        Retry::Later,
    )
}

pub(super) fn not_processed(order: &OrderDetails<'_>) -> Problem {
    problem(
        "returns.order-not-processed",
        format!("Order {} is still open in Linnworks, which books returns of processed orders only.", order.called()),
        "Nothing to do while its despatch is still on its way to Linnworks: it is tried again. If it lasts, look at the problems of \
         the despatch, or process the order in Linnworks.",
        Retry::Later,
    )
}

pub(super) fn cancelled(order: &OrderDetails<'_>) -> Problem {
    problem(
        "returns.order-cancelled",
        format!("Order {} is cancelled in Linnworks, so nothing of it can be returned there.", order.called()),
        "Correct the stock in Linnworks by hand, and decide about the order.",
        Retry::AfterAChange,
    )
}

pub(super) fn line_unknown(order: &OrderDetails<'_>, line: &ReturnLine) -> Problem {
    of_sku(
        problem(
            "returns.line-unknown",
            format!(
                "Order {} has no line with the id that {:?} was imported with, so it is not known what of it came back. Nothing \
                 of the return was booked.",
                order.called(),
                line.sku
            ),
            "Look whether the order's lines were replaced in Linnworks after the import, and book the return there by hand.",
            Retry::AfterAChange,
        ),
        &line.sku,
    )
}

pub(super) fn more_than_sold(sku: &str, units: u32, had: i64) -> Problem {
    of_sku(
        problem(
            "returns.more-than-sold",
            format!("{units} of {sku:?} came back, but the order's line in Linnworks has {had}. Nothing was booked."),
            "Correct the return in the warehouse, or the line in Linnworks.",
            Retry::AfterAChange,
        ),
        sku,
    )
}

pub(super) fn booked_by_others(sku: &str, units: u32, others: i64, had: i64) -> Problem {
    of_sku(
        problem(
            "returns.booked-by-others",
            format!(
                "{units} of {sku:?} came back, but of the {had} that the order had, {others} are booked as returned in Linnworks \
                 already, by a person or the channel. Nothing was booked, so that no unit is counted twice."
            ),
            "Compare the bookings in Linnworks (RMA Bookings) with the return. When they are the same goods, nothing is to do there: \
             drop the return from the queue.",
            Retry::AfterAChange,
        ),
        sku,
    )
}

pub(super) fn nothing_returned() -> Problem {
    problem(
        "returns.empty",
        "The return has no units, so there is nothing to book.",
        "Add what came back to the return in the warehouse, or drop it from the queue.",
        Retry::Never,
    )
}

pub(super) fn differs(rma: &Rma) -> Problem {
    let done = if rma.progress == Progress::Actioned { "actioned" } else { "booked" };
    problem(
        "returns.booking-differs",
        format!(
            "Linnworks has the return {done} as RMA {}, but with other lines or quantities than the warehouse.",
            rma.id
        ),
        "Compare both and correct Linnworks by hand. The booking is neither changed nor actioned by the connector.",
        Retry::AfterAChange,
    )
}

pub(super) fn vanished(rma: i64) -> Problem {
    problem(
        "returns.booking-vanished",
        format!("The return was booked as RMA {rma}, which Linnworks does not have any more. It is not booked again."),
        "Find out who deleted the booking. Book the return in Linnworks by hand if it is still wanted, and drop it from the queue.",
        Retry::Never,
    )
}

/// Linnworks' own words, shortened.
fn quoted(errors: &[String]) -> String {
    let words = errors.join("; ");
    let words: Vec<&str> =
        words.split_whitespace().map(|word| if word.contains('@') { "(address)" } else { word }).collect();
    words.join(" ").chars().take(LONGEST).collect()
}

pub(super) fn booking_refused(errors: &[String]) -> Problem {
    problem(
        "returns.booking-refused",
        format!("Linnworks refuses to book the return: {}", quoted(errors)),
        "Do what Linnworks asks for, or book the return there by hand. It is tried again on every run.",
        Retry::AfterAChange,
    )
}

pub(super) fn action_refused(rma: i64, errors: &[String]) -> Problem {
    problem(
        "returns.action-refused",
        format!("RMA {rma} is booked, but Linnworks refuses to action it: {}", quoted(errors)),
        "Do what Linnworks asks for (RMA Bookings), or action it there by hand. It is tried again on every run.",
        Retry::AfterAChange,
    )
}

/// The channel refused the booking, and a person has acknowledged that.
pub(super) fn closed(rma: i64, errors: &[String]) -> Problem {
    problem(
        "returns.booking-closed",
        format!(
            "RMA {rma} ended in an error that was acknowledged in Linnworks, so it will not be actioned: {}",
            quoted(errors)
        ),
        "Correct the stock in Linnworks by hand where the goods are back on the shelf.",
        Retry::Never,
    )
}

pub(super) fn awaited(rma: i64) -> Problem {
    problem(
        "returns.channel-awaited",
        format!("RMA {rma} was sent to the sales channel, which has not answered yet."),
        "Nothing to do: it is looked at again on the next run.",
        Retry::Later,
    )
}

pub(super) fn booking_not_seen() -> Problem {
    problem(
        "returns.booking-not-seen",
        "Linnworks accepted the booking, but the order does not show it.",
        "Nothing to do: it is looked for again before anything else is tried.",
        Retry::Later,
    )
}

pub(super) fn action_not_seen(rma: i64) -> Problem {
    problem(
        "returns.action-not-seen",
        format!("Linnworks accepted the action of RMA {rma}, but does not show it as actioned."),
        "Nothing to do: it is looked at again before anything else is tried.",
        Retry::Later,
    )
}

pub(super) fn action_put_off(rma: i64) -> Problem {
    problem(
        "returns.action-put-off",
        format!("RMA {rma} is booked, but the quota of calls was spent before it could be actioned."),
        "Nothing to do: the next run actions it.",
        Retry::Later,
    )
}

/// A write without an answer, or one that did not reach Linnworks.
pub(super) fn call_failed(step: &str, error: &CallError) -> Problem {
    problem(
        "returns.call-failed",
        format!("The return could not be {step}: {}.", error.describe()),
        "Nothing to do: Linnworks is read before it is tried again. If it lasts, run the connection check.",
        Retry::Later,
    )
}

pub(super) fn forbidden(step: &str, error: &CallError) -> Problem {
    problem(
        "returns.forbidden",
        format!("The return could not be {step}: {}.", error.describe()),
        "Give the Linnworks user who installed the application the permissions for returns, or install it as another user.",
        Retry::AfterAChange,
    )
}
