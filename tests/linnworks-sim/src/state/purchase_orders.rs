//! The purchase orders of an account, with the count of what is due.

use super::PurchaseOrder;
use serde::{Serialize, Serializer};
use std::collections::HashMap;
use uuid::Uuid;

/// All purchase orders, in the sequence in which they came. They change only through [`PurchaseOrders::update`], which
/// keeps what is due in step, so that reading a stock level costs nothing.
#[derive(Debug, Clone, Default)]
pub struct PurchaseOrders {
    rows: Vec<PurchaseOrder>,
    places: HashMap<Uuid, usize>,
    due: HashMap<(Uuid, Uuid), i32>,
}

impl PurchaseOrders {
    /// How many there are, of any status.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds one, or replaces the one with its id.
    pub fn insert(&mut self, order: PurchaseOrder) {
        if self.places.contains_key(&order.id) {
            self.update(order.id, |known| *known = order);
            return;
        }
        self.count(&order, 1);
        self.places.insert(order.id, self.rows.len());
        self.rows.push(order);
    }

    /// Takes one out.
    pub fn remove(&mut self, id: Uuid) -> Option<PurchaseOrder> {
        let at = *self.places.get(&id)?;
        let order = self.rows.remove(at);
        *self = std::mem::take(&mut self.rows).into_iter().collect();
        Some(order)
    }

    /// The one with this id.
    pub fn get(&self, id: Uuid) -> Option<&PurchaseOrder> {
        self.rows.get(*self.places.get(&id)?)
    }

    /// The one with this id, own number or supplier's number; the newest where several have it.
    pub fn by_key(&self, key: &str) -> Option<&PurchaseOrder> {
        let key = key.trim();
        let by_id = Uuid::parse_str(key).ok().and_then(|id| self.get(id));
        let number = || self.rows.iter().rev().find(|order| order.external_invoice_number == key);
        let supplier = || self.rows.iter().rev().find(|order| order.supplier_reference_number == key);
        by_id.or_else(number).or_else(supplier)
    }

    /// Changes one in place. `None` when there is no such order. The id must stay as it is.
    pub fn update<R>(&mut self, id: Uuid, change: impl FnOnce(&mut PurchaseOrder) -> R) -> Option<R> {
        let at = *self.places.get(&id)?;
        let mut order = std::mem::take(self.rows.get_mut(at)?);
        self.count(&order, -1);
        let result = change(&mut order);
        order.id = id;
        self.count(&order, 1);
        if let Some(place) = self.rows.get_mut(at) {
            *place = order;
        }
        Some(result)
    }

    /// All of them.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &PurchaseOrder> {
        self.rows.iter()
    }

    /// What open and partly delivered orders will still bring of an item to a location.
    pub fn due(&self, item: Uuid, location: Uuid) -> i32 {
        self.due.get(&(item, location)).copied().unwrap_or_default()
    }

    fn count(&mut self, order: &PurchaseOrder, sign: i32) {
        if !order.status.is_due() {
            return;
        }
        for item in &order.items {
            *self.due.entry((item.stock_item_id, order.location_id)).or_default() += sign * item.outstanding();
        }
    }
}

impl FromIterator<PurchaseOrder> for PurchaseOrders {
    fn from_iter<I: IntoIterator<Item = PurchaseOrder>>(orders: I) -> Self {
        let mut all = Self::default();
        for order in orders {
            all.insert(order);
        }
        all
    }
}

impl Serialize for PurchaseOrders {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.rows)
    }
}
