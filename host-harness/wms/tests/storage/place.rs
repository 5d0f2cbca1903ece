//! A small warehouse to test in.

use harness_wms::*;
use test_needs::postgres::Server;

/// 2026-03-01T12:00:00Z.
pub(crate) const NOON: i64 = 1_772_366_400_000;
pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 60 * MINUTE;
pub(crate) const DAY: i64 = 24 * HOUR;

/// One client with products A (10 free), B (2 free) and C (none), a warehouse in London, two connections.
pub(crate) struct Place {
    pub(crate) store: Store,
    pub(crate) address: DatabaseAddress,
    pub(crate) client: i64,
    pub(crate) warehouse: i64,
    pub(crate) account: i64,
    pub(crate) connection: i64,
    pub(crate) other_connection: i64,
    pub(crate) _folder: Option<tempfile::TempDir>,
}

impl Place {
    pub(crate) async fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = DatabaseAddress::Sqlite(folder.path().join("wms.db"));
        Self::fill(address, Some(folder)).await
    }

    pub(crate) async fn on_postgres(server: &Server) -> Self {
        Self::fill(DatabaseAddress::Postgres(server.database()), None).await
    }

    async fn fill(address: DatabaseAddress, folder: Option<tempfile::TempDir>) -> Self {
        let store = Store::open(&address).await.unwrap();
        let client = store.add_client("ACME", "Acme", NOON).await.unwrap().id;
        let warehouse = store.add_warehouse("MAIN", "Main", "Europe/London").await.unwrap().id;
        let channel = store.add_channel(client, "eBay").await.unwrap().id;
        store.add_courier_service("Royal Mail 24", None).await.unwrap();
        let products: Vec<NewProduct> =
            ["A", "B", "C"].map(|sku| NewProduct { sku: sku.into(), name: sku.into(), ..Default::default() }).into();
        store.add_products(client, &products, NOON).await.unwrap();
        store.set_stock(client, warehouse, "A", 10, 0, NOON).await.unwrap();
        store.set_stock(client, warehouse, "B", 2, 3, NOON).await.unwrap();
        let account = store.account("linnworks", "account-1", NOON).await.unwrap().id;
        let new = |name: &str| NewConnection {
            name: name.into(),
            client_id: client,
            warehouse_id: warehouse,
            channel_id: channel,
            plugin: "linnworks".into(),
            plugin_digest: None,
            settings: serde_json::json!({"OrderPrefix": "LW-"}),
            sealed_secrets: Some(vec![0, 159, 255]),
        };
        let connection = store.add_connection(&new("first"), NOON).await.unwrap().id;
        let other_connection = store.add_connection(&new("second"), NOON).await.unwrap().id;
        Self { store, address, client, warehouse, account, connection, other_connection, _folder: folder }
    }

    /// A run of the import of `connection`, begun at `now`.
    pub(crate) async fn run_of(&self, connection: i64, now: i64) -> Run {
        self.store.begin_run(connection, "import-orders", RunMode::Apply, "test", now, now).await.unwrap()
    }

    /// A commit in a new run of the first connection.
    pub(crate) async fn batch(&self, ready: Vec<NewOrder>, now: i64) -> ImportCommit {
        self.batch_of(self.connection, ready, now).await
    }

    /// A commit in a new run of `connection`.
    pub(crate) async fn batch_of(&self, connection: i64, ready: Vec<NewOrder>, now: i64) -> ImportCommit {
        let run = self.run_of(connection, now).await;
        ImportCommit {
            run: run.id,
            fence: run.fence,
            connection,
            account: self.account,
            now,
            ready,
            ..Default::default()
        }
    }

    pub(crate) async fn import(&self, ready: Vec<NewOrder>, now: i64) -> ImportResult {
        self.store.commit_import(&self.batch(ready, now).await).await.unwrap()
    }

    /// Imports one order that goes in, and answers its id.
    pub(crate) async fn imported(&self, id: &str, lines: &[(&str, u32)], now: i64) -> i64 {
        let result = self.import(vec![order(id, lines)], now).await;
        match result.orders[0].decision {
            Decision::Created { order_id } => order_id,
            ref other => panic!("{id} did not go in: {other:?}"),
        }
    }

    /// The source was told that an order has left.
    pub(crate) async fn told(&self, item: &str) {
        let run =
            self.store.begin_run(self.connection, "push-despatch", RunMode::Apply, "test", NOON, NOON).await.unwrap();
        let told = ItemOutcome { item_id: item.into(), revision: 1, told: Told::Done, remote_id: None };
        let commit = QueueCommit {
            run: run.id,
            fence: run.fence,
            connection: self.connection,
            flow: "push-despatch".into(),
            now: NOON,
            outcomes: vec![told],
            ..QueueCommit::default()
        };
        self.store.commit_queue(&commit).await.unwrap();
    }

    /// Level and allocated of a SKU; asserts that the total is their sum.
    pub(crate) async fn stock(&self, sku: &str) -> (i64, i64) {
        let levels = self.store.stock_levels(self.client, self.warehouse).await.unwrap();
        let level = levels.into_iter().find(|level| level.sku == sku).unwrap();
        assert_eq!(level.total_stock_level, level.level + level.allocated);
        (level.level, level.allocated)
    }

    pub(crate) async fn status(&self, order: i64) -> OrderStatus {
        self.store.order_by_id(order).await.unwrap().order_status
    }
}

/// An order that the warehouse takes, when it knows the SKUs.
pub(crate) fn order(id: &str, lines: &[(&str, u32)]) -> NewOrder {
    NewOrder {
        id: id.into(),
        version: format!("v-{id}"),
        order_number: format!("LW-{id}"),
        external_order_reference: format!("ref-{id}"),
        source_reference: id.into(),
        channel: "eBay".into(),
        delivery_address: Address {
            full_name: "Ada King Lovelace".into(),
            address1: "1 High Street".into(),
            town: "London".into(),
            post_code: "N1 1AA".into(),
            country: "GB".into(),
            email: "ada@example.com".into(),
            ..Default::default()
        },
        currency: "GBP".into(),
        totals: Totals { order_value: "12.00".into(), total_vat: "2.00".into(), ..Default::default() },
        comments: "ring twice".into(),
        acknowledge: true,
        lines: lines
            .iter()
            .map(|(sku, quantity)| NewOrderLine {
                source_line_id: format!("{id}-{sku}"),
                sku: (*sku).into(),
                quantity: *quantity,
                unit_price: "10.00".into(),
                unit_price_vat: "2.00".into(),
                discount: "0".into(),
                ..Default::default()
            })
            .collect(),
        name_values: vec![NameValue { name: "OriginalSource".into(), value: "EBAY".into() }],
        ..Default::default()
    }
}

/// One value under one key of the flow `f`.
pub(crate) fn one_value() -> StagedStorage {
    StagedStorage {
        flow: "f".into(),
        storage_version: 1,
        set: vec![("k".into(), b"v".to_vec())],
        quota: 100,
        ..Default::default()
    }
}
