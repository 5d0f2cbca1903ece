//! The orders of an account, with the index by id and the count of what they reserve.

use super::Order;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// All orders, in the sequence of their numbers. Orders change only through [`Orders::update`], which keeps the
/// reservations (`InOrders`) in step, so that reading a stock level costs nothing.
#[derive(Debug, Clone, Default)]
pub struct Orders {
    rows: BTreeMap<i32, Order>,
    numbers: HashMap<Uuid, i32>,
    reserved: HashMap<(Uuid, Uuid), i32>,
    highest: i32,
}

impl Orders {
    /// How many orders there are, open and processed.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The number that the next order gets: never one that an order had, be it deleted since.
    pub fn next_number(&self) -> i32 {
        if self.highest == 0 { 100_001 } else { self.highest + 1 }
    }

    /// Adds an order, or replaces the one with its number or id.
    pub fn insert(&mut self, order: Order) {
        self.remove(order.order_id);
        if let Some(old) = self.rows.get(&order.num_order_id) {
            let id = old.order_id;
            self.remove(id);
        }
        self.reserve(&order, 1);
        self.highest = self.highest.max(order.num_order_id);
        self.numbers.insert(order.order_id, order.num_order_id);
        self.rows.insert(order.num_order_id, order);
    }

    /// Takes an order out.
    pub fn remove(&mut self, id: Uuid) -> Option<Order> {
        let number = self.numbers.remove(&id)?;
        let order = self.rows.remove(&number)?;
        self.reserve(&order, -1);
        Some(order)
    }

    /// The order with this id.
    pub fn get(&self, id: Uuid) -> Option<&Order> {
        self.rows.get(self.numbers.get(&id)?)
    }

    /// The order with this number.
    pub fn by_number(&self, number: i32) -> Option<&Order> {
        self.rows.get(&number)
    }

    /// Changes an order in place. `None` when there is no such order. Id and number must stay as they are.
    pub fn update<R>(&mut self, id: Uuid, change: impl FnOnce(&mut Order) -> R) -> Option<R> {
        let number = *self.numbers.get(&id)?;
        let mut order = self.rows.remove(&number)?;
        self.reserve(&order, -1);
        let result = change(&mut order);
        order.order_id = id;
        order.num_order_id = number;
        self.reserve(&order, 1);
        self.rows.insert(number, order);
        Some(result)
    }

    /// All orders by number.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Order> {
        self.rows.values()
    }

    /// The open orders of a location, by number; drafts are not among them.
    pub fn open_at(&self, location: Uuid) -> impl Iterator<Item = &Order> {
        self.rows
            .values()
            .filter(move |order| order.fulfilment_location_id == location && order.is_open() && !order.draft)
    }

    /// What open, unlocked orders of a location want of an item.
    pub fn reserved(&self, item: Uuid, location: Uuid) -> i32 {
        self.reserved.get(&(item, location)).copied().unwrap_or_default()
    }

    fn reserve(&mut self, order: &Order, sign: i32) {
        if !order.reserves_stock() {
            return;
        }
        for line in &order.items {
            self.reserve_line(line, order.fulfilment_location_id, sign);
        }
    }

    fn reserve_line(&mut self, line: &super::OrderItem, location: Uuid, sign: i32) {
        if line.is_service {
            return;
        }
        if line.composite_sub_items.is_empty() {
            if !line.stock_item_id.is_nil() {
                *self.reserved.entry((line.stock_item_id, location)).or_default() += sign * line.quantity;
            }
            return;
        }
        for part in &line.composite_sub_items {
            self.reserve_line(part, location, sign);
        }
    }
}

impl FromIterator<Order> for Orders {
    fn from_iter<I: IntoIterator<Item = Order>>(orders: I) -> Self {
        let mut all = Self::default();
        for order in orders {
            all.insert(order);
        }
        all
    }
}

impl Serialize for Orders {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}
