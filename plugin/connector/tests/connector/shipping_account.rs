//! An account that takes tracking numbers and processes orders, with the checks that Linnworks makes.
use std::cell::RefCell;
use std::rc::Rc;

use linnworks_connector::contract::despatch::{Batch, Despatch, DespatchedLine, Parcel};
use linnworks_connector::contract::{Attempt, Context, HttpError, NameValue, Outcome, Response};
use linnworks_connector::despatch;
use serde_json::{Value, json};

use crate::fake::{DEFAULT, Fake, NOW, ok, run, text};
use crate::order::{good, id};

/// What keeps an order from being processed, in words that nobody promised.
pub type Gate = Box<dyn Fn(&Value) -> Option<&'static str>>;

pub struct Account {
    pub host: Fake,
    pub orders: Rc<RefCell<Vec<Value>>>,
}

/// An order that can be despatched.
pub fn shipped(n: usize) -> Value {
    let mut order = good();
    order["OrderId"] = json!(id(n));
    order["NumOrderId"] = json!(100_000 + n);
    order["ShippingInfo"] = json!({
        "Vendor": "Royal Mail", "PostalServiceId": "11111111-0000-4000-8000-000000000048",
        "PostalServiceName": "Royal Mail 48", "TotalWeight": 1.5, "ItemWeight": 1.25, "PostageCost": 3.6000000000001,
        "PostageCostExTax": 3.0, "TrackingNumber": "", "ManualAdjust": true
    });
    order
}

/// A despatch of that order in one parcel.
pub fn despatch(n: usize, number: &str) -> Despatch {
    Despatch {
        id: id(n),
        order_id: id(n),
        order_number: format!("LW-{}", 100_000 + n),
        name_values: vec![NameValue { name: "LinnworksLocationId".to_owned(), value: DEFAULT.to_owned() }],
        despatched_at: NOW,
        parcels: vec![Parcel {
            tracking_number: (!number.is_empty()).then(|| number.to_owned()),
            courier_service: "RM48".to_owned(),
        }],
        lines: vec![left(1, "TEE", 2), left(2, "MUG", 1)],
        partial: false,
        remote_id: None,
        in_doubt: false,
    }
}

pub fn left(n: usize, sku: &str, quantity: u32) -> DespatchedLine {
    DespatchedLine {
        source_line_id: format!("7b2f0000-0000-4000-8000-{n:012}"),
        sku: sku.to_owned(),
        quantity,
        batches: Vec::new(),
    }
}

pub fn batch(number: &str, quantity: u32) -> Batch {
    Batch { number: number.to_owned(), quantity }
}

fn ids<'a>(asked: &'a Value, member: &str) -> Vec<&'a str> {
    asked[member].as_array().unwrap().iter().filter_map(Value::as_str).collect()
}

fn process(order: &mut Value, scanned: bool, gate: &Gate) -> Option<&'static str> {
    let general = &order["GeneralInfo"];
    let refusal = if order["Processed"] == json!(true) {
        Some("is already processed")
    } else if general["IsParked"] == json!(true) {
        Some("is parked")
    } else if general["HoldOrCancel"] == json!(true) {
        Some("is on hold")
    } else if !scanned
        && order["Items"].as_array().unwrap().iter().any(|item| item["SerialNumberScanRequired"] == json!(true))
    {
        Some("requires a scan")
    } else {
        gate(order)
    };
    if refusal.is_none() {
        order["Processed"] = json!(true);
    }
    refusal
}

fn row(id: &str, refusal: Option<&str>) -> Value {
    match refusal {
        None => json!({"OrderId": id, "Processed": true}),
        Some(text) => json!({"OrderId": id, "Processed": false, "Error": text}),
    }
}

/// An account with these orders, which `gate` guards.
pub fn guarded(orders: Vec<Value>, gate: impl Fn(&Value) -> Option<&'static str> + 'static) -> Account {
    let host = Fake::new();
    let orders = Rc::new(RefCell::new(orders));
    let gate: Rc<Gate> = Rc::new(Box::new(gate));
    let held = Rc::clone(&orders);
    host.on("Orders/GetOrdersById", move |asked| {
        let ids = ids(asked, "pkOrderIds");
        let wanted = |order: &&Value| ids.contains(&order["OrderId"].as_str().unwrap());
        ok(&held.borrow().iter().filter(wanted).cloned().collect())
    });
    let held = Rc::clone(&orders);
    host.on("Orders/SetOrderShippingInfo", move |asked| set(asked, &held));
    let held = Rc::clone(&orders);
    host.on("Orders/ChangeOrderTag", move |asked| {
        let ids = ids(asked, "orderIds");
        for order in held.borrow_mut().iter_mut().filter(|order| ids.contains(&order["OrderId"].as_str().unwrap())) {
            order["GeneralInfo"]["IsParked"] = json!(false);
            order["GeneralInfo"]["Marker"] = json!(0);
        }
        ok(&json!(ids))
    });
    let held = Rc::clone(&orders);
    host.on("Orders/SetInvoicesPrinted", move |asked| {
        let ids = ids(asked, "orderIds");
        for order in held.borrow_mut().iter_mut().filter(|order| ids.contains(&order["OrderId"].as_str().unwrap())) {
            order["GeneralInfo"]["InvoicePrinted"] = json!(true);
        }
        ok(&json!(ids))
    });
    let (held, guard) = (Rc::clone(&orders), Rc::clone(&gate));
    host.on("Orders/ProcessOrdersInBatch", move |asked| {
        let mut rows = Vec::new();
        for id in ids(asked, "ordersIds") {
            let mut orders = held.borrow_mut();
            let found = orders.iter_mut().find(|order| order["OrderId"] == json!(id));
            rows.push(row(id, found.map_or(Some("not found"), |order| process(order, false, &guard))));
        }
        ok(&Value::Array(rows))
    });
    let (held, guard) = (Rc::clone(&orders), Rc::clone(&gate));
    host.on("Orders/ProcessOrder", move |asked| {
        let id = asked["orderId"].as_str().unwrap();
        let scanned = asked["scanPerformed"] == json!(true);
        let mut orders = held.borrow_mut();
        let found = orders.iter_mut().find(|order| order["OrderId"] == json!(id));
        ok(&row(id, found.map_or(Some("not found"), |order| process(order, scanned, &guard))))
    });
    host.always("Orders/GetAllOpenOrders", json!([]));
    host.always("Orders/GetOrderRelations", json!([]));
    host.always("Stock/GetStockLevel_Batch", json!([]));
    Account { host, orders }
}

/// What a tracking number does to an order.
pub fn set(asked: &Value, held: &RefCell<Vec<Value>>) -> Result<Response, HttpError> {
    let mut orders = held.borrow_mut();
    let Some(order) = orders.iter_mut().find(|order| order["OrderId"] == asked["orderId"]) else {
        return text(400, r#"{"Message":"Order not found"}"#);
    };
    for (name, value) in asked["info"].as_object().unwrap() {
        order["ShippingInfo"][name] = value.clone();
    }
    ok(&json!({"ShippingInfo": order["ShippingInfo"]}))
}

/// An account that processes whatever is neither parked nor locked.
pub fn account(orders: Vec<Value>) -> Account {
    guarded(orders, |_| None)
}

impl Account {
    pub fn push(&self, ctx: &Context, despatches: &[Despatch]) -> Vec<Outcome> {
        run(despatch::push(&self.host, ctx, despatches)).unwrap()
    }

    /// The order as it stands.
    pub fn order(&self, n: usize) -> Value {
        let orders = self.orders.borrow();
        orders.iter().find(|order| order["OrderId"] == json!(id(n))).unwrap().clone()
    }

    pub fn change(&self, n: usize, pointer: &str, value: Value) {
        let mut orders = self.orders.borrow_mut();
        let order = orders.iter_mut().find(|order| order["OrderId"] == json!(id(n))).unwrap();
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        order.pointer_mut(parent).unwrap()[member] = value;
    }
}

/// What became of each, in a word: `done`, or the kind with the code of its problem.
pub fn fates(outcomes: &[Outcome]) -> Vec<String> {
    let fate = |outcome: &Outcome| match &outcome.attempt {
        Attempt::Done => "done".to_owned(),
        Attempt::AlreadyDone => "already-done".to_owned(),
        Attempt::Refused(problem) => format!("refused {}", problem.code),
        Attempt::RetryLater(problem) => format!("later {}", problem.code),
        Attempt::Held(problem) => format!("held {}", problem.code),
        Attempt::InDoubt(problem) => format!("in-doubt {}", problem.code),
        Attempt::NotAttempted => "not-attempted".to_owned(),
    };
    outcomes.iter().map(fate).collect()
}

/// Fields that were changed, with their new values.
pub fn changed(outcome: &Outcome) -> Vec<(&str, &str)> {
    outcome.changes.iter().map(|change| (change.field.as_str(), change.new.as_deref().unwrap_or_default())).collect()
}
