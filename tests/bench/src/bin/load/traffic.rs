//! What people do meanwhile: orders are placed at Linnworks, leave the warehouse and some come back, and goods are
//! ordered.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use harness_wms::{NewReturnItem, OrderStatus, Parcel, PlanState};
use serde_json::{Value, json};

use crate::shape::Size;
use crate::source::{SKUS, Source, sku};
use crate::warehouse::{Warehouse, prefix};
use crate::{BEAT, MINUTE, memory};

/// Minutes between two orders of a connection: ten an hour.
const EVERY: usize = 6;

/// Of ten orders, so many leave within two hours; the others are still there at the end.
const LEAVE: u64 = 9;

/// Minutes after which an order that was not there yet is looked for again.
const AGAIN: i64 = 5;

/// Of so many orders that leave, one comes back.
const BACK: u64 = 10;

/// Minutes until it does: soon, for a run of one hour to have some.
const BACK_AFTER: i64 = 10;

/// Minutes between two purchase orders of a connection.
const PURCHASE_EVERY: usize = 60;

/// Units of each purchase order, all of one product.
pub(crate) const PURCHASED: i64 = 12;

/// An order.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) connection: usize,
    /// Id at Linnworks.
    pub(crate) id: String,
    /// Number in the warehouse.
    pub(crate) number: String,
    pub(crate) left: bool,
    /// Some time after it leaves a unit of it comes back.
    comes_back: bool,
    /// Reference of the return, once it has.
    pub(crate) returned: Option<String>,
}

/// A purchase order.
#[derive(Debug)]
pub(crate) struct Purchase {
    pub(crate) connection: usize,
    /// Id at Linnworks.
    pub(crate) id: String,
}

/// What was done so far, and what is still to be done.
pub(crate) struct Traffic {
    connections: usize,
    orders_from: i64,
    orders_until: i64,
    percent: u32,
    /// The next minute in which something is done.
    next: i64,
    pub(crate) placed: Vec<Placed>,
    /// Places of the orders that leave, by when.
    leaving: BTreeMap<i64, Vec<usize>>,
    /// Places of the orders that come back, by when.
    coming_back: BTreeMap<i64, Vec<usize>>,
    pub(crate) purchases: Vec<Purchase>,
    /// Nothing more is done: what waits comes to rest.
    pub(crate) rest: bool,
    pub(crate) calls: usize,
    /// Those of the calls that were made before any could fail.
    pub(crate) calls_before: usize,
    pub(crate) faults: usize,
    /// Size of this process in each minute in which orders come in: the quarter of that time, from 0, and MiB.
    memory: Vec<(i64, f64)>,
    dice: u64,
}

impl Traffic {
    pub(crate) fn new(size: &Size, start: i64, orders_from: i64, orders_until: i64, percent: u32) -> Self {
        Self {
            connections: size.connections(),
            orders_from,
            orders_until,
            percent,
            next: start,
            placed: Vec::new(),
            leaving: BTreeMap::new(),
            coming_back: BTreeMap::new(),
            purchases: Vec::new(),
            rest: false,
            calls: 0,
            calls_before: 0,
            faults: 0,
            memory: Vec::new(),
            dice: 7,
        }
    }

    /// How many orders left.
    pub(crate) fn left(&self) -> usize {
        self.placed.iter().filter(|order| order.left).count()
    }

    /// How many orders came back.
    pub(crate) fn returned(&self) -> usize {
        self.placed.iter().filter(|order| order.returned.is_some()).count()
    }

    /// Median size of this process in a quarter, from 0, of the time in which orders come in, in MiB.
    pub(crate) fn memory_in(&self, quarter: i64) -> f64 {
        let mut sizes: Vec<f64> = self.memory.iter().filter(|(of, _)| *of == quarter).map(|(_, size)| *size).collect();
        sizes.sort_by(f64::total_cmp);
        // Not a number keeps no limit.
        sizes.get(sizes.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// A number below `n` (splitmix64).
    fn below(&mut self, n: u64) -> u64 {
        self.dice = self.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.dice;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    /// Goes on, minute by minute, until `until`; when nothing more is done, until all is through. `busy` is set while anything is
    /// done.
    pub(crate) async fn go_on(
        &mut self,
        warehouse: &Warehouse,
        source: &Source,
        busy: &AtomicBool,
        until: i64,
    ) -> anyhow::Result<()> {
        let clock = &warehouse.platform()?.clock;
        loop {
            if self.next + MINUTE > until {
                clock.sleep_until(until).await;
                return Ok(());
            }
            self.next += MINUTE;
            clock.sleep_until(self.next).await;
            busy.store(true, Ordering::SeqCst);
            let through = self.minute(warehouse, source).await?;
            busy.store(false, Ordering::SeqCst);
            if through {
                return Ok(());
            }
        }
    }

    async fn minute(&mut self, warehouse: &Warehouse, source: &Source) -> anyhow::Result<bool> {
        let minute = (self.next - self.orders_from).div_euclid(MINUTE);
        if minute % BEAT == 0 {
            self.note_calls(source).await?;
        }
        if self.rest {
            // Two whole beats at least, so that nothing is taken for done that had not begun.
            let passed = self.next - self.orders_until > 2 * BEAT * MINUTE + MINUTE;
            return Ok(passed && minute % 5 == 0 && self.is_through(warehouse).await?);
        }
        if self.next < self.orders_from {
            release_plans(warehouse).await?;
            return Ok(false);
        }
        if minute == 0 {
            self.calls_before = self.calls;
            source.begin_faults(self.percent).await?;
        }
        let quarter = (self.next - self.orders_from) * 4 / (self.orders_until - self.orders_from);
        self.memory.push((quarter.min(3), memory::resident()?));
        self.place(source, minute).await?;
        self.purchase(source, minute).await?;
        self.send(warehouse).await?;
        self.take_back(warehouse).await?;
        Ok(false)
    }

    /// Counts the calls and faults since the last time.
    pub(crate) async fn note_calls(&mut self, source: &Source) -> anyhow::Result<()> {
        self.calls += source.take_calls().await?;
        self.faults = self.faults.max(source.struck().await?);
        Ok(())
    }

    /// Every connection whose turn it is gets an order.
    async fn place(&mut self, source: &Source, minute: i64) -> anyhow::Result<()> {
        let turn = usize::try_from(minute)? % EVERY;
        let places: Vec<usize> = (0..self.connections).filter(|place| place % EVERY == turn).collect();
        let mut orders = Vec::with_capacity(places.len());
        for place in &places {
            let lines: Vec<Value> = (0..=self.below(3))
                .map(|_| {
                    let product = usize::try_from(self.below(SKUS as u64)).unwrap_or_default();
                    json!({ "SKU": sku(product), "Quantity": 1 + self.below(3) })
                })
                .collect();
            let order = json!({ "ReferenceNum": format!("R{place}-{minute}"), "Items": lines });
            orders.push(json!({ "do": "add", "to": "orders", "account": place, "value": order }));
        }
        let made = source.post("do", &Value::Array(orders)).await?;
        for (connection, made) in places.into_iter().zip(made.as_array().into_iter().flatten()) {
            let id = made.get("OrderId").and_then(Value::as_str).context("the simulator made an order without id")?;
            let number = made.get("NumOrderId").and_then(Value::as_i64).context("an order without number")?;
            let number = format!("{}{number}", prefix(connection));
            let mut comes_back = false;
            if self.below(10) < LEAVE {
                let after = 20 * MINUTE + i64::try_from(self.below(100))? * MINUTE;
                comes_back = self.below(BACK) == 0;
                self.leaving.entry(self.next + after).or_default().push(self.placed.len());
            }
            let id = id.to_owned();
            self.placed.push(Placed { connection, id, number, left: false, comes_back, returned: None });
        }
        Ok(())
    }

    /// Every connection whose turn it is orders goods.
    async fn purchase(&mut self, source: &Source, minute: i64) -> anyhow::Result<()> {
        let minute = usize::try_from(minute)?;
        let turn = minute % PURCHASE_EVERY;
        let places: Vec<usize> = (0..self.connections).filter(|place| place % PURCHASE_EVERY == turn).collect();
        if places.is_empty() {
            return Ok(());
        }
        let line = json!({ "SKU": sku(minute % SKUS), "Quantity": PURCHASED });
        let order = json!({ "Reference": format!("PO-{minute}"), "Supplier": "Pottery Ltd", "Items": [line] });
        let add = |place: &usize| json!({ "do": "add", "to": "purchase_orders", "account": place, "value": order });
        let made = source.post("do", &places.iter().map(add).collect()).await?;
        for (connection, made) in places.into_iter().zip(made.as_array().into_iter().flatten()) {
            let id = made.get("pkPurchaseID").and_then(Value::as_str);
            let id = id.context("the simulator made a purchase order without id")?.to_owned();
            self.purchases.push(Purchase { connection, id });
        }
        Ok(())
    }

    /// What is to leave by now leaves.
    async fn send(&mut self, warehouse: &Warehouse) -> anyhow::Result<()> {
        let platform = warehouse.platform()?;
        let later = self.leaving.split_off(&(self.next + 1));
        let due = std::mem::replace(&mut self.leaving, later);
        for place in due.into_values().flatten() {
            let Some(placed) = self.placed.get_mut(place) else { continue };
            let order = platform.store.order(&placed.number).await.ok();
            match order.filter(|order| order.order_status == OrderStatus::New) {
                Some(order) => {
                    let tracking = format!("T{}", placed.number);
                    let parcel = Parcel { tracking_number: Some(tracking), ..Parcel::default() };
                    platform.store.despatch(order.id, &[parcel], platform.now()).await?;
                    placed.left = true;
                    if placed.comes_back {
                        self.coming_back.entry(self.next + BACK_AFTER * MINUTE).or_default().push(place);
                    }
                }
                None => self.leaving.entry(self.next + AGAIN * MINUTE).or_default().push(place),
            }
        }
        Ok(())
    }

    /// What is to come back by now comes back: one unit of the first line.
    async fn take_back(&mut self, warehouse: &Warehouse) -> anyhow::Result<()> {
        let platform = warehouse.platform()?;
        let (store, now) = (&platform.store, platform.now());
        let later = self.coming_back.split_off(&(self.next + 1));
        let due = std::mem::replace(&mut self.coming_back, later);
        for place in due.into_values().flatten() {
            let Some(placed) = self.placed.get_mut(place) else { continue };
            let order = store.order(&placed.number).await?;
            let line = order.order_items.first().with_context(|| format!("order {} has no line", placed.number))?;
            let back = store.create_return(order.id, now).await?;
            let item = NewReturnItem {
                sku: line.sku.clone(),
                order_item_id: Some(line.id),
                quantity: 1,
                reason: "Unwanted".to_owned(),
                stock_action: None,
                comments: String::new(),
            };
            store.add_return_item(back, &item, now).await?;
            store.confirm_return(back, now).await?;
            placed.returned = Some(store.find_return(&back.to_string()).await?.reference);
        }
        Ok(())
    }

    /// Whether nothing waits to be told any more, and every order and notice is there.
    async fn is_through(&self, warehouse: &Warehouse) -> anyhow::Result<bool> {
        let store = &warehouse.platform()?.store;
        if !store.queue(None, false).await?.is_empty() || !store.problems(None, false).await?.is_empty() {
            return Ok(false);
        }
        let mut count = 0;
        let mut after = 0;
        loop {
            let orders = store.orders(None, None, after, 5_000).await?;
            count += orders.len();
            match orders.last() {
                Some(last) => after = last.id,
                None => break,
            }
        }
        Ok(count >= self.placed.len() && store.asns(None, None).await?.len() >= self.purchases.len())
    }
}

/// A person releases the first plan of each connection.
async fn release_plans(warehouse: &Warehouse) -> anyhow::Result<()> {
    let platform = warehouse.platform()?;
    for plan in platform.store.held_plans().await? {
        if plan.state == PlanState::Held {
            platform.store.approve_plan(plan.id, platform.now()).await?;
        }
    }
    Ok(())
}
