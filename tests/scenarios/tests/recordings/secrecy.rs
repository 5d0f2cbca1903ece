//! Nothing of a buyer and no secret is in a recording, in whatever form it could be written.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use linnworks_sim::state::Application;
use uuid::Uuid;

use super::{Component, parted, recorded_of, said};

/// A day of every flow, of buyers who can be told from everything else.
const CASE: &str = r#"
title: All flows of marked buyers
given:
  simulator:
    account:
      Items: [{SKU: TEE, Level: 100}, {SKU: MUG, Level: 90}]
      Orders:
        - {NumOrderId: 100001, ReferenceNum: A-1, BUYER}
        - {NumOrderId: 100002, ReferenceNum: A-2, BUYER}
        - {NumOrderId: 100003, ReferenceNum: A-3, Country: Atlantis, BUYER}
        - {NumOrderId: 100004, ReferenceNum: A-4, BUYER}
      PurchaseOrders: [{Reference: PO-1, Supplier: Quilting Ltd, Items: [{SKU: MUG, Quantity: 10}]}]
  settings:
    SyncStockLevels: true
    ImportPurchaseOrdersAsAsn: true
    DeliverPOOnBookIn: true
    ExportReturns: true
    ActionReturns: true
    MapSubSourceToChannel: true
steps:
  - do: check
  - do: locations
  - run: {flow: import-orders, dry-run: true}
  - run: import-orders
    expect: {imported: 3, orders: {A-1: {Town: Quillonville, DeliveryNotes: Leave it with Querida}}}
  - import: A-3
    expect: {imported: 0}
  - why: A-3
  - clock: +7h
  - run: review-orders
  - linnworks: {edit: {A-4: {Town: Quillonville Parva, Address1: 18 Quagmire Lane}}}
  - clock: +7h
  - run: review-orders
  - run: sync-stock
  - wms: {despatch: {A-1: TRACK-1, A-2: TRACK-2}}
  - run: push-despatch
  - linnworks:
      call:
        Stock/SetStockLevel:
          stockLevels: [{SKU: TEE, LocationId: "00000000-0000-0000-0000-000000000000", Level: 250}]
          changeSource: Stock count by Quillön Marksman
  - do: compare-stock
  - run: import-purchase-orders
  - wms: {asns: {confirm: [PO-1], receive: {PO-1: {MUG: 5}}, book-in: [PO-1]}}
  - run: import-purchase-orders
  - wms: {returns: [{order: A-1, items: [{sku: TEE, comments: Quillön says it is too small}]}]}
  - run: export-returns
    expect: {result: {done: 1}}
"#;

/// What each order says of its buyer.
const BUYER: &str = r#"SecondaryReference: parcel of Quillön Marksman, FullName: Quillön Marksman, Company: Quarrystone Vintners,
          Address1: 17 Quagmire Lane, Address2: Flat Quincunx, Address3: Attn Quorum, Town: Quillonville, Region: Quillonshire,
          PostCode: QZ7 9XQ, EmailAddress: quillon.marksman@example.test, PhoneNumber: "07700 900123", TaxId: GB987654321,
          Notes: [{Note: Leave it with Querida, Internal: false}, {Note: Querida calls at 07700 900123, Internal: true}],
          Items: [{SKU: TEE, Quantity: 2, AdditionalInfo: [{Property: Gift Message, Value: Happy birthday Quentin}]}, {SKU: MUG}]"#;

/// What marks the buyers, and what secrets there are.
fn marks() -> Vec<String> {
    let words = [
        "Quillön",
        "Marksman",
        "Quarrystone",
        "Quagmire",
        "Quincunx",
        "Quorum",
        "Quillonville",
        "Quillonshire",
        "QZ7 9XQ",
        "QZ79XQ",
        "quillon",
        "900123",
        "Querida",
        "987654321",
        "Quentin",
        "too small",
        "Vintners",
    ];
    let example = Application::example();
    let sessions = (1..=40).map(|number| Uuid::new_v5(&example.token, format!("session/{number}").as_bytes()));
    let secrets = [example.application_id, example.application_secret, example.token].into_iter().chain(sessions);
    words.into_iter().map(str::to_owned).chain(secrets.map(|secret| secret.to_string())).collect()
}

/// A text as it may stand in a file: as it is, escaped for JSON, encoded for an address or a form, and in Base64 at any place.
fn forms(text: &str) -> Vec<String> {
    let escaped = |c: char| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) };
    let encoded = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    let percent: String = text.bytes().map(encoded).collect();
    let mut forms = vec![text.to_owned(), text.chars().map(escaped).collect(), percent.replace("%20", "+"), percent];
    for shift in 0..3 {
        let code = BASE64_STANDARD.encode([vec![0; shift], text.as_bytes().to_vec()].concat());
        // What neither the bytes before nor those behind have a part in.
        let (from, to) = (if shift == 0 { 0 } else { shift + 1 }, (shift + text.len()) * 8 / 6);
        forms.push(code[from..to].to_owned());
    }
    forms
}

fn found(file: &str, marks: &[String]) -> Vec<String> {
    let lower = file.to_lowercase();
    let is_there =
        |mark: &&String| lower.contains(&mark.to_lowercase()) || forms(mark).iter().any(|form| file.contains(form));
    marks.iter().filter(is_there).cloned().collect()
}

#[test]
fn a_recording_of_every_flow_holds_no_secret_and_nothing_of_a_buyer() {
    let recording = recorded_of(&CASE.replace("BUYER", BUYER));
    let functions: std::collections::BTreeSet<&str> =
        recording.invocations.iter().map(|one| one.function.as_str()).collect();
    for function in [
        "setup.check",
        "setup.list-locations",
        "import-orders.discover",
        "import-orders.fetch",
        "import-orders.find",
        "import-orders.explain",
        "review-orders.review",
        "push-despatch.push",
        "sync-stock.sync",
        "import-purchase-orders.discover",
        "import-purchase-orders.fetch",
        "import-purchase-orders.deliver",
        "export-returns.export",
    ] {
        assert!(functions.contains(function), "{function} is not in {functions:?}");
    }
    let file = recording.write().unwrap();
    assert_eq!(found(&file, &marks()), Vec::<String>::new());
    assert_eq!(parted(&recording), Vec::<String>::new());
    // What an order is known by stays.
    for kept in ["A-1", "100003", "Atlantis", "TRACK-1", "RET-1", "PO-1"] {
        assert!(file.contains(kept), "{kept}");
    }
    let replayed = Component::named("linnworks").replays(&recording);
    assert!(replayed.same, "{}", said(&replayed));
}

#[test]
fn the_search_finds_a_mark_in_every_form() {
    let marks = marks();
    for mark in &marks {
        for form in forms(mark) {
            assert!(found(&format!("..{form}.."), &marks).contains(mark), "{mark} as {form}");
        }
        for before in ["", "a", "ab", "abc"] {
            let code = BASE64_STANDARD.encode(format!("{before}{mark} and more"));
            assert!(found(&code, &marks).contains(mark), "{mark} in {code}");
        }
    }
}
