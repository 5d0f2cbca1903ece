//! An account with stock: items, levels and open orders that behave.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use linnworks_connector::contract::stock::{InFlightOrder, StockLevel};
use linnworks_connector::contract::{Attempt, Context, Failure, Mode, Outcome, Response};
use linnworks_connector::stock;
use serde_json::{Value, json};

use crate::fake::{DEFAULT, Fake, ctx, ok, refused, run};

/// One stock item at the default location.
#[derive(Clone, Default)]
pub struct Item {
    pub level: i64,
    pub composite: bool,
    pub batched: bool,
    pub parent: bool,
    /// Not tracked: it says so, and takes no level.
    pub untracked: bool,
    /// Says nothing of any level.
    pub bare: bool,
    /// Accepts a level and does nothing.
    pub deaf: bool,
    /// Has the whole call refused.
    pub refused: bool,
    pub changed_by: String,
}

#[derive(Default)]
pub struct State {
    pub items: BTreeMap<String, Item>,
    /// Open orders with what they hold.
    pub orders: BTreeMap<String, BTreeMap<String, i64>>,
}

pub struct Shop {
    pub host: Fake,
    pub state: Rc<RefCell<State>>,
}

pub fn id_of(sku: &str) -> String {
    let sum = sku.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    format!("5ca1ab1e-0000-4000-8000-{:012x}", sum & 0xffff_ffff_ffff)
}

fn row(sku: &str, item: &Item) -> Value {
    json!({
        "Location": {"StockLocationId": DEFAULT}, "StockItemId": id_of(sku), "SKU": sku, "StockLevel": item.level,
        "AutoAdjust": !item.untracked, "LastUpdateOperation": item.changed_by, "LastUpdateDate": "2026-03-09T10:30:00Z",
    })
}

fn asked(request: &Value) -> Vec<String> {
    let ids = request.get("request").unwrap_or(request)["StockItemIds"].as_array().unwrap();
    assert!(ids.len() <= stock_batch(), "{} ids in one call", ids.len());
    ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

fn stock_batch() -> usize {
    linnworks_connector::linnworks::stock::BATCH
}

impl Shop {
    pub fn new(items: &[(&str, i64)]) -> Self {
        let items = items.iter().map(|(sku, level)| ((*sku).to_owned(), Item { level: *level, ..Item::default() }));
        let state = Rc::new(RefCell::new(State { items: items.collect(), orders: BTreeMap::new() }));
        let shop = Shop { host: Fake::new(), state };
        shop.reads();
        shop.writes();
        shop
    }

    fn reads(&self) {
        let state = Rc::clone(&self.state);
        self.host.on("Inventory/GetStockItemIdsBySKU", move |request| {
            let state = state.borrow();
            let skus = request["request"]["SKUS"].as_array().unwrap();
            let found = skus.iter().filter_map(|wanted| {
                let wanted = wanted.as_str().unwrap().trim();
                state.items.keys().find(|sku| sku.eq_ignore_ascii_case(wanted))
            });
            let rows: Vec<Value> = found.map(|sku| json!({"SKU": sku, "StockItemId": id_of(sku)})).collect();
            ok(&json!({"Items": rows}))
        });
        let state = Rc::clone(&self.state);
        self.host.on("Stock/GetStockItemsByIds", move |request| {
            let (state, ids) = (state.borrow(), asked(request));
            let found = state.items.iter().filter(|(sku, _)| ids.contains(&id_of(sku)));
            let row =
                |(sku, item): (&String, &Item)| json!({"StockItemId": id_of(sku), "IsVariationParent": item.parent});
            ok(&json!({"Items": found.map(row).collect::<Vec<_>>()}))
        });
        let state = Rc::clone(&self.state);
        self.host.on("Stock/GetStockItemsFullByIds", move |request| {
            let (state, ids) = (state.borrow(), asked(request));
            assert_eq!(request["request"]["DataRequirements"], json!(["StockLevels"]));
            let found = state.items.iter().filter(|(sku, _)| ids.contains(&id_of(sku)));
            let shown = |(sku, item): (&String, &Item)| {
                let levels = if item.bare { vec![] } else { vec![row(sku, item)] };
                json!({"StockItemId": id_of(sku), "ItemNumber": sku, "IsCompositeParent": item.composite,
                    "isBatchedStockType": item.batched, "StockLevels": levels})
            };
            ok(&json!({"StockItemsFullExtended": found.map(shown).collect::<Vec<_>>()}))
        });
        let state = Rc::clone(&self.state);
        self.host.on("Stock/GetStockLevel_Batch", move |request| {
            let (state, ids) = (state.borrow(), asked(request));
            let found = state.items.iter().filter(|(sku, _)| ids.contains(&id_of(sku)));
            let shown =
                |(sku, item): (&String, &Item)| json!({"pkStockItemId": id_of(sku), "StockItemLevels": [row(sku, item)]});
            ok(&found.map(shown).collect())
        });
        let state = Rc::clone(&self.state);
        self.host.on("Orders/GetOrdersById", move |request| {
            let state = state.borrow();
            let ids = request["pkOrderIds"].as_array().unwrap();
            let open = state.orders.keys().filter(|id| ids.contains(&json!(id)));
            ok(&open.map(|id| json!({"OrderId": id, "FulfilmentLocationId": DEFAULT, "Processed": false})).collect())
        });
    }

    fn writes(&self) {
        let state = Rc::clone(&self.state);
        self.host.on("Stock/SetStockLevel", move |request| write(&mut state.borrow_mut(), request));
    }

    pub fn item(&self, sku: &str, change: impl FnOnce(&mut Item)) {
        change(self.state.borrow_mut().items.entry(sku.to_owned()).or_default());
    }

    pub fn level(&self, sku: &str) -> i64 {
        self.state.borrow().items[sku].level
    }

    pub fn sync(&self, settings: Value, levels: &[StockLevel]) -> Result<Vec<Outcome>, Failure> {
        self.sync_with(&on(settings), levels, &[])
    }

    pub fn sync_with(
        &self,
        ctx: &Context,
        levels: &[StockLevel],
        in_flight: &[InFlightOrder],
    ) -> Result<Vec<Outcome>, Failure> {
        run(stock::sync(&self.host, ctx, levels, in_flight))
    }

    pub fn writes_of(&self) -> usize {
        self.host.count("Stock/SetStockLevel")
    }
}

/// What the shop answers to `SetStockLevel`.
pub fn write(state: &mut State, request: &Value) -> Result<Response, linnworks_connector::contract::HttpError> {
    let rows = request["stockLevels"].as_array().unwrap();
    let of = |state: &State, row: &Value| {
        let sku = row["SKU"].as_str().unwrap();
        state.items.get(sku).is_some_and(|item| item.refused)
    };
    if rows.iter().any(|row| of(state, row)) {
        return refused();
    }
    let mut shown = Vec::new();
    for update in rows {
        let sku = update["SKU"].as_str().unwrap();
        let Some(item) = state.items.get_mut(sku) else { continue };
        assert!(!item.composite && !item.batched && !item.parent, "{sku} has no level to be set");
        if !item.deaf {
            item.level = update["Level"].as_i64().unwrap();
            item.changed_by = request["changeSource"].as_str().unwrap().to_owned();
        }
        shown.push(row(sku, item));
    }
    ok(&Value::Array(shown))
}

/// A context that syncs stock, with these settings.
pub fn on(mut settings: Value) -> Context {
    settings["SyncStockLevels"] = json!(true);
    ctx(settings)
}

pub fn plan(settings: Value) -> Context {
    Context { mode: Mode::Plan, ..on(settings) }
}

pub fn have(sku: &str, on_hand: i64, allocated: i64) -> StockLevel {
    StockLevel { sku: sku.to_owned(), on_hand, allocated, returned_unbooked: 0, received_undelivered: 0 }
}

/// The outcomes in short.
pub fn told(outcomes: &[Outcome]) -> Vec<(String, String)> {
    let word = |attempt: &Attempt| match attempt {
        Attempt::Done => "done".to_owned(),
        Attempt::AlreadyDone => "already-done".to_owned(),
        Attempt::Refused(problem) => format!("refused {}", problem.code),
        Attempt::RetryLater(problem) => format!("retry-later {}", problem.code),
        Attempt::Held(problem) => format!("held {}", problem.code),
        Attempt::InDoubt(problem) => format!("in-doubt {}", problem.code),
        Attempt::NotAttempted => "not-attempted".to_owned(),
    };
    outcomes.iter().map(|outcome| (outcome.id.clone(), word(&outcome.attempt))).collect()
}

/// The same without the SKUs.
pub fn words(outcomes: &[Outcome]) -> Vec<String> {
    told(outcomes).into_iter().map(|(_, word)| word).collect()
}
