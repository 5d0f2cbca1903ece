//! A process that is killed in the middle of commits, again and again: what it had answered for is there, and nothing is there by
//! half.
//!
//! The test starts itself once more as the process that commits (`commit FOLDER`), which says before and after each commit
//! which one it is.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is not as expected ends the test"
)]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use harness_wms::*;
use libtest_mimic::{Arguments, Failed, Trial};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sqlx::{AnyConnection, Connection as _};

/// Orders of a batch: its rows lie in many pages of several tables and indexes.
const BATCH: i64 = 20;
/// Units of the one product, free and allocated together.
const UNITS: i64 = 1_000_000;
/// Kills within a commit of each part, and how many kills may be tried for that: between commits they show nothing.
const KILLS: u64 = 250;
const ATTEMPTS: u64 = 3 * KILLS;
/// How often a part begins with a new database, so that looking through it stays quick.
const OF_ONE_DATABASE: u64 = 50;

fn main() {
    let mut given = std::env::args().skip(1);
    if given.next().as_deref() == Some("commit") {
        commit(Path::new(&given.next().unwrap()));
    }
    let trials = vec![
        Trial::test("what_a_process_answered_for_survives_a_thousand_kills_first_part", || killed(1)),
        Trial::test("what_a_process_answered_for_survives_a_thousand_kills_second_part", || killed(2)),
        Trial::test("what_a_process_answered_for_survives_a_thousand_kills_third_part", || killed(3)),
        Trial::test("what_a_process_answered_for_survives_a_thousand_kills_fourth_part", || killed(4)),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

/// Commits until it is killed.
fn commit(folder: &Path) -> ! {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = Store::open(&DatabaseAddress::Sqlite(folder.join("wms.db"))).await.unwrap();
        let place = Place::of(&store).await;
        for batch in place.next.. {
            say("begin", batch);
            place.import(&store, batch).await;
            say("done", batch);
        }
    });
    unreachable!("it ends by being killed")
}

fn say(what: &str, batch: i64) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{what} {batch}").and_then(|()| out.flush()).unwrap();
}

/// What the process that commits works with.
struct Place {
    connection: i64,
    account: i64,
    run: Run,
    /// The first batch that is not there.
    next: i64,
}

impl Place {
    async fn of(store: &Store) -> Self {
        let connection = match store.connections().await.unwrap().first() {
            Some(connection) => connection.id,
            None => Self::fill(store).await,
        };
        let account = store.account("linnworks", "account", 0).await.unwrap().id;
        // The lease of the process before has run out.
        let orders = i64::try_from(store.orders(None, None, 0, 1_000_000).await.unwrap().len()).unwrap();
        let now = 1_000 + orders;
        let run = store.begin_run(connection, "import-orders", RunMode::Apply, "test", now, now).await.unwrap();
        Self { connection, account, run, next: orders / BATCH }
    }

    async fn fill(store: &Store) -> i64 {
        let client = store.add_client("ACME", "Acme", 0).await.unwrap().id;
        let warehouse = store.add_warehouse("MAIN", "Main", "Europe/London").await.unwrap().id;
        let channel = store.add_channel(client, "eBay").await.unwrap().id;
        let product = NewProduct { sku: "TEE".into(), name: "Tee".into(), ..NewProduct::default() };
        store.add_products(client, &[product], 0).await.unwrap();
        store.set_stock(client, warehouse, "TEE", UNITS, 0, 0).await.unwrap();
        let connection = NewConnection {
            name: "main".into(),
            client_id: client,
            warehouse_id: warehouse,
            channel_id: channel,
            plugin: "linnworks".into(),
            plugin_digest: None,
            settings: serde_json::json!({}),
            sealed_secrets: None,
        };
        store.add_connection(&connection, 0).await.unwrap().id
    }

    async fn import(&self, store: &Store, batch: i64) {
        let ready = (0..BATCH).map(|at| NewOrder {
            // Scattered over the index, as a source's ids are.
            id: format!("{:08x}-{batch}", (batch * BATCH + at).wrapping_mul(0x9e37_79b9) & 0xffff_ffff),
            order_number: format!("{batch}-{at}"),
            channel: "eBay".into(),
            acknowledge: true,
            lines: vec![NewOrderLine { sku: "TEE".into(), quantity: 3, ..NewOrderLine::default() }],
            ..NewOrder::default()
        });
        let commit = ImportCommit {
            run: self.run.id,
            fence: self.run.fence,
            connection: self.connection,
            account: self.account,
            ready: ready.collect(),
            ..ImportCommit::default()
        };
        assert_eq!(store.commit_import(&commit).await.unwrap().created(), BATCH as usize);
    }
}

fn killed(part: u64) -> Result<(), Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut chance = StdRng::seed_from_u64(part);
    let mut folder = tempfile::tempdir()?;
    let (mut answered, mut within, mut unanswered) = (0, 0, 0);
    let mut kill = 0;
    while within < KILLS {
        if kill == ATTEMPTS {
            return Err(format!("only {within} of {kill} kills struck within a commit, expected are {KILLS}").into());
        }
        if kill % OF_ONE_DATABASE == 0 {
            folder = tempfile::tempdir()?;
            answered = 0;
        }
        let said =
            strike(folder.path(), chance.random_range(1..=4), Duration::from_micros(chance.random_range(0..6_000)))?;
        answered = said.done.unwrap_or(answered);
        within += u64::from(said.begun > said.done);
        let there = runtime.block_on(look(&folder.path().join("wms.db")))?;
        // The one that was under way may have come through, unanswered.
        if there != answered && there != answered + 1 {
            return Err(format!("kill {kill}: {answered} batches were answered for, {there} are there").into());
        }
        unanswered += u64::from(there == answered + 1);
        answered = there;
        kill += 1;
    }
    println!(
        "{kill} kills: {within} within a commit, {unanswered} of them after it came through and before its answer"
    );
    Ok(())
}

/// How many batches the process had begun and had answered for, when it was killed; `None` when none.
struct Said {
    begun: Option<i64>,
    done: Option<i64>,
}

/// Starts a process that commits, and kills it a moment after its nth commit of this life began.
fn strike(folder: &Path, nth: u64, moment: Duration) -> Result<Said, Failed> {
    let mut child = Command::new(std::env::current_exe()?).arg("commit").arg(folder).stdout(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("its output is not there")?).lines();
    let mut said = Said { begun: None, done: None };
    let mut begun = 0;
    let hear = |said: &mut Said, line: &str| {
        let (what, batch) = line.split_once(' ').unwrap_or_default();
        let so_far = batch.parse::<i64>().ok().map(|batch| batch + 1);
        match what {
            "begin" => said.begun = so_far,
            _ => said.done = so_far,
        }
    };
    while begun < nth {
        let line = lines.next().ok_or("the process ended by itself")??;
        begun += u64::from(line.starts_with("begin"));
        hear(&mut said, &line);
    }
    let strikes = Instant::now() + moment;
    while Instant::now() < strikes {
        std::hint::spin_loop();
    }
    child.kill()?;
    child.wait()?;
    for line in lines {
        hear(&mut said, &line?);
    }
    Ok(said)
}

/// Counts the batches after the database was opened as a host does, and holds every part of it against every other.
async fn look(database: &Path) -> Result<i64, Failed> {
    Store::open(&DatabaseAddress::Sqlite(database.to_owned())).await?.close().await;
    let examined = examine_database(database).await?;
    if !examined.findings.is_empty() {
        return Err(examined.findings.join("\n").into());
    }
    let mut connection = AnyConnection::connect(&format!("sqlite://{}", database.display())).await?;
    let mut count = async |sql: &'static str| sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut connection).await;
    let orders = count("SELECT COUNT(*) FROM orders").await?;
    let whole = [
        ("batches of another size", count("SELECT COUNT(*) FROM (SELECT COUNT(*) AS size FROM orders GROUP BY substr(order_number, 1, instr(order_number, '-')) HAVING size <> 20)").await?, 0),
        ("lines", count("SELECT COUNT(*) FROM order_lines").await?, orders),
        ("marks to be made", count("SELECT COUNT(*) FROM acknowledgements").await?, orders),
        ("orders with a timeline", count("SELECT COUNT(DISTINCT order_id) FROM timeline").await?, orders),
        ("units allocated to orders", count("SELECT COALESCE(SUM(allocated), 0) FROM order_lines").await?, 3 * orders),
        ("units allocated in the stock", count("SELECT COALESCE(SUM(allocated), 0) FROM stock").await?, 3 * orders),
        ("units in all", count("SELECT COALESCE(SUM(level + allocated), 1000000) FROM stock").await?, UNITS),
    ];
    connection.close().await?;
    match whole.into_iter().find(|(_, found, expected)| found != expected) {
        Some((what, found, expected)) => Err(format!("{what}: {found}, expected {expected} ({orders} orders)").into()),
        None => Ok(orders / BATCH),
    }
}
