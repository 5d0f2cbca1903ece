//! Countries and postal services.

use super::{Call, Endpoint};
use crate::http::reply::{ApiError, Reply};
use crate::state::render::put;
use serde_json::{Value, json};

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::get("Inventory/GetCountries", 150, countries),
    Endpoint::get("Orders/GetCountries", 150, order_countries),
    Endpoint::get("PostalServices/GetPostalServices", 150, services),
];

fn countries(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let rows: Vec<_> = call
        .account
        .countries
        .iter()
        .map(|country| {
            let mut row = json!(country);
            put(&mut row, &["AddressFormat"], Value::String(String::new()));
            put(&mut row, &["Regions"], json!([]));
            put(&mut row, &["RegionsCount"], json!(0));
            row
        })
        .collect();
    Reply::json(&rows, call.config)
}

fn order_countries(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let rows: Vec<_> = call
        .account
        .countries
        .iter()
        .map(|country| {
            json!({
                "CountryId": country.country_id,
                "CountryName": country.country_name,
                "CountryCode": country.country_code,
                "Continent": country.continent,
                "CustomsRequired": country.customs_required,
                "TaxRate": country.tax_rate,
            })
        })
        .collect();
    Reply::json(&rows, call.config)
}

fn services(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let rows: Vec<_> = call
        .account
        .postal_services
        .iter()
        .map(|service| {
            json!({
                "id": service.id,
                "pkPostalServiceId": service.id,
                "PostalServiceName": service.postal_service_name,
                "PostalServiceTag": service.postal_service_tag,
                "PostalServiceCode": service.postal_service_code,
                "ServiceCountry": "",
                "Vendor": service.vendor,
                "PrintModule": "",
                "PrintModuleTitle": "",
                "TrackingNumberRequired": service.tracking_number_required,
                "WeightRequired": service.weight_required,
                "IgnorePackagingGroup": false,
                "hasMappedShippingService": false,
                "fkShippingAPIConfigId": 0,
                "IntegratedServiceId": uuid::Uuid::nil(),
                "Channels": [],
                "ShippingServices": [],
            })
        })
        .collect();
    Reply::json(&rows, call.config)
}
