//! Settings of other versions.
use linnworks_connector::settings::{Settings, VERSION, migrate, version_1};
use serde_json::{Value, json};

fn migrated(from: u32, settings: &Value) -> Value {
    serde_json::from_str(&migrate(from, &settings.to_string()).unwrap()).unwrap()
}

#[test]
fn version_one_becomes_version_two() {
    let old = json!({"Warehouse": "Main", "Prefix": "UNL-", "IgnoreParked": true, "LocationId": "8E5D5960-9E3A-4C30-9C4E-9B45FB64B12A"});
    let new = migrated(1, &old);
    assert_eq!(
        new,
        json!({"Warehouse": "Main", "OrderPrefix": "UNL-", "IgnoreParkedOrders": true, "Location": "8e5d5960-9e3a-4c30-9c4e-9b45fb64b12a"})
    );
    let read = Settings::parse(&new.to_string()).unwrap();
    assert!(read.ignore_parked_orders && read.order_prefix == "UNL-");
    assert!(Settings::parse(&old.to_string()).is_err(), "version 1 itself is not readable");
}

#[test]
fn the_current_version_stays_as_it_is() {
    let settings = json!({"Warehouse": "Main", "OrderPrefix": "UNL-"});
    assert_eq!(migrated(VERSION, &settings), settings);
}

#[test]
fn a_newer_version_comes_back_when_nothing_is_lost_and_is_refused_when_something_would_be() {
    let settings = json!({"Warehouse": "Main", "OrderPrefix": "UNL-"});
    assert_eq!(migrated(VERSION + 1, &settings), settings);
    let refused = migrate(VERSION + 1, &json!({"Warehouse": "Main", "GiftWrapSku": "WRAP"}).to_string()).unwrap_err();
    assert_eq!(refused.field.as_deref(), Some("GiftWrapSku"));
    assert!(refused.message.contains("GiftWrapSku"), "{}", refused.message);
}

#[test]
fn contradictions_and_nonsense_are_refused() {
    let both = json!({"Prefix": "A-", "OrderPrefix": "B-"});
    assert_eq!(migrate(1, &both.to_string()).unwrap_err().field.as_deref(), Some("OrderPrefix"));
    assert_eq!(migrated(1, &json!({"Prefix": "A-", "OrderPrefix": "A-"})), json!({"OrderPrefix": "A-"}));
    assert!(migrate(0, "{}").is_err());
    assert!(migrate(1, "[]").is_err());
    assert!(migrate(1, "{").is_err());
}

#[test]
fn version_one_goes_up_and_back_to_what_it_was() {
    let old = json!({"Warehouse": "Main", "Prefix": "UNL-", "IgnoreParked": true, "LocationId": "8E5D5960-9E3A-4C30-9C4E-9B45FB64B12A"});
    let new = migrate(1, &old.to_string()).unwrap();
    let back: Value = serde_json::from_str(&version_1::migrate(2, &new).unwrap()).unwrap();
    assert_eq!(back, old);
    assert_eq!(serde_json::from_str::<Value>(&version_1::migrate(1, &old.to_string()).unwrap()).unwrap(), old);
}

#[test]
fn going_back_drops_empty_filters_and_refuses_filters_in_use() {
    let empty = json!({"Warehouse": "Main", "FolderFilter": {"Include": [], "Exclude": []}});
    assert_eq!(version_1::migrate(2, &empty.to_string()).unwrap(), r#"{"Warehouse":"Main"}"#);
    let used = json!({"FolderFilter": {"Include": ["To 3PL"], "Exclude": []}});
    let refused = version_1::migrate(2, &used.to_string()).unwrap_err();
    assert_eq!(refused.field.as_deref(), Some("FolderFilter"));
    assert!(version_1::migrate(3, "{}").is_err());
}

#[test]
fn the_schema_of_version_one_admits_version_one_and_refuses_version_two() {
    let schema: Value = serde_json::from_str(&version_1::schema()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let settings = |name: &str, value: Value| json!({"Warehouse": "Main", "Channel": "Web shop", "ApiToken": "3f6d1c52-7b0e-4a55-9d0c-5a8f2c1e7a01", name: value});
    assert!(validator.is_valid(&settings("Prefix", json!("UNL-"))));
    assert!(!validator.is_valid(&settings("OrderPrefix", json!("UNL-"))));
    assert!(!validator.is_valid(&settings("FolderFilter", json!({"Include": []}))));
}
