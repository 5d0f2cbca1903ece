//! A plausible account of any size from a seed number.
//!
//! Here live the generator's parts: `dice` (repeatable chance), `catalogue` (products and their stock), `people`
//! (buyers and addresses, none of them real), `oddity` (what is special about a small share of orders), `orders` and
//! `purchases` (suppliers and purchase orders).
//! Not here: sparse seeds written by hand, which are completed in `state::complete`.
//!
//! The same options give the same account, and the first orders of a large account are those of a small one: each order
//! has its own chance, drawn from the seed number and the order's place.

mod catalogue;
mod dice;
mod oddity;
mod orders;
mod people;
mod purchases;
#[cfg(test)]
mod tests;

pub use oddity::Oddity;

use crate::state::{Account, Location, Stamp};
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The second location from which goods are sent; "Default" is the first.
pub const SECOND_LOCATION: Uuid = Uuid::from_u128(0x8e5d_5960_9e3a_4c30_9c4e_9b45_fb64_b12a);
/// The fulfilment centre.
pub const FULFILMENT_CENTRE: Uuid = Uuid::from_u128(0x0fc0_0000_0000_4000_8000_0000_0000_0003);

/// The folders that orders are put in.
const FOLDERS: [&str; 3] = ["To 3PL", "Wholesale", "Check address"];

/// So many products make one purchase order.
const PRODUCTS_OF_A_PURCHASE: usize = 10;

/// What account to generate.
#[derive(Debug, Clone, PartialEq)]
pub struct GenerateOptions {
    /// Open orders.
    pub orders: usize,
    /// Products. Orders need some: with none asked for, five are made.
    pub items: usize,
    /// Every number gives another account.
    pub seed_number: u64,
    /// The present of the account: orders came in during the five days before it.
    pub now: DateTime<Utc>,
    /// No oddities: every order is paid, linked, at "Default", neither parked nor locked, with a known country, and
    /// every product is in stock.
    pub clean: bool,
}

impl Default for GenerateOptions {
    /// 100 orders of 50 products, seed number 1, on 2 March 2026.
    fn default() -> Self {
        let now = DateTime::from_timestamp(1_772_442_760, 0).unwrap_or_default();
        Self { orders: 100, items: 50, seed_number: 1, now, clean: false }
    }
}

/// Generates an account: see [`GenerateOptions`]. Takes about 10 microseconds an order.
pub fn generate(options: &GenerateOptions) -> Account {
    let mut account = Account::default();
    account.put_location(Location {
        stock_location_id: SECOND_LOCATION,
        location_name: "Warehouse 2".to_owned(),
        country: Some("United Kingdom".to_owned()),
        ..Location::default()
    });
    account.put_location(Location {
        stock_location_id: FULFILMENT_CENTRE,
        location_name: "Fulfilment Centre".to_owned(),
        country: Some("United Kingdom".to_owned()),
        is_fulfillment_center: true,
        ..Location::default()
    });
    for folder in FOLDERS {
        account.add_folder(folder);
    }
    let wanted = if options.items == 0 && options.orders > 0 { 5 } else { options.items };
    for item in catalogue::items(wanted, options) {
        account.items.insert(item);
    }
    for supplier in purchases::suppliers() {
        account.put_supplier(supplier);
    }
    purchases::supply(&mut account);
    for place in 0..wanted.div_ceil(PRODUCTS_OF_A_PURCHASE) {
        if let Some(order) = purchases::order(place, &account, options) {
            account.purchase_orders.insert(order);
        }
    }
    let writer = orders::Writer::new(&account, options);
    let orders: Vec<_> = (0..options.orders).map(|place| writer.order(place)).collect();
    for order in orders {
        account.orders.insert(order);
    }
    account
}

/// The account's present as Linnworks writes it.
fn present(options: &GenerateOptions) -> Stamp {
    Stamp(options.now)
}
