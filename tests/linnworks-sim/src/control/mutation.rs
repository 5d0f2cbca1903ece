//! Changes to an account from outside the API: what a person in Linnworks, a channel or the passage of time does.

use crate::{
    endpoints,
    http::{bind::Encoding, params::Params, reply::Reply},
    state::{Account, Location, Refund, Rma, SeedError, Stamp, complete},
    world::World,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

/// A control that could not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// A seed or patch that cannot be read.
    #[error(transparent)]
    Seed(#[from] SeedError),
    /// Anything else: where, and what is wrong.
    #[error("{0}: {1}")]
    Other(String, String),
}

impl ControlError {
    pub(crate) fn of(place: &str, problem: impl ToString) -> Self {
        Self::Other(place.to_owned(), problem.to_string())
    }
}

/// The kinds of records that can be added, changed and removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// Orders; key: id, number or reference.
    Orders,
    /// Products; key: SKU or id.
    Items,
    /// Locations; key: name or id.
    Locations,
    /// Purchase orders; key: id, own number or supplier's number.
    PurchaseOrders,
    /// Returns, exchanges and resends; key: number of the header, or reference.
    Rmas,
    /// Refunds; key: number of the header, or reference.
    Refunds,
    /// The account itself; no key.
    Account,
}

/// One change. Orders are named by id, number or reference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Mutation {
    /// Adds a record, written as in a seed.
    Add {
        /// Kind of record.
        to: Which,
        /// The record.
        value: Value,
        /// Account by position, id or name; the first if left out.
        #[serde(default)]
        account: Option<Value>,
    },
    /// Lays a patch over a record.
    Patch {
        /// Kind of record.
        of: Which,
        /// Which one.
        #[serde(default)]
        key: Value,
        /// The patch, written as in a seed.
        with: Value,
        /// Account by position, id or name; the first if left out.
        #[serde(default)]
        account: Option<Value>,
    },
    /// Removes a record without a trace.
    Remove {
        /// Kind of record.
        from: Which,
        /// Which one.
        key: Value,
        /// Account by position, id or name; the first if left out.
        #[serde(default)]
        account: Option<Value>,
    },
    /// Calls an endpoint as a logged-in user would, past sessions, limits, faults and the log. In the body, the text
    /// `@KEY` stands for the id of the order with that number or reference.
    Call {
        /// `Controller/Method`.
        endpoint: String,
        /// Parameters.
        #[serde(default)]
        body: Value,
        /// Account by position, id or name; the first if left out.
        #[serde(default)]
        account: Option<Value>,
    },
    /// Moves the clock forward.
    Advance {
        /// Virtual seconds.
        seconds: f64,
    },
    /// Ends all sessions.
    ExpireSessions,
}

/// Carries out a change; answers what it made (the record, or the endpoint's answer).
pub(crate) fn apply(world: &mut World, mutation: Mutation) -> Result<Value, ControlError> {
    let now = world.now();
    match mutation {
        Mutation::Add { to, value, account } => add(pick(world, account.as_ref())?, to, value, now),
        Mutation::Patch { of, key, with, account } => patch(pick(world, account.as_ref())?, of, &text(&key), with, now),
        Mutation::Remove { from, key, account } => remove(pick(world, account.as_ref())?, from, &text(&key)),
        Mutation::Call { endpoint, mut body, account } => {
            let at = position(world, account.as_ref())?;
            resolve(pick(world, account.as_ref())?, &mut body)?;
            let Some(found) = endpoints::find(&endpoint) else {
                return Err(ControlError::of(&endpoint, "there is no such endpoint; see GET /_sim/endpoints"));
            };
            let params = match found.wrapper {
                crate::http::bind::Wrapper::Flat => Params::of(&body),
                crate::http::bind::Wrapper::Wrapped(name) | crate::http::bind::Wrapper::Unwrapped(name) => {
                    let outer = Params::of(&body);
                    outer.object(name).unwrap_or(outer)
                }
            };
            match world.run(found, at, params, Encoding::Form, 0) {
                Ok(Reply::Json(body)) => Ok(serde_json::from_slice(&body).unwrap_or_default()),
                Ok(_) => Ok(Value::Null),
                Err(error) => Err(ControlError::of(&endpoint, format!("{} {}", error.status, error.message))),
            }
        }
        Mutation::Advance { seconds } => {
            world.clock.advance(seconds);
            world.catch_up();
            Ok(json!({ "now": world.now() }))
        }
        Mutation::ExpireSessions => {
            world.sessions.end_all();
            Ok(Value::Null)
        }
    }
}

/// Position of the account that is meant.
pub(crate) fn position(world: &World, key: Option<&Value>) -> Result<usize, ControlError> {
    let Some(key) = key.filter(|key| !key.is_null()) else { return Ok(0) };
    let key = text(key);
    let at = key.parse::<usize>().ok().filter(|at| *at < world.accounts.len());
    let named = || {
        world
            .accounts
            .iter()
            .position(|account| account.name == key || account.id.to_string().eq_ignore_ascii_case(&key))
    };
    at.or_else(named).ok_or_else(|| ControlError::of("account", format!("no account `{key}` (position, id or name)")))
}

fn pick<'a>(world: &'a mut World, key: Option<&Value>) -> Result<&'a mut Account, ControlError> {
    let at = position(world, key)?;
    world.accounts.get_mut(at).ok_or_else(|| ControlError::of("account", "there is none"))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn shown<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

fn add(account: &mut Account, to: Which, value: Value, now: Stamp) -> Result<Value, ControlError> {
    match to {
        Which::Orders => {
            let order = complete::new_order(value, account, now)?;
            let made = shown(&order);
            account.orders.insert(order);
            Ok(made)
        }
        Which::Items => {
            let item = complete::new_item(value, account, now)?;
            let made = shown(&item);
            account.items.insert(item);
            Ok(made)
        }
        Which::Locations => {
            let mut location: Location = complete::read(value, "location")?;
            if location.stock_location_id.is_nil() && !location.location_name.eq_ignore_ascii_case("default") {
                let name = format!("location/{}", location.location_name);
                location.stock_location_id = Uuid::new_v5(&account.id, name.as_bytes());
            }
            let made = shown(&location);
            account.put_location(location);
            Ok(made)
        }
        Which::PurchaseOrders => {
            let order = complete::new_purchase_order(value, account, now)?;
            let made = shown(&order);
            account.purchase_orders.insert(order);
            Ok(made)
        }
        Which::Rmas => {
            let rma = complete::new_rma(value, account, now)?;
            let header = account.after_sales.put_rma(rma);
            Ok(shown(&account.after_sales.rma(header)))
        }
        Which::Refunds => {
            let refund = complete::new_refund(value, account, now)?;
            let header = account.after_sales.put_refund(refund);
            Ok(shown(&account.after_sales.refund(header)))
        }
        Which::Account => Err(ControlError::of("add", "accounts come with a seed")),
    }
}

fn patch(account: &mut Account, of: Which, key: &str, with: Value, now: Stamp) -> Result<Value, ControlError> {
    match of {
        Which::Orders => {
            let Some(order) = account.order_by_key(key).cloned() else {
                return Err(ControlError::of("orders", format!("no order `{key}` (id, number or reference)")));
            };
            let changed = complete::patched_order(&order, with, account, now)?;
            let made = shown(&changed);
            account.orders.insert(changed);
            Ok(made)
        }
        Which::Items => {
            let id = item_id(account, key)?;
            let Some(item) = account.items.get(id).cloned() else { return Ok(Value::Null) };
            let changed = complete::patched_item(&item, with, account)?;
            let made = shown(&changed);
            account.items.insert(changed);
            Ok(made)
        }
        Which::Locations => {
            let Some(location) = account.location_by_key(key).cloned() else {
                return Err(ControlError::of("locations", format!("no location `{key}` (name or id)")));
            };
            let mut whole = shown(&location);
            complete::merge(&mut whole, with);
            let changed: Location = complete::read(whole, "location")?;
            let made = shown(&changed);
            account.put_location(changed);
            Ok(made)
        }
        Which::PurchaseOrders => {
            let id = purchase_order_id(account, key)?;
            let Some(order) = account.purchase_orders.get(id).cloned() else { return Ok(Value::Null) };
            let changed = complete::patched_purchase_order(&order, with, account)?;
            let made = shown(&changed);
            account.purchase_orders.insert(changed);
            Ok(made)
        }
        Which::Rmas => {
            let rma = rma_by_key(account, key)?.clone();
            let changed = complete::patched_rma(&rma, with, account, now)?;
            let header = account.after_sales.put_rma(changed);
            Ok(shown(&account.after_sales.rma(header)))
        }
        Which::Refunds => {
            let refund = refund_by_key(account, key)?.clone();
            let changed = complete::patched_refund(&refund, with, account, now)?;
            let header = account.after_sales.put_refund(changed);
            Ok(shown(&account.after_sales.refund(header)))
        }
        Which::Account => {
            complete::patch_account(account, with, now)?;
            Ok(json!({ "Id": account.id, "Status": account.status }))
        }
    }
}

fn remove(account: &mut Account, from: Which, key: &str) -> Result<Value, ControlError> {
    match from {
        Which::Orders => {
            let Some(id) = account.order_by_key(key).map(|order| order.order_id) else {
                return Err(ControlError::of("orders", format!("no order `{key}` (id, number or reference)")));
            };
            Ok(shown(&account.orders.remove(id)))
        }
        Which::Items => {
            let id = item_id(account, key)?;
            Ok(shown(&account.items.remove(id)))
        }
        Which::Locations => {
            let Some(id) = account.location_by_key(key).map(|location| location.stock_location_id) else {
                return Err(ControlError::of("locations", format!("no location `{key}` (name or id)")));
            };
            account.locations.retain(|location| location.stock_location_id != id || id.is_nil());
            Ok(Value::Null)
        }
        Which::PurchaseOrders => {
            let id = purchase_order_id(account, key)?;
            Ok(shown(&account.purchase_orders.remove(id)))
        }
        Which::Rmas => {
            let header = rma_by_key(account, key)?.header_id;
            account.after_sales.rmas.retain(|rma| rma.header_id != header);
            Ok(Value::Null)
        }
        Which::Refunds => {
            let header = refund_by_key(account, key)?.header_id;
            account.after_sales.refunds.retain(|refund| refund.header_id != header);
            Ok(Value::Null)
        }
        Which::Account => Err(ControlError::of("remove", "accounts go with a new seed")),
    }
}

/// By number, reference, or the order that it is for.
fn rma_by_key<'a>(account: &'a Account, key: &str) -> Result<&'a Rma, ControlError> {
    let order = account.order_by_key(key).map(|order| order.order_id);
    let mut all = account.after_sales.rmas.iter();
    all.find(|rma| rma.header_id.to_string() == key || rma.external_reference == key || Some(rma.order_id) == order)
        .ok_or_else(|| ControlError::of("rmas", format!("no RMA `{key}` (number, reference, or the order's)")))
}

/// By number, reference, or the order that it is for.
fn refund_by_key<'a>(account: &'a Account, key: &str) -> Result<&'a Refund, ControlError> {
    let order = account.order_by_key(key).map(|order| order.order_id);
    let mut all = account.after_sales.refunds.iter();
    all.find(|row| row.header_id.to_string() == key || row.external_reference == key || Some(row.order_id) == order)
        .ok_or_else(|| ControlError::of("refunds", format!("no refund `{key}` (number, reference, or the order's)")))
}

fn item_id(account: &Account, key: &str) -> Result<Uuid, ControlError> {
    let by_id = Uuid::parse_str(key).ok().and_then(|id| account.items.get(id));
    by_id
        .or_else(|| account.items.by_sku(key))
        .map(|item| item.stock_item_id)
        .ok_or_else(|| ControlError::of("items", format!("no item `{key}` (SKU or id)")))
}

fn purchase_order_id(account: &Account, key: &str) -> Result<Uuid, ControlError> {
    account.purchase_orders.by_key(key).map(|order| order.id).ok_or_else(|| {
        ControlError::of("purchase_orders", format!("no purchase order `{key}` (id, number or supplier's number)"))
    })
}

/// The line of a purchase order that `NUMBER/SKU` names.
fn purchase_item_id(account: &Account, key: &str) -> Option<Uuid> {
    let (number, sku) = key.rsplit_once('/')?;
    let order = account.purchase_orders.by_key(number)?;
    order.items.iter().find(|line| line.sku.eq_ignore_ascii_case(sku.trim())).map(|line| line.id)
}

/// Replaces `@KEY` by the id of that order, `@location:NAME` by that location's, `@item:SKU` by that item's,
/// `@supplier:NAME` by that supplier's, `@purchase_order:NUMBER` by that purchase order's, and
/// `@purchase_item:NUMBER/SKU` by that of its line.
fn resolve(account: &Account, value: &mut Value) -> Result<(), ControlError> {
    match value {
        Value::String(text) => {
            let Some(key) = text.strip_prefix('@') else { return Ok(()) };
            let id = if let Some(name) = key.strip_prefix("location:") {
                account.location_by_key(name).map(|location| location.stock_location_id)
            } else if let Some(sku) = key.strip_prefix("item:") {
                account.items.by_sku(sku).map(|item| item.stock_item_id)
            } else if let Some(name) = key.strip_prefix("supplier:") {
                account.supplier_by_key(name).map(|supplier| supplier.id)
            } else if let Some(number) = key.strip_prefix("purchase_order:") {
                account.purchase_orders.by_key(number).map(|order| order.id)
            } else if let Some(line) = key.strip_prefix("purchase_item:") {
                purchase_item_id(account, line)
            } else {
                account.order_by_key(key).map(|order| order.order_id)
            };
            let id = id.ok_or_else(|| ControlError::of("body", format!("nothing is called `@{key}`")))?;
            *value = json!(id);
            Ok(())
        }
        Value::Array(rows) => rows.iter_mut().try_for_each(|row| resolve(account, row)),
        Value::Object(map) => map.values_mut().try_for_each(|row| resolve(account, row)),
        _ => Ok(()),
    }
}
