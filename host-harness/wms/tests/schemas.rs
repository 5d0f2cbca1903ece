//! A database of any schema that there has been is brought up to date with nothing lost, on SQLite and on PostgreSQL.
//!
//! `schemas/NNNN.sql` is what a host of that schema held beyond what the ones before it did. A migration that was published is never
//! changed, since databases remember its digest: `schemas/digests.txt` has those of all; a new one is added with `UPDATE=1`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is not as expected ends the test"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use harness_wms::*;
use sqlx::migrate::{Migration, Migrator};
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Executor as _, SqlSafeStr as _};

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas")
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_migration_that_was_published_is_never_changed() {
    let now: String =
        MIGRATIONS.iter().map(|one| format!("{:04} {}\n", one.version, hexadecimal(&one.checksum))).collect();
    let file = folder().join("digests.txt");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &now).unwrap();
    }
    let kept = std::fs::read_to_string(file).unwrap_or_default();
    assert_eq!(now, kept, "a new migration is added to the list with UPDATE=1; one that is in it must not change");
}

#[tokio::test]
async fn a_database_of_each_schema_there_has_been_is_brought_up_to_date_with_nothing_lost() {
    for schema in MIGRATIONS.iter().map(|one| one.version) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("wms.db");
        let url = format!("sqlite://{}?mode=rwc", file.display());
        brought_up_to_date(schema, &url, &DatabaseAddress::Sqlite(file.clone()), Engine::Sqlite).await;
        let examined = examine_database(&file).await.unwrap();
        assert_eq!(examined.findings, [""; 0], "from schema {schema}");
        assert_eq!(Some(examined.schema), MIGRATIONS.iter().map(|one| one.version).max());
    }
}

#[tokio::test]
async fn on_postgresql_too_each_schema_is_brought_up_to_date_with_nothing_lost() {
    let Some(server) = test_needs::postgres::Server::start() else { return };
    for schema in MIGRATIONS.iter().map(|one| one.version) {
        let url = server.database();
        brought_up_to_date(schema, &url, &DatabaseAddress::Postgres(url.clone()), Engine::Postgres).await;
    }
}

#[tokio::test]
async fn a_database_of_a_newer_schema_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wms.db");
    let address = DatabaseAddress::Sqlite(file.clone());
    Store::open(&address).await.unwrap().close().await;
    let url = format!("sqlite://{}", file.display());
    let mut connection = AnyConnection::connect(&url).await.unwrap();
    connection
        .execute(
            "INSERT INTO _sqlx_migrations (version, description, installed_on, success, checksum, execution_time) \
                  VALUES (9999, 'of tomorrow', CURRENT_TIMESTAMP, 1, X'00', 0)",
        )
        .await
        .unwrap();
    connection.close().await.unwrap();
    let told = Store::open(&address).await.unwrap_err().to_string();
    assert!(told.contains("9999") && told.contains("written by a newer version"), "{told}");
    let examined = examine_database(&file).await.unwrap();
    assert!(examined.findings[0].contains("its schema is 9999"), "{examined:?}");
}

/// Fills a database of `schema`, opens it as a host does, and looks for every row that there was; then works with it.
async fn brought_up_to_date(schema: i64, url: &str, address: &DatabaseAddress, engine: Engine) {
    sqlx::any::install_default_drivers();
    let mut connection = AnyConnection::connect(url).await.unwrap();
    for migration in MIGRATIONS.iter().filter(|one| one.version <= schema) {
        let only = in_dialect(migration, engine);
        Migrator::with_migrations(vec![only]).set_ignore_missing(true).run(&mut connection).await.unwrap();
        let rows = folder().join(format!("{:04}.sql", migration.version));
        // A schema that added columns alone has no rows of its own.
        let Ok(sql) = std::fs::read_to_string(rows) else { continue };
        let sql = if engine == Engine::Postgres { sql.replace("X'", "'\\x") } else { sql };
        connection.execute(AssertSqlSafe(sql).into_sql_str()).await.unwrap();
    }
    let before = everything(&mut connection, engine).await;
    connection.close().await.unwrap();

    let store = Store::open(address).await.unwrap_or_else(|error| panic!("from schema {schema}: {error}"));
    let mut connection = AnyConnection::connect(url).await.unwrap();
    let after = everything(&mut connection, engine).await;
    connection.close().await.unwrap();
    for (table, rows) in &before {
        let now = &after[table];
        for row in rows {
            // An imported id is known by its order since the second schema.
            if table == "ledger" && row["state"].as_deref() == Some("1") {
                continue;
            }
            let kept = now.iter().any(|one| {
                row.iter().all(|(name, value)| match one.get(name) {
                    Some(there) => there == value,
                    // Columns of the ledger that went with that.
                    None => table == "ledger",
                })
            });
            assert!(kept, "from schema {schema}: {table} lacks {row:?}, it has {now:?}");
        }
    }
    works(&store, schema).await;
    store.close().await;
}

/// The migration as the store has it for that engine; were it another one, the store would refuse the database.
fn in_dialect(migration: &Migration, engine: Engine) -> Migration {
    if engine == Engine::Sqlite {
        return migration.clone();
    }
    let sql =
        migration.sql.as_str().replace("INTEGER PRIMARY KEY", "BIGINT PRIMARY KEY").replace(" WITHOUT ROWID;", ";");
    let sql = AssertSqlSafe(sql).into_sql_str();
    Migration::new(migration.version, migration.description.clone(), migration.migration_type, sql, migration.no_tx)
}

type Row = BTreeMap<String, Option<String>>;

/// Every row of every table, each value as text.
async fn everything(connection: &mut AnyConnection, engine: Engine) -> BTreeMap<String, Vec<Row>> {
    let (tables, columns) = match engine {
        Engine::Sqlite => (
            "SELECT name FROM sqlite_master WHERE type = 'table'",
            "SELECT name FROM pragma_table_info($1) ORDER BY name",
        ),
        Engine::Postgres => (
            "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = 'public'",
            "SELECT CAST(column_name AS TEXT) FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1 ORDER BY column_name",
        ),
    };
    let mut found = BTreeMap::new();
    let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut *connection).await.unwrap();
    for table in tables.into_iter().filter(|name| !name.starts_with("_sqlx") && !name.starts_with("sqlite")) {
        let columns: Vec<String> =
            sqlx::query_scalar(columns).bind(table.clone()).fetch_all(&mut *connection).await.unwrap();
        let order = columns.join(", ");
        let mut rows: Vec<Row> = Vec::new();
        for column in &columns {
            let text =
                if engine == Engine::Sqlite { format!("quote({column})") } else { format!("CAST({column} AS TEXT)") };
            let sql = format!("SELECT {text} FROM {table} ORDER BY {order}");
            let values: Vec<Option<String>> =
                sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut *connection).await.unwrap();
            rows.resize(values.len(), Row::new());
            for (row, value) in rows.iter_mut().zip(values) {
                row.insert(column.clone(), value);
            }
        }
        found.insert(table, rows);
    }
    found
}

/// What was imported is known, what is queued goes on, and new orders come in beside the old ones.
async fn works(store: &Store, schema: i64) {
    let unknown = store.ledger_unknown(1, 1, &["a1", "a2", "a3", "a4", "b1"].map(String::from), 10_000).await.unwrap();
    assert_eq!(unknown, ["b1"], "from schema {schema}: an imported order would come again");
    let statuses: Vec<OrderStatus> =
        store.orders(None, None, 0, 10).await.unwrap().iter().map(|order| order.order_status).collect();
    for status in [OrderStatus::New, OrderStatus::Despatched, OrderStatus::Cancelled, OrderStatus::Holding] {
        assert!(statuses.contains(&status), "from schema {schema}: {statuses:?}");
    }
    let run = store.begin_run(1, "import-orders", RunMode::Apply, "test", 10_000, 20_000).await.unwrap();
    let commit = ImportCommit {
        run: run.id,
        fence: run.fence,
        connection: 1,
        account: 1,
        now: 10_000,
        ready: vec![NewOrder {
            id: "b1".into(),
            order_number: "LW-200001".into(),
            channel: "eBay".into(),
            lines: vec![NewOrderLine { sku: "MUG".into(), quantity: 2, ..NewOrderLine::default() }],
            ..NewOrder::default()
        }],
        ..ImportCommit::default()
    };
    assert_eq!(store.commit_import(&commit).await.unwrap().created(), 1, "from schema {schema}");
    let order = store.order("LW-200001").await.unwrap();
    let parcel = Parcel { tracking_number: Some("T-9".into()), courier_service: "Royal Mail 24".into() };
    store.despatch(order.id, &[parcel], 11_000).await.unwrap();
    let mug = store.stock_levels(1, 1).await.unwrap().into_iter().find(|level| level.sku == "MUG").unwrap();
    assert_eq!((mug.level, mug.allocated), (35, 3), "from schema {schema}");
    let queued: Vec<String> = store.queue(Some(1), false).await.unwrap().into_iter().map(|one| one.reference).collect();
    assert!(queued.contains(&"LW-200001".to_owned()), "from schema {schema}: {queued:?}");
    if schema >= 3 {
        assert!(queued.contains(&"LW-100002".to_owned()), "from schema {schema}: {queued:?}");
    }
}
