//! An order that imports, and ways to bend it.
use linnworks_connector::contract::orders::{Fetched, Order};
use linnworks_connector::contract::{Context, Skip};
use linnworks_connector::import;
use serde_json::{Value, json};

use crate::fake::{DEFAULT, Fake, run};

pub const ID: &str = "3f6d1c52-0000-4a55-9d0c-000000000001";

/// The id of the `n`th order.
pub fn id(n: usize) -> String {
    format!("3f6d1c52-0000-4a55-9d0c-{n:012}")
}

/// A paid order of two lines for the default location: 2 x 10.00 + 5.00 + 3.60 postage, VAT 20 % included.
pub fn good() -> Value {
    json!({
        "OrderId": ID, "NumOrderId": 100_001, "Processed": false, "FulfilmentLocationId": DEFAULT,
        "GeneralInfo": {
            "Status": 1, "Marker": 0, "IsParked": false, "HoldOrCancel": false, "InvoicePrinted": false,
            "Identifiers": [], "ReferenceNum": " 5551-A ", "SecondaryReference": "#1042", "ExternalReferenceNum": "EXT-9",
            "ReceivedDate": "2026-03-02T09:12:40Z", "Source": "EBAY", "SubSource": "EBAY1", "SiteCode": "UK",
            "DespatchByDate": "2026-03-04T23:59:59Z", "Location": DEFAULT
        },
        "ShippingInfo": {"Vendor": "Royal Mail", "PostalServiceName": "Royal Mail 48", "TotalWeight": 1.5,
            "PostageCost": 3.6, "PostageCostExTax": 3.0},
        "CustomerInfo": {"ChannelBuyerName": "buyer", "Address": {
            "EmailAddress": "buyer@example.test", "Address1": "1 Test Street", "Address2": "", "Address3": null, "Town": "Leeds",
            "Region": "West Yorkshire", "PostCode": "LS1 1AA", "Country": "United Kingdom", "FullName": "Test Buyer",
            "Company": "", "PhoneNumber": "01130000000", "CountryId": "1a7f9c3e-0000-4000-8000-000000000826"}},
        "TotalsInfo": {"Subtotal": 20.84, "PostageCost": 3.6, "PostageCostExTax": 3.0, "Tax": 4.76, "TotalCharge": 28.6,
            "TotalDiscount": 0.0, "Currency": "GBP"},
        "FolderName": [""], "ExtendedProperties": [], "Notes": [], "TaxId": "GB123",
        "Items": [line(1, "TEE", 2, 16.67, 20.0), line(2, "MUG", 1, 4.17, 5.0)]
    })
}

/// A line that is linked to a stock item.
pub fn line(n: usize, sku: &str, quantity: i64, net: f64, gross: f64) -> Value {
    json!({"RowId": format!("7b2f0000-0000-4000-8000-{n:012}"), "StockItemId": format!("5a1e0000-0000-4000-8000-{n:012}"),
        "ItemNumber": format!("CH-{n}"), "SKU": sku, "Title": sku, "ChannelTitle": format!("{sku} as seen"), "Quantity": quantity,
        "PricePerUnit": 0.0, "Cost": net, "CostIncTax": gross, "TaxRate": 20.0, "TaxCostInclusive": true, "Discount": 0.0,
        "DiscountValue": 0.0, "CompositeSubItems": [], "IsService": false, "IsUnlinked": false, "AdditionalInfo": [], "BinRack": "A1"})
}

/// The good order with other values at these JSON pointers.
pub fn bent(changes: &[(&str, Value)]) -> Value {
    let mut order = good();
    for (pointer, value) in changes {
        match order.pointer_mut(pointer) {
            Some(place) => *place = value.clone(),
            None => panic!("there is no {pointer}"),
        }
    }
    order
}

/// What becomes of one order.
pub fn fetch(order: &Value, ctx: &Context) -> Fetched {
    let host = Fake::with_orders(std::slice::from_ref(order));
    host.always("Orders/GetAllOpenOrders", json!([]));
    let id = order["OrderId"].as_str().unwrap().to_owned();
    run(import::fetch(&host, ctx, &[id])).unwrap().remove(0)
}

/// The order as the warehouse gets it.
pub fn ready(order: &Value, ctx: &Context) -> Order {
    match fetch(order, ctx) {
        Fetched::Ready(order) => order,
        other => panic!("not ready: {other:?}"),
    }
}

/// Why it is not taken.
pub fn skipped(order: &Value, ctx: &Context) -> Skip {
    match fetch(order, ctx) {
        Fetched::Skipped(skip) => skip,
        other => panic!("not skipped: {other:?}"),
    }
}

/// Codes of the checks that did not pass.
pub fn reasons(order: &Value, ctx: &Context) -> Vec<String> {
    skipped(order, ctx).verdicts.into_iter().map(|verdict| verdict.check).collect()
}
