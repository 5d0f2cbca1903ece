//! The live-shaped samples satisfy the vendor's description, apart from the known differences.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is not as expected ends the test"
)]

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fs;
use test_needs::vendor_folder;
use vendor_spec::{Evidence, Reading, VendorSpec, Violation, known_differences};

/// Identifiers that whoever published the recording had replaced by the text `abcd`.
const REPLACED_IDENTIFIERS: [&str; 4] = ["Id", "Token", "EntityId", "UserId"];

fn spec() -> Option<VendorSpec> {
    VendorSpec::load().unwrap().or_skip()
}

fn sample(name: &str) -> Value {
    let path = vendor_folder().join("samples").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn page(row: Value) -> Value {
    json!({ "PageNumber": 1, "EntriesPerPage": 200, "TotalEntries": 1, "TotalPages": 1, "Data": [row] })
}

/// A sample as the response that it is (or is a part of), with the operation that gives it.
fn as_response(file: &str, whole: &Value) -> Option<(&'static str, Value)> {
    Some(match file {
        "auth-authorizebyapplication.booni3-2019.json" => {
            let mut session = whole.clone();
            for name in REPLACED_IDENTIFIERS {
                assert_eq!(session[name], "abcd", "{name} is a placeholder no longer, so take it off the list");
                session[name] = json!("3f6d1c52-7b0e-4a55-9d0c-5a8f2c1e7a01");
            }
            ("/api/Auth/AuthorizeByApplication", session)
        }
        "openorders-getopenorders-merged.hrollings24-2023.json" => {
            let mut page = page(whole.clone());
            page["ResultCountRemovedByPostFilter"] = json!(0);
            ("/api/OpenOrders/GetOpenOrders", page)
        }
        "orderdetails.synthetic-full.json" => ("/api/Orders/GetOrdersById", json!([whole])),
        "orders-getopenorders-row.live-redacted-2026.json" => ("/api/Orders/GetOpenOrders", page(whole.clone())),
        "orders-getopenorders.synthetic-page.json" => ("/api/Orders/GetOpenOrders", whole.clone()),
        "orders-setordershippinginfo-response.live-redacted-2026.json" => {
            ("/api/Orders/SetOrderShippingInfo", whole["body"].clone())
        }
        _ => return None,
    })
}

fn listed(violations: &[Violation]) -> String {
    violations.iter().map(|violation| format!("  {violation}\n")).collect()
}

fn file_names(of: &str) -> Vec<String> {
    let entries = fs::read_dir(vendor_folder().join(of)).unwrap().map(|entry| entry.unwrap());
    let files = entries.filter(|entry| entry.file_type().unwrap().is_file());
    files.map(|entry| entry.file_name().into_string().unwrap()).collect()
}

#[test]
fn every_recorded_response_satisfies_the_description() {
    let Some(spec) = spec() else { return };
    let mut complaints = String::new();
    for file in file_names("samples").iter().filter(|file| file.ends_with(".json") && *file != "error-bodies.json") {
        let whole = sample(file);
        let (path, response) =
            as_response(file, &whole).unwrap_or_else(|| panic!("{file} is new: say in as_response what it answers"));
        let found = spec.check_closed_response("POST", path, 200, response.to_string().as_bytes());
        if !found.is_empty() {
            complaints += &format!("{file} as {path}:\n{}", listed(&found));
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}

#[test]
fn the_recorded_problem_body_satisfies_the_description() {
    let Some(spec) = spec() else { return };
    let problem = &sample("error-bodies.json")["v2_problem_json_from_spec"];
    let found = spec.check_response("GET", "/v2/orders", 401, problem.to_string().as_bytes());
    assert!(found.is_empty(), "{}", listed(&found));
}

#[test]
fn every_generated_example_satisfies_its_definition() {
    let Some(spec) = spec() else { return };
    let mut complaints = String::new();
    for file in file_names("samples/generated") {
        let stem = file.trim_end_matches(".json").split_once('-').unwrap().1;
        let (description, definition) = stem.split_once('.').unwrap();
        let reading = if definition.ends_with("Request") { Reading::Request } else { Reading::ClosedResponse };
        let example = sample(&format!("generated/{file}"));
        match spec.check_definition(&format!("{description}.json"), definition, reading, &example) {
            Some(found) if found.is_empty() => {}
            Some(found) => complaints += &format!("{file}:\n{}", listed(&found)),
            None => complaints += &format!("{file}: {description}.json has no definition {definition}\n"),
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}

#[test]
fn every_member_seen_on_live_open_orders_is_described() {
    let Some(spec) = spec() else { return };
    let path = vendor_folder().join("samples/openorder-live-key-presence.tanviacorn-2026.tsv");
    let text = fs::read_to_string(&path).unwrap();
    let mut order = Value::Object(Map::new());
    for row in text.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        insert(&mut order, columns[0], columns[2]);
    }
    let response = page(order).to_string();
    let found = spec.check_closed_response("POST", "/api/Orders/GetOpenOrders", 200, response.as_bytes());
    // The list of keys has types but no values, so that formats and enumerations cannot be judged.
    let found: Vec<Violation> = found.into_iter().filter(|v| v.rule != "format" && v.rule != "enum").collect();
    assert!(found.is_empty(), "{}", listed(&found));
}

/// Puts a value of the named type at a path such as `Items[].SKU`.
fn insert(target: &mut Value, path: &str, kind: &str) {
    let Some((step, rest)) = path.split_once('.') else {
        target[path] = match kind {
            "int" => json!(1),
            "float" => json!(1.5),
            "bool" => json!(true),
            "str" => json!("text"),
            "list" => json!([]),
            "dict" => json!({}),
            other => panic!("unknown type {other} in the list of keys"),
        };
        return;
    };
    match step.strip_suffix("[]") {
        Some(step) => {
            if target[step].as_array().is_none_or(Vec::is_empty) {
                target[step] = json!([{}]);
            }
            insert(&mut target[step][0], rest, kind);
        }
        None => insert(&mut target[step], rest, kind),
    }
}

#[test]
fn every_known_difference_is_still_needed() {
    let Some(spec) = spec() else { return };
    for difference in known_differences() {
        assert!(!difference.why.is_empty() && !difference.source.is_empty(), "{difference:?} lacks its reason");
        let found = match difference.evidence {
            Evidence::Sample { file, pointer } => {
                let response = sample(file).pointer(pointer).unwrap().to_string();
                let reading = Reading::ClosedResponse;
                spec.check_response_to_the_letter(difference.method, difference.path, 200, response.as_bytes(), reading)
            }
            Evidence::Request(body) => {
                let json = Some("application/json");
                spec.check_request_to_the_letter(difference.method, difference.path, "", json, body.as_bytes())
            }
        };
        let covered = found.iter().filter(|v| difference.covers(difference.method, difference.path, v));
        let shown: BTreeSet<&str> = covered.filter_map(|v| difference.pattern(v)).collect();
        for pointer in difference.pointers {
            assert!(
                shown.contains(pointer),
                "{pointer} of {} is broken no more: take it off the list",
                difference.path
            );
        }
    }
}
