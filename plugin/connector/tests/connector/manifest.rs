//! The manifest as the operator reviews it.
use std::collections::BTreeSet;

use linnworks_connector::contract::manifest::{Effect, Operation};
use linnworks_connector::manifest::describe;
use linnworks_connector::settings::Settings;
use serde_json::{Value, json};
use test_needs::{Need, VENDOR_FOLDER, skip, vendor_folder};

fn schema() -> Value {
    serde_json::from_str(&describe().settings_schema).unwrap()
}

fn valid(settings: &Value) -> bool {
    jsonschema::validator_for(&schema()).unwrap().is_valid(settings)
}

fn settings(more: Value) -> Value {
    let mut settings =
        json!({"Warehouse": "Main", "Channel": "Web shop", "ApiToken": "3f6d1c52-7b0e-4a55-9d0c-5a8f2c1e7a01"});
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    settings
}

#[test]
fn the_settings_schema_is_what_was_reviewed() {
    insta::assert_json_snapshot!(schema());
}

#[test]
fn the_rest_of_the_manifest_is_what_was_reviewed() {
    let mut description = serde_json::to_value(describe()).unwrap();
    for generated in ["settings-schema", "settings_schema", "version"] {
        description.as_object_mut().unwrap().remove(generated);
    }
    insta::assert_json_snapshot!(description);
}

#[test]
fn the_schema_is_valid_and_every_property_is_explained_to_a_person() {
    let schema = schema();
    assert!(jsonschema::meta::is_valid(&schema));
    for (name, property) in schema["properties"].as_object().unwrap() {
        for member in ["title", "description", "x-group"] {
            assert!(property[member].as_str().is_some_and(|text| !text.is_empty()), "{name} has no {member}");
        }
    }
}

#[test]
fn the_schema_admits_what_the_connector_reads_and_refuses_the_rest() {
    assert!(valid(&settings(json!({}))));
    assert!(valid(&settings(json!({"ApiToken": " 3f6d1c52-7b0e-4a55-9d0c-5a8f2c1e7a01\n"}))), "as pasted");
    for wrong in [
        json!({"ApiToken": "abc"}),
        json!({"Location": "Default"}),
        json!({"Frequency": 0}),
        json!({"OrderPrefix": "A B"}),
        json!({"StockSyncValueType": "Level"}),
        json!({"EarliestOrderDate": "yesterday"}),
        json!({"MarkAsTaken": {"By": "Folder", "Name": ""}}),
        json!({"MarkAsTaken": {"By": "Folder"}}),
        json!({"CourierMapping": [{"Linnworks": "DPD"}]}),
        json!({"FolderFilter": {"Only": []}}),
        json!({"Unheard": true}),
    ] {
        assert!(!valid(&settings(wrong.clone())), "{wrong}");
    }
    let mut without = settings(json!({}));
    without.as_object_mut().unwrap().remove("ApiToken");
    assert!(!valid(&without), "a connection needs a token");
}

#[test]
fn the_defaults_of_the_schema_are_valid_and_readable_by_the_connector() {
    let schema = schema();
    let mut filled = settings(json!({}));
    for (name, property) in schema["properties"].as_object().unwrap() {
        if let Some(default) = property.get("default") {
            filled[name] = default.clone();
        }
    }
    assert!(valid(&filled));
    filled.as_object_mut().unwrap().remove("ApiToken");
    let read = Settings::parse(&filled.to_string()).unwrap();
    assert_eq!(read, Settings { warehouse: "Main".to_owned(), channel: "Web shop".to_owned(), ..Settings::default() });
}

#[test]
fn only_the_token_is_secret_and_its_remedy_says_how_to_get_one() {
    let schema = schema();
    let secret =
        schema["properties"].as_object().unwrap().iter().filter(|(_, property)| property["writeOnly"] == json!(true));
    assert_eq!(secret.map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["ApiToken"]);
    let remedy = schema["properties"]["ApiToken"]["x-remedy"].as_str().unwrap();
    for words in ["install address", "log in", "Application Installed"] {
        assert!(remedy.contains(words), "{words}");
    }
}

#[test]
fn operations_are_unique_and_these_write() {
    let description = describe();
    let names: BTreeSet<&str> = description.operations.iter().map(|operation| operation.name.as_str()).collect();
    assert_eq!(names.len(), description.operations.len());
    let of = |wanted: fn(&Operation) -> bool| -> Vec<&str> {
        description.operations.iter().filter(|one| wanted(one)).map(|one| one.name.as_str()).collect()
    };
    let marks = ["Orders/AssignToFolder", "OpenOrders/AssignOrderIdentifier", "Orders/SetInvoicesPrinted"];
    let despatch = [
        "Orders/SetOrderShippingInfo",
        "Orders/ChangeOrderTag",
        "Orders/ProcessOrder_RequiredBatchScans",
        "Orders/ProcessOrdersInBatch",
        "Orders/ProcessOrder",
        "Orders/SplitOrder",
    ];
    let goods = [
        "Stock/SetStockLevel",
        "PurchaseOrder/Deliver_PurchaseItem",
        "ReturnsRefunds/CreateRMABooking",
        "ReturnsRefunds/ActionRMABooking",
    ];
    assert_eq!(of(|one| one.effect != Effect::Read), [&marks[..], &despatch, &goods].concat());
    // Setting a level is what a stock run itself does.
    assert_eq!(of(|one| one.moves_stock), [&despatch[3..5], &goods[1..]].concat());
}

#[test]
fn methods_and_quotas_are_those_of_the_vendors_description() {
    let path = vendor_folder().join("endpoints.txt");
    let Ok(endpoints) = std::fs::read_to_string(&path) else {
        return skip(Need::VendorDescription, &format!("{} is not there; set {VENDOR_FOLDER}", path.display()));
    };
    for operation in describe().operations {
        let line =
            format!("{} {} ", format!("{:?}", operation.method).to_uppercase().replace("METHOD::", ""), operation.path);
        let described = endpoints.lines().find(|described| described.starts_with(&line));
        let described = described.unwrap_or_else(|| panic!("the vendor has no {line}"));
        assert!(described.contains(&format!("Rate limit: {} / minute", operation.calls_per_minute)), "{described}");
    }
}
