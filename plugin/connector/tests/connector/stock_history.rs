//! The formula under any history: what Linnworks shows after a sync is what the warehouse has and Linnworks still counts.
use std::collections::BTreeMap;

use linnworks_connector::contract::stock::{InFlightOrder, StockLevel};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::shop::{Shop, on};

const SKUS: [&str; 3] = ["TEE", "MUG", "CAP"];

#[derive(Debug, Clone)]
enum Event {
    /// Goods come in without a purchase order.
    Receive(usize, i64),
    /// An order comes in, is allocated, and is open at Linnworks.
    Order(usize, i64),
    /// The oldest waiting order leaves the warehouse.
    Despatch,
    /// Linnworks processes the oldest order that has left.
    Process,
    /// Somebody edits the level at Linnworks.
    Edit(usize, i64),
    /// Returned to the shelf, with an RMA that we shall action; and actioned.
    Return(usize, i64),
    Action,
    /// Received for a purchase order that we shall deliver; and delivered.
    ReceiveOrdered(usize, i64),
    Deliver,
    Sync,
}

fn event() -> impl Strategy<Value = Event> {
    let sku = 0..SKUS.len();
    prop_oneof![
        (sku.clone(), 0..30_i64).prop_map(|(sku, n)| Event::Receive(sku, n)),
        (sku.clone(), 1..5_i64).prop_map(|(sku, n)| Event::Order(sku, n)),
        Just(Event::Despatch),
        Just(Event::Process),
        (sku.clone(), 0..50_i64).prop_map(|(sku, n)| Event::Edit(sku, n)),
        (sku.clone(), 1..4_i64).prop_map(|(sku, n)| Event::Return(sku, n)),
        Just(Event::Action),
        (sku, 1..9_i64).prop_map(|(sku, n)| Event::ReceiveOrdered(sku, n)),
        Just(Event::Deliver),
        Just(Event::Sync),
    ]
}

/// The warehouse, counted plainly.
#[derive(Default)]
struct Warehouse {
    on_hand: [i64; 3],
    allocated: [i64; 3],
    waiting: Vec<(u64, usize, i64)>,
    despatched: Vec<(u64, usize, i64)>,
    returned: Vec<(usize, i64)>,
    received: Vec<(usize, i64)>,
    next: u64,
}

impl Warehouse {
    fn levels(&self) -> Vec<StockLevel> {
        let sum = |rows: &[(usize, i64)], at| rows.iter().filter(|(sku, _)| *sku == at).map(|(_, n)| n).sum();
        (0..SKUS.len())
            .map(|at| StockLevel {
                sku: SKUS[at].to_owned(),
                on_hand: self.on_hand[at],
                allocated: self.allocated[at],
                returned_unbooked: sum(&self.returned, at),
                received_undelivered: sum(&self.received, at),
            })
            .collect()
    }

    fn in_flight(&self) -> Vec<InFlightOrder> {
        let line = |(id, sku, n): &(u64, usize, i64)| InFlightOrder {
            id: order(*id),
            lines: vec![(SKUS[*sku].to_owned(), u32::try_from(*n).unwrap())],
        };
        self.despatched.iter().map(line).collect()
    }

    fn happen(&mut self, shop: &Shop, event: &Event, settings: &Value) {
        match event {
            Event::Receive(sku, n) => self.on_hand[*sku] += n,
            Event::Order(sku, n) if self.on_hand[*sku] >= *n => {
                self.on_hand[*sku] -= n;
                self.allocated[*sku] += n;
                self.waiting.push((self.next, *sku, *n));
                let lines = BTreeMap::from([(SKUS[*sku].to_owned(), *n)]);
                shop.state.borrow_mut().orders.insert(order(self.next), lines);
                self.next += 1;
            }
            Event::Despatch if !self.waiting.is_empty() => {
                let (id, sku, n) = self.waiting.remove(0);
                self.allocated[sku] -= n;
                self.despatched.push((id, sku, n));
            }
            Event::Process if !self.despatched.is_empty() => {
                // Linnworks takes its goods off; the host may not know yet, and goes on telling of the order.
                let open = self.despatched.iter().find(|(id, ..)| shop.state.borrow().orders.contains_key(&order(*id)));
                let Some((id, sku, n)) = open.copied() else { return };
                shop.state.borrow_mut().orders.remove(&order(id));
                shop.item(SKUS[sku], |item| item.level = (item.level - n).max(0));
            }
            Event::Edit(sku, n) => shop.item(SKUS[*sku], |item| item.level = *n),
            Event::Return(sku, n) => {
                self.on_hand[*sku] += n;
                self.returned.push((*sku, *n));
            }
            Event::Action if !self.returned.is_empty() => {
                let (sku, n) = self.returned.remove(0);
                shop.item(SKUS[sku], |item| item.level += n);
            }
            Event::ReceiveOrdered(sku, n) => {
                self.on_hand[*sku] += n;
                self.received.push((*sku, *n));
            }
            Event::Deliver if !self.received.is_empty() => {
                let (sku, n) = self.received.remove(0);
                shop.item(SKUS[sku], |item| item.level += n);
            }
            Event::Sync => {
                let outcomes = shop.sync_with(&on(settings.clone()), &self.levels(), &self.in_flight()).unwrap();
                assert_eq!(outcomes.len(), SKUS.len());
            }
            _ => {}
        }
    }
}

fn order(n: u64) -> String {
    format!("0bde0000-0000-4000-8000-{n:012}")
}

/// Lets everything that is under way come to its end at Linnworks. What is added there comes first: Linnworks stops at zero when it
/// takes off more than it has, and what it forgets then only the next sync brings back.
const SETTLE: [Event; 3] = [Event::Action, Event::Deliver, Event::Process];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// A sync, and then whatever Linnworks does by itself with what is under way: the level there ends as the warehouse's.
    #[test]
    fn after_a_sync_linnworks_arrives_at_the_warehouses_number_by_itself(
        events in prop::collection::vec(event(), 0..60),
        on_hand in any::<bool>(),
    ) {
        let settings = json!({"StockSyncValueType": if on_hand { "OnHand" } else { "StockLevel" }});
        let shop = Shop::new(&SKUS.map(|sku| (sku, 0)));
        let mut warehouse = Warehouse::default();
        for event in events.iter().chain([&Event::Sync]) {
            warehouse.happen(&shop, event, &settings);
        }
        let before: i64 = warehouse.despatched.len() as i64 + warehouse.returned.len() as i64 + warehouse.received.len() as i64;
        let short = (0..SKUS.len()).map(|at| {
            // What is to be added there is more than what lies here: the level cannot be told as a negative number.
            let sum = |rows: &[(usize, i64)]| rows.iter().filter(|(sku, _)| *sku == at).map(|(_, n)| n).sum::<i64>();
            let has = warehouse.on_hand[at] + if on_hand { 0 } else { warehouse.allocated[at] };
            let open: i64 = warehouse.despatched.iter()
                .filter(|(id, sku, _)| *sku == at && shop.state.borrow().orders.contains_key(&order(*id)))
                .map(|(.., n)| n).sum();
            has + open < sum(&warehouse.returned) + sum(&warehouse.received)
        }).collect::<Vec<_>>();
        for event in SETTLE {
            for _ in 0..before {
                warehouse.happen(&shop, &event, &settings);
            }
        }
        for (at, sku) in SKUS.iter().enumerate() {
            let has = warehouse.on_hand[at] + if on_hand { 0 } else { warehouse.allocated[at] };
            if short[at] {
                prop_assert!(shop.level(sku) >= has, "{sku}");
            } else {
                prop_assert_eq!(shop.level(sku), has, "{}", sku);
            }
        }
    }

    /// Rules never give a negative level, never more than the maximum, never less than the minimum unless it counts as none.
    #[test]
    fn rules_keep_their_bounds(
        has in -50..200_i64, in_flight in 0..20_i64, more in 1..20_i64,
        buffer in 0..40_u32, minimum in 0..40_u32, maximum in 0..60_u32, zero_below in 0..30_u32,
    ) {
        let settings = linnworks_connector::settings::Settings {
            stock_buffer: buffer, stock_minimum: minimum, stock_maximum: maximum, stock_zero_below: zero_below,
            ..linnworks_connector::settings::Settings::default()
        };
        let level = |on_hand| StockLevel {
            sku: "TEE".to_owned(), on_hand, allocated: 0, returned_unbooked: 0, received_undelivered: 0,
        };
        let target = linnworks_connector::stock::target(&settings, &level(has), in_flight);
        prop_assert!(target >= 0);
        prop_assert!(maximum == 0 || target <= i32::try_from(maximum).unwrap());
        prop_assert!(target == 0 || target >= i32::try_from(zero_below).unwrap());
        prop_assert!(target == 0 || maximum != 0 && maximum < minimum || target >= i32::try_from(minimum).unwrap());
        prop_assert!(linnworks_connector::stock::target(&settings, &level(has + more), in_flight) >= target);
    }
}
