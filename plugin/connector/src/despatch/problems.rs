//! What keeps a despatch from being told: each cause with its code, its remedy and when it is worth trying again. A despatch
//! that is refused for a cause that passes stays queued and goes through once the cause is gone.
use crate::contract::{Problem, Retry};
use crate::linnworks::CallError;
use crate::problem::{on_field, problem};

/// Where a person changes what Linnworks checks before an order is processed.
const RULES: &str = "Linnworks Settings > General > Order Settings > Error prevention";

/// Said of what goes through by itself.
const BY_ITSELF: &str = "The despatch stays queued and goes through after that.";

pub(super) fn cancelled() -> Problem {
    problem(
        "despatch.order-cancelled",
        "The order is cancelled in Linnworks, but the warehouse has sent it.",
        "Tell whoever cancelled it that the goods are on their way, and settle it with the buyer. Nothing more is sent to Linnworks.",
        Retry::Never,
    )
}

pub(super) fn already_processed(tracked: bool) -> Problem {
    let with = if tracked { "another tracking number" } else { "no tracking number" };
    problem(
        "despatch.already-processed",
        format!(
            "The order was processed in Linnworks by somebody else, with {with}; it is not processed a second time."
        ),
        "Give the tracking number to the channel by hand if the buyer needs it. Nothing more is sent to Linnworks.",
        Retry::Never,
    )
}

pub(super) fn not_found() -> Problem {
    problem(
        "despatch.order-not-found",
        "Linnworks does not know the order (any more): it was deleted, or merged without a trace.",
        format!("Look for it in Linnworks, and process what took its place by hand. {BY_ITSELF}"),
        Retry::AfterAChange,
    )
}

pub(super) fn merged(number: i64) -> Problem {
    problem(
        "despatch.order-merged",
        format!("The order was merged into order {number} in Linnworks, which is open."),
        format!(
            "Enter the tracking number at order {number} in Linnworks and process it there; this despatch is then settled."
        ),
        Retry::AfterAChange,
    )
}

pub(super) fn moved(now: &str, from: &str) -> Problem {
    on_field(
        problem(
            "despatch.moved",
            format!("The order is in location {now} now; it was imported from {from}, where the goods left."),
            format!(
                "Move the order back in Linnworks, or process it there by hand: its stock would be taken from the wrong location. \
                 {BY_ITSELF}"
            ),
            Retry::AfterAChange,
        ),
        "Location",
    )
}

pub(super) fn locked() -> Problem {
    problem(
        "despatch.locked",
        "The order is locked (on hold) in Linnworks, which does not process it then.",
        format!("Unlock the order in Linnworks; the connector never does. {BY_ITSELF}"),
        Retry::AfterAChange,
    )
}

pub(super) fn lock_unknown() -> Problem {
    problem(
        "despatch.lock-unknown",
        "The order is parked, and Linnworks does not say whether it is locked, too.",
        "Nothing to do: the next run asks again. If it lasts, run the connection check or unpark the order in Linnworks.",
        Retry::Later,
    )
}

pub(super) fn unpaid(status: i64) -> Problem {
    let name = match status {
        0 => "UNPAID",
        2 => "RETURN",
        3 => "PENDING",
        _ => "not PAID",
    };
    problem(
        "despatch.unpaid",
        format!("The order's status is {status} ({name}), and Linnworks processes paid orders only."),
        format!("Mark the order as paid in Linnworks. {BY_ITSELF}"),
        Retry::AfterAChange,
    )
}

pub(super) fn parked_on_purpose() -> Problem {
    on_field(
        problem(
            "despatch.parked",
            "The order is parked in Linnworks, and OnDespatchParked is Hold.",
            format!("Unpark the order in Linnworks, or set OnDespatchParked to Unpark. {BY_ITSELF}"),
            Retry::AfterAChange,
        ),
        "OnDespatchParked",
    )
}

pub(super) fn still_parked() -> Problem {
    problem(
        "despatch.parked",
        "The order is parked in Linnworks, and unparking it had no effect.",
        format!("Unpark the order in Linnworks. {BY_ITSELF}"),
        Retry::AfterAChange,
    )
}

pub(super) fn fulfilment_centre(name: &str) -> Problem {
    on_field(
        problem(
            "despatch.fulfilment-centre",
            format!(
                "{name:?} has become a Fulfilment Centre location; Linnworks does not process orders of such a location."
            ),
            format!("Take the Fulfilment Centre flag off the location in Linnworks. {BY_ITSELF}"),
            Retry::AfterAChange,
        ),
        "Location",
    )
}

pub(super) fn no_tracking_number(address: bool) -> Problem {
    let found = if address {
        "The despatch has an address on the web in place of a tracking number"
    } else {
        "The despatch has no tracking number"
    };
    on_field(
        problem(
            "despatch.tracking-number-missing",
            format!("{found}, and RequireTrackingNumber is on."),
            format!("Enter the tracking number in the warehouse, or switch RequireTrackingNumber off. {BY_ITSELF}"),
            Retry::AfterAChange,
        ),
        "RequireTrackingNumber",
    )
}

pub(super) fn service_unknown(name: &str) -> Problem {
    on_field(
        problem(
            "despatch.postal-service-unknown",
            format!("CourierMapping names the postal service {name:?}, which Linnworks does not have."),
            format!("Correct the name in CourierMapping, or add the service in Linnworks. {BY_ITSELF}"),
            Retry::AfterAChange,
        ),
        "CourierMapping",
    )
}

pub(super) fn tracking_not_applied() -> Problem {
    problem(
        "despatch.tracking-not-applied",
        "Linnworks accepted the tracking number, but the order does not show it; it was not processed without.",
        "Nothing to do: the next run tries again. If it lasts, open the order in Linnworks and look whether it can be edited.",
        Retry::Later,
    )
}

pub(super) fn not_applied() -> Problem {
    problem(
        "despatch.not-applied",
        "Linnworks said that the order was processed, but it is open.",
        "Nothing to do: the next run tries again. If it lasts, process the order in Linnworks by hand.",
        Retry::Later,
    )
}

pub(super) fn invoice_not_printed() -> Problem {
    problem(
        "despatch.invoice-not-printed",
        "Linnworks requires an invoice to be printed before the order is processed.",
        format!(
            "Mark the order's invoice as Printed in Linnworks, or set MarkInvoicePrinted to OnDespatch; the rule itself is in {RULES}. \
             {BY_ITSELF}"
        ),
        Retry::AfterAChange,
    )
}

pub(super) fn invoice_not_markable() -> Problem {
    problem(
        "despatch.invoice-not-printed",
        "Linnworks requires an invoice to be printed, and marking it as printed had no effect.",
        format!("Print the order's invoice in Linnworks; the rule itself is in {RULES}. {BY_ITSELF}"),
        Retry::AfterAChange,
    )
}

pub(super) fn label_not_printed() -> Problem {
    problem(
        "despatch.label-not-printed",
        "Linnworks requires a shipping label to be printed before the order is processed.",
        format!("Mark the order's label as Printed in Linnworks, or switch the rule off in {RULES}. {BY_ITSELF}"),
        Retry::AfterAChange,
    )
}

pub(super) fn unlinked(sku: &str) -> Problem {
    let mut unlinked = problem(
        "despatch.item-unlinked",
        format!("{} is linked to no stock item in Linnworks.", named(sku)),
        format!("Link the channel's SKU to a stock item in Linnworks (Mapping). {BY_ITSELF}"),
        Retry::AfterAChange,
    );
    unlinked.sku = Some(sku.to_owned()).filter(|sku| !sku.is_empty());
    unlinked
}

pub(super) fn no_stock(sku: &str, level: i64, wanted: i64) -> Problem {
    let mut short = problem(
        "despatch.no-stock",
        format!("Linnworks has {level} of {} at the order's location, and the order needs {wanted}.", named(sku)),
        format!(
            "Correct the stock level in Linnworks, or let the stock sync do so; the rule itself is in {RULES}. {BY_ITSELF}"
        ),
        Retry::Later,
    );
    short.sku = Some(sku.to_owned());
    short
}

pub(super) fn scan_required(sku: &str) -> Problem {
    let mut scan = problem(
        "despatch.scan-required",
        format!("Linnworks wants {} to be scanned before the order is processed.", named(sku)),
        format!("Scan the order in Linnworks' despatch console, or switch the scan off for the product. {BY_ITSELF}"),
        Retry::AfterAChange,
    );
    scan.sku = Some(sku.to_owned()).filter(|sku| !sku.is_empty());
    scan
}

pub(super) fn batch_unknown(sku: &str, found: &str) -> Problem {
    let mut batch = problem(
        "despatch.batch-unknown",
        format!("Linnworks wants to know the batches of {}: {found}.", named(sku)),
        format!("Tell the batch when the order is picked in the warehouse, or assign it in Linnworks. {BY_ITSELF}"),
        Retry::AfterAChange,
    );
    batch.sku = Some(sku.to_owned()).filter(|sku| !sku.is_empty());
    batch
}

pub(super) fn note_to_acknowledge() -> Problem {
    problem(
        "despatch.note-to-acknowledge",
        "The order has a processing note that a person has to acknowledge in Linnworks.",
        format!("Read the note, then process the order in Linnworks or delete the note. {BY_ITSELF}"),
        Retry::AfterAChange,
    )
}

pub(super) fn tracking_required(service: &str) -> Problem {
    problem(
        "despatch.tracking-required",
        format!("The postal service {service:?} demands a tracking number in Linnworks, and the despatch has none."),
        format!(
            "Choose an untracked service for the order in Linnworks, or enter its tracking number there. {BY_ITSELF}"
        ),
        Retry::AfterAChange,
    )
}

pub(super) fn weight_required(service: &str) -> Problem {
    problem(
        "despatch.weight-required",
        format!("The postal service {service:?} may demand a weight, and the order weighs nothing in Linnworks."),
        format!("Enter the order's weight in Linnworks, or those of its products. {BY_ITSELF}"),
        Retry::AfterAChange,
    )
}

pub(super) fn refused(said: &str) -> Problem {
    let said = if said.is_empty() { "It gives no reason".to_owned() } else { format!("It says: {said}") };
    problem(
        "despatch.refused",
        format!("Linnworks does not process the order, and its record shows no cause. {said}"),
        format!("Process the order in Linnworks by hand to see what is missing; the rules are in {RULES}. {BY_ITSELF}"),
        Retry::AfterAChange,
    )
}

pub(super) fn not_split(found: &str) -> Problem {
    problem(
        "despatch.not-split",
        format!("A part of the order left, but the order could not be split in Linnworks: {found}."),
        format!(
            "Split the order in Linnworks by hand and process that part there, or set SplitOrders to WaitForAll. {BY_ITSELF}"
        ),
        Retry::AfterAChange,
    )
}

/// A call about one order that gave no usable answer.
pub(super) fn told(doing: &str, error: &CallError) -> Problem {
    let (code, retry) = match error {
        CallError::Refused(..) | CallError::Denied(_) => ("despatch.refused", Retry::AfterAChange),
        CallError::Forbidden(_) => ("despatch.forbidden", Retry::AfterAChange),
        CallError::InDoubt(_) => ("despatch.in-doubt", Retry::Later),
        _ => ("despatch.unavailable", Retry::Later),
    };
    let remedy = match error {
        CallError::Refused(..) | CallError::Denied(_) => {
            format!("Open the order in Linnworks and look whether it can be edited and processed there. {BY_ITSELF}")
        }
        CallError::Forbidden(_) => {
            "Give the Linnworks user who installed the application the permission to process orders.".to_owned()
        }
        CallError::InDoubt(_) => {
            "Nothing to do: the order is read again in two minutes, before anything else is sent for it.".to_owned()
        }
        _ => "Nothing to do: the next run tries again.".to_owned(),
    };
    problem(code, format!("{doing}: {}.", error.describe()), remedy, retry)
}

fn named(sku: &str) -> &str {
    if sku.is_empty() { "A line without SKU" } else { sku }
}
