//! One record: the source's checks, whether all of it could be read, and whether the order is whole.

use super::{OrderSource, whole};
use crate::checks::Checks;
use crate::contract::{Context, Order};
use crate::json::Json;

/// What became of a record.
pub(super) struct Judged {
    /// There when every check passed.
    pub(super) order: Option<Order>,
    /// What a person at the source calls it; its id where nothing better could be read.
    pub(super) reference: String,
    /// All that it is called.
    names: Vec<String>,
    /// All checks, in the order of their making.
    pub(super) checks: Checks,
}

impl Judged {
    /// Whether a person may mean this order by `reference`.
    pub(super) fn is_called(&self, id: &str, reference: &str) -> bool {
        let reference = reference.trim();
        let named = |name: &str| !name.is_empty() && name.trim().eq_ignore_ascii_case(reference);
        named(id) || self.names.iter().any(|name| named(name))
    }
}

/// Judges a record. The one place that decides, for `fetch` and `explain` alike.
pub(super) fn judge<S: OrderSource>(id: &str, record: &Json, ctx: &Context) -> Judged {
    let mut checks = Checks::default();
    let version = S::version(record);
    let order = S::order(record, ctx, &mut checks);
    let faults: Vec<String> = record.take_faults().into_iter().collect();
    let (reason, readable) = match (&order, faults.is_empty()) {
        (_, false) => (faults.join("; "), false),
        (Some(_), true) => ("Everything that is needed can be read".to_owned(), true),
        // The check that failed has said why.
        (None, true) if !checks.all_passed() => return Judged::without_order(id, checks),
        (None, true) => ("The connector makes no order of it and gives no reason".to_owned(), false),
    };
    checks.must(
        "readable",
        readable,
        reason,
        "Mend the order at the source. If nothing is wrong there, the connector reads it wrongly: report it with the order's id.",
    );
    let Some(order) = order else { return Judged::without_order(id, checks) };
    let order = complete(order, id, version, ctx);
    if readable {
        whole::check(&order, &mut checks);
    }
    let reference = order.source_reference.clone();
    let names = vec![order.order_number.clone(), order.external_order_reference.clone(), reference.clone()];
    // Unreadable names are placeholders.
    let reference = if reference.trim().is_empty() { id.to_owned() } else { reference };
    Judged { order: checks.all_passed().then_some(order), reference, names, checks }
}

impl Judged {
    fn without_order(id: &str, checks: Checks) -> Self {
        Judged { order: None, reference: id.to_owned(), names: Vec::new(), checks }
    }
}

/// Fills in what the connector left to the kit.
fn complete(mut order: Order, id: &str, version: String, ctx: &Context) -> Order {
    order.id = id.to_owned();
    order.version = version;
    for name in [&mut order.order_number, &mut order.external_order_reference, &mut order.source_reference] {
        if name.is_empty() {
            *name = id.to_owned();
        }
    }
    if order.channel.is_empty() {
        order.channel.clone_from(&ctx.channel);
    }
    for (at, line) in order.lines.iter_mut().enumerate() {
        if line.source_line_id.is_empty() {
            line.source_line_id = (at + 1).to_string();
        }
    }
    order
}
