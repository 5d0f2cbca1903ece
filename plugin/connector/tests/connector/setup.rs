//! The connection check and the list of locations.
use linnworks_connector::contract::{Context, Verdict};
use linnworks_connector::setup;
use serde_json::{Value, json};

use crate::fake::{DEFAULT, Fake, LEEDS, ctx, problem, refused, run, text};

const CENTRE: &str = "9e5d5960-9e3a-4c30-9c4e-9b45fb64b12b";

fn account() -> Fake {
    let host = Fake::new();
    host.always(
        "Inventory/GetStockLocations",
        json!([
            {"StockLocationId": DEFAULT, "LocationName": "Default", "IsFulfillmentCenter": false},
            {"StockLocationId": LEEDS, "LocationName": "Leeds", "LocationTag": "3PL", "IsNotTrackable": true},
            {"StockLocationId": CENTRE, "LocationName": "Centre", "IsFulfillmentCenter": true},
        ]),
    );
    host.always("Orders/GetAllOpenOrders", json!([crate::order::id(1)]));
    host.always(
        "Stock/GetStockItems",
        json!({"Data": [{"Weight": 0.2}, {"Weight": 1.0}, {"Weight": 3}, {"Weight": 0}]}),
    );
    host.always("Orders/GetAvailableFolders", json!([{"FolderName": "Taken"}, {"FolderName": "To 3PL"}]));
    host.always("OpenOrders/GetIdentifiers", json!([{"Tag": "AMAZON_PRIME", "Name": "Prime"}]));
    host.always("PostalServices/GetPostalServices", json!([{"PostalServiceName": "Royal Mail 48"}]));
    host
}

fn check(host: &Fake, settings: Value) -> Vec<Verdict> {
    run(setup::check(host, &ctx(settings))).unwrap()
}

fn verdict(verdicts: &[Verdict], code: &str) -> Verdict {
    verdicts
        .iter()
        .find(|verdict| verdict.check == code)
        .cloned()
        .unwrap_or_else(|| panic!("no {code} in {verdicts:?}"))
}

fn failures(verdicts: &[Verdict]) -> Vec<&str> {
    verdicts.iter().filter(|verdict| !verdict.passed).map(|verdict| verdict.check.as_str()).collect()
}

#[test]
fn a_sound_connection_passes_every_check() {
    let verdicts = check(&account(), json!({"OrderPrefix": "UNL-"}));
    assert_eq!(failures(&verdicts), Vec::<&str>::new());
    let codes: Vec<&str> = verdicts.iter().map(|verdict| verdict.check.as_str()).collect();
    assert_eq!(codes, ["token", "location", "fulfilment-centre", "discovery", "countries", "weights"]);
    assert!(verdicts.iter().all(|verdict| verdict.remedy.is_empty()));
}

#[test]
fn a_refused_token_is_told_with_the_way_to_a_new_one() {
    let host = account();
    host.on("Inventory/GetStockLocations", |_| text(401, ""));
    let verdicts = check(&host, json!({}));
    assert_eq!(failures(&verdicts), ["token"]);
    assert!(verdicts[0].remedy.contains("Application Installed"));
    host.on("Inventory/GetStockLocations", |_| text(503, ""));
    assert_eq!(problem(&run(setup::check(&host, &ctx(json!({})))).unwrap_err()).0, "unavailable");
}

#[test]
fn a_fulfilment_centre_is_refused_with_both_consequences() {
    let verdicts = check(&account(), json!({"Location": CENTRE}));
    let verdict = verdict(&verdicts, "fulfilment-centre");
    assert!(!verdict.passed);
    for words in ["parks", "will not import", "cannot be marked as despatched", "file export"] {
        assert!(verdict.found.contains(words), "{words}: {}", verdict.found);
    }
    assert!(verdict.remedy.contains("normal location"));
}

#[test]
fn every_location_is_listed_and_only_the_fulfilment_centre_is_not_usable() {
    let locations = run(setup::list_locations(&account(), &ctx(json!({})))).unwrap();
    let shapes: Vec<(&str, &str, bool, String)> = locations
        .iter()
        .map(|location| (location.id.as_str(), location.name.as_str(), location.usable, location.notes.join(", ")))
        .collect();
    assert_eq!(
        shapes,
        [
            (DEFAULT, "Default", true, String::new()),
            (LEEDS, "Leeds", true, "not tracked".to_owned()),
            (CENTRE, "Centre", false, "fulfilment centre".to_owned()),
        ]
    );
    assert_eq!(locations[2].problem.as_ref().unwrap().code, "location.fulfilment-centre");
    assert_eq!(locations[1].tag, "3PL");
}

#[test]
fn locations_can_be_listed_before_the_settings_are_complete() {
    let ctx = Context { settings: "{}".to_owned(), ..ctx(json!({})) };
    assert_eq!(run(setup::list_locations(&account(), &ctx)).unwrap().len(), 3);
}

#[test]
fn a_mistyped_location_is_told_with_the_one_that_was_meant() {
    let near = LEEDS.replace("9c4e", "9c4f");
    let found = verdict(&check(&account(), json!({"Location": near})), "location");
    assert!(!found.passed && found.remedy.contains(LEEDS), "{found:?}");
    let far = verdict(&check(&account(), json!({"Location": "11111111-1111-1111-1111-111111111111"})), "location");
    assert!(!far.passed && !far.remedy.contains("Did you mean"), "{far:?}");
}

#[test]
fn an_untracked_location_stops_only_the_stock_sync() {
    assert_eq!(failures(&check(&account(), json!({"Location": LEEDS}))), Vec::<&str>::new());
    assert_eq!(failures(&check(&account(), json!({"Location": LEEDS, "SyncStockLevels": true}))), ["location-tracked"]);
}

#[test]
fn the_way_to_list_orders_is_found_or_its_absence_told() {
    let host = account();
    host.on("Orders/GetAllOpenOrders", |_| refused());
    host.always("OpenOrders/GetViewStats", json!([{"ViewId": 4, "TotalOrders": 1}]));
    host.always("OpenOrders/GetOpenOrderIds", json!({"TotalPages": 1, "Data": [crate::order::id(1)]}));
    let by_view = verdict(&check(&host, json!({})), "discovery");
    assert!(by_view.passed && by_view.found.contains("view 4"), "{by_view:?}");
    host.on("OpenOrders/GetViewStats", |_| refused());
    host.always("Orders/GetOpenOrders", json!({"TotalPages": 1, "Data": []}));
    let by_page = verdict(&check(&host, json!({})), "discovery");
    assert!(by_page.passed && by_page.found.contains("paged"), "{by_page:?}");
    host.on("Orders/GetOpenOrders", |_| refused());
    assert_eq!(failures(&check(&host, json!({}))), ["discovery"]);
}

#[test]
fn a_mark_must_exist_and_a_near_miss_is_named() {
    let marked =
        |by: &str, name: &str| verdict(&check(&account(), json!({"MarkAsTaken": {"By": by, "Name": name}})), "mark");
    assert!(marked("Folder", "taken").passed);
    assert!(marked("Identifier", "AMAZON_PRIME").passed);
    let near = marked("Folder", "Takken");
    assert!(!near.passed && near.remedy.contains("\"Taken\""), "{near:?}");
    let none = marked("Identifier", "WAREHOUSE");
    assert!(!none.passed && none.remedy.contains("AMAZON_PRIME"), "{none:?}");
}

#[test]
fn weights_of_the_wrong_unit_are_noticed() {
    let weigh = |weights: &[f64], grams: bool| {
        let host = account();
        let rows: Vec<Value> = weights.iter().map(|weight| json!({"Weight": weight})).collect();
        host.always("Stock/GetStockItems", json!({"Data": rows}));
        check(&host, json!({"WeightInGrams": grams})).iter().any(|verdict| verdict.check == "advice.weights")
    };
    assert!(weigh(&[180.0, 320.0, 15.0], false));
    assert!(!weigh(&[180.0, 320.0, 15.0], true));
    assert!(weigh(&[0.18, 0.32, 0.015], true));
    assert!(!weigh(&[0.18, 0.32, 0.015], false));
    assert!(!weigh(&[], false));
}

#[test]
fn the_courier_mapping_is_checked_for_doubles_and_strangers() {
    let pair = |name: &str| json!({"Linnworks": name, "CourierService": "X"});
    let doubled = check(&account(), json!({"CourierMapping": [pair("Royal Mail 48"), pair("royal mail 48 ")]}));
    assert_eq!(failures(&doubled), ["courier-mapping"]);
    let strange = check(&account(), json!({"CourierMapping": [pair("Royal Mail 24")]}));
    assert_eq!(failures(&strange), Vec::<&str>::new());
    assert!(verdict(&strange, "advice.courier-mapping").found.contains("Royal Mail 24"));
}

#[test]
fn settings_without_effect_or_with_a_risk_are_told_and_stop_nothing() {
    let cases = [
        (json!({"AutomaticallyImportNewProducts": true}), "advice.new-products"),
        (json!({"DeliverPOOnBookIn": true}), "advice.deliver"),
        (json!({"SyncStockLevels": true, "StockSyncValueType": "OnHand"}), "advice.stock-value"),
        (json!({"OrderPrefix": ""}), "advice.order-prefix"),
    ];
    for (settings, code) in cases {
        let verdicts = check(&account(), settings);
        assert!(verdict(&verdicts, code).passed, "{code}");
        assert_eq!(failures(&verdicts), Vec::<&str>::new(), "{code}");
    }
    let quiet = check(
        &account(),
        json!({"OrderPrefix": "UNL-", "AutomaticallyImportNewProducts": true, "ImportPurchaseOrdersAsAsn": true}),
    );
    assert!(quiet.iter().all(|verdict| !verdict.check.starts_with("advice.")), "{quiet:?}");
}

#[test]
fn settings_that_no_schema_can_refuse_are_refused_here() {
    for (settings, field) in [
        (json!({"EarliestOrderDate": "2026-02-30"}), "EarliestOrderDate"),
        (json!({"DefaultCurrency": "ABC"}), "DefaultCurrency"),
    ] {
        let failure = run(setup::check(&account(), &ctx(settings))).unwrap_err();
        let (kind, problem) = problem(&failure);
        assert_eq!((kind, problem.field.as_deref()), ("invalid-settings", Some(field)));
    }
}
