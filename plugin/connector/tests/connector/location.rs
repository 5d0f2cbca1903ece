//! A location that becomes unusable while its connection is active.
use linnworks_connector::contract::{Context, Failure};
use linnworks_connector::import;
use serde_json::{Value, json};

use crate::fake::{DEFAULT, Fake, LEEDS, NOW, ctx, problem, run, text};
use crate::order::{good, id};

const HOUR: i64 = 3_600_000;
const LOOK: &str = "Inventory/GetStockLocations";

fn account() -> Fake {
    let host = Fake::with_orders(&[good()]);
    host.always("Orders/GetAllOpenOrders", json!([id(1)]));
    host.always("Orders/SetInvoicesPrinted", json!([]));
    host
}

fn at(now: i64) -> Context {
    Context { now, ..ctx(json!({"MarkInvoicePrinted": "OnImport"})) }
}

fn flag(host: &Fake) {
    host.always(LOOK, json!([{"StockLocationId": DEFAULT, "LocationName": "Default", "IsFulfillmentCenter": true}]));
}

fn discover(host: &Fake, now: i64) -> Result<usize, Failure> {
    run(import::discover(host, &at(now))).map(|page| page.candidates.len())
}

#[test]
fn a_sound_location_is_looked_at_once_an_hour_and_an_unsound_one_each_time_until_it_is_sound() {
    let host = account();
    for (now, looks) in [(NOW, 1), (NOW + HOUR - 1, 1), (NOW + HOUR, 2)] {
        assert_eq!(discover(&host, now), Ok(1));
        assert_eq!(host.count(LOOK), looks);
    }
    flag(&host);
    for looks in [3, 4] {
        let failure = discover(&host, NOW + 2 * HOUR).unwrap_err();
        assert_eq!(problem(&failure).1.code, "location.fulfilment-centre");
        assert_eq!(host.count(LOOK), looks);
    }
    host.always(LOOK, json!([{"StockLocationId": DEFAULT, "LocationName": "Default"}]));
    assert_eq!(discover(&host, NOW + 2 * HOUR), Ok(1));
}

#[test]
fn an_unusable_location_ends_listing_finding_and_marking_with_both_consequences_before_any_other_call() {
    let gone = json!([{"StockLocationId": LEEDS, "LocationName": "Leeds"}]);
    let flagged = json!([{"StockLocationId": DEFAULT, "LocationName": "Default", "IsFulfillmentCenter": true}]);
    for (locations, code) in [(flagged, "location.fulfilment-centre"), (gone, "location.unknown")] {
        let host = account();
        host.always(LOOK, locations);
        let failures = [
            discover(&host, NOW).unwrap_err(),
            run(import::find(&host, &at(NOW), "5551-A")).unwrap_err(),
            run(import::acknowledge(&host, &at(NOW), &[id(1)])).unwrap_err(),
        ];
        for failure in failures {
            let (kind, problem) = problem(&failure);
            assert_eq!(
                (kind, problem.code.as_str(), problem.field.as_deref()),
                ("invalid-settings", code, Some("Location"))
            );
            assert!(
                problem.message.contains("import") && problem.message.contains("despatched"),
                "{}",
                problem.message
            );
        }
        assert_eq!(host.called(), Vec::<String>::new());
    }
}

#[test]
fn why_an_order_of_an_unusable_location_stays_out_is_told_first() {
    let host = account();
    flag(&host);
    let explanation = run(import::explain(&host, &at(NOW), &id(1))).unwrap().remove(0);
    assert_eq!(explanation.verdicts[0].check, "location.fulfilment-centre");
    assert!(explanation.verdicts[1..].iter().all(|verdict| verdict.passed), "{explanation:?}");
}

#[test]
fn another_location_is_looked_at_at_once() {
    let host = account();
    discover(&host, NOW).unwrap();
    let moved = |location: &str| Context { now: NOW, ..ctx(json!({"Location": location})) };
    run(import::discover(&host, &moved(LEEDS))).unwrap();
    assert_eq!(host.count(LOOK), 2);
    let failure = run(import::discover(&host, &moved("11111111-1111-1111-1111-111111111111"))).unwrap_err();
    assert_eq!(problem(&failure).1.code, "location.unknown");
}

#[test]
fn a_look_that_fails_ends_the_call() {
    let host = account();
    host.on(LOOK, |_| text(503, ""));
    let failure: Result<Value, Failure> = discover(&host, NOW).map(|count| json!(count));
    assert_eq!(problem(&failure.unwrap_err()).0, "unavailable");
}
