//! Wrong requests and responses are reported where they are wrong; right ones are not.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "what is not as expected ends the test")]

use serde_json::json;
use vendor_spec::{Place, VendorSpec, Violation};

const JSON: Option<&str> = Some("application/json; charset=utf-8");
const FORM: Option<&str> = Some("application/x-www-form-urlencoded");
const ID: &str = "3f6d1c52-7b0e-4a55-9d0c-5a8f2c1e7a01";

fn spec() -> Option<VendorSpec> {
    VendorSpec::load().unwrap().or_skip()
}

/// Place, pointer and rule of each violation.
fn seen(violations: &[Violation]) -> Vec<(Place, &str, &str)> {
    violations.iter().map(|v| (v.place, v.pointer.as_str(), v.rule.as_str())).collect()
}

#[test]
fn the_description_states_methods_and_rate_limits() {
    let Some(spec) = spec() else { return };
    let operation = spec.operation("post", "/API/orders/getopenorders").unwrap();
    assert_eq!((operation.method.as_str(), operation.path.as_str()), ("POST", "/api/Orders/GetOpenOrders"));
    assert_eq!(operation.rate_limit_per_minute, Some(250));
    assert_eq!(spec.operation("GET", "/api/Orders/GetOrderById").unwrap().rate_limit_per_minute, Some(150));
    assert!(spec.operation("GET", "/v2/orders").unwrap().rate_limit_per_minute.is_none());
    let unlimited =
        spec.operations().iter().filter(|o| !o.path.starts_with("/v2")).filter(|o| o.rate_limit_per_minute.is_none());
    assert_eq!(unlimited.count(), 0);
}

#[test]
fn a_right_json_request_passes() {
    let Some(spec) = spec() else { return };
    let body = json!({ "entriesPerPage": 200, "pageNumber": 1, "fulfilmentCenter": ID, "additionalFilter": "",
        "filters": { "NumericFields": [{ "FieldCode": "GENERAL_INFO_STATUS", "Type": "Equal", "Value": 1 }] },
        "sorting": [{ "FieldCode": 6, "Direction": 0, "Order": 0 }] });
    let found = spec.check_request("POST", "/api/Orders/GetOpenOrders", "", JSON, body.to_string().as_bytes());
    assert_eq!(seen(&found), []);
}

#[test]
fn a_misspelt_member_is_reported_where_it_stands() {
    let Some(spec) = spec() else { return };
    let body = json!({ "entriesPerPage": 200, "pageNumber": 1, "fulfillmentCenter": ID,
        "filters": { "NumericFields": [{ "FieldCode": "GENERAL_INFO_STATUS", "Tipe": "Equal" }] } });
    let found = spec.check_request("POST", "/api/Orders/GetOpenOrders", "", JSON, body.to_string().as_bytes());
    let mut seen = seen(&found);
    seen.sort_by_key(|(_, pointer, _)| *pointer);
    assert_eq!(
        seen,
        [
            (Place::RequestBody, "/filters/NumericFields/0/Tipe", "additionalProperties"),
            (Place::RequestBody, "/fulfillmentCenter", "additionalProperties"),
        ]
    );
}

#[test]
fn member_names_are_matched_without_regard_to_case() {
    let Some(spec) = spec() else { return };
    let body = json!({ "PKORDERIDS": [ID] });
    let found = spec.check_request("POST", "/api/Orders/GetOrdersById", "", JSON, body.to_string().as_bytes());
    assert_eq!(seen(&found), []);
}

#[test]
fn a_missing_wrapper_and_a_needless_one_are_reported() {
    let Some(spec) = spec() else { return };
    let bare = json!({ "StockItemIds": [ID] }).to_string();
    let found = spec.check_request("POST", "/api/Stock/GetStockLevel_Batch", "", JSON, bare.as_bytes());
    assert_eq!(seen(&found), [(Place::RequestBody, "/StockItemIds", "additionalProperties")]);
    let wrapped = json!({ "request": { "StockItemIds": [ID] } }).to_string();
    assert_eq!(seen(&spec.check_request("POST", "/api/Stock/GetStockLevel_Batch", "", JSON, wrapped.as_bytes())), []);
    let found = spec.check_request("POST", "/api/Stock/GetStockItemsByIds", "", JSON, wrapped.as_bytes());
    assert_eq!(seen(&found), [(Place::RequestBody, "/request", "additionalProperties")]);
}

#[test]
fn wrong_types_formats_and_names_are_reported() {
    let Some(spec) = spec() else { return };
    let body = json!({ "entriesPerPage": 3_000_000_000_u64, "pageNumber": "1", "fulfilmentCenter": "here",
        "filters": { "DateFields": [{ "FieldCode": "GENERAL_INFO_DATE", "Type": "Between", "DateFrom": "yesterday" }] } });
    let found = spec.check_request("POST", "/api/Orders/GetOpenOrders", "", JSON, body.to_string().as_bytes());
    let mut seen = seen(&found);
    seen.sort_by_key(|(_, pointer, _)| *pointer);
    assert_eq!(
        seen,
        [
            (Place::RequestBody, "/entriesPerPage", "maximum"),
            (Place::RequestBody, "/filters/DateFields/0/DateFrom", "format"),
            (Place::RequestBody, "/filters/DateFields/0/Type", "enum"),
            (Place::RequestBody, "/fulfilmentCenter", "format"),
            (Place::RequestBody, "/pageNumber", "type"),
        ]
    );
}

#[test]
fn forms_carry_scalars_as_text_and_objects_as_json() {
    let Some(spec) = spec() else { return };
    let right = format!("pkOrderIds=%5B%22{ID}%22%5D");
    assert_eq!(seen(&spec.check_request("POST", "/api/Orders/GetOrdersById", "", FORM, right.as_bytes())), []);
    let right = format!("orderId={ID}&scanPerformed=True&locationId=&context=null");
    assert_eq!(seen(&spec.check_request("POST", "/api/Orders/ProcessOrder", "", FORM, right.as_bytes())), []);
    let wrong = format!("orderId={ID}&scanPerformed=maybe&scan=1");
    let found = spec.check_request("POST", "/api/Orders/ProcessOrder", "", FORM, wrong.as_bytes());
    let mut seen = seen(&found);
    seen.sort_by_key(|(_, pointer, _)| *pointer);
    assert_eq!(
        seen,
        [(Place::RequestBody, "/scan", "additionalProperties"), (Place::RequestBody, "/scanPerformed", "type")]
    );
}

#[test]
fn a_form_of_one_field_may_hold_the_whole_request() {
    let Some(spec) = spec() else { return };
    let path = "/api/Auth/AuthorizeByApplication";
    let whole = format!("request=%7B%22ApplicationId%22%3A%22{ID}%22%7D");
    assert_eq!(seen(&spec.check_request("POST", path, "", FORM, whole.as_bytes())), []);
    let flat = format!("applicationId={ID}&applicationSecret={ID}&token={ID}");
    assert_eq!(seen(&spec.check_request("POST", path, "", FORM, flat.as_bytes())), []);
}

#[test]
fn query_parameters_are_judged_by_name_and_type() {
    let Some(spec) = spec() else { return };
    let judge = |query: &str| {
        let found = spec.check_request("GET", "/api/Orders/GetOrderById", query, None, b"");
        found.iter().map(|v| (v.pointer.clone(), v.rule.clone())).collect::<Vec<_>>()
    };
    assert_eq!(judge(&format!("pkorderid+={ID}")), []);
    assert_eq!(judge("pkOrderId=nonsense"), [("/pkOrderId".to_owned(), "format".to_owned())]);
    assert_eq!(judge(&format!("orderId={ID}")), [("/orderId".to_owned(), "additionalProperties".to_owned())]);
}

#[test]
fn unknown_paths_and_methods_are_told_apart() {
    let Some(spec) = spec() else { return };
    let found = spec.check_request("GET", "/api/Orders/GetOpenOrders", "", None, b"");
    assert_eq!(seen(&found), [(Place::Operation, "", "method")]);
    let found = spec.check_request("POST", "/api/Orders/MarkOrderAsDispatched", "", JSON, b"{}");
    assert_eq!(seen(&found), [(Place::Operation, "", "path")]);
}

#[test]
fn a_body_under_an_unknown_content_type_is_reported() {
    let Some(spec) = spec() else { return };
    let found = spec.check_request("POST", "/api/Orders/GetOrdersById", "", Some("text/plain"), b"{}");
    assert_eq!(seen(&found), [(Place::RequestBody, "", "encoding")]);
    let found = spec.check_request("POST", "/api/Orders/GetOrdersById", "", JSON, b"pkOrderIds=1");
    assert_eq!(seen(&found), [(Place::RequestBody, "", "syntax")]);
}

#[test]
fn a_wrong_response_is_reported_where_it_is_wrong() {
    let Some(spec) = spec() else { return };
    let body = json!([{ "OrderId": ID.to_uppercase(), "NumOrderId": "100234", "ProcessedDateTime": null,
        "GeneralInfo": { "ReceivedDate": "2026-03-02 09:12", "StockAllocationType": 0 }, "Items": [null], "Extra": 1 }]);
    let path = "/api/Orders/GetOrdersById";
    let found = spec.check_response("POST", path, 200, body.to_string().as_bytes());
    let mut expected = vec![
        (Place::ResponseBody, "/0/GeneralInfo/ReceivedDate", "format"),
        (Place::ResponseBody, "/0/GeneralInfo/StockAllocationType", "type"),
        (Place::ResponseBody, "/0/Items/0", "not"),
        (Place::ResponseBody, "/0/NumOrderId", "type"),
        (Place::ResponseBody, "/0/OrderId", "format"),
    ];
    let sorted = |found: &[Violation]| {
        let mut sorted: Vec<(Place, String, String)> =
            found.iter().map(|v| (v.place, v.pointer.clone(), v.rule.clone())).collect();
        sorted.sort_by(|a, b| a.1.cmp(&b.1));
        sorted
    };
    let owned = |expected: &[(Place, &str, &str)]| {
        expected
            .iter()
            .map(|(place, pointer, rule)| (*place, (*pointer).to_owned(), (*rule).to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(sorted(&found), owned(&expected));
    let found = spec.check_closed_response("POST", path, 200, body.to_string().as_bytes());
    expected.insert(0, (Place::ResponseBody, "/0/Extra", "additionalProperties"));
    assert_eq!(sorted(&found), owned(&expected));
}

#[test]
fn empty_and_unexpected_bodies_and_statuses_are_reported() {
    let Some(spec) = spec() else { return };
    let judge = |path: &str, status: u16, body: &str| {
        spec.check_response("POST", path, status, body.as_bytes()).into_iter().map(|v| v.rule).collect::<Vec<_>>()
    };
    assert_eq!(judge("/api/Orders/GetOrdersById", 200, ""), ["body"]);
    assert_eq!(judge("/api/Orders/GetOrdersById", 200, "<html>"), ["syntax"]);
    assert_eq!(judge("/api/Orders/GetOrdersById", 204, ""), ["status"]);
    assert_eq!(judge("/api/Orders/GetOrdersById", 429, "anything"), Vec::<String>::new());
    let void = spec.operations().iter().find(|o| o.path == "/api/OpenOrders/DeleteIdentifier").unwrap();
    assert_eq!(judge(&void.path, 204, ""), Vec::<String>::new());
    assert_eq!(judge(&void.path, 200, ""), Vec::<String>::new());
    assert_eq!(judge(&void.path, 200, "{}"), ["body"]);
}

#[test]
fn violations_do_not_repeat_what_was_sent() {
    let Some(spec) = spec() else { return };
    let body = json!({ "pkOrderIds": ["a secret text"] }).to_string();
    let found = spec.check_request("POST", "/api/Orders/GetOrdersById", "", JSON, body.as_bytes());
    assert_eq!(found.len(), 1);
    assert!(!found[0].to_string().contains("secret"), "{}", found[0]);
}
