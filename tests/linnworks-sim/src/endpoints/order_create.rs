//! Creating orders as a channel would (3.6).

use super::{Call, Endpoint};
use crate::state::render::put;
use crate::{
    http::{
        bind::Wrapper,
        params::Params,
        reply::{ApiError, Code, Reply},
    },
    state::complete,
};
use serde_json::{Value, json};
use uuid::Uuid;

const MOST: usize = 20;

pub(super) const TABLE: &[Endpoint] = &[Endpoint::write("Orders/CreateOrders", 150, Wrapper::Flat, create)];

/// At most 20 orders. One that is known by source, sub-source and reference is edited while it is unpaid and skipped
/// once it is paid; its id is answered either way.
fn create(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let orders = call.params.objects("orders")?.ok_or_else(ApiError::invalid)?;
    if orders.len() > MOST {
        return Err(ApiError::refused(format!("The maximum orders count for this call is {MOST}")));
    }
    let name = call.params.text("location").filter(|name| !name.is_empty()).unwrap_or_else(|| "Default".to_owned());
    let Some(location) = call.account.location_by_key(&name).map(|location| location.stock_location_id) else {
        return Err(ApiError::refused(format!("Location {name} does not exist")));
    };
    for order in &orders {
        no_line_twice(order)?;
    }
    let mut ids = Vec::new();
    for order in orders {
        ids.push(save(call, &order, location)?);
    }
    Reply::json(&ids, call.config)
}

fn no_line_twice(order: &Params) -> Result<(), ApiError> {
    let mut seen: Vec<String> = Vec::new();
    for line in order.objects("OrderItems")?.unwrap_or_default() {
        let number = line.text("ItemNumber").unwrap_or_default();
        if seen.contains(&number) {
            let reference = order.text("ReferenceNumber").unwrap_or_default();
            let message = format!("Orders have invalid values: Order: {reference}, LineId: {number} is duplicated");
            return Err(ApiError { status: 400, code: Code::Null, message });
        }
        seen.push(number);
    }
    Ok(())
}

fn save(call: &mut Call<'_>, sent: &Params, location: Uuid) -> Result<Uuid, ApiError> {
    let reference = sent.need_text("ReferenceNumber")?;
    let source = sent.need_text("Source")?;
    let sub_source = sent.text("SubSource").unwrap_or_default();
    let known = call.account.orders.iter().find(|order| {
        let info = &order.general_info;
        info.reference_num == reference
            && info.source == source
            && info.sub_source.as_deref().unwrap_or_default() == sub_source
    });
    let known =
        known.map(|order| (order.order_id, order.num_order_id, order.is_open() && order.general_info.status == 0));
    if let Some((id, _, false)) = known {
        return Ok(id);
    }
    let mut seed = seed(call, sent, location, &source, &sub_source, &reference)?;
    if let Some((id, number, _)) = known {
        put(&mut seed, &["OrderId"], json!(id));
        put(&mut seed, &["NumOrderId"], json!(number));
    }
    let order =
        complete::new_order(seed, call.account, call.now).map_err(|error| ApiError::refused(error.to_string()))?;
    let (id, number) = (order.order_id, order.num_order_id);
    call.account.orders.insert(order);
    let what = if known.is_some() { "updated" } else { "created" };
    call.account.audit(id, call.now, call.user, "ORDER_CREATED", format!("Order {number} {what} from {source}"));
    Ok(id)
}

/// The order in the form of a seed.
fn seed(
    call: &Call<'_>,
    sent: &Params,
    location: Uuid,
    source: &str,
    sub_source: &str,
    reference: &str,
) -> Result<Value, ApiError> {
    let paid = !sent.text("PaymentStatus").is_some_and(|status| status.eq_ignore_ascii_case("unpaid") || status == "0");
    let state = sent.text("OrderState").unwrap_or_default();
    let postage = sent.number("PostalServiceCost")?.unwrap_or_default();
    let rate = sent.number("PostalServiceTaxRate")?.unwrap_or_default();
    let received = sent.date("ReceivedDate")?.unwrap_or(call.now);
    let service = ["PostalServiceName", "MatchPostalServiceTag"].iter().find_map(|name| sent.text(name));
    let service = service
        .and_then(|name| call.account.find_service(&name))
        .map_or_else(|| "Default".to_owned(), |service| service.postal_service_name.clone());
    let identifiers = sent.texts("OrderIdentifierTags")?.unwrap_or_default();
    let identifiers: Vec<_> =
        call.account.identifiers.iter().filter(|known| identifiers.contains(&known.tag)).collect();
    let mut seed = json!({
        "FulfilmentLocationId": location,
        "GeneralInfo": {
            "Status": i32::from(paid),
            "Source": source,
            "SubSource": sub_source,
            "SiteCode": sent.text("Site").unwrap_or_default(),
            "ReferenceNum": reference,
            "SecondaryReference": sent.text("SecondaryReferenceNumber").unwrap_or_default(),
            "ExternalReferenceNum": sent.text("ExternalReference").unwrap_or_default(),
            "ReceivedDate": received,
            "DespatchByDate": sent.date("DispatchBy")?.unwrap_or_else(|| received.plus_seconds(86_400.0)),
            "IsParked": (!paid && call.config.park_unpaid) || state.eq_ignore_ascii_case("park"),
            "HoldOrCancel": state.eq_ignore_ascii_case("hold"),
            "Identifiers": identifiers,
            "PIIRedactionDays": sent.int("PIIRedactionDays")?,
        },
        "ShippingInfo": {
            "PostalServiceName": service,
            "PostageCost": postage,
            "PostageCostExTax": crate::state::render::rounded(postage / (1.0 + rate / 100.0), 3),
        },
        "CustomerInfo": {
            "ChannelBuyerName": sent.text("ChannelBuyerName").unwrap_or_default(),
            "Address": address(&sent.object("DeliveryAddress").unwrap_or_default()),
        },
        "TotalsInfo": {
            "Currency": sent.text("Currency").filter(|code| !code.trim().is_empty()).unwrap_or_else(|| "UNK".to_owned()),
            "ConversionRate": sent.number("ConversionRate")?.unwrap_or(1.0),
        },
        "TaxId": sent.text("BuyerTaxNumber"),
        "Items": items(call, sent, source)?,
        "Notes": notes(call, sent)?,
        "ExtendedProperties": properties(sent)?,
    });
    if let Some(billing) = sent.object("BillingAddress") {
        put(&mut seed, &["CustomerInfo", "BillingAddress"], address(&billing));
    }
    if paid {
        put(&mut seed, &["PaidDateTime"], json!(sent.date("PaidOn")?.unwrap_or(received)));
    }
    let (from, to) = (sent.date("DeliveryStartDate")?, sent.date("DeliveryEndDate")?);
    if from.is_some() || to.is_some() {
        put(&mut seed, &["GeneralInfo", "ScheduledDelivery"], json!({ "From": from, "To": to }));
    }
    let centre = call.account.location(location).filter(|location| location.is_fulfillment_center);
    if let Some(centre) = centre {
        put(&mut seed, &["GeneralInfo", "IsParked"], Value::Bool(true));
        if !centre.fulfilment_center_deduct_stock_when_processed {
            put(&mut seed, &["GeneralInfo", "HoldOrCancel"], Value::Bool(true));
        }
    }
    Ok(seed)
}

fn address(sent: &Params) -> Value {
    let text = |name: &str| sent.text(name).unwrap_or_default();
    let country =
        ["Country", "MatchCountryName"].iter().find_map(|name| sent.text(name).filter(|name| !name.is_empty()));
    json!({
        "EmailAddress": text("EmailAddress"),
        "Address1": text("Address1"),
        "Address2": text("Address2"),
        "Address3": text("Address3"),
        "Town": text("Town"),
        "Region": text("Region"),
        "PostCode": text("PostCode"),
        "Country": country.unwrap_or_else(|| "UNKNOWN".to_owned()),
        "FullName": text("FullName"),
        "Company": text("Company"),
        "PhoneNumber": text("PhoneNumber"),
    })
}

/// Lines are linked by the SKU of the channel where the order asks for it; others stay unlinked.
fn items(call: &Call<'_>, sent: &Params, source: &str) -> Result<Value, ApiError> {
    let by_sku = sent.boolean("AutomaticallyLinkBySKU")?.unwrap_or_default();
    let mut rows = Vec::new();
    for line in sent.objects("OrderItems")?.unwrap_or_default() {
        let sku = line.text("ChannelSKU").unwrap_or_default();
        let linked = call.account.items.by_sku(&sku).filter(|item| by_sku && !item.archived);
        let options = line.objects("Options")?.unwrap_or_default();
        let options: Vec<_> = options
            .iter()
            .map(|option| json!({ "Property": option.text("Name").or(option.text("Property")), "Value": option.text("Value") }))
            .collect();
        let mut row = json!({
            "SKU": sku,
            "ChannelSKU": sku,
            "ItemNumber": line.text("ItemNumber").unwrap_or_default(),
            "Title": line.text("ItemTitle").unwrap_or_default(),
            "ChannelTitle": line.text("ItemTitle").unwrap_or_default(),
            "ItemSource": source,
            "Quantity": line.int("Qty")?.unwrap_or(1),
            "PricePerUnit": line.number("PricePerUnit")?.unwrap_or_default(),
            "TaxRate": line.number("TaxRate")?.unwrap_or_default(),
            "TaxCostInclusive": line.boolean("TaxCostInclusive")?.unwrap_or_default(),
            "Discount": line.number("LineDiscount")?.unwrap_or_default(),
            "IsService": line.boolean("IsService")?.unwrap_or_default(),
            "AdditionalInfo": options,
        });
        // Without the id the line is linked by its SKU; with the zero GUID it stays as it is.
        if linked.is_none() {
            put(&mut row, &["StockItemId"], json!(Uuid::nil()));
        }
        rows.push(row);
    }
    Ok(Value::Array(rows))
}

fn notes(call: &Call<'_>, sent: &Params) -> Result<Value, ApiError> {
    let mut rows = Vec::new();
    for note in sent.objects("Notes")?.unwrap_or_default() {
        rows.push(json!({
            "Note": note.text("Note").unwrap_or_default(),
            "NoteDate": note.date("NoteEntryDate")?.unwrap_or(call.now),
            "CreatedBy": note.text("NoteUserName").unwrap_or_default(),
            "Internal": note.boolean("Internal")?.unwrap_or_default(),
        }));
    }
    Ok(Value::Array(rows))
}

fn properties(sent: &Params) -> Result<Value, ApiError> {
    let rows = sent.objects("ExtendedProperties")?.unwrap_or_default();
    let shown = rows.iter().map(|row| {
        json!({
            "Name": row.text("Name").unwrap_or_default(),
            "Value": row.text("Value").unwrap_or_default(),
            "Type": row.text("Type").unwrap_or_default(),
        })
    });
    Ok(Value::Array(shown.collect()))
}
