//! What is noted of a history while it runs: what neither side shows at the end.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use linnworks_sim::state::Account;
use uuid::Uuid;

use crate::history::Choices;
use crate::there::Standing;

/// What is noted of one order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Noted {
    /// The number people use.
    pub(crate) number: i32,
    /// When the scheduler had its turn, it was to be imported.
    pub(crate) offered: bool,
    /// A person processed it at Linnworks.
    pub(crate) by_hand: bool,
    /// It was being picked when it was last touched in the warehouse.
    pub(crate) picked: bool,
    /// A person holds it in the warehouse.
    pub(crate) held: bool,
    /// A person cancelled it in the warehouse.
    pub(crate) cancelled: bool,
    /// The tracking numbers with which it left; none as long as it is there.
    pub(crate) left: Option<Vec<String>>,
}

/// The books.
#[derive(Debug, Default)]
pub(crate) struct Books {
    /// By the id at Linnworks.
    pub(crate) orders: BTreeMap<Uuid, Noted>,
    /// By the event that made them.
    pub(crate) labels: BTreeMap<u32, Uuid>,
    /// Products of the warehouse.
    pub(crate) products: BTreeSet<String>,
    /// Units of each product that have to be on the shelf, free or reserved.
    pub(crate) shelf: BTreeMap<String, i64>,
    /// Purchase orders that were open at our location when the scheduler had its turn.
    pub(crate) ordered: BTreeSet<u32>,
    /// How often events of a kind were tried, and how often they took effect.
    pub(crate) took: BTreeMap<String, (usize, usize)>,
}

impl Books {
    /// Notes orders that were not there before; the first of them is what the event `label` made. No event has the label 0.
    pub(crate) fn register(&mut self, account: &Account, label: u32) {
        for order in account.orders.iter() {
            if let Entry::Vacant(new) = self.orders.entry(order.order_id) {
                new.insert(Noted { number: order.num_order_id, ..Noted::default() });
                self.labels.entry(label).or_insert(order.order_id);
            }
        }
    }

    /// Notes what the scheduler finds.
    pub(crate) fn look(&mut self, account: &Account, choices: &Choices) {
        for order in account.orders.iter().filter(|order| order.is_open()) {
            if Standing::of(order, account, choices, &self.products).is_wanted()
                && let Some(noted) = self.orders.get_mut(&order.order_id)
            {
                noted.offered = true;
            }
        }
    }

    /// The order that an event made.
    pub(crate) fn order(&mut self, label: u32) -> Option<(Uuid, &mut Noted)> {
        let id = *self.labels.get(&label)?;
        Some((id, self.orders.get_mut(&id)?))
    }

    /// The label of the first order that `fits`, from `label` on and then from the beginning; `label` itself where none does.
    pub(crate) fn next(&self, label: u32, fits: impl Fn(&Noted) -> bool) -> u32 {
        let (before, after): (Vec<u32>, Vec<u32>) = self
            .labels
            .iter()
            .filter(|(_, id)| self.orders.get(id).is_some_and(&fits))
            .map(|(label, _)| *label)
            .partition(|one| *one < label);
        after.first().or(before.first()).copied().unwrap_or(label)
    }

    pub(crate) fn count(&mut self, kind: String, took: bool) {
        let (tried, well) = self.took.entry(kind).or_default();
        *tried += 1;
        *well += usize::from(took);
    }
}
