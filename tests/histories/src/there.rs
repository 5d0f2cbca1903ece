//! How an order stands at Linnworks, read off the simulator's own state, and what follows for its import.

use std::collections::{BTreeMap, BTreeSet};

use linnworks_sim::state::{Account, Order};
use uuid::Uuid;

use crate::history::Choices;

/// Orders placed before it stay out: the connection went live with this date.
pub(crate) const START: &str = "2026-03-01";

/// How an order stands at Linnworks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum There {
    /// It is open.
    Open(Standing),
    /// It is processed.
    Processed,
    /// It is cancelled.
    Cancelled,
    /// It was merged, in the end into this order, which is or was there.
    Merged(Uuid),
    /// It is not there.
    Gone,
}

/// How an open order stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// It is in the location Default, which the connection is for.
    pub(crate) at_home: bool,
    /// Why it may not be shipped, whether or not it was imported: `unpaid`, `locked`, `fulfilled-by-channel`, `parked`.
    pub(crate) blocks: BTreeSet<&'static str>,
    /// It was placed before the start.
    pub(crate) too_old: bool,
    /// It has lines of products that the warehouse lacks.
    pub(crate) unknown_sku: bool,
}

impl Standing {
    pub(crate) fn of(order: &Order, account: &Account, choices: &Choices, products: &BTreeSet<String>) -> Self {
        let info = &order.general_info;
        let mut blocks = BTreeSet::new();
        let mut block = |name, holds: bool| {
            if holds {
                blocks.insert(name);
            }
        };
        block("unpaid", info.status != 1);
        block("locked", order.is_locked());
        block("fulfilled-by-channel", info.source == "AMAZON FBA");
        block("parked", order.is_parked() && choices.ignore_parked);
        let goods = goods(order, account);
        Self {
            at_home: order.fulfilment_location_id.is_nil(),
            blocks,
            too_old: info.received_date.to_string().get(..10).is_some_and(|day| day < START),
            unknown_sku: goods.keys().any(|sku| !products.contains(sku)),
        }
    }

    /// Whether it is to be imported.
    pub(crate) fn is_wanted(&self) -> bool {
        self.at_home && self.blocks.is_empty() && !self.too_old && !self.unknown_sku
    }
}

/// Units by SKU that leave the shelf for an order.
pub(crate) fn goods(order: &Order, account: &Account) -> BTreeMap<String, i64> {
    let mut goods = BTreeMap::new();
    for line in order.items.iter().filter(|line| !line.is_service) {
        for (item, units) in line.stock_parts() {
            let sku = account.items.get(item).map_or_else(|| line.sku.clone(), |item| item.item_number.clone());
            *goods.entry(sku).or_default() += i64::from(units);
        }
    }
    goods
}

/// How the order with this id stands.
pub(crate) fn stands(id: Uuid, account: &Account, choices: &Choices, products: &BTreeSet<String>) -> There {
    match account.orders.get(id) {
        Some(order) if order.is_cancelled() => There::Cancelled,
        Some(order) if order.processed => There::Processed,
        Some(order) => There::Open(Standing::of(order, account, choices, products)),
        None => match became(id, account) {
            Some(other) => There::Merged(other),
            None => There::Gone,
        },
    }
}

/// What an order became by merges, the last of them.
fn became(id: Uuid, account: &Account) -> Option<Uuid> {
    let mut at = id;
    while let Some(next) = went_into(at, account) {
        at = next;
    }
    (at != id).then_some(at)
}

/// The order that this one went into by a merge.
pub(crate) fn went_into(id: Uuid, account: &Account) -> Option<Uuid> {
    account.relations.iter().find(|tie| tie.parent_order_id == id && tie.kind == "MERGE").map(|tie| tie.child_order_id)
}

/// All orders that went into this one by merges, over any number of steps.
pub(crate) fn made_of(id: Uuid, account: &Account) -> BTreeSet<Uuid> {
    let mut all = BTreeSet::new();
    let mut open = vec![id];
    while let Some(at) = open.pop() {
        for tie in account.relations.iter().filter(|tie| tie.child_order_id == at && tie.kind == "MERGE") {
            if all.insert(tie.parent_order_id) {
                open.push(tie.parent_order_id);
            }
        }
    }
    all
}

/// The order that this one was split off.
pub(crate) fn split_off(id: Uuid, account: &Account) -> Option<Uuid> {
    account.relations.iter().find(|tie| tie.child_order_id == id && tie.kind == "SPLIT").map(|tie| tie.parent_order_id)
}

/// Whether somebody split something off this order.
pub(crate) fn was_split(id: Uuid, account: &Account) -> bool {
    account.relations.iter().any(|tie| tie.parent_order_id == id && tie.kind == "SPLIT")
}
