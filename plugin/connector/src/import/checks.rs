//! Every reason why an order may not come in, each with a code of its own. `fetch` collects the checks that did not pass,
//! `explain` all of them; both run the same code.
use super::{Flow, Known, Lock};
use crate::contract::Verdict;
use crate::instant;
use crate::linnworks::order::OrderDetails;
use crate::problem;
use crate::settings::{Filter, OrderNumberSource};

/// The verdicts on one order.
#[derive(Debug)]
pub(super) struct Checks {
    verdicts: Vec<Verdict>,
    keep_passed: bool,
    failed: bool,
    needs_attention: bool,
}

impl Checks {
    /// Keeps the checks that did not pass: costs nothing for an order without fault.
    pub(super) fn failures() -> Self {
        Checks { verdicts: Vec::new(), keep_passed: false, failed: false, needs_attention: false }
    }

    /// Keeps all checks.
    pub(super) fn all() -> Self {
        Checks { verdicts: Vec::new(), keep_passed: true, failed: false, needs_attention: false }
    }

    pub(super) fn pass(&mut self, check: &str, found: impl FnOnce() -> String) {
        if self.keep_passed {
            self.verdicts.push(problem::passed(check, found()));
        }
    }

    /// Something is wrong with the order: a person should act.
    pub(super) fn fail(&mut self, check: &str, found: impl Into<String>, remedy: impl Into<String>) {
        self.needs_attention = true;
        self.stay_out(check, found, remedy);
    }

    /// The order stays out on purpose: nobody has to act.
    pub(super) fn stay_out(&mut self, check: &str, found: impl Into<String>, remedy: impl Into<String>) {
        self.failed = true;
        self.verdicts.push(problem::failed(check, found, remedy));
    }

    pub(super) fn needs_attention(&self) -> bool {
        self.needs_attention
    }

    pub(super) fn all_passed(&self) -> bool {
        !self.failed
    }

    pub(super) fn into_verdicts(self) -> Vec<Verdict> {
        self.verdicts
    }
}

/// Longest order number that fits the warehouse's labels and documents.
const ORDER_NUMBER_LIMIT: usize = 50;

/// Linnworks' status of orders that are paid.
pub(super) const PAID: i64 = 1;

/// Linnworks' status of replacements.
pub(super) const RESEND: i64 = 4;

/// Linnworks' channel for what Amazon ships itself.
pub(super) const FULFILLED_BY_AMAZON: &str = "AMAZON FBA";

/// Whether the order may come in at all, by its state and the user's filters.
pub(super) fn admission(flow: &Flow, order: &OrderDetails<'_>, known: Known<'_>, checks: &mut Checks) {
    open(order, checks);
    location(flow, order, checks);
    status(flow, order, checks);
    hold(flow, order, known, checks);
    age(flow, order, checks);
    filters(flow, order, checks);
    order_number(flow, order, checks);
}

/// Whether an order that was let in once may still be shipped, by its state alone. A lock that Linnworks does not tell of is taken
/// for none here, and a replacement stays one whatever the setting says by now.
pub(super) fn standing(flow: &Flow, order: &OrderDetails<'_>, known: Known<'_>, checks: &mut Checks) {
    if order.general.0.status.0 != RESEND {
        status(flow, order, checks);
    }
    let lock = if known.lock == Lock::Listed { Lock::Listed } else { Lock::None };
    hold(flow, order, Known { lock, ..known }, checks);
}

fn open(order: &OrderDetails<'_>, checks: &mut Checks) {
    let cancelled = order.general.0.hold_or_cancel.0;
    match (order.processed.0, cancelled) {
        (false, _) => checks.pass("processed", || "It is open in Linnworks".to_owned()),
        (true, false) => checks.stay_out(
            "processed",
            "It is processed in Linnworks: despatched, or closed by somebody",
            "Nothing to do: it is not shipped a second time.",
        ),
        (true, true) => {
            checks.stay_out("cancelled", "It is cancelled in Linnworks", "Nothing to do: it is not shipped.")
        }
    }
}

fn location(flow: &Flow, order: &OrderDetails<'_>, checks: &mut Checks) {
    let (found, wanted) = (order.location(), flow.settings.location.as_str());
    if found == wanted {
        checks.pass("location", || format!("It is in the connection's location {found}"));
    } else {
        checks.stay_out(
            "location",
            format!("It is in location {found}, and the connection is for {wanted}"),
            "Move the order to the connection's location in Linnworks, or add a connection for the other location.",
        );
    }
}

fn status(flow: &Flow, order: &OrderDetails<'_>, checks: &mut Checks) {
    let resends = flow.settings.import_resends;
    let (check, name, remedy) = match order.general.0.status.0 {
        PAID => return checks.pass("status", || "Status is 1 (PAID)".to_owned()),
        RESEND if resends => {
            return checks.pass("status", || "Status is 4 (RESEND), and ImportResends is on".to_owned());
        }
        0 => (
            "unpaid",
            "UNPAID",
            "Wait for the payment, or mark the order as paid in Linnworks; it is then imported by itself.",
        ),
        2 => ("return", "RETURN", "Nothing to do: returns are not shipped."),
        3 => ("pending", "PENDING", "Wait until the channel confirms the order; it is then imported by itself."),
        RESEND => ("resend", "RESEND", "Switch ImportResends on if the warehouse shall ship replacements."),
        other => {
            return checks.fail(
                "status",
                format!("Status is {other}, which this connector does not know"),
                "Set the order to PAID in Linnworks if it is to be shipped.",
            );
        }
    };
    checks.stay_out(check, format!("Status is {} ({name})", order.general.0.status.0), remedy);
}

fn hold(flow: &Flow, order: &OrderDetails<'_>, known: Known<'_>, checks: &mut Checks) {
    // On a processed order the same member means "cancelled", which `open` has told.
    let recorded = !order.processed.0 && order.general.0.hold_or_cancel.0;
    match known.lock {
        Lock::Unknown { lasting } if !recorded => {
            let found = "It is parked, and Linnworks does not say whether it is locked, too";
            if lasting {
                checks.fail(
                    "lock-unknown",
                    found,
                    "Run the connection check, and give the Linnworks user who installed the application the permission to see \
                     open orders; or unpark the order in Linnworks.",
                );
            } else {
                checks.stay_out("lock-unknown", found, "Nothing to do: the next run asks again.");
            }
        }
        lock if recorded || lock == Lock::Listed => checks.stay_out(
            "locked",
            "It is locked in Linnworks: no stock is reserved for it and it cannot be despatched",
            "Unlock the order in Linnworks if it is to be shipped; it is then imported by itself.",
        ),
        _ => checks.pass("locked", || "It is not locked".to_owned()),
    }
    if order.is_from(FULFILLED_BY_AMAZON) {
        checks.stay_out(
            "fulfilled-by-channel",
            "Its source is AMAZON FBA: Amazon ships it",
            "Nothing to do: it would be shipped twice.",
        );
    } else {
        checks.pass("fulfilled-by-channel", || "Its channel does not ship it".to_owned());
    }
    match (order.is_parked(), flow.settings.ignore_parked_orders) {
        (true, true) => checks.stay_out(
            "parked",
            "It is parked in Linnworks, and IgnoreParkedOrders is on",
            "Unpark the order in Linnworks, or switch IgnoreParkedOrders off.",
        ),
        (true, false) => checks.pass("parked", || "It is parked, and IgnoreParkedOrders is off".to_owned()),
        (false, _) => checks.pass("parked", || "It is not parked".to_owned()),
    }
}

fn age(flow: &Flow, order: &OrderDetails<'_>, checks: &mut Checks) {
    let Some(earliest) = flow.settings.earliest() else {
        return checks.pass("earliest-order-date", || "There is no earliest order date".to_owned());
    };
    let limit = &flow.settings.earliest_order_date;
    match order.general.0.received.instant() {
        Some(placed) if placed >= earliest => {
            checks.pass("earliest-order-date", || {
                format!("It was placed at {}, not before {limit}", instant::show(placed))
            });
        }
        Some(placed) => checks.stay_out(
            "earliest-order-date",
            format!("It was placed at {}, before {limit}", instant::show(placed)),
            "Set EarliestOrderDate to an earlier day if it is to be shipped, or import it by its reference.",
        ),
        None => checks.fail(
            "earliest-order-date",
            format!("Linnworks does not say when it was placed, and only orders from {limit} on are imported"),
            "Give the order a received date in Linnworks, or clear EarliestOrderDate.",
        ),
    }
}

fn filters(flow: &Flow, order: &OrderDetails<'_>, checks: &mut Checks) {
    let settings = &flow.settings;
    filter("folder", "FolderFilter", &settings.folder_filter, order.folders(), checks);
    let identifiers = order.general.0.identifiers.0.iter();
    let identifiers =
        identifiers.flat_map(|one| [one.tag.trimmed(), one.name.trimmed()]).filter(|name| !name.is_empty());
    filter("identifier", "IdentifierFilter", &settings.identifier_filter, identifiers, checks);
    let service = std::iter::once(order.shipping.0.service.trimmed()).filter(|name| !name.is_empty());
    filter("shipping-method", "ShippingMethodFilter", &settings.shipping_method_filter, service, checks);
}

fn filter<'a>(
    check: &str,
    setting: &str,
    filter: &Filter,
    names: impl Iterator<Item = &'a str> + Clone,
    checks: &mut Checks,
) {
    if filter.is_empty() {
        return checks.pass(check, || format!("{setting} is empty"));
    }
    let found = || match names.clone().collect::<Vec<_>>() {
        names if names.is_empty() => "none".to_owned(),
        names => names.join(", "),
    };
    if filter.admits(names.clone()) {
        checks.pass(check, || format!("It has: {}", found()));
    } else {
        checks.stay_out(
            check,
            format!(
                "It has: {}; included are [{}], excluded [{}]",
                found(),
                filter.include.join(", "),
                filter.exclude.join(", ")
            ),
            format!("Change the order in Linnworks, or {setting} in the connection's settings."),
        );
    }
}

fn order_number(flow: &Flow, order: &OrderDetails<'_>, checks: &mut Checks) {
    let reference = order.general.0.reference.trimmed();
    let by_reference = flow.settings.order_number_source == OrderNumberSource::ReferenceNum;
    if by_reference && (reference.is_empty() || reference.eq_ignore_ascii_case("MERGED")) {
        return checks.fail(
            "order-number",
            if reference.is_empty() {
                "It has no ReferenceNum"
            } else {
                "Its ReferenceNum is MERGED, as that of every merged order"
            },
            "Set OrderNumberSource to NumOrderId, or give the order a reference in Linnworks.",
        );
    }
    if !by_reference && order.number.0 <= 0 {
        return checks.fail(
            "order-number",
            "Linnworks gave it no number",
            "Open the order in Linnworks and save it; if it stays, set OrderNumberSource to ReferenceNum.",
        );
    }
    let length = super::map::order_number(flow, order).chars().count();
    if length > ORDER_NUMBER_LIMIT {
        return checks.fail(
            "order-number",
            format!("Its order number would have {length} characters; at most {ORDER_NUMBER_LIMIT} are allowed"),
            "Shorten OrderPrefix, or set OrderNumberSource to NumOrderId.",
        );
    }
    checks.pass("order-number", || format!("Its order number is {}", super::map::order_number(flow, order)));
}
