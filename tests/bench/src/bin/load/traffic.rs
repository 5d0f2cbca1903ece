//! What people do meanwhile: orders are placed at Linnworks, and leave the warehouse.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use harness_wms::{OrderStatus, Parcel, PlanState};
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

/// An order.
#[derive(Debug, Clone)]
pub(crate) struct Placed {
    pub(crate) connection: usize,
    /// Id at Linnworks.
    pub(crate) id: String,
    /// Number in the warehouse.
    pub(crate) number: String,
    pub(crate) left: bool,
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
    /// Nothing more is done: what waits comes to rest.
    pub(crate) rest: bool,
    pub(crate) calls: usize,
    pub(crate) faults: usize,
    /// Size of this process once the host that was started again is warm, in MiB.
    pub(crate) memory: f64,
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
            rest: false,
            calls: 0,
            faults: 0,
            memory: 0.0,
            dice: 7,
        }
    }

    /// How many orders left.
    pub(crate) fn left(&self) -> usize {
        self.placed.iter().filter(|order| order.left).count()
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
            source.begin_faults(self.percent).await?;
        }
        // A quarter into the life of the host that was started again in the middle.
        if self.next - self.orders_from >= (self.orders_until - self.orders_from) * 5 / 8 && self.memory == 0.0 {
            self.memory = memory::resident()?;
        }
        self.place(source, minute).await?;
        self.send(warehouse).await?;
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
            if self.below(10) < LEAVE {
                let after = 20 * MINUTE + i64::try_from(self.below(100))? * MINUTE;
                self.leaving.entry(self.next + after).or_default().push(self.placed.len());
            }
            self.placed.push(Placed { connection, id: id.to_owned(), number, left: false });
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
                }
                None => self.leaving.entry(self.next + AGAIN * MINUTE).or_default().push(place),
            }
        }
        Ok(())
    }

    /// Whether nothing waits to be told any more, and every order is there.
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
        Ok(count >= self.placed.len())
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
