//! What is kept and looked up.

use crate::place::*;
use harness_wms::*;

pub(crate) async fn names_are_unique_and_errors_say_what_there_is(place: Place) {
    let store = &place.store;
    assert!(matches!(store.add_client("ACME", "again", NOON).await, Err(StoreError::Conflict { .. })));
    assert!(matches!(store.add_channel(place.client, "eBay").await, Err(StoreError::Conflict { .. })));
    let other = store.add_client("BETA", "Beta", NOON).await.unwrap().id;
    store.add_channel(other, "eBay").await.expect("another client may have a channel of that name");
    let missing = store.client("acme").await.unwrap_err().to_string();
    assert_eq!(missing, "there is no client acme; there are: ACME, BETA");
    let near = store.product(place.client, " a").await.unwrap_err().to_string();
    assert_eq!(near, "there is no product  a; did you mean `A`?");
    let zone = store.add_warehouse("X", "X", "Europe/Londn").await.unwrap_err().to_string();
    assert!(zone.contains("Europe/Londn") && zone.contains("IANA"), "{zone}");
}

pub(crate) async fn a_connection_is_kept_with_its_sealed_secrets_and_removed_with_its_storage(place: Place) {
    let store = &place.store;
    let mut connection = store.connection("first").await.unwrap();
    assert_eq!(connection.sealed_secrets.as_deref(), Some(&[0, 159, 255][..]));
    assert_eq!(connection.state, Lifecycle::Draft);
    assert!(!format!("{connection:?}").contains("159"), "secrets stay out of logs");
    connection.state = Lifecycle::NeedsAttention;
    connection.attention = Some("the token was revoked".into());
    connection.account_id = Some(place.account);
    connection.sealed_secrets = None;
    store.update_connection(&connection, NOON + 1).await.unwrap();
    let read = store.connection(&connection.id.to_string()).await.unwrap();
    assert_eq!(read, Connection { updated_at: NOON + 1, ..connection.clone() });
    let run = place.run_of(connection.id, NOON).await;
    store.commit_storage(&run, &one_value()).await.unwrap();
    store.remove_connection(connection.id, Removal::default(), NOON).await.unwrap();
    assert!(matches!(store.connection("first").await, Err(StoreError::NotFound { .. })));
    assert_eq!(store.storage_get(connection.id, "f", &["k".into()]).await.unwrap(), vec![None]);
}

pub(crate) async fn a_plugin_has_one_current_version_and_stays_while_it_is_used(place: Place) {
    let store = &place.store;
    let plugin = |digest: &str, at: i64| Plugin {
        digest: digest.into(),
        name: "linnworks".into(),
        version: "0.1.0".into(),
        manifest: serde_json::json!({"name": "linnworks"}),
        component_path: "x.wasm".into(),
        settings_version: 1,
        storage_version: 1,
        current: true,
        added_at: at,
    };
    assert!(store.plugin("linnworks").await.unwrap_err().to_string().contains("harness plugin add"));
    store.put_plugin(&plugin("d1", NOON)).await.unwrap();
    store.put_plugin(&plugin("d2", NOON + 1)).await.unwrap();
    assert_eq!(store.plugin("linnworks").await.unwrap().digest, "d2");
    assert!(!store.plugin("d1").await.unwrap().current);
    store.set_platform_secret("linnworks", "ApplicationId", &[1, 2], NOON).await.unwrap();
    store.set_platform_secret("linnworks", "ApplicationId", &[3], NOON).await.unwrap();
    assert_eq!(store.platform_secrets("linnworks").await.unwrap(), vec![("ApplicationId".to_owned(), vec![3])]);
    assert!(matches!(store.remove_plugin("linnworks").await, Err(StoreError::Conflict { .. })));
    store.remove_connection(place.connection, Removal::default(), NOON).await.unwrap();
    store.remove_connection(place.other_connection, Removal::default(), NOON).await.unwrap();
    store.remove_plugin("linnworks").await.unwrap();
    assert!(store.plugins().await.unwrap().is_empty());
}

pub(crate) async fn an_account_is_the_same_row_however_often_it_is_named(place: Place) {
    let again = place.store.account("linnworks", "account-1", NOON + 1).await.unwrap();
    assert_eq!(again.id, place.account);
    assert_ne!(place.store.account("linnworks", "account-2", NOON).await.unwrap().id, place.account);
    assert_eq!(place.store.account_by_id(place.account).await.unwrap(), Some(again));
}

pub(crate) async fn an_account_may_go_by_another_name_unless_another_account_has_it(place: Place) {
    let store = &place.store;
    let other = store.account("linnworks", "account-2", NOON).await.unwrap();
    store.rename_account(place.account, "account-3").await.unwrap();
    assert_eq!(store.account("linnworks", "account-3", NOON).await.unwrap().id, place.account);
    let taken = store.rename_account(place.account, "account-2").await;
    assert!(matches!(taken, Err(StoreError::Conflict { .. })), "{taken:?}");
    assert_eq!(store.account("linnworks", "account-2", NOON).await.unwrap(), other);
}

pub(crate) async fn one_call_adds_many_products_and_leaves_those_there_are(place: Place) {
    let many: Vec<NewProduct> =
        (0..333).map(|n| NewProduct { sku: format!("S{n}"), name: "new".into(), ..Default::default() }).collect();
    assert_eq!(place.store.add_products(place.client, &many, NOON).await.unwrap(), 333);
    let again = [NewProduct { sku: "A".into(), name: "changed".into(), ..Default::default() }];
    assert_eq!(place.store.add_products(place.client, &again, NOON).await.unwrap(), 0);
    assert_eq!(place.store.product(place.client, "A").await.unwrap().name, "A");
    assert_eq!(place.store.products(place.client).await.unwrap().len(), 336);
}

pub(crate) async fn the_dump_does_not_depend_on_ids_and_times(place: Place) {
    place.import(vec![order("1", &[("A", 1)]), order("2", &[("B", 1)])], NOON).await;
    let one = place.store.canonical_dump().await.unwrap();
    assert_eq!(one["orders"].as_array().unwrap().len(), 2);
    assert_eq!(one["acknowledgements"][0]["state"], "pending");
    let twin = Place::on_sqlite().await;
    twin.import(vec![order("2", &[("B", 1)])], NOON + DAY).await;
    twin.import(vec![order("1", &[("A", 1)])], NOON + 2 * DAY).await;
    assert_eq!(one, twin.store.canonical_dump().await.unwrap());
    twin.import(vec![order("3", &[("A", 1)])], NOON + 3 * DAY).await;
    assert_ne!(one, twin.store.canonical_dump().await.unwrap());
}

#[tokio::test]
async fn a_second_host_on_the_same_file_is_refused_by_the_name_of_the_first() {
    let place = Place::on_sqlite().await;
    let refused = Store::open(&place.address).await.unwrap_err();
    assert!(
        matches!(&refused, StoreError::Locked { by_pid, .. } if *by_pid == std::process::id().to_string()),
        "{refused}"
    );
    let Place { store, address, _folder: folder, .. } = place;
    store.close().await;
    Store::open(&address).await.expect("the lock ends with the store");
    drop(folder);
}
