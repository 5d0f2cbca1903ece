//! Each confirmed return is booked once.

use std::collections::BTreeMap;

use harness_wms::Return;
use linnworks_sim::state::PostSale;

use super::{Findings, Rest};
use crate::there::{There, stands};

/// One RMA for each confirmed return of an order that Linnworks has processed, with its quantities; none for the others.
pub(super) fn booked(rest: &Rest<'_>, returns: &[Return], findings: &mut Findings) {
    for one in returns.iter().filter(|one| one.confirmed) {
        let name = &one.reference;
        let rmas: Vec<_> = rest.account.after_sales.rmas.iter().filter(|rma| rma.external_reference == *name).collect();
        let there = one.source_order_id.parse().ok();
        let there = there.map(|id| stands(id, &rest.account, rest.choices, &rest.books.products));
        let why = match there {
            Some(There::Processed) => None,
            Some(There::Open(_)) => Some("returns.order-not-processed"),
            Some(There::Cancelled) => Some("returns.order-cancelled"),
            _ => Some("returns.order-gone"),
        };
        if let Some(why) = why {
            findings.may_stand(name, [why, "returns.order-gone", "returns.order-not-processed"]);
            if !rmas.is_empty() {
                findings.complain(format!("{name} is booked and its order is {there:?}"));
            }
            continue;
        }
        let [rma] = rmas.as_slice() else {
            findings.complain(format!("{name} is booked {} times, told is {:?}", rmas.len(), rest.told(name)));
            continue;
        };
        let mut here: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
        let mut booked: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for item in &one.return_items {
            let (units, scrap) = here.entry(&item.source_line_id).or_default();
            *units += item.quantity;
            *scrap += if item.stock_action == harness_wms::StockAction::Scrap { item.quantity } else { 0 };
        }
        for line in &rma.lines {
            let (units, scrap) = booked.entry(line.order_item_row_id.to_string()).or_default();
            *units += i64::from(line.return_quantity);
            *scrap += i64::from(line.scrap_quantity);
        }
        let all = |sums: Vec<(i64, i64)>| sums.iter().fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        if all(here.values().copied().collect()) != all(booked.values().copied().collect()) {
            findings.complain(format!("{name} has {here:?} and is booked with {booked:?}"));
        }
        let actioned = rma.lines.iter().all(|line| line.status == PostSale::Processed);
        if actioned != rest.choices.action_returns {
            findings.complain(format!("{name}: actioned is {actioned}, told is {:?}", rest.told(name)));
        }
    }
    let known = |reference: &str| returns.iter().any(|one| one.confirmed && one.reference == reference);
    for rma in rest.account.after_sales.rmas.iter().filter(|rma| !known(&rma.external_reference)) {
        findings.complain(format!("the RMA {} is of no return", rma.external_reference));
    }
}
