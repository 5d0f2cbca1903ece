//! Processed and cancelled orders (8.5).

use super::{Call, Endpoint, openorders::mentions, paging::Page};
use crate::{
    http::{
        bind::Wrapper,
        reply::{ApiError, Reply},
    },
    state::{Account, Address, Order, Stamp},
};
use serde::Serialize;
use serde_json::{Value, json};
use std::cmp::Ordering;

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::read("ProcessedOrders/SearchProcessedOrders", 150, Wrapper::Wrapped("request"), search),
    Endpoint::get("ProcessedOrders/GetOrderInfo", 250, info),
];

const LEAST_PER_PAGE: i64 = 20;

fn search(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let page = Page::of(call, "PageNumber", "ResultsPerPage", 100)?;
    if page.size < LEAST_PER_PAGE {
        return Err(ApiError::refused(format!("Results per page must be at least {LEAST_PER_PAGE}")));
    }
    let field = call.params.text("DateField").unwrap_or_else(|| "processed".to_owned()).to_ascii_lowercase();
    let (from, to) = (call.params.date("FromDate")?, call.params.date("ToDate")?);
    let term = call.params.text("SearchTerm").unwrap_or_default().trim().to_lowercase();
    let filters = call.params.objects("SearchFilters")?.unwrap_or_default();
    let mut found: Vec<&Order> = call
        .account
        .orders
        .iter()
        .filter(|order| !order.is_open() && (term.is_empty() || mentions(order, &term)))
        .filter(|order| {
            let Some(date) = date_of(order, &field) else { return false };
            from.is_none_or(|from| date >= from) && to.is_none_or(|to| date <= to)
        })
        .filter(|order| {
            filters.iter().all(|filter| {
                let wanted = filter.text("SearchTerm").unwrap_or_default();
                match filter.text("SearchField").unwrap_or_default().to_ascii_lowercase().as_str() {
                    "source" => order.general_info.source.eq_ignore_ascii_case(&wanted),
                    "subsource" => {
                        order.general_info.sub_source.as_deref().unwrap_or_default().eq_ignore_ascii_case(&wanted)
                    }
                    "itemidentifier" => order.items.iter().any(|line| line.sku.eq_ignore_ascii_case(&wanted)),
                    _ => true,
                }
            })
        })
        .collect();
    let sorting = call.params.object("SearchSorting").unwrap_or_default();
    let by = sorting.text("SortField").unwrap_or_else(|| "dProcessedOn".to_owned());
    found.sort_by(|a, b| compare(a, b, &by));
    if sorting
        .text("SortDirection")
        .is_some_and(|direction| matches!(direction.to_ascii_lowercase().as_str(), "desc" | "1"))
    {
        found.reverse();
    }
    let rows: Vec<_> = page.rows(&found).iter().map(|order| shown(order, call.account)).collect();
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Answer {
        processed_orders: Value,
    }
    let processed_orders = json!({
        "PageNumber": page.number,
        "EntriesPerPage": page.size,
        "TotalEntries": found.len(),
        "TotalPages": page.pages(found.len()),
        "Data": rows,
    });
    Reply::json(&Answer { processed_orders }, call.config)
}

fn date_of(order: &Order, field: &str) -> Option<Stamp> {
    match field {
        "received" => Some(order.general_info.received_date),
        "payment" => order.paid_date_time,
        "cancelled" => order.processed_date_time.filter(|_| order.is_cancelled()),
        _ => order.processed_date_time.filter(|_| !order.is_cancelled()),
    }
}

fn compare(a: &Order, b: &Order, by: &str) -> Ordering {
    match by.to_ascii_lowercase().as_str() {
        "norderid" => a.num_order_id.cmp(&b.num_order_id),
        "dreceiveddate" => a.general_info.received_date.cmp(&b.general_info.received_date),
        "referencenum" => a.general_info.reference_num.cmp(&b.general_info.reference_num),
        "source" => a.general_info.source.cmp(&b.general_info.source),
        _ => a.processed_date_time.cmp(&b.processed_date_time),
    }
}

fn info(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("pkOrderId")?;
    match call.account.orders.get(id).filter(|order| !order.is_open()) {
        Some(order) => Reply::json(&shown(order, call.account), call.config),
        None => Err(ApiError::refused(format!("Order {id} not found"))),
    }
}

/// A processed order in the flat shape of this controller.
fn shown(order: &Order, account: &Account) -> Value {
    let (info, shipping, totals) = (&order.general_info, &order.shipping_info, &order.totals_info);
    let address = &order.customer_info.address;
    let billing = order.customer_info.billing_address.as_ref().unwrap_or(address);
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let days = order.processed_date_time.map(|on| on.seconds_since(info.received_date) / 86_400.0);
    let location = account.location(order.fulfilment_location_id).map(|location| location.location_name.as_str());
    let mut row = json!({
        "pkOrderID": order.order_id,
        "nOrderId": order.num_order_id,
        "nStatus": info.status,
        "Source": info.source,
        "SubSource": text(&info.sub_source),
        "ReferenceNum": info.reference_num,
        "SecondaryReference": text(&info.secondary_reference),
        "ExternalReference": text(&info.external_reference_num),
        "HoldOrCancel": info.hold_or_cancel,
        "dReceivedDate": info.received_date,
        "dProcessedOn": order.processed_date_time.unwrap_or_default(),
        "dPaidOn": order.paid_date_time.unwrap_or_default(),
        "dCancelledOn": order.processed_date_time.filter(|_| order.is_cancelled()).unwrap_or_default(),
        "timeDiff": days.unwrap_or_default(),
        "fPostageCost": shipping.postage_cost,
        "PostageCostExTax": shipping.postage_cost_ex_tax,
        "Subtotal": totals.subtotal,
        "fTax": totals.tax,
        "fTotalCharge": totals.total_charge,
        "TotalDiscount": totals.total_discount,
        "ProfitMargin": totals.profit_margin,
        "CountryTaxRate": totals.country_tax_rate,
        "cCurrency": totals.currency,
        "AccountName": text(&totals.payment_method),
        "PostalTrackingNumber": text(&shipping.tracking_number),
        "PostalServiceName": shipping.postal_service_name,
        "PostalServiceCode": "",
        "Vendor": shipping.vendor,
        "PackageCategory": text(&shipping.package_category),
        "PackageTitle": text(&shipping.package_type),
        "ItemWeight": shipping.item_weight,
        "TotalWeight": shipping.total_weight,
        "FolderCollection": order.folder_name.join(","),
        "IsResend": info.status == 4,
        "IsExchange": false,
        "TaxId": text(&order.tax_id),
        "FulfilmentLocationName": location.unwrap_or_default(),
    });
    let people = json!({
        "cFullName": text(&address.full_name),
        "cEmailAddress": text(&address.email_address),
        "cShippingAddress": lines(address),
        "Address1": text(&address.address1),
        "Address2": text(&address.address2),
        "Address3": text(&address.address3),
        "Town": text(&address.town),
        "Region": text(&address.region),
        "cPostCode": text(&address.post_code),
        "cCountry": text(&address.country),
        "Company": text(&address.company),
        "BuyerPhoneNumber": text(&address.phone_number),
        "ChannelBuyerName": text(&order.customer_info.channel_buyer_name),
        "cBillingAddress": lines(billing),
        "BillingName": text(&billing.full_name),
        "BillingCompany": text(&billing.company),
        "BillingAddress1": text(&billing.address1),
        "BillingAddress2": text(&billing.address2),
        "BillingAddress3": text(&billing.address3),
        "BillingTown": text(&billing.town),
        "BillingRegion": text(&billing.region),
        "BillingPostCode": text(&billing.post_code),
        "BillingCountryName": text(&billing.country),
        "BillingPhoneNumber": text(&billing.phone_number),
        "BillingEmailAddress": text(&billing.email_address),
    });
    if let (Value::Object(row), Value::Object(people)) = (&mut row, people) {
        row.extend(people);
    }
    row
}

fn lines(address: &Address) -> String {
    let parts = [&address.address1, &address.address2, &address.address3, &address.town, &address.region];
    let parts: Vec<_> = parts.into_iter().flatten().filter(|part| !part.is_empty()).map(String::as_str).collect();
    parts.join(", ")
}
