//! How much CPU `fetch` takes for 200 orders, next to reading the same answer with typed `serde_json` alone.
//!
//! `cargo run --release -p linnworks-connector --example fetch_speed`
use std::hint::black_box;
use std::time::{Duration, Instant};

use futures::FutureExt as _;
use linnworks_connector::contract::{Context, Directive, HttpError, Level, Mode, Request, Response, StorageError};
use linnworks_connector::host::Host;
use linnworks_connector::import;
use serde::Deserialize;
use serde_json::{Value, json};

const ORDERS: usize = 200;
const ROUNDS: usize = 200;

/// Answers every request for orders with the same 200.
struct Canned {
    orders: Vec<u8>,
    countries: Vec<u8>,
}

impl Host for Canned {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let body = if request.operation == "Orders/GetOrdersById" { &self.orders } else { &self.countries };
        Ok(Response { status: 200, headers: Vec::new(), body: body.clone() })
    }
    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StorageError> {
        Ok(vec![None; keys.len()])
    }
    fn set_many(&self, _: &[(String, Vec<u8>)]) -> Result<(), StorageError> {
        Ok(())
    }
    fn delete_many(&self, _: &[String]) -> Result<(), StorageError> {
        Ok(())
    }
    fn log(&self, _: Level, _: &str) {}
    fn report(&self, _: u64, _: Option<u64>) -> Directive {
        Directive::GoOn
    }
}

/// What a plain client would read of an order.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(dead_code)]
struct Plain {
    order_id: String,
    num_order_id: i64,
    processed: bool,
    fulfilment_location_id: String,
    general_info: General,
    shipping_info: Shipping,
    customer_info: Customer,
    totals_info: Totals,
    folder_name: Vec<String>,
    items: Vec<Item>,
    notes: Vec<Note>,
    tax_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(dead_code)]
struct General {
    status: i32,
    marker: i32,
    is_parked: bool,
    hold_or_cancel: bool,
    invoice_printed: bool,
    reference_num: String,
    secondary_reference: String,
    external_reference_num: String,
    received_date: String,
    source: String,
    sub_source: String,
    site_code: String,
    despatch_by_date: String,
    location: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(dead_code)]
struct Shipping {
    vendor: String,
    postal_service_name: String,
    total_weight: f64,
    postage_cost: f64,
    postage_cost_ex_tax: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(dead_code)]
struct Customer {
    address: Address,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(dead_code)]
struct Address {
    email_address: String,
    address1: String,
    address2: String,
    address3: String,
    town: String,
    region: String,
    post_code: String,
    country: String,
    full_name: String,
    company: String,
    phone_number: String,
    country_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(dead_code)]
struct Totals {
    subtotal: f64,
    postage_cost: f64,
    postage_cost_ex_tax: f64,
    tax: f64,
    total_charge: f64,
    total_discount: f64,
    currency: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(dead_code)]
struct Item {
    row_id: String,
    stock_item_id: String,
    item_number: String,
    #[serde(rename = "SKU")]
    sku: String,
    title: String,
    channel_title: String,
    quantity: i32,
    price_per_unit: f64,
    discount: f64,
    discount_value: f64,
    tax_rate: f64,
    cost: f64,
    cost_inc_tax: f64,
    tax_cost_inclusive: bool,
    composite_sub_items: Vec<Item>,
    is_service: bool,
    is_unlinked: bool,
    bin_rack: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[allow(dead_code)]
struct Note {
    internal: bool,
    note: String,
}

/// Two hundred orders of the given shape, or of a built-in one when the vendor's sample is not at hand.
fn orders() -> (Vec<u8>, Vec<String>) {
    let folder = std::env::var("LINNWORKS_SPEC_DIR")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/linnworks").to_owned());
    let Ok(text) = std::fs::read_to_string(format!("{folder}/samples/orderdetails.synthetic-full.json")) else {
        eprintln!("skipped: {folder}/samples is not there");
        std::process::exit(0);
    };
    let sample: Value = serde_json::from_str(&text).unwrap_or_default();
    let ids: Vec<String> = (0..ORDERS).map(|n| format!("3f6d1c52-0000-4a55-9d0c-{n:012}")).collect();
    let orders: Vec<Value> = ids
        .iter()
        .map(|id| {
            let mut order = sample.clone();
            if let Some(order) = order.as_object_mut() {
                order.insert("OrderId".to_owned(), json!(id));
            }
            order
        })
        .collect();
    (Value::Array(orders).to_string().into_bytes(), ids)
}

/// Median time of one round, in microseconds per order.
fn measure(mut work: impl FnMut()) -> f64 {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times.get(ROUNDS / 2).copied().unwrap_or_default().as_secs_f64() * 1e6 / ORDERS as f64
}

fn main() {
    let (orders, ids) = orders();
    let host = Canned {
        orders: orders.clone(),
        countries: br#"[{"CountryId":"1a7f9c3e-0000-4000-8000-000000000826","CountryName":"United Kingdom","CountryCode":"GB"}]"#.to_vec(),
    };
    let ctx = Context {
        mode: Mode::Apply,
        now: 1_773_144_000_000,
        settings: json!({"Location": "8e5d5960-9e3a-4c30-9c4e-9b45fb64b12a", "WeightInGrams": true}).to_string(),
        channels: Vec::new(),
        channel: "Web shop".to_owned(),
    };
    let typed = measure(|| {
        black_box(serde_json::from_slice::<Vec<Plain>>(black_box(&orders)).ok());
    });
    let read = measure(|| {
        let answer = linnworks_connector::linnworks::orders::Orders::new(orders.clone());
        black_box(answer.as_ref().ok().and_then(|answer| answer.read().ok()));
    });
    let fetch = measure(|| {
        let fetched = import::fetch(&host, &ctx, black_box(&ids)).now_or_never().and_then(Result::ok);
        assert!(fetched.is_some_and(|fetched| fetched.len() == ORDERS));
    });
    println!("{} bytes per order", orders.len() / ORDERS);
    println!("typed serde_json  {typed:6.2} us per order");
    println!("connector, read   {read:6.2} us per order");
    println!("connector, fetch  {fetch:6.2} us per order, {:.2} times typed serde_json", fetch / typed);
}
