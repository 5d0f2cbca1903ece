//! Another key in the place of the host's: everything opens with the new one, nothing with the old one, whenever it is cut off.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test says what went wrong by failing"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use harness_contract::types::Mode;
use harness_wms::Point;
use harness_wms::{Connection, Lifecycle, NewProduct};
use host_harness::config::Config;
use host_harness::connection;
use host_harness::flow::import_orders::{self, Scope};
use host_harness::platform::Platform;
use host_harness::rotation::{Rotated, rotate};
use linnworks_sim::state::Application;
use linnworks_sim::{SimHandle, SimOptions, Simulator};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

/// The key that a host begins with: that of other tests, so that machine code which one cached is trusted by the next.
const KEY: &str = "5ce7a21010000000000000000000000000000000000000000000000000000002";

/// A host with a live connection to a simulator of two orders, which are in the warehouse.
struct Place {
    folder: tempfile::TempDir,
    config: Config,
    sim: SimHandle,
}

impl Place {
    async fn new(database: &str) -> Self {
        let sim = Simulator::start(SimOptions::default()).await.unwrap();
        let order = |number: u32| json!({ "NumOrderId": number, "Items": [{ "SKU": "MUG", "Quantity": 1 }] });
        sim.seed(json!({ "Items": [{ "ItemNumber": "MUG" }], "Orders": [order(1), order(2)] })).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config { data: folder.path().join("data"), database: database.into(), ..Config::default() };
        config.egress.stand_ins.insert("api.linnworks.net".into(), sim.url());
        config.engine.concurrent_invocations = 4;
        let place = Self { folder, config, sim };
        std::fs::create_dir_all(&place.config.data).unwrap();
        std::fs::write(place.key(), KEY).unwrap();
        std::fs::set_permissions(place.key(), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        let host = place.open().await;
        let wasm = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("target/plugin/linnworks.wasm");
        host.plugins.add(&host, &std::fs::read(wasm).unwrap(), None).await.unwrap();
        let example = Application::example();
        for (name, value) in
            [("ApplicationId", example.application_id), ("ApplicationSecret", example.application_secret)]
        {
            host.set_platform_secret("linnworks", name, &SecretString::from(value.to_string())).await.unwrap();
        }
        let client = host.store.add_client("ACME", "Acme", 0).await.unwrap();
        host.store.add_warehouse("MAIN", "Main", "Europe/London").await.unwrap();
        host.store.add_channel(client.id, "Shop").await.unwrap();
        let mug = NewProduct { sku: "MUG".into(), name: "Mug".into(), ..Default::default() };
        host.store.add_products(client.id, &[mug], 0).await.unwrap();
        let given = json!({
            "Client": "ACME", "Warehouse": "MAIN", "Channel": "Shop", "ApiToken": example.token.to_string(),
        });
        let added = connection::add(&host, "main", "linnworks", given.as_object().cloned().unwrap()).await.unwrap();
        let live = Connection { state: Lifecycle::Active, go_live: Some("all".into()), ..added.connection };
        host.store.update_connection(&live, 0).await.unwrap();
        let ran = import_orders::run(&host, &live, Mode::Apply, Scope::New).await.unwrap();
        assert_eq!(ran.report.imported, 2, "{ran:?}");
        close(host).await;
        place
    }

    async fn open(&self) -> Platform {
        // Compiling the component takes seconds.
        let compiled = self.config.data.join("compiled");
        if !compiled.exists() {
            let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
            std::fs::create_dir_all(&shared).unwrap();
            std::os::unix::fs::symlink(&shared, &compiled).unwrap();
        }
        Platform::open(self.config.clone()).await.unwrap()
    }

    fn key(&self) -> PathBuf {
        self.config.data.join("key")
    }

    /// Whether the database's file, or its log, has these bytes anywhere.
    fn holds(&self, bytes: &[u8]) -> bool {
        ["harness.db", "harness.db-wal"].into_iter().any(|name| {
            let file = std::fs::read(self.config.data.join(name)).unwrap_or_default();
            file.windows(bytes.len()).any(|window| window == bytes)
        })
    }

    fn key_text(&self) -> String {
        std::fs::read_to_string(self.key()).unwrap()
    }

    /// Rotates and dies at `point`.
    async fn die_at(&self, point: Point) {
        let host = self.open().await;
        host.points.die_at(point, 1);
        tokio::select! {
            rotated = rotate(&host) => panic!("it lived: {rotated:?}"),
            () = host.points.died() => {}
        }
        close(host).await;
    }

    /// What only a host with the right key can do.
    async fn works(&self) {
        let host = self.open().await;
        let secrets = host.platform_secrets("linnworks").await.unwrap();
        let example = Application::example();
        assert_eq!(secrets["ApplicationSecret"].expose_secret(), example.application_secret.to_string());
        let connection = host.store.connection("main").await.unwrap();
        let opened = connection::open(&host, &connection).unwrap();
        assert_eq!(opened[0].1.expose_secret(), example.token.to_string());
        assert!(!self.config.data.join("key.next").exists(), "a second key is left over");
        // An order whose version did not open would be taken for an edited one.
        let orders = host.store.orders(None, None, 0, 10).await.unwrap();
        let ids: Vec<i64> = orders.iter().map(|order| order.id).collect();
        let versions = host.store.reviews_of(&ids).await.unwrap();
        assert_eq!(versions.len(), 2);
        assert!(versions.iter().all(|order| host.key.open_version(&order.version).is_some()), "{versions:?}");
        close(host).await;
    }
}

/// Every secret as it is sealed now.
async fn sealed(host: &Platform) -> Vec<Vec<u8>> {
    let secrets = host.store.platform_secrets("linnworks").await.unwrap();
    let connection = host.store.connection("main").await.unwrap();
    secrets.into_iter().map(|(_, sealed)| sealed).chain(connection.sealed_secrets).collect()
}

async fn close(host: Platform) {
    let store = host.store.clone();
    drop(host);
    store.close().await;
}

fn counts(rotated: &Rotated) -> (u64, u64, u64) {
    let resealed = rotated.resealed;
    (resealed.platform_secrets, resealed.connections, resealed.orders)
}

#[tokio::test]
async fn everything_is_sealed_with_the_new_key_and_works_on() {
    let place = Place::new("sqlite").await;
    let old = place.key_text();
    let host = place.open().await;
    let sealed = sealed(&host).await;
    assert!(sealed.iter().all(|sealed| place.holds(sealed)) && sealed.len() == 3, "nothing to look for");
    let rotated = rotate(&host).await.unwrap();
    assert_eq!((counts(&rotated), &rotated.to_do), ((2, 1, 2), &None));
    // Nor is it there to be opened with a copy of the old key, while the host still runs or afterwards.
    assert!(!sealed.iter().any(|sealed| place.holds(sealed)));
    close(host).await;
    assert!(!sealed.iter().any(|sealed| place.holds(sealed)));
    assert_ne!(place.key_text(), old);
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(place.key()).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    place.works().await;
    // The old key opens nothing any more.
    std::fs::write(place.key(), old).unwrap();
    let host = place.open().await;
    assert!(host.platform_secrets("linnworks").await.is_err());
    let connection = host.store.connection("main").await.unwrap();
    let refused = connection::open(&host, &connection).err().unwrap().to_string();
    assert!(refused.contains("does not open with this host's key"), "{refused}");
    close(host).await;
}

#[tokio::test]
async fn a_crash_before_the_commit_leaves_the_old_key_and_a_crash_after_it_the_new_one() {
    let place = Place::new("sqlite").await;
    let old = place.key_text();
    place.die_at(Point::KeyWritten).await;
    place.works().await;
    assert_eq!(place.key_text(), old);
    place.die_at(Point::KeySealed).await;
    place.works().await;
    assert_ne!(place.key_text(), old);
    // And once more from there, with half a key beside it.
    std::fs::write(place.config.data.join("key.next"), "0123").unwrap();
    place.works().await;
}

#[tokio::test]
async fn a_rotation_that_the_database_breaks_off_keeps_both_keys_until_a_start_knows_which_is_in_force() {
    let place = Place::new("sqlite").await;
    let old = place.key_text();
    let url = format!("sqlite://{}", place.config.data.join("harness.db").display());
    let host = place.open().await;
    let full = "CREATE TRIGGER full BEFORE UPDATE ON connections BEGIN SELECT RAISE(ABORT, 'the disk is full'); END";
    sql(&url, full).await;
    let failed = format!("{:#}", rotate(&host).await.unwrap_err());
    assert!(failed.contains("the disk is full") && failed.contains("key.next"), "{failed}");
    assert!(place.config.data.join("key.next").exists(), "the new key could be the only one that opens anything");
    sql(&url, "DROP TRIGGER full").await;
    close(host).await;
    place.works().await;
    assert_eq!(place.key_text(), old);
}

#[tokio::test]
async fn a_host_with_neither_key_says_so_and_changes_neither() {
    let place = Place::new("sqlite").await;
    std::fs::write(place.key(), "1".repeat(64)).unwrap();
    let beside = place.config.data.join("key.next");
    std::fs::write(&beside, "2".repeat(64)).unwrap();
    std::fs::set_permissions(&beside, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let refused = Platform::open(place.config.clone()).await.err().unwrap().to_string();
    assert!(refused.contains("key.next") && refused.contains("open neither"), "{refused}");
    assert!(place.key().exists() && beside.exists());
}

#[tokio::test]
async fn on_postgresql_a_second_host_keeps_the_key_from_being_rotated() {
    let Some(server) = test_needs::postgres::Server::start() else { return };
    let place = Place::new(&server.database()).await;
    let (host, other) = (place.open().await, place.open().await);
    let old = place.key_text();
    let refused = rotate(&host).await.unwrap_err().to_string();
    assert!(refused.contains("another host"), "{refused}");
    assert_eq!(place.key_text(), old);
    close(other).await;
    assert_eq!(counts(&rotate(&host).await.unwrap()), (2, 1, 2));
    close(host).await;
    place.works().await;
}

#[tokio::test]
async fn on_postgresql_a_host_whose_connections_were_cut_off_is_still_known_to_be_there() {
    let Some(server) = test_needs::postgres::Server::start() else { return };
    let database = server.database();
    let place = Place::new(&database).await;
    let (host, other) = (place.open().await, place.open().await);
    sql(&database, "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 2").await;
    other.store.stay_present().await.unwrap();
    let refused = rotate(&host).await.unwrap_err().to_string();
    assert!(refused.contains("another host"), "{refused}");
    close(other).await;
    rotate(&host).await.unwrap();
    close(host).await;
    place.works().await;
}

/// Says something to the database behind the host's back.
async fn sql(url: &str, text: &'static str) {
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(url).await.unwrap();
    sqlx::query(text).execute(&pool).await.unwrap();
    pool.close().await;
}

/// The program, with the data of `place`.
fn harness(place: &Place, environment: &[(&str, &str)]) -> (String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_harness"))
        .args(["key", "rotate", "--data"])
        .arg(&place.config.data)
        .current_dir(place.folder.path())
        .env_remove("HARNESS_KEY")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (String::from_utf8_lossy(&said).into_owned(), output.status.code())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_rotates_and_refuses_while_another_host_runs_or_the_key_is_not_its_own_to_change() {
    let place = Place::new("sqlite").await;
    let host = place.open().await;
    let (said, code) = harness(&place, &[]);
    assert!(code == Some(3) && said.contains("is in use by process"), "{said}");
    close(host).await;

    let (said, code) = harness(&place, &[]);
    assert!(code == Some(0) && said.contains("the versions of 2 orders"), "{said}");
    place.works().await;

    let key = place.key_text();
    let (said, code) = harness(&place, &[("HARNESS_KEY", &key)]);
    assert!(code == Some(3) && said.contains("HARNESS_NEW_KEY"), "{said}");
    let new = "ab".repeat(32);
    let (said, code) = harness(&place, &[("HARNESS_KEY", &key), ("HARNESS_NEW_KEY", &new)]);
    assert!(code == Some(1) && said.contains("put the key of HARNESS_NEW_KEY into HARNESS_KEY"), "{said}");
    assert!(!said.contains(&new) && !said.contains(key.trim()), "{said}");
    std::fs::write(place.key(), new).unwrap();
    place.works().await;
    drop(place.sim);
}
