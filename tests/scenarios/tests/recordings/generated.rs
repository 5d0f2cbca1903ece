//! Generated orders: whatever buyers are called and wherever they live, a recording replays to the byte, and the redaction makes the
//! connector go no other way.

use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Value, json};

use super::{Component, parted, recorded_of, said};

/// Cases of one test run; `PROPTEST_CASES` asks for more.
const CASES: u32 = 8;

/// A name or a line of an address: of some script, of any printable characters, long, or next to nothing.
fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[A-Z][a-zäöüéñßøłž'-]{1,14} [A-Z][a-zäöüéñßøłž'-]{1,14}",
        2 => "[А-Я][а-я]{2,12} [А-Я][а-я]{2,12}",
        1 => "[一-龥]{2,6}",
        1 => "[א-ת]{2,8} [א-ת]{2,8}",
        1 => "[ก-ฮ]{2,8}",
        1 => "\\PC{1,40}",
        1 => "[A-Z][a-zé ]{60,300}",
        1 => "[A-Z]{1,3}",
        1 => "[0-9]{1,12}",
        1 => Just(String::new()),
        1 => Just("  ".to_owned()),
    ]
}

fn country() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["United Kingdom", "Germany", "Poland", "Atlantis", "UNKNOWN", "GB", "United States"])
}

fn service() -> impl Strategy<Value = String> {
    prop_oneof![Just("Royal Mail 24".to_owned()), words(), "[A-Z][a-z ]{58,70}"]
}

prop_compose! {
    fn order()(
        (name, company, address1, address2) in (words(), words(), words(), words()),
        (town, region, code, mail, phone) in (words(), words(), "[A-Z0-9]{2,4} ?[0-9A-Z]{0,7}", "[a-z.]{1,9}@[a-z]{1,8}\\.test", "[+0-9 ()-]{0,18}"),
        (note, gift, tax, country, service) in (words(), words(), "[A-Z]{2}[0-9]{6,9}", country(), service()),
        (paid, parked, locked, folder) in (prop::bool::weighted(0.8), prop::bool::weighted(0.2), prop::bool::weighted(0.1), prop::bool::ANY),
        (quantity, price, set) in (1..5_u32, 0..100_000_u32, prop::bool::weighted(0.3)),
        edited in words(),
    ) -> (Value, String) {
        let sku = if set { "SET" } else { "TEE" };
        let order = json!({
            "FullName": name, "Company": company, "Address1": address1, "Address2": address2, "Town": town, "Region": region,
            "PostCode": code, "EmailAddress": mail, "PhoneNumber": phone, "TaxId": tax, "Country": country, "Service": service,
            "Paid": paid, "Parked": parked, "Locked": locked, "FolderName": if folder { json!(["To 3PL"]) } else { json!([]) },
            "Notes": [{"Note": note, "Internal": false}],
            "Items": [{"SKU": sku, "Quantity": quantity, "PricePerUnit": f64::from(price) / 100.0,
                "AdditionalInfo": [{"Property": "Gift Message", "Value": gift}]}],
        });
        (order, edited)
    }
}

prop_compose! {
    fn settings()(
        filtered in prop::bool::weighted(0.3), mapped in prop::bool::ANY, hold in prop::bool::weighted(0.2),
        ignore_parked in prop::bool::ANY, children in prop::bool::ANY, marked in prop::bool::ANY,
    ) -> Value {
        json!({
            "FolderFilter": if filtered { json!({"Include": ["to 3pl"]}) } else { json!({"Include": []}) },
            "CourierMapping": if mapped { json!([{"Linnworks": "royal mail 24", "CourierService": "RM24"}]) } else { json!([]) },
            "UnmappedCourier": if hold && mapped { "Hold" } else { "ImportWithout" },
            "IgnoreParkedOrders": ignore_parked,
            "CompositeItems": if children { "Children" } else { "Parent" },
            "MarkAsTaken": if marked { json!({"By": "Folder", "Name": "Taken"}) } else { Value::Null },
        })
    }
}

/// Imports, reviews, edits, reviews again, despatches.
fn case(orders: &[(Value, String)], settings: Value) -> String {
    let placed: Vec<Value> = orders
        .iter()
        .enumerate()
        .map(|(at, (order, _))| {
            let mut order = order.clone();
            order["ReferenceNum"] = json!(format!("A-{at}"));
            order
        })
        .collect();
    let edits: Value = orders
        .iter()
        .enumerate()
        .filter(|(at, _)| at % 2 == 0)
        .map(|(at, (_, edited))| (format!("A-{at}"), json!({ "Town": edited })))
        .collect::<serde_json::Map<String, Value>>()
        .into();
    json!({
        "title": "Generated orders",
        "given": {
            "simulator": {"account": {
                "Folders": ["Taken", "To 3PL"],
                "Items": [{"SKU": "TEE"}, {"SKU": "MUG"}, {"SKU": "SET", "Components": {"TEE": 2, "MUG": 1}}],
                "Orders": placed,
            }},
            "wms": {"couriers": ["RM24"], "products": ["TEE", "MUG", "SET"]},
            "settings": settings,
        },
        "steps": [
            {"run": {"flow": "import-orders", "dry-run": true}},
            {"run": "import-orders"},
            {"why": "A-0"},
            {"clock": "+7h"},
            {"run": "review-orders"},
            {"linnworks": {"edit": edits}},
            {"clock": "+7h"},
            {"run": "review-orders"},
            {"wms": {"despatch-all": "T-"}},
            {"run": "push-despatch"},
        ],
    })
    .to_string()
}

/// Personal texts that cannot be there by chance.
fn personal(orders: &[(Value, String)]) -> impl Iterator<Item = &str> {
    let fields =
        ["FullName", "Company", "Address1", "Address2", "Town", "Region", "EmailAddress", "PhoneNumber", "TaxId"];
    let texts = orders.iter().flat_map(move |(order, _)| fields.into_iter().filter_map(|field| order[field].as_str()));
    texts.map(str::trim).filter(|text| text.chars().filter(|c| c.is_alphanumeric()).count() >= 8)
}

#[test]
fn a_recording_of_any_orders_replays_to_the_byte_and_holds_nothing_of_their_buyers() {
    let component = Component::named("linnworks");
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
    let config = Config { cases, max_shrink_iters: 40, failure_persistence: None, ..Config::default() };
    proptest!(config, |(orders in prop::collection::vec(order(), 1..8), settings in settings())| {
        let recording = recorded_of(&case(&orders, settings));
        prop_assert_eq!(parted(&recording), Vec::<String>::new());
        let replayed = component.replays(&recording);
        prop_assert!(replayed.same, "{}", said(&replayed));
        let file = recording.write().unwrap();
        for text in personal(&orders) {
            prop_assert!(!file.contains(text), "{text:?} is in the recording");
        }
    });
}
