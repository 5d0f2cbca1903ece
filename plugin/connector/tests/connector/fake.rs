//! A host whose answers are data: per operation a function from the request to the answer, plus what was called, stored and
//! logged.
use std::cell::RefCell;
use std::collections::BTreeMap;

use futures::FutureExt as _;
use linnworks_connector::contract::{
    Context, Directive, Failure, HttpError, Level, Mode, Problem, Request, Response, StorageError,
};
use linnworks_connector::host::Host;
use serde_json::{Value, json};

type Answer = Box<dyn Fn(&Value) -> Result<Response, HttpError>>;

/// 2026-03-10T12:00:00Z.
pub const NOW: i64 = 1_773_144_000_000;
pub const DEFAULT: &str = "00000000-0000-0000-0000-000000000000";
pub const LEEDS: &str = "8e5d5960-9e3a-4c30-9c4e-9b45fb64b12a";

#[derive(Default)]
pub struct Fake {
    answers: RefCell<BTreeMap<String, Answer>>,
    pub calls: RefCell<Vec<(String, Value)>>,
    pub storage: RefCell<BTreeMap<String, Vec<u8>>>,
    pub logs: RefCell<Vec<String>>,
    pub stop: RefCell<bool>,
}

pub fn ok(body: &Value) -> Result<Response, HttpError> {
    text(200, &body.to_string())
}

pub fn text(status: u16, body: &str) -> Result<Response, HttpError> {
    Ok(Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() })
}

pub fn refused() -> Result<Response, HttpError> {
    text(400, r#"{"Message":"The request is invalid."}"#)
}

impl Fake {
    /// A host that knows the countries, the locations `Default` and `Leeds`, and nothing else.
    pub fn new() -> Self {
        let fake = Fake::default();
        fake.always("Inventory/GetCountries", json!([
            {"CountryId": "1a7f9c3e-0000-4000-8000-000000000826", "CountryName": "United Kingdom", "CountryCode": "GB"},
            {"CountryId": "1a7f9c3e-0000-4000-8000-000000000276", "CountryName": "Germany", "CountryCode": "DE"},
        ]));
        fake.always(
            "Inventory/GetStockLocations",
            json!([
                {"StockLocationId": DEFAULT, "LocationName": "Default", "IsFulfillmentCenter": false},
                {"StockLocationId": LEEDS, "LocationName": "Leeds", "LocationTag": "3PL", "IsNotTrackable": true},
            ]),
        );
        fake
    }

    /// A host whose account holds these orders.
    pub fn with_orders(orders: &[Value]) -> Self {
        let fake = Fake::new();
        fake.holds(orders);
        fake
    }

    pub fn holds(&self, orders: &[Value]) {
        let orders = orders.to_vec();
        self.on("Orders/GetOrdersById", move |request| {
            let ids: Vec<&str> = request["pkOrderIds"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            let found = orders.iter().filter(|order| {
                let id = order["OrderId"].as_str().unwrap_or_default();
                ids.iter().any(|wanted| wanted.eq_ignore_ascii_case(id))
            });
            ok(&Value::Array(found.cloned().collect()))
        });
    }

    pub fn on(&self, operation: &str, answer: impl Fn(&Value) -> Result<Response, HttpError> + 'static) {
        self.answers.borrow_mut().insert(operation.to_owned(), Box::new(answer));
    }

    pub fn always(&self, operation: &str, body: Value) {
        self.on(operation, move |_| ok(&body));
    }

    /// Names of the operations called so far, in order; the hourly look at the connection's location is left out.
    pub fn called(&self) -> Vec<String> {
        let calls = self.calls.borrow();
        calls.iter().map(|(name, _)| name.clone()).filter(|name| name != "Inventory/GetStockLocations").collect()
    }

    pub fn count(&self, operation: &str) -> usize {
        self.calls.borrow().iter().filter(|(name, _)| name == operation).count()
    }

    /// What the last call of an operation asked.
    pub fn asked(&self, operation: &str) -> Value {
        let calls = self.calls.borrow();
        calls.iter().rev().find(|(name, _)| name == operation).map(|(_, request)| request.clone()).unwrap()
    }

    pub fn forget_calls(&self) {
        self.calls.borrow_mut().clear();
    }
}

impl Host for Fake {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let asked: Value = match &request.body {
            Some(body) => serde_json::from_slice(body).unwrap_or_else(|_| form(std::str::from_utf8(body).unwrap())),
            None => request.query.iter().cloned().map(|(name, value)| (name, Value::String(value))).collect(),
        };
        self.calls.borrow_mut().push((request.operation.clone(), asked.clone()));
        match self.answers.borrow().get(&request.operation) {
            Some(answer) => answer(&asked),
            None => text(404, ""),
        }
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StorageError> {
        Ok(keys.iter().map(|key| self.storage.borrow().get(key).cloned()).collect())
    }

    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StorageError> {
        self.storage.borrow_mut().extend(entries.iter().cloned());
        Ok(())
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StorageError> {
        keys.iter().for_each(|key| {
            self.storage.borrow_mut().remove(key);
        });
        Ok(())
    }

    fn log(&self, _: Level, message: &str) {
        self.logs.borrow_mut().push(message.to_owned());
    }

    fn report(&self, _: u64, _: Option<u64>) -> Directive {
        if *self.stop.borrow() { Directive::Stop } else { Directive::GoOn }
    }
}

/// A form whose values are JSON.
fn form(body: &str) -> Value {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap();
        let mut bytes = value.bytes();
        let mut decoded = Vec::new();
        while let Some(byte) = bytes.next() {
            decoded.push(match byte {
                b'%' => {
                    let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                other => other,
            });
        }
        (name.to_owned(), serde_json::from_slice::<Value>(&decoded).unwrap())
    };
    body.split('&').map(pair).collect()
}

/// A context with these settings over the defaults.
pub fn ctx(settings: Value) -> Context {
    Context {
        mode: Mode::Apply,
        now: NOW,
        settings: settings.to_string(),
        channels: vec!["Web shop".to_owned(), "eBay".to_owned()],
        channel: "Web shop".to_owned(),
    }
}

/// Runs to the end: nothing here ever waits.
pub fn run<T>(work: impl Future<Output = T>) -> T {
    work.now_or_never().expect("a fake host answers at once")
}

/// The problem in a failure, and its kind.
pub fn problem(failure: &Failure) -> (&'static str, &Problem) {
    match failure {
        Failure::Unauthorised(problem) => ("unauthorised", problem),
        Failure::Throttled(problem) => ("throttled", problem),
        Failure::Unavailable(problem) => ("unavailable", problem),
        Failure::UnexpectedAnswer(problem) => ("unexpected-answer", problem),
        Failure::InvalidSettings(problems) => ("invalid-settings", &problems[0]),
        Failure::Cancelled => panic!("cancelled has no problem"),
    }
}
