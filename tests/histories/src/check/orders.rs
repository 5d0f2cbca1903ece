//! Each order has exactly one fate.

use std::collections::{BTreeMap, BTreeSet};

use harness_wms::{LedgerState, Order, OrderStatus, Store};
use linnworks_sim::state::Order as Theirs;
use uuid::Uuid;

use super::{Findings, Rest};
use crate::oracle::{Fate, Kin, fate};
use crate::there::{Standing, There, goods, made_of, split_off, stands, was_split, went_into};

/// Orders that the warehouse has: once each, of those that were offered, and with the fate that they have to have.
pub(super) fn imported(rest: &Rest<'_>, findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    for order in &rest.orders {
        let name = name(rest, order);
        if !seen.insert(&order.source_order_id) {
            findings.complain(format!("{name} is in the warehouse twice"));
        }
        let Some((id, noted)) = noted(rest, order) else {
            findings.complain(format!("{name} was never at Linnworks"));
            continue;
        };
        if !noted.offered {
            findings.complain(format!("{name} was imported and was never to be imported"));
        }
        let there = stands(id, &rest.account, rest.choices, &rest.books.products);
        let expected = fate(noted, &there, &kin(rest, order, id, &there));
        judge(rest, order, &there, &expected, &name, findings);
        let again = made_of(id, &rest.account).iter().any(|id| has_left(rest, *id))
            || split_from(rest, id).any(|other| has_left(rest, other) && ships_more(rest, other));
        if noted.left.is_some() && again {
            findings.complain(format!("{name} left, and its goods had left with another order"));
        }
    }
}

fn judge(rest: &Rest<'_>, order: &Order, there: &There, expected: &Fate, name: &str, findings: &mut Findings) {
    let status = order.order_status;
    let fits = match expected.statuses.is_empty() {
        true => status.is_despatched(),
        false => expected.statuses.contains(status.name()),
    };
    if !fits {
        findings.complain(format!("{name} is {}, expected {expected:?}; at Linnworks {there:?}", status.name()));
    }
    let told = rest.told(&order.source_order_id);
    if !expected.told.is_empty() && !expected.told.iter().any(|code| told.contains(code)) {
        findings
            .complain(format!("{name}: nobody is told {:?}; told is {told:?}; at Linnworks {there:?}", expected.told));
    }
    findings.may_stand(&order.source_order_id, expected.told.iter().copied());
    findings.may_stand(&order.source_order_id, expected.may_be_told.iter().copied());
    if expected.processed && *there != There::Processed {
        findings.complain(format!("{name} left and is not processed at Linnworks: {there:?}"));
    }
    if expected.same
        && let Ok(Some(theirs)) = order.source_order_id.parse().map(|id| rest.account.orders.get(id))
        && differs(rest, order, theirs)
    {
        findings.complain(format!("{name} is not as it is at Linnworks: {:?}", here(order)));
    }
}

/// Orders at Linnworks that the warehouse does not have: none that is wanted, and each for its reason.
pub(super) async fn left_out(rest: &Rest<'_>, store: &Store, findings: &mut Findings) -> anyhow::Result<()> {
    let imported: BTreeSet<&str> = rest.orders.iter().map(|order| order.source_order_id.as_str()).collect();
    for order in rest.account.orders.iter().filter(|order| order.is_open()) {
        let id = order.order_id.to_string();
        if imported.contains(id.as_str()) {
            continue;
        }
        let standing = Standing::of(order, &rest.account, rest.choices, &rest.books.products);
        let name = format!("order {} ({})", order.num_order_id, order.general_info.reference_num);
        if standing.is_wanted() {
            findings.complain(format!("{name} is to be imported and is not"));
            continue;
        }
        // Linnworks is asked for paid orders of one location only: what became of the others need not be known.
        if !standing.at_home || standing.blocks.contains("unpaid") {
            continue;
        }
        let account = rest.connection.account_id.unwrap_or_default();
        let entry = store.ledger_entry(account, rest.connection.client_id, &id).await?;
        let Some(entry) = entry else {
            findings.complain(format!("{name} is neither imported nor left out: {standing:?}"));
            continue;
        };
        let mut reasons = standing.blocks.clone();
        if standing.too_old {
            reasons.insert("earliest-order-date");
        }
        let state = if reasons.is_empty() { LedgerState::Refused } else { LedgerState::Skipped };
        if reasons.is_empty() {
            reasons.insert("sku-unknown");
            findings.may_stand(&id, ["sku-unknown"]);
            if !rest.told(&id).contains("sku-unknown") {
                findings.complain(format!("{name} has an unknown SKU, and nobody is told"));
            }
        }
        let given: BTreeSet<&str> = entry.verdicts.iter().map(|verdict| verdict.check.as_str()).collect();
        if entry.state != state || given != reasons {
            findings.complain(format!("{name} is {:?} for {given:?}, expected {state:?} for {reasons:?}", entry.state));
        }
    }
    Ok(())
}

/// Linnworks processed each order once at most; and by us only what left the warehouse, with its numbers.
pub(super) fn processed(rest: &Rest<'_>, findings: &mut Findings) {
    let mut times: BTreeMap<Uuid, usize> = BTreeMap::new();
    for row in rest.account.audit.iter().filter(|row| row.kind == "ORDER_PROCESSED") {
        *times.entry(row.order_id).or_default() += 1;
    }
    for (id, times) in &times {
        let Some(noted) = rest.books.orders.get(id) else { continue };
        let name = format!("order {}", noted.number);
        if *times > 1 {
            findings.complain(format!("{name} was processed {times} times"));
        }
        if noted.by_hand {
            continue;
        }
        let Some(numbers) = &noted.left else {
            findings.complain(format!("{name} was processed by us and has not left the warehouse"));
            continue;
        };
        let there = rest.account.orders.get(*id).and_then(|order| order.shipping_info.tracking_number.clone());
        let expected = numbers.first().cloned().unwrap_or_default();
        if there.as_deref().unwrap_or_default() != expected {
            findings.complain(format!("{name} has the tracking number {there:?}, expected {expected:?}"));
        }
    }
}

fn name(rest: &Rest<'_>, order: &Order) -> String {
    let label = rest.books.labels.iter().find(|(_, id)| id.to_string() == order.source_order_id);
    format!("order {} (event {})", order.order_number, label.map_or_else(|| "?".into(), |(label, _)| label.to_string()))
}

fn noted<'a>(rest: &'a Rest<'_>, order: &Order) -> Option<(Uuid, &'a crate::books::Noted)> {
    let id: Uuid = order.source_order_id.parse().ok()?;
    Some((id, rest.books.orders.get(&id)?))
}

fn kin(rest: &Rest<'_>, order: &Order, id: Uuid, there: &There) -> Kin {
    let became = match there {
        There::Merged(other) => Some(Box::new(stands(*other, &rest.account, rest.choices, &rest.books.products))),
        _ => None,
    };
    let siblings = match there {
        There::Merged(other) => made_of(*other, &rest.account),
        _ => BTreeSet::new(),
    };
    let split_in_the_way = split_from(rest, id).any(|other| ships_more(rest, other));
    let merged_in_the_way = made_of(id, &rest.account)
        .iter()
        .filter_map(|other| here_of(rest, *other))
        .any(|other| other.order_status != OrderStatus::Cancelled);
    let theirs = rest.account.orders.get(id);
    let replaced = went_into(id, &rest.account)
        .filter(|next| !matches!(there, There::Merged(last) if last == next))
        .is_some_and(|next| here_of(rest, next).is_some());
    Kin {
        perhaps_in_the_way: split_from(rest, id).any(|other| keeps_its_goods(rest, other)),
        replaced,
        in_the_way: split_in_the_way || merged_in_the_way,
        bound: siblings
            .iter()
            .filter_map(|id| here_of(rest, *id))
            .any(|other| other.order_status != OrderStatus::Cancelled && !other.order_status.is_editable()),
        split: was_split(id, &rest.account),
        differs: theirs.is_some_and(|theirs| differs(rest, order, theirs)),
        became,
    }
}

fn here_of<'a>(rest: &'a Rest<'_>, id: Uuid) -> Option<&'a Order> {
    let id = id.to_string();
    rest.orders.iter().find(|order| order.source_order_id == id)
}

/// The orders that this one, or one that went into it, was split off.
fn split_from(rest: &Rest<'_>, id: Uuid) -> impl Iterator<Item = Uuid> {
    let parts = made_of(id, &rest.account).into_iter().chain([id]);
    parts.filter_map(|part| split_off(part, &rest.account))
}

/// Whether an order left, or is being picked, with more than it has at Linnworks.
fn ships_more(rest: &Rest<'_>, id: Uuid) -> bool {
    let Some((order, theirs)) = here_of(rest, id).zip(rest.account.orders.get(id)) else { return false };
    let units = |goods: BTreeMap<String, i64>| goods.values().sum::<i64>();
    let status = order.order_status;
    (status.is_despatched() || status == OrderStatus::QueryRaised)
        && units(here(order)) > units(goods(theirs, &rest.account))
}

/// Whether an order that waits here was edited at Linnworks to what the warehouse lacks a product of.
fn keeps_its_goods(rest: &Rest<'_>, id: Uuid) -> bool {
    let Some((order, theirs)) = here_of(rest, id).zip(rest.account.orders.get(id)) else { return false };
    let standing = Standing::of(theirs, &rest.account, rest.choices, &rest.books.products);
    order.order_status == OrderStatus::Holding && standing.unknown_sku && differs(rest, order, theirs)
}

fn has_left(rest: &Rest<'_>, id: Uuid) -> bool {
    rest.books.orders.get(&id).is_some_and(|noted| noted.left.is_some())
}

fn here(order: &Order) -> BTreeMap<String, i64> {
    let mut goods = BTreeMap::new();
    for item in &order.order_items {
        *goods.entry(item.sku.clone()).or_default() += item.quantity;
    }
    goods
}

/// Whether goods or address of an order are others here than there.
fn differs(rest: &Rest<'_>, order: &Order, theirs: &Theirs) -> bool {
    let address = &theirs.customer_info.address;
    let same = |here: &str, there: &Option<String>| here == there.as_deref().unwrap_or_default().trim();
    here(order) != goods(theirs, &rest.account)
        || !same(&order.address1, &address.address1)
        || !same(&order.post_code, &address.post_code)
        || !same(&order.town, &address.town)
}
