//! RMAs and refunds from a few fields.

use super::{
    SeedError,
    names::{canonical, drop_all, merge, read_list, take, template},
};
use crate::state::{Account, ChannelReason, PostSaleError, Refund, RefundLine, ReturnCategory, Rma, RmaLine, Stamp};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Members that the API shows and the state does not hold.
const DERIVED: &[&str] =
    &["status", "numorderid", "ordersource", "ordersubsource", "actioned", "refundlink", "currency"];
const DERIVED_LINE: &[&str] = &["returnitemtitle", "exchangesku", "exchangetitle", "actioned", "rmaheaderid"];

/// Takes all that comes after a sale out of a seed or patch; rows with a known number replace that row.
pub(crate) fn after_sales(account: &mut Account, seed: &mut Map<String, Value>, now: Stamp) -> Result<(), SeedError> {
    for row in rows(take(seed, "rmas"), "RMAs")? {
        let rma = new_rma(row, account, now)?;
        account.after_sales.put_rma(rma);
    }
    for row in rows(take(seed, "refunds"), "Refunds")? {
        let refund = new_refund(row, account, now)?;
        account.after_sales.put_refund(refund);
    }
    if let Some(categories) = take(seed, "returncategories") {
        let named = rows(Some(categories), "ReturnCategories")?;
        let named = named.into_iter().map(|row| if row.is_string() { json!({ "CategoryName": row }) } else { row });
        let mut list: Vec<ReturnCategory> = read_list(Value::Array(named.collect()), "ReturnCategories")?;
        for (place, category) in list.iter_mut().enumerate() {
            if category.id == 0 {
                category.id = i32::try_from(place).unwrap_or_default() + 1;
            }
        }
        account.after_sales.return_categories = list;
    }
    if let Some(reasons) = take(seed, "channelreasons") {
        account.after_sales.channel_reasons = read_list::<ChannelReason>(reasons, "ChannelReasons")?;
    }
    let after = &mut account.after_sales;
    for (name, place) in [
        ("lastrmaheader", &mut after.last_rma_header),
        ("lastrmarow", &mut after.last_rma_row),
        ("lastrefundheader", &mut after.last_refund_header),
    ] {
        let written = take(seed, name).and_then(|number| number.as_i64()).and_then(|number| i32::try_from(number).ok());
        *place = written.unwrap_or_default().max(*place);
    }
    Ok(())
}

/// A new RMA. Shorthands: `Order` (number or reference), `Reference`; of a line: `SKU`, `Quantity`, `Scrap`, `Location`.
///
/// # Errors
/// When a field is unknown, or the order, its line or a location does not exist.
pub(crate) fn new_rma(row: Value, account: &Account, now: Stamp) -> Result<Rma, SeedError> {
    let pattern = template(&Rma {
        lines: vec![RmaLine { errors: vec![PostSaleError::default()], ..RmaLine::default() }],
        ..Rma::default()
    });
    let named = header(row, account, &["rmalines"], &pattern, "RMA")?;
    let mut rma: Rma = serde_json::from_value(named).map_err(|error| SeedError::new("RMA", error))?;
    if rma.created_date.is_unset() {
        rma.created_date = now;
    }
    Ok(rma)
}

/// A new refund. Shorthands: `Order` (number or reference), `Reference`; of a line: `SKU`.
///
/// # Errors
/// Those of [`new_rma`].
pub(crate) fn new_refund(row: Value, account: &Account, now: Stamp) -> Result<Refund, SeedError> {
    let pattern = template(&Refund {
        lines: vec![RefundLine { errors: vec![PostSaleError::default()], ..RefundLine::default() }],
        ..Refund::default()
    });
    let named = header(row, account, &["refundlines"], &pattern, "refund")?;
    let mut refund: Refund = serde_json::from_value(named).map_err(|error| SeedError::new("refund", error))?;
    if refund.created_date.is_unset() {
        refund.created_date = now;
    }
    for (place, line) in refund.lines.iter_mut().enumerate() {
        if line.refund_row_id.is_nil() {
            let name = format!("refund/{}/{}/{place}", refund.order_id, account.after_sales.last_refund_header);
            line.refund_row_id = Uuid::new_v5(&account.id, name.as_bytes());
        }
    }
    Ok(refund)
}

/// An RMA with a patch laid over it; lines are replaced as a whole.
///
/// # Errors
/// Those of [`new_rma`].
pub(crate) fn patched_rma(rma: &Rma, patch: Value, account: &Account, now: Stamp) -> Result<Rma, SeedError> {
    let mut whole = template(rma);
    merge(&mut whole, patch);
    let mut changed = new_rma(whole, account, now)?;
    changed.header_id = rma.header_id;
    Ok(changed)
}

/// A refund with a patch laid over it; lines are replaced as a whole.
///
/// # Errors
/// Those of [`new_rma`].
pub(crate) fn patched_refund(
    refund: &Refund,
    patch: Value,
    account: &Account,
    now: Stamp,
) -> Result<Refund, SeedError> {
    let mut whole = template(refund);
    merge(&mut whole, patch);
    let mut changed = new_refund(whole, account, now)?;
    changed.header_id = refund.header_id;
    Ok(changed)
}

fn rows(value: Option<Value>, place: &str) -> Result<Vec<Value>, SeedError> {
    match value {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(rows)) => Ok(rows),
        Some(other) => Err(SeedError::new(place, format!("expected a list, got {other}"))),
    }
}

fn header(
    row: Value,
    account: &Account,
    lines_as_shown: &[&str],
    pattern: &Value,
    place: &str,
) -> Result<Value, SeedError> {
    let Value::Object(mut row) = row else {
        return Err(SeedError::new(place, "expected an object, for example {Order: A-1, Lines: [{SKU: TEE}]}"));
    };
    drop_all(&mut row, DERIVED);
    let order = take(&mut row, "order").or_else(|| take(&mut row, "orderid")).unwrap_or_default();
    let key = order.as_str().map_or_else(|| order.to_string(), str::to_owned);
    let Some(order) = account.order_by_key(&key) else {
        return Err(SeedError::new(place, format!("no order `{key}`; write `Order: ..`, its number, reference or id")));
    };
    row.insert("OrderId".to_owned(), json!(order.order_id));
    if let Some(reference) = take(&mut row, "reference") {
        row.insert("ExternalReference".to_owned(), reference);
    }
    for name in lines_as_shown {
        if let Some(lines) = take(&mut row, name) {
            row.insert("Lines".to_owned(), lines);
        }
    }
    if let Some(Value::Array(lines)) =
        row.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case("lines")).map(|(_, list)| list)
    {
        for line in lines {
            prepare_line(line, account, order, place)?;
        }
    }
    canonical(Value::Object(row), pattern, place)
}

fn prepare_line(
    line: &mut Value,
    account: &Account,
    order: &crate::state::Order,
    place: &str,
) -> Result<(), SeedError> {
    let Value::Object(members) = line else {
        return Err(SeedError::new(place, "expected a line as an object, for example {SKU: TEE, Quantity: 1}"));
    };
    drop_all(members, DERIVED_LINE);
    let sku = take(members, "sku").or_else(|| take(members, "returnitemsku"));
    if let Some(sku) = sku.as_ref().and_then(Value::as_str) {
        let all = order.items.iter().flat_map(|line| std::iter::once(line).chain(&line.composite_sub_items));
        let Some(found) = all.into_iter().find(|line| line.sku == sku) else {
            return Err(SeedError::new(place, format!("order {} has no line `{sku}`", order.num_order_id)));
        };
        members.entry("OrderItemRowId").or_insert_with(|| json!(found.row_id));
    }
    let aliases: &[(&str, &str)] = match place {
        "RMA" => &[("quantity", "ReturnQuantity"), ("scrap", "ScrapQuantity"), ("location", "ReturnLocation")],
        _ => &[],
    };
    for (alias, name) in aliases {
        if let Some(value) = take(members, alias) {
            members.insert((*name).to_owned(), value);
        }
    }
    for name in ["ReturnLocation", "DespatchLocationId"] {
        let Some(place_of) = members.get_mut(name) else { continue };
        let key = place_of.as_str().unwrap_or_default().to_owned();
        let Some(location) = account.location_by_key(&key) else {
            return Err(SeedError::new(place, format!("no location `{key}`")));
        };
        *place_of = json!(location.stock_location_id);
    }
    // As shown, a status is a header with details; the state holds the header.
    if let Some(Value::Object(status)) = members.get("Status") {
        let header = status.get("StatusHeader").cloned().unwrap_or_default();
        members.insert("Status".to_owned(), header);
    }
    Ok(())
}
