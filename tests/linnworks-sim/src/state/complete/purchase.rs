//! A purchase order from a few fields.

use super::{
    SeedError,
    names::{canonical, drop_all, folded, merge, take, template},
};
use crate::{
    rules::purchasing,
    state::{
        Account, DeliveredRecord, PurchaseAudit, PurchaseItem, PurchaseNote, PurchaseOrder, PurchaseProperty,
        PurchaseStatus, Stamp, StockItem, Supplier, render::rounded,
    },
};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Members that the API shows and the state works out or does not hold.
const DERIVED: &[&str] = &[
    "notecount",
    "linecount",
    "deliveredlinescount",
    "totalcost",
    "taxpaid",
    "convertedshippingcost",
    "convertedshippingtax",
    "convertedothercost",
    "convertedothertax",
    "convertedgrandtotal",
    "additionalcosts",
    "paymentstatements",
];
const DERIVED_ITEM: &[&str] = &[
    "tax",
    "stockitemintid",
    "inventorytrackingtype",
    "isdeleted",
    "dimheight",
    "dimwidth",
    "dimdepth",
    "barcodenumber",
    "boundtoopenordersitems",
    "quantityboundtoopenordersitems",
    "binrack",
    "suppliercode",
    "supplierbarcode",
    "skugroupids",
];
/// Shorthands, and the names that the API's answer has for the lists.
const ALIASES: &[(&str, &str)] = &[
    ("reference", "ExternalInvoiceNumber"),
    ("supplierreference", "SupplierReferenceNumber"),
    ("ordered", "DateOfPurchase"),
    ("expected", "QuotedDeliveryDate"),
    ("properties", "ExtendedProperties"),
    ("lines", "Items"),
    ("purchaseorderitem", "Items"),
];
/// Tax rate of a line where none is written, per cent.
const USUAL_TAX_RATE: f64 = 20.0;
const DAYS_UNTIL_EXPECTED: f64 = 7.0;

/// A new purchase order. `Location` and `Supplier` take names (a new supplier is made); lines are linked by SKU (a new SKU
/// becomes an item that is out of stock), `UnitCost` is the cost of one. Without `Status` it is open, or as far
/// delivered as its lines say.
///
/// # Errors
/// When a field is unknown, a value has the wrong form, or the location does not exist.
pub(crate) fn new_purchase_order(row: Value, account: &mut Account, now: Stamp) -> Result<PurchaseOrder, SeedError> {
    let named = named(row, account)?;
    let has_status = named.get("Status").is_some();
    let has_supplier_reference = named.get("SupplierReferenceNumber").is_some();
    let mut order = typed(named)?;
    let number = account.purchase_orders.len() + 1;
    if order.external_invoice_number.is_empty() {
        order.external_invoice_number = format!("PO{number:05}");
    }
    if order.id.is_nil() {
        order.id = Uuid::new_v5(&account.id, format!("purchase/{number}").as_bytes());
    }
    if !has_supplier_reference {
        order.supplier_reference_number = format!("S-{}", order.external_invoice_number);
    }
    if order.date_of_purchase.is_unset() {
        order.date_of_purchase = now;
    }
    if order.quoted_delivery_date.is_unset() {
        order.quoted_delivery_date = order.date_of_purchase.plus_seconds(86_400.0 * DAYS_UNTIL_EXPECTED);
    }
    complete_items(&mut order, account);
    if !has_status {
        order.status = order.status_by_lines();
    }
    if order.date_of_delivery.is_unset() {
        let delivered = order.status == PurchaseStatus::Delivered;
        order.date_of_delivery = if delivered { now } else { order.date_of_purchase };
    }
    Ok(order)
}

/// A purchase order with a patch laid over it; a list of lines replaces the old one.
///
/// # Errors
/// Those of [`new_purchase_order`].
pub(crate) fn patched_purchase_order(
    order: &PurchaseOrder,
    patch: Value,
    account: &mut Account,
) -> Result<PurchaseOrder, SeedError> {
    let patch = named(patch, account)?;
    let mut whole = template(order);
    merge(&mut whole, patch);
    let mut changed = typed(whole)?;
    changed.id = order.id;
    complete_items(&mut changed, account);
    Ok(changed)
}

fn typed(value: Value) -> Result<PurchaseOrder, SeedError> {
    let place = value.get("ExternalInvoiceNumber").and_then(Value::as_str).unwrap_or_default().to_owned();
    serde_json::from_value(value).map_err(|error| SeedError::new(format!("purchase order {place}"), error))
}

fn named(row: Value, account: &mut Account) -> Result<Value, SeedError> {
    let Value::Object(mut row) = row else {
        return Err(SeedError::new("purchase order", "expected an object with at least `Items`"));
    };
    if let Some(Value::Object(header)) = take(&mut row, "purchaseorderheader") {
        row.extend(header);
    }
    drop_all(&mut row, DERIVED);
    for (alias, name) in ALIASES {
        if let Some(value) = take(&mut row, alias) {
            row.insert((*name).to_owned(), value);
        }
    }
    if let Some(key) = take(&mut row, "location") {
        let key = key.as_str().unwrap_or_default().to_owned();
        let Some(location) = account.location_by_key(&key) else {
            let known: Vec<_> = account.locations.iter().map(|location| location.location_name.as_str()).collect();
            return Err(SeedError::new(
                "purchase order",
                format!("no location `{key}`; there are {}", known.join(", ")),
            ));
        };
        row.insert("fkLocationId".to_owned(), json!(location.stock_location_id));
    }
    if let Some(key) = take(&mut row, "supplier") {
        row.insert("fkSupplierId".to_owned(), json!(supplier(key.as_str().unwrap_or_default(), account)));
    }
    if let Some(lines) = take(&mut row, "items") {
        let Value::Array(lines) = lines else {
            return Err(SeedError::new("purchase order items", "expected a list of SKUs or lines"));
        };
        let lines = lines.into_iter().map(|line| self::line(line, account)).collect::<Result<Vec<_>, _>>()?;
        row.insert("Items".to_owned(), Value::Array(lines.into_iter().flatten().collect()));
    }
    let pattern = template(&PurchaseOrder {
        items: vec![PurchaseItem::default()],
        delivered_records: vec![DeliveredRecord { batch_inventory_id: None, ..DeliveredRecord::default() }],
        notes: vec![PurchaseNote::default()],
        extended_properties: vec![PurchaseProperty::default()],
        audit: vec![PurchaseAudit::default()],
        ..PurchaseOrder::default()
    });
    canonical(Value::Object(row), &pattern, "purchase order")
}

fn supplier(key: &str, account: &mut Account) -> Uuid {
    if account.supplier_by_key(key).is_none() {
        account.put_supplier(Supplier { supplier_name: key.to_owned(), ..Supplier::default_supplier() });
    }
    account.supplier_by_key(key).map(|known| known.id).unwrap_or_default()
}

/// One line, or one for each component of a composite, as Linnworks makes of it.
fn line(line: Value, account: &mut Account) -> Result<Vec<Value>, SeedError> {
    let mut line = match line {
        Value::Object(line) => line,
        Value::String(sku) => Map::from_iter([("SKU".to_owned(), Value::String(sku))]),
        other => return Err(SeedError::new("purchase order items", format!("expected a SKU or a line, got {other}"))),
    };
    drop_all(&mut line, DERIVED_ITEM);
    let quantity = match take(&mut line, "qty").or_else(|| take(&mut line, "quantity")) {
        Some(quantity) => quantity.as_i64().and_then(|quantity| i32::try_from(quantity).ok()).ok_or_else(|| {
            SeedError::new("purchase order items", format!("`{quantity}` is no quantity; write a whole number"))
        })?,
        None => 1,
    };
    line.insert("Quantity".to_owned(), json!(quantity));
    let linked = line.keys().any(|key| folded(key) == "fkstockitemid");
    let sku = line.iter().find(|(key, _)| folded(key) == "sku").and_then(|(_, sku)| sku.as_str()).map(str::to_owned);
    if let (false, Some(sku)) = (linked, sku) {
        if account.items.by_sku(&sku).is_none() {
            let item = StockItem { item_number: sku.clone(), item_title: sku.clone(), ..StockItem::default() };
            let stock_item_id = Uuid::new_v5(&account.id, format!("item/{sku}").as_bytes());
            account.items.insert(StockItem { stock_item_id, ..item });
        }
        let id = account.items.by_sku(&sku).map(|item| item.stock_item_id).unwrap_or_default();
        let unit = take(&mut line, "unitcost").and_then(|cost| cost.as_f64());
        let price = account.items.get(id).map_or(0.0, |item| item.purchase_price);
        let cost = take(&mut line, "cost").and_then(|cost| cost.as_f64());
        let cost = cost.unwrap_or_else(|| rounded(unit.unwrap_or(price) * f64::from(quantity), 2));
        let parts = purchasing::parts(account, id, quantity, cost);
        let rows = parts.into_iter().map(|(id, quantity, cost)| {
            let mut row = line.clone();
            let known = account.items.get(id).map(|item| item.item_number.as_str()).unwrap_or_default();
            row.insert("SKU".to_owned(), json!(known));
            row.insert("fkStockItemId".to_owned(), json!(id));
            row.insert("Quantity".to_owned(), json!(quantity));
            row.insert("Cost".to_owned(), json!(rounded(cost, 2)));
            if !row.keys().any(|key| folded(key) == "taxrate") {
                row.insert("TaxRate".to_owned(), json!(USUAL_TAX_RATE));
            }
            Value::Object(row)
        });
        return Ok(rows.collect());
    }
    Ok(vec![Value::Object(line)])
}

fn complete_items(order: &mut PurchaseOrder, account: &Account) {
    for (place, line) in order.items.iter_mut().enumerate() {
        line.sort_order = i32::try_from(place).unwrap_or(i32::MAX);
        if line.id.is_nil() {
            line.id = Uuid::new_v5(&order.id, format!("line/{place}/{}", line.sku).as_bytes());
        }
        if line.item_title.is_empty() {
            line.item_title =
                account.items.get(line.stock_item_id).map(|item| item.item_title.clone()).unwrap_or_default();
        }
    }
}
