use super::*;
use serde_json::{Value, json};

#[test]
fn the_schemas_defaults_are_the_settings_defaults_property_for_property() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let defaults = serde_json::to_value(Settings::default()).unwrap();
    for (name, property) in schema["properties"].as_object().unwrap() {
        if name == "ApiToken" {
            assert_eq!(property["writeOnly"], json!(true));
            continue;
        }
        let default = property.get("default").cloned().unwrap_or_else(|| json!(""));
        assert_eq!(defaults.get(name), Some(&default), "{name}");
    }
    for name in defaults.as_object().unwrap().keys() {
        assert!(schema["properties"].get(name).is_some(), "{name} is not in the schema");
    }
}
