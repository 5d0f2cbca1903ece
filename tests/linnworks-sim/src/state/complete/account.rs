//! A whole account from a seed.

use super::{SeedError, item, names, order, purchase, returns};
use crate::state::{Account, AuditEntry, Orders, Relation, Stamp, StockChange};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Reads an account: first what others refer to (locations, services, items), then the orders.
pub(crate) fn account(seed: Value, now: Stamp) -> Result<Account, SeedError> {
    let Value::Object(mut seed) = seed else {
        return Err(SeedError::new("seed", "expected an object with members such as Locations, Items, Orders"));
    };
    let mut account = Account::default();
    texts(&mut account, &mut seed);
    if let Some(id) = names::take(&mut seed, "id") {
        account.id = serde_json::from_value::<Uuid>(id).map_err(|error| SeedError::new("Id", error))?;
    }
    if let Some(count) = names::take(&mut seed, "idsgiven") {
        account.ids_given = count.as_u64().unwrap_or_default();
    }
    names::small_lists(&mut account, &mut seed)?;
    // Composites name other items, so they are read after those, but keep their place.
    let mut rows: Vec<_> = list(names::take(&mut seed, "items"), "Items")?.into_iter().enumerate().collect();
    rows.sort_by_key(|(_, row)| item::names_components(row));
    let mut items = Vec::new();
    for (place, row) in rows {
        let item = item::new_item(row, &account, now)?;
        account.items.insert(item.clone());
        items.push((place, item));
    }
    items.sort_by_key(|(place, _)| *place);
    account.items = items.into_iter().map(|(_, item)| item).collect();
    account.orders = Orders::default();
    for row in list(names::take(&mut seed, "orders"), "Orders")? {
        let order = order::new_order(row, &mut account, now)?;
        account.orders.insert(order);
    }
    for row in list(names::take(&mut seed, "purchaseorders"), "PurchaseOrders")? {
        let order = purchase::new_purchase_order(row, &mut account, now)?;
        account.purchase_orders.insert(order);
    }
    returns::after_sales(&mut account, &mut seed, now)?;
    if let Some(rows) = names::take(&mut seed, "audit") {
        account.audit = names::read_list::<AuditEntry>(rows, "Audit")?;
    }
    if let Some(rows) = names::take(&mut seed, "relations") {
        account.relations = names::read_list::<Relation>(rows, "Relations")?;
    }
    if let Some(rows) = names::take(&mut seed, "stockchanges") {
        account.stock_changes = names::read_list::<StockChange>(rows, "StockChanges")?;
    }
    nothing_left(&seed, "Id, Items, Orders, PurchaseOrders, RMAs, Refunds, Audit, Relations, StockChanges")?;
    Ok(account)
}

/// Lays a patch over an account: its texts, its status and its small lists, whose rows are added or replaced by key.
/// Orders, items and locations have patches of their own.
pub(crate) fn patch_account(account: &mut Account, patch: Value, now: Stamp) -> Result<(), SeedError> {
    let Value::Object(mut patch) = patch else {
        return Err(SeedError::new("account", "expected an object, for example {Status: MAINTENANCE}"));
    };
    texts(account, &mut patch);
    if let Some(id) = names::take(&mut patch, "id") {
        account.id = serde_json::from_value::<Uuid>(id).map_err(|error| SeedError::new("Id", error))?;
    }
    names::small_lists(account, &mut patch)?;
    returns::after_sales(account, &mut patch, now)?;
    nothing_left(&patch, "Id, RMAs, Refunds")
}

fn texts(account: &mut Account, seed: &mut Map<String, Value>) {
    let places = [("name", &mut account.name), ("email", &mut account.email), ("locality", &mut account.locality)];
    for (name, place) in places {
        if let Some(Value::String(text)) = names::take(seed, name) {
            *place = text;
        }
    }
}

fn nothing_left(seed: &Map<String, Value>, more: &str) -> Result<(), SeedError> {
    let Some(name) = seed.keys().next() else { return Ok(()) };
    let known = "Name, Email, Locality, Status, Applications, Locations, Folders, PostalServices, Countries, Identifiers, \
         Suppliers, ReturnCategories, ChannelReasons";
    Err(SeedError::new("account", format!("`{name}` is not a field here; there are {known}, {more}")))
}

fn list(value: Option<Value>, place: &str) -> Result<Vec<Value>, SeedError> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(rows)) => Ok(rows),
        Some(other) => Err(SeedError::new(place, format!("expected a list, got {other}"))),
    }
}
