//! Editing an order's records: shipping, general, customer (3.2, 3.4).

use super::{Call, Endpoint, view::Totals};
use crate::{
    config::EditMode,
    http::{
        bind::Wrapper,
        params::Params,
        reply::{ApiError, Reply},
    },
    state::{Address, Order, render::rounded},
};
use serde_json::Value;
use uuid::Uuid;

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::write("Orders/SetOrderShippingInfo", 250, Wrapper::Flat, shipping),
    Endpoint::write("Orders/ChangeShippingMethod", 150, Wrapper::Flat, method),
    Endpoint::write("Orders/SetOrderGeneralInfo", 250, Wrapper::Flat, general),
    Endpoint::write("Orders/SetOrderCustomerInfo", 150, Wrapper::Flat, customer),
];

/// The open order with the id `name`.
///
/// # Errors
/// 400 when it does not exist or is processed.
pub(super) fn open_order(call: &Call<'_>, name: &str) -> Result<Order, ApiError> {
    let id = call.params.need_guid(name)?;
    match call.account.orders.get(id) {
        None => Err(ApiError::refused(format!("Order {id} not found"))),
        Some(order) if !order.is_open() => {
            Err(ApiError::refused(format!("Order {} is processed and can not be changed", order.num_order_id)))
        }
        Some(order) => Ok(order.clone()),
    }
}

/// Carries an edit out, unless the order is locked or parked and the configuration says otherwise.
fn edit(
    call: &mut Call<'_>,
    order: &Order,
    audit: &str,
    change: impl FnOnce(&mut Order) -> Result<(), ApiError>,
) -> Result<Order, ApiError> {
    let held = order.is_locked() || order.is_parked();
    match call.config.locked_edits {
        EditMode::Refused if held => {
            return Err(ApiError::refused(format!("Order {} is locked or parked", order.num_order_id)));
        }
        EditMode::Ignored if held => return Ok(order.clone()),
        _ => {}
    }
    let mut edited = order.clone();
    change(&mut edited)?;
    call.account.orders.update(order.order_id, |order| order.clone_from(&edited));
    call.account.audit(order.order_id, call.now, call.user, audit, "Order edited");
    Ok(edited)
}

/// Members that are left out keep their value, unless the configuration says otherwise; members that it does not know are
/// ignored.
fn shipping(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = open_order(call, "orderId")?;
    let info = call.params.need_object("info")?;
    let service = match info.guid("PostalServiceId")? {
        Some(id) => Some(
            call.account
                .postal_services
                .iter()
                .find(|service| service.id == id)
                .cloned()
                .ok_or_else(|| ApiError::refused(format!("Postal service {id} does not exist")))?,
        ),
        None => None,
    };
    let lost = call.config.shipping_info_overwrites.then_some(0.0);
    let (total, goods) = (info.number("TotalWeight")?.or(lost), info.number("ItemWeight")?.or(lost));
    let cost = info.number("PostageCost")?.or(lost);
    let tracking = info.text("TrackingNumber").or(lost.map(|_| String::new()));
    let manual = info.boolean("ManualAdjust")?.or(lost.map(|_| false));
    let service = service.or_else(|| call.account.find_service("Default").filter(|_| lost.is_some()).cloned());
    let edited = edit(call, &order, "SHIPPING_CHANGED", |order| {
        let shipping = &mut order.shipping_info;
        if let Some(service) = service {
            shipping.postal_service_id = service.id;
            shipping.postal_service_name = service.postal_service_name;
            shipping.vendor = service.vendor;
        }
        shipping.total_weight = total.unwrap_or(shipping.total_weight);
        shipping.item_weight = goods.unwrap_or(shipping.item_weight);
        shipping.manual_adjust = manual.unwrap_or(shipping.manual_adjust);
        if tracking.is_some() {
            shipping.tracking_number = tracking;
        }
        if let Some(cost) = cost {
            let rate = order.totals_info.country_tax_rate;
            shipping.postage_cost = cost;
            shipping.postage_cost_ex_tax = rounded(cost / (1.0 + rate / 100.0), 3);
            let (weight, goods) = (shipping.total_weight, shipping.item_weight);
            order.recalculate();
            (order.shipping_info.total_weight, order.shipping_info.item_weight) = (weight, goods);
        }
        Ok(())
    })?;
    Reply::json(&Totals::with_shipping(&edited), call.config)
}

/// By the name of the service.
fn method(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let name = call.params.need_text("shippingMethod")?;
    let Some(service) = call.account.find_service(&name).cloned() else {
        return Err(ApiError::refused(format!("Postal service {name} does not exist")));
    };
    let mut changed: Vec<Uuid> = Vec::new();
    for id in call.params.need_guids("orderIds")? {
        let Some(order) = call.account.orders.get(id).filter(|order| order.is_open()).cloned() else { continue };
        let edited = edit(call, &order, "SHIPPING_CHANGED", |order| {
            order.shipping_info.postal_service_id = service.id;
            order.shipping_info.postal_service_name.clone_from(&service.postal_service_name);
            order.shipping_info.vendor.clone_from(&service.vendor);
            Ok(())
        });
        if edited.is_ok() {
            changed.push(id);
        }
    }
    Reply::json(&changed, call.config)
}

/// References, dates, source, site. Status, flags and location have calls of their own.
fn general(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = open_order(call, "orderId")?;
    let sent = call.params.need_object("info")?;
    let (received, due) = (sent.date("ReceivedDate")?, sent.date("DespatchByDate")?);
    let was_draft = call.params.boolean("wasDraft")?.unwrap_or_default();
    edit(call, &order, "GENERAL_CHANGED", |order| {
        let info = &mut order.general_info;
        info.received_date = received.unwrap_or(info.received_date);
        info.despatch_by_date = due.unwrap_or(info.despatch_by_date);
        info.reference_num = sent.text("ReferenceNum").unwrap_or(std::mem::take(&mut info.reference_num));
        info.source = sent.text("Source").unwrap_or(std::mem::take(&mut info.source));
        for (name, place) in [
            ("SecondaryReference", &mut info.secondary_reference),
            ("ExternalReferenceNum", &mut info.external_reference_num),
            ("SubSource", &mut info.sub_source),
            ("SiteCode", &mut info.site_code),
        ] {
            if let Some(text) = sent.text(name) {
                *place = Some(text);
            }
        }
        order.draft &= !was_draft;
        Ok(())
    })?;
    Ok(Reply::Void)
}

fn customer(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let order = open_order(call, "orderId")?;
    let sent = call.params.need_object("info")?;
    let mut customer = order.customer_info.clone();
    if let Some(name) = sent.text("ChannelBuyerName") {
        customer.channel_buyer_name = Some(name);
    }
    if let Some(address) = sent.object("Address") {
        customer.address = laid_over(&address, &customer.address)?;
        call.account.locate(&mut customer.address);
    }
    if let Some(address) = sent.object("BillingAddress") {
        let known = customer.billing_address.take().unwrap_or_default();
        let mut billing = laid_over(&address, &known)?;
        call.account.locate(&mut billing);
        customer.billing_address = Some(billing);
    }
    let edited = edit(call, &order, "CUSTOMER_CHANGED", |order| {
        order.customer_info = customer;
        Ok(())
    })?;
    Reply::json(&edited.totals_info, call.config)
}

fn laid_over(sent: &Params, known: &Address) -> Result<Address, ApiError> {
    let mut whole = serde_json::to_value(known).unwrap_or_default();
    if let Value::Object(fields) = &mut whole {
        for (name, value) in fields.iter_mut() {
            if let Some(new) = sent.get(name) {
                *value = new.clone();
            }
        }
    }
    serde_json::from_value(whole).map_err(|_| ApiError::invalid())
}
