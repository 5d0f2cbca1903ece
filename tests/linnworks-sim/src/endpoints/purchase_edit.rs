//! Making purchase orders and changing header, status and lines (7).

use super::{Call, Endpoint, purchase_read::known, purchase_search::status, purchase_view};
use crate::{
    http::{
        bind::Wrapper,
        params::Params,
        reply::{ApiError, Reply},
    },
    rules::purchasing::{self, Actor, Delivery, audit, no_line},
    state::{PurchaseItem, PurchaseOrder, PurchaseStatus, Stamp, render::rounded},
};
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::write("PurchaseOrder/Create_PurchaseOrder_Initial", 150, Wrapper::Wrapped("createParameters"), create),
    Endpoint::write("PurchaseOrder/Update_PurchaseOrderHeader", 150, Wrapper::Wrapped("updateParameter"), header),
    Endpoint::write(
        "PurchaseOrder/Change_PurchaseOrderStatus",
        150,
        Wrapper::Wrapped("changeStatusParameter"),
        change_status,
    ),
    Endpoint::write("PurchaseOrder/Delete_PurchaseOrder", 150, Wrapper::Flat, delete),
    Endpoint::write("PurchaseOrder/Add_PurchaseOrderItem", 250, Wrapper::Wrapped("addItemParameter"), add_item),
    Endpoint::write(
        "PurchaseOrder/Update_PurchaseOrderItem",
        150,
        Wrapper::Wrapped("updateItemParameter"),
        update_item,
    ),
    Endpoint::write(
        "PurchaseOrder/Delete_PurchaseOrderItem",
        150,
        Wrapper::Wrapped("deleteItemParameter"),
        delete_item,
    ),
    Endpoint::write("PurchaseOrder/Modify_PurchaseOrderItems_Bulk", 150, Wrapper::Wrapped("request"), bulk),
];

fn shown(call: &Call<'_>, id: Uuid) -> Result<Value, ApiError> {
    let order = call.account.purchase_orders.get(id).ok_or_else(purchasing::does_not_exist)?;
    Ok(purchase_view::header(order, call.config))
}

fn log(call: &mut Call<'_>, id: Uuid, kind: &str, note: impl Into<String>) {
    let by = Actor { now: call.now, user: call.user };
    audit(call.account, id, by, kind, note);
}

/// A draft; answers its id. Date and supplier's number must be sent, the number may be empty (7, observed).
fn create(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let Some(date) = call.params.date("DateOfPurchase")? else { return Err(ApiError::invalid()) };
    let Some(supplier_reference_number) = call.params.text("SupplierReferenceNumber") else {
        return Err(ApiError::invalid());
    };
    let next = call.account.purchase_orders.len() + 1;
    let number = call.params.text("ExternalInvoiceNumber").filter(|number| !number.trim().is_empty());
    let usual = PurchaseOrder::default();
    let order = PurchaseOrder {
        id: call.account.new_id(),
        supplier_id: call.params.guid("fkSupplierId")?.unwrap_or_default(),
        location_id: call.params.location("fkLocationId")?,
        external_invoice_number: number.unwrap_or_else(|| format!("PO{next:05}")),
        currency: call.params.text("Currency").filter(|text| !text.is_empty()).unwrap_or(usual.currency),
        supplier_reference_number,
        unit_amount_tax_included_type: small(&call.params, "UnitAmountTaxIncludedType")?
            .unwrap_or(usual.unit_amount_tax_included_type),
        date_of_purchase: date,
        date_of_delivery: date,
        quoted_delivery_date: call.params.date("QuotedDeliveryDate")?.unwrap_or(date),
        postage_paid: call.params.number("PostagePaid")?.unwrap_or_default(),
        shipping_tax_rate: call.params.number("ShippingTaxRate")?.unwrap_or_default(),
        conversion_rate: call.params.number("ConversionRate")?.unwrap_or(usual.conversion_rate),
        ..PurchaseOrder::default()
    };
    exist(call, &order)?;
    let id = order.id;
    call.account.purchase_orders.insert(order);
    log(call, id, "PURCHASE_ORDER_CREATED", "Purchase order created");
    Reply::json(&id, call.config)
}

fn exist(call: &Call<'_>, order: &PurchaseOrder) -> Result<(), ApiError> {
    if call.account.location(order.location_id).is_none() {
        return Err(ApiError::refused(format!("Location {} does not exist", order.location_id)));
    }
    if call.account.suppliers.iter().all(|known| known.id != order.supplier_id) {
        return Err(ApiError::refused(format!("Supplier {} does not exist", order.supplier_id)));
    }
    Ok(())
}

fn small(params: &Params, name: &str) -> Result<Option<i32>, ApiError> {
    params.int(name)?.map(|number| i32::try_from(number).map_err(|_| ApiError::invalid())).transpose()
}

/// Members that are left out are cleared (7, observed), but for the kind of tax.
fn header(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let mut order = known(call, "pkPurchaseID")?.clone();
    if order.status == PurchaseStatus::Delivered {
        return Err(ApiError::refused("Delivered purchase order can not be changed"));
    }
    let usual = PurchaseOrder { currency: String::new(), conversion_rate: 0.0, ..PurchaseOrder::default() };
    let old = if call.config.purchase.header_keeps_omitted { order.clone() } else { usual };
    let sent = &call.params;
    let text = |name: &str, old: String| sent.text(name).unwrap_or(old);
    let date = |name: &str, old: Stamp| sent.date(name).map(|date| date.unwrap_or(old));
    order.supplier_reference_number = text("SupplierReferenceNumber", old.supplier_reference_number);
    order.external_invoice_number = text("ExternalInvoiceNumber", old.external_invoice_number);
    order.currency = text("Currency", old.currency);
    order.location_id = sent.guid("fkLocationId")?.unwrap_or(old.location_id);
    order.supplier_id = sent.guid("fkSupplierId")?.unwrap_or(old.supplier_id);
    order.date_of_purchase = date("DateOfPurchase", old.date_of_purchase)?;
    order.quoted_delivery_date = date("QuotedDeliveryDate", old.quoted_delivery_date)?;
    order.shipping_tax_rate = sent.number("ShippingTaxRate")?.unwrap_or(old.shipping_tax_rate);
    order.conversion_rate = sent.number("ConversionRate")?.unwrap_or(old.conversion_rate);
    order.postage_paid = sent.number("PostagePaid")?.unwrap_or(old.postage_paid);
    if let Some(kind) = small(sent, "UnitAmountTaxIncludedType")? {
        order.unit_amount_tax_included_type = kind;
    }
    order.date_of_delivery = order.date_of_purchase;
    exist(call, &order)?;
    let id = order.id;
    call.account.purchase_orders.insert(order);
    log(call, id, "HEADER_CHANGED", "Purchase order header changed");
    Reply::json(&shown(call, id)?, call.config)
}

/// From PENDING to OPEN, from OPEN and PARTIAL to DELIVERED, nothing else.
fn change_status(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = known(call, "pkPurchaseId")?;
    let (id, old) = (order.id, order.status);
    let new = status(&call.params, "status")?.ok_or_else(ApiError::invalid)?;
    let allowed = match new {
        PurchaseStatus::Open => old == PurchaseStatus::Pending,
        PurchaseStatus::Delivered => old.is_due(),
        PurchaseStatus::Pending | PurchaseStatus::Partial => false,
    };
    if !allowed {
        let message = format!("Purchase order status can not be changed from {} to {}", old.name(), new.name());
        return Err(ApiError::refused(message));
    }
    if new == PurchaseStatus::Delivered && call.config.purchase.closing_books_in {
        let lines: Vec<_> = order.items.iter().map(|line| (line.id, line.outstanding())).collect();
        for (item, more) in lines.into_iter().filter(|(_, more)| *more > 0) {
            let by = Actor { now: call.now, user: call.user };
            purchasing::deliver(call.account, id, &Delivery { item, more, ..Delivery::default() }, by)?;
        }
    }
    let now = call.now;
    call.account.purchase_orders.update(id, |order| {
        order.status = new;
        if new == PurchaseStatus::Delivered {
            order.date_of_delivery = now;
        }
    });
    log(call, id, "STATUS_CHANGED", format!("Status changed from {} to {}", old.name(), new.name()));
    Reply::json(&shown(call, id)?, call.config)
}

fn delete(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = known(call, "pkPurchaseId")?;
    if order.items.iter().any(|line| line.delivered > 0) {
        return Err(ApiError::refused("Purchase order with delivered items can not be deleted"));
    }
    let id = order.id;
    call.account.purchase_orders.remove(id);
    Ok(Reply::Void)
}

/// The draft that a call names.
fn draft(call: &Call<'_>, name: &str) -> Result<PurchaseOrder, ApiError> {
    let order = known(call, name)?;
    if order.status != PurchaseStatus::Pending {
        return Err(ApiError::refused("Only pending purchase order can be changed"));
    }
    Ok(order.clone())
}

/// Adds a product, a composite as its components; answers the place of the first new line.
fn append(call: &mut Call<'_>, order: &mut PurchaseOrder, sent: &Params, item: Uuid) -> Result<usize, ApiError> {
    if call.account.items.get(item).is_none() {
        return Err(ApiError::refused(format!("Stock item {item} does not exist")));
    }
    let quantity = small(sent, "Qty")?.filter(|quantity| *quantity >= 0).ok_or_else(ApiError::invalid)?;
    let cost = sent.number("Cost")?.unwrap_or_default();
    let rate = sent.number("TaxRate")?.unwrap_or_default();
    let first = order.items.len();
    for line in purchasing::lines(call.account, item, quantity, cost, rate) {
        order.items.push(PurchaseItem {
            id: call.account.new_id(),
            pack_quantity: small(sent, "PackQuantity")?.unwrap_or(line.pack_quantity),
            pack_size: small(sent, "PackSize")?.unwrap_or(line.pack_size),
            sort_order: order.items.last().map_or(0, |line| line.sort_order + 1),
            ..line
        });
    }
    Ok(first)
}

/// A cost that is not sent follows the quantity.
fn change(order: &mut PurchaseOrder, line: Uuid, sent: &Params, quantity: &str) -> Result<(), ApiError> {
    let line = order.items.iter_mut().find(|known| known.id == line).ok_or_else(no_line)?;
    if let Some(quantity) = small(sent, quantity)? {
        if sent.number("Cost")?.is_none() {
            line.cost = rounded(line.cost / f64::from(line.quantity.max(1)) * f64::from(quantity), 2);
        }
        line.quantity = quantity;
    }
    line.cost = sent.number("Cost")?.unwrap_or(line.cost);
    line.tax_rate = sent.number("TaxRate")?.unwrap_or(line.tax_rate);
    line.pack_quantity = small(sent, "PackQuantity")?.unwrap_or(line.pack_quantity);
    line.pack_size = small(sent, "PackSize")?.unwrap_or(line.pack_size);
    Ok(())
}

fn line_reply(call: &mut Call<'_>, order: PurchaseOrder, place: usize, note: &str) -> Result<Reply, ApiError> {
    let id = order.id;
    call.account.purchase_orders.insert(order);
    log(call, id, "ITEMS_CHANGED", note);
    let order = call.account.purchase_orders.get(id).ok_or_else(purchasing::does_not_exist)?;
    let line = order.items.get(place).ok_or_else(no_line)?;
    let reply = json!({
        "NewPurchaseOrderItem": purchase_view::item(line, order, call.account, call.config),
        "PurchaseOrderHeader": purchase_view::header(order, call.config),
    });
    Reply::json(&reply, call.config)
}

fn add_item(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let mut order = draft(call, "pkPurchaseId")?;
    let (item, sent) = (call.params.need_guid("fkStockItemId")?, call.params.clone());
    let place = append(call, &mut order, &sent, item)?;
    line_reply(call, order, place, "Item added")
}

fn update_item(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let mut order = draft(call, "pkPurchaseId")?;
    let line = call.params.need_guid("pkPurchaseItemId")?;
    change(&mut order, line, &call.params, "Quantity")?;
    let place = order.items.iter().position(|known| known.id == line).ok_or_else(no_line)?;
    line_reply(call, order, place, "Item changed")
}

fn delete_item(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let mut order = draft(call, "pkPurchaseId")?;
    let line = call.params.need_guid("pkPurchaseItemId")?;
    take_out(&mut order, line)?;
    let id = order.id;
    call.account.purchase_orders.insert(order);
    log(call, id, "ITEMS_CHANGED", "Item deleted");
    Reply::json(&shown(call, id)?, call.config)
}

fn take_out(order: &mut PurchaseOrder, line: Uuid) -> Result<(), ApiError> {
    let at = order.items.iter().position(|known| known.id == line).ok_or_else(no_line)?;
    order.items.remove(at);
    Ok(())
}

/// Deletes, changes and adds in one call; rows are told apart by the `Id` that the caller gives them.
fn bulk(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let mut order = draft(call, "PurchaseId")?;
    for line in call.params.guids("ItemsToDelete")?.unwrap_or_default() {
        take_out(&mut order, line)?;
    }
    let mut touched: Vec<(Uuid, Uuid)> = Vec::new();
    for row in call.params.objects("ItemsToUpdate")?.unwrap_or_default() {
        let line = row.need_guid("PurchaseItemId")?;
        change(&mut order, line, &row, "Qty")?;
        touched.push((row.guid("Id")?.unwrap_or_default(), line));
    }
    for row in call.params.objects("ItemsToAdd")?.unwrap_or_default() {
        let item = row.need_guid("StockItemId")?;
        let first = append(call, &mut order, &row, item)?;
        let id = row.guid("Id")?.unwrap_or_default();
        touched.extend(order.items.iter().skip(first).map(|line| (id, line.id)));
    }
    let id = order.id;
    let rows: Vec<Value> = touched
        .iter()
        .filter_map(|(id, line)| order.item(*line).map(|line| (id, line)))
        .map(|(id, line)| {
            json!({
                "Id": id,
                "PurchaseItemId": line.id,
                "StockItemId": line.stock_item_id,
                "Qty": line.quantity,
                "BoundToOpenOrdersItems": 0,
                "QuantityBoundToOpenOrdersItems": 0,
                "Cost": line.cost,
                "TaxRate": line.tax_rate,
                "PackQuantity": line.pack_quantity,
                "PackSize": line.pack_size,
            })
        })
        .collect();
    call.account.purchase_orders.insert(order);
    log(call, id, "ITEMS_CHANGED", "Items changed in bulk");
    Reply::json(&json!({ "ModifiedItems": rows, "PurchaseOrderHeader": shown(call, id)? }), call.config)
}
