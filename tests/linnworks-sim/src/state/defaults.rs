//! Countries, postal services and identifiers that an account has unless its seed brings its own.

use super::{Country, Identifier, PostalService};
use uuid::Uuid;

const NAMESPACE: Uuid = Uuid::from_u128(0x1157_0000_0000_4000_8000_0000_0000_0000);

/// Countries with the English names that Linnworks uses.
pub fn countries() -> Vec<Country> {
    [
        ("United Kingdom", "GB", "Europe", "GBP", 20.0),
        ("Ireland", "IE", "Europe", "EUR", 23.0),
        ("France", "FR", "Europe", "EUR", 20.0),
        ("Germany", "DE", "Europe", "EUR", 19.0),
        ("Italy", "IT", "Europe", "EUR", 22.0),
        ("Spain", "ES", "Europe", "EUR", 21.0),
        ("Portugal", "PT", "Europe", "EUR", 23.0),
        ("Netherlands", "NL", "Europe", "EUR", 21.0),
        ("Belgium", "BE", "Europe", "EUR", 21.0),
        ("Luxembourg", "LU", "Europe", "EUR", 17.0),
        ("Austria", "AT", "Europe", "EUR", 20.0),
        ("Switzerland", "CH", "Europe", "CHF", 8.1),
        ("Denmark", "DK", "Europe", "DKK", 25.0),
        ("Sweden", "SE", "Europe", "SEK", 25.0),
        ("Norway", "NO", "Europe", "NOK", 25.0),
        ("Finland", "FI", "Europe", "EUR", 25.5),
        ("Poland", "PL", "Europe", "PLN", 23.0),
        ("Czech Republic", "CZ", "Europe", "CZK", 21.0),
        ("Greece", "GR", "Europe", "EUR", 24.0),
        ("Hungary", "HU", "Europe", "HUF", 27.0),
        ("Romania", "RO", "Europe", "RON", 19.0),
        ("Guernsey", "GG", "Europe", "GBP", 0.0),
        ("Jersey", "JE", "Europe", "GBP", 5.0),
        ("Isle of Man", "IM", "Europe", "GBP", 20.0),
        ("United States", "US", "North America", "USD", 0.0),
        ("Canada", "CA", "North America", "CAD", 5.0),
        ("Mexico", "MX", "North America", "MXN", 16.0),
        ("Brazil", "BR", "South America", "BRL", 0.0),
        ("Australia", "AU", "Oceania", "AUD", 10.0),
        ("New Zealand", "NZ", "Oceania", "NZD", 15.0),
        ("Japan", "JP", "Asia", "JPY", 10.0),
        ("China", "CN", "Asia", "CNY", 13.0),
        ("Hong Kong", "HK", "Asia", "HKD", 0.0),
        ("Singapore", "SG", "Asia", "SGD", 9.0),
        ("India", "IN", "Asia", "INR", 18.0),
        ("South Korea", "KR", "Asia", "KRW", 10.0),
        ("United Arab Emirates", "AE", "Asia", "AED", 5.0),
        ("Israel", "IL", "Asia", "ILS", 17.0),
        ("Turkey", "TR", "Asia", "TRY", 20.0),
        ("South Africa", "ZA", "Africa", "ZAR", 15.0),
    ]
    .into_iter()
    .map(|(name, code, continent, currency, tax_rate)| Country {
        country_id: Uuid::new_v5(&NAMESPACE, format!("country/{code}").as_bytes()),
        country_name: name.to_owned(),
        country_code: code.to_owned(),
        continent: continent.to_owned(),
        currency: currency.to_owned(),
        customs_required: currency != "GBP" && currency != "EUR",
        tax_rate,
    })
    .collect()
}

/// Shipping methods; the first is "Default" with the zero GUID.
pub fn postal_services() -> Vec<PostalService> {
    [
        ("Default", "NONE"),
        ("Royal Mail 24", "Royal Mail"),
        ("Royal Mail 48", "Royal Mail"),
        ("DPD Next Day", "DPD"),
        ("Evri Standard", "Evri"),
    ]
    .into_iter()
    .map(|(name, vendor)| postal_service(name, vendor))
    .collect()
}

/// A shipping method by name; "Default" has the zero GUID.
pub(crate) fn postal_service(name: &str, vendor: &str) -> PostalService {
    let id =
        if name == "Default" { Uuid::nil() } else { Uuid::new_v5(&NAMESPACE, format!("service/{name}").as_bytes()) };
    PostalService {
        id,
        postal_service_name: name.to_owned(),
        postal_service_tag: name.to_owned(),
        vendor: vendor.to_owned(),
        ..PostalService::default()
    }
}

/// The identifiers that the system brings.
pub fn identifiers() -> Vec<Identifier> {
    [
        (1, "PRIME", "Amazon Prime"),
        (2, "SCHEDULED", "Scheduled delivery"),
        (3, "CLICK_AND_COLLECT", "Click and Collect"),
        (4, "PICKUP", "Pickup"),
        (5, "AMAZON_PREMIUM", "Amazon Premium Order"),
    ]
    .into_iter()
    .map(|(number, tag, name)| Identifier {
        identifier_id: number,
        is_custom: false,
        image_id: None,
        image_url: None,
        tag: tag.to_owned(),
        name: name.to_owned(),
    })
    .collect()
}
