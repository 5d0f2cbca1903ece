//! Prime labels of orders that came in through another source: what is passed on to a connection to Amazon that stays inactive.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what is not as expected ends the test"
)]

use harness_contract::types::Mode;
use harness_wms::{
    Address, Connection, ImportCommit, Lifecycle, NameValue, NewConnection, NewOrder, NewOrderLine, NewProduct, Order,
    RunMode, Totals,
};
use host_harness::config::Config;
use host_harness::flow::FlowError;
use host_harness::flow::import_orders::{self, Scope};
use host_harness::labels::{self, LabelItem, LabelRequest};
use host_harness::platform::Platform;
use host_harness::schedule;
use serde_json::json;

struct Host {
    platform: Platform,
    /// That brings orders in.
    source: Connection,
    _folder: tempfile::TempDir,
}

fn pair(name: &str, value: &str) -> NameValue {
    NameValue { name: name.into(), value: value.into() }
}

fn named(host: &Host, name: &str, plugin: &str) -> NewConnection {
    let c = &host.source;
    NewConnection {
        name: name.into(),
        client_id: c.client_id,
        warehouse_id: c.warehouse_id,
        channel_id: c.channel_id,
        plugin: plugin.into(),
        plugin_digest: None,
        settings: json!({ "SyncStockLevels": true }),
        sealed_secrets: None,
    }
}

impl Host {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let platform = Platform::open(Config { data, ..Config::default() }).await.unwrap();
        let store = &platform.store;
        let client = store.add_client("ACME", "Acme", 0).await.unwrap();
        let new = NewConnection {
            name: "linnworks".into(),
            client_id: client.id,
            warehouse_id: store.add_warehouse("MAIN", "Main", "Europe/London").await.unwrap().id,
            channel_id: store.add_channel(client.id, "Online").await.unwrap().id,
            plugin: "linnworks".into(),
            plugin_digest: None,
            settings: json!({}),
            sealed_secrets: None,
        };
        let source = store.add_connection(&new, 0).await.unwrap();
        let product = |sku: &str| NewProduct { sku: sku.into(), name: sku.into(), ..NewProduct::default() };
        store.add_products(client.id, &[product("TEE"), product("MUG")], 0).await.unwrap();
        Self { platform, source, _folder: folder }
    }

    /// An order that came in through the source, of that source and site there, to that country.
    async fn order(&self, number: &str, source: &str, site: &str, country: &str, lines: Vec<NewOrderLine>) -> Order {
        let (store, now) = (&self.platform.store, self.platform.now());
        let account = store.account("linnworks", "account-1", now).await.unwrap().id;
        let connection = self.source.id;
        let run = store.begin_run(connection, import_orders::FLOW, RunMode::Apply, "test", now, now).await.unwrap();
        let order = NewOrder {
            id: number.into(),
            version: "1".into(),
            order_number: format!("ACM-{number}"),
            external_order_reference: format!("026-1234567-000000{number}"),
            channel: "Online".into(),
            delivery_address: Address { country: country.into(), ..Address::default() },
            currency: "GBP".into(),
            totals: Totals::default(),
            lines,
            name_values: vec![pair("OriginalSource", source), pair("OriginalSite", site)],
            ..NewOrder::default()
        };
        let commit = ImportCommit {
            run: run.id,
            fence: run.fence,
            connection,
            account,
            now,
            ready: vec![order],
            ..ImportCommit::default()
        };
        assert_eq!(store.commit_import(&commit).await.unwrap().created(), 1);
        store.order(&format!("ACM-{number}")).await.unwrap()
    }

    async fn amazon(&self, state: Lifecycle) -> Connection {
        let store = &self.platform.store;
        let added = store.add_connection(&named(self, "amazon-uk", labels::AMAZON), 0).await.unwrap();
        let connection = Connection { state, go_live: Some("all".into()), ..added };
        store.update_connection(&connection, 0).await.unwrap();
        connection
    }
}

/// A line, with Amazon's own id of it, of a composite where that is named.
fn line(id: &str, sku: &str, quantity: u32, amazon: &str, composite: &str) -> NewOrderLine {
    let values = [("Amazon-OrderItemId", amazon), ("CompositeSku", composite)];
    let name_values =
        values.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| pair(name, value)).collect();
    NewOrderLine { source_line_id: id.into(), sku: sku.into(), quantity, name_values, ..NewOrderLine::default() }
}

#[tokio::test]
async fn a_label_is_passed_on_for_amazon_orders_of_the_united_kingdom_only() {
    let host = Host::new().await;
    host.amazon(Lifecycle::Inactive).await;
    let lines = || vec![line("1", "TEE", 2, "60912345678901", "")];
    for (number, source, site, country, refused) in [
        ("1", "AMAZON", "UK", "GB", None),
        ("2", "AMAZON", "GB", "IE", None),
        ("3", "AMAZON", "", "GB", None),
        ("4", "AMAZON", "", "DE", Some("of Amazon's site \"DE\"; labels are passed on for the United Kingdom")),
        ("5", "AMAZON", "DE", "GB", Some("of Amazon's site \"DE\"")),
        ("6", "EBAY", "UK", "GB", Some("comes from \"EBAY\", not from AMAZON")),
        ("7", "AMAZON FBA", "UK", "GB", Some("comes from \"AMAZON FBA\", not from AMAZON")),
    ] {
        let order = host.order(number, source, site, country, lines()).await;
        let asked = labels::request(&host.platform, &order).await;
        match (asked, refused) {
            (Ok(request), None) => {
                let items = vec![LabelItem { amazon_order_item_id: "60912345678901".into(), quantity: Some(2) }];
                let amazon_order_id = format!("026-1234567-000000{number}");
                assert_eq!(request, LabelRequest { connection: "amazon-uk".into(), amazon_order_id, items });
            }
            (Err(error), Some(told)) => assert!(error.to_string().contains(told), "{number}: {error}"),
            (asked, _) => panic!("{number}: {asked:?}"),
        }
    }
}

#[tokio::test]
async fn parts_of_a_composite_are_one_line_at_amazon_and_a_line_that_it_does_not_know_is_refused() {
    let host = Host::new().await;
    host.amazon(Lifecycle::Inactive).await;
    let parts =
        vec![line("1/1", "TEE", 2, "609", "SET"), line("1/2", "MUG", 4, "609", "SET"), line("2", "MUG", 1, "610", "")];
    let order = host.order("1", "AMAZON", "UK", "GB", parts).await;
    let items = labels::request(&host.platform, &order).await.unwrap().items;
    let items: Vec<(&str, Option<i64>)> =
        items.iter().map(|item| (item.amazon_order_item_id.as_str(), item.quantity)).collect();
    assert_eq!(items, [("609", None), ("610", Some(1))]);
    let by_hand = host.order("2", "AMAZON", "UK", "GB", vec![line("1", "TEE", 1, "", "")]).await;
    let error = labels::request(&host.platform, &by_hand).await.unwrap_err().to_string();
    assert!(error.contains("TEE of order ACM-2 has no Amazon-OrderItemId"), "{error}");
}

#[tokio::test]
async fn without_a_connection_to_amazon_the_refusal_says_to_add_one_and_leave_it_inactive() {
    let host = Host::new().await;
    let order = host.order("1", "AMAZON", "UK", "GB", vec![line("1", "TEE", 1, "609", "")]).await;
    let error = labels::request(&host.platform, &order).await.unwrap_err().to_string();
    assert!(error.contains("no connection to Amazon") && error.contains("leave it inactive"), "{error}");
    let store = &host.platform.store;
    let other = store.add_client("OTHER", "Other", 0).await.unwrap();
    let of_another = NewConnection { client_id: other.id, ..named(&host, "others", labels::AMAZON) };
    store.add_connection(&of_another, 0).await.unwrap();
    assert!(labels::request(&host.platform, &order).await.is_err(), "another client's connection serves nobody else");
    host.amazon(Lifecycle::Inactive).await;
    assert_eq!(labels::request(&host.platform, &order).await.unwrap().connection, "amazon-uk");
    store.add_connection(&named(&host, "amazon-2", labels::AMAZON), 0).await.unwrap();
    let error = labels::request(&host.platform, &order).await.unwrap_err().to_string();
    assert!(error.contains("amazon-uk") && error.contains("amazon-2"), "{error}");
}

#[tokio::test]
async fn an_inactive_connection_to_amazon_serves_labels_and_nothing_else() {
    let host = Host::new().await;
    let (platform, store) = (&host.platform, &host.platform.store);
    let amazon = host.amazon(Lifecycle::Inactive).await;
    let order = host.order("1", "AMAZON", "UK", "GB", vec![line("1", "TEE", 1, "609", "")]).await;
    let before = store.runs(None, 100).await.unwrap().len();

    assert_eq!(labels::request(platform, &order).await.unwrap().connection, "amazon-uk");
    assert_eq!(schedule::turn(platform).await.unwrap(), 0, "neither orders nor stock are due");
    let refused = import_orders::run(platform, &amazon, Mode::Apply, Scope::New).await.map(drop);
    assert!(matches!(refused, Err(FlowError::NotActive(_))), "{refused:?}");
    let draft = Connection { state: Lifecycle::Draft, go_live: None, ..amazon.clone() };
    store.update_connection(&draft, 0).await.unwrap();
    assert_eq!(schedule::turn(platform).await.unwrap(), 0);
    assert!(labels::request(platform, &order).await.is_ok());
    assert_eq!(store.runs(None, 100).await.unwrap().len(), before, "nothing ran");

    // Only its state kept it still: active, both of its beats are due at once.
    store.update_connection(&Connection { state: Lifecycle::Active, ..amazon }, 0).await.unwrap();
    assert_eq!(schedule::turn(platform).await.unwrap(), 2);
}
