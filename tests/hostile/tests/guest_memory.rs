//! No secret is in a connector's memory: looked for by the connector itself, and from outside, in every page of the sandboxes'
//! memory of this process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test says what went wrong by failing"
)]

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use harness_capability::http::{CallSink, Finished, HttpCapability, HttpSetup, Sending};
use host_harness::flow::request_log::RequestLog;
use hostile::neighbour::Neighbour;
use hostile::site::Site;
use hostile::source::Reply;
use linnworks_sim::state::Application;
use serde_json::{Value, json};

/// Address space that is reserved behind a sandbox's memory; no allocator of this process reserves as much.
const RESERVED: u64 = 1 << 30;

/// The parts of this process that sandboxes can read: what is mapped within the reservations of the pool.
fn sandboxes() -> Vec<(u64, u64)> {
    let text = std::fs::read_to_string("/proc/self/maps").unwrap();
    let rows: Vec<(u64, u64, bool)> = text
        .lines()
        .map(|line| {
            let mut words = line.split_whitespace();
            let (from, to) = words.next().unwrap().split_once('-').unwrap();
            let address = |text| u64::from_str_radix(text, 16).unwrap();
            (address(from), address(to), words.next().unwrap().starts_with("rw"))
        })
        .collect();
    let reserved = |row: Option<&(u64, u64, bool)>| row.is_some_and(|(from, to, open)| !open && to - from >= RESERVED);
    let mut found = Vec::new();
    for (at, (from, to, open)) in rows.iter().enumerate() {
        // A memory may be mapped in several pieces: its image, what was written of it, what it has grown by.
        let mut after = at;
        while rows.get(after + 1).is_some_and(|next| next.2 && next.0 == rows[after].1) {
            after += 1;
        }
        let next = rows.get(after + 1).filter(|next| next.0 == rows[after].1);
        if *open && reserved(next) {
            found.push((*from, *to));
        }
    }
    found
}

/// How often each of `texts` lies in the sandboxes' memory. The texts are given with one character that is another, so that
/// they themselves lie nowhere.
fn occurrences(texts: &[Masked]) -> (Vec<usize>, u64) {
    let memory = File::open("/proc/self/mem").unwrap();
    let mut counts = vec![0; texts.len()];
    let mut bytes = 0;
    for (from, to) in sandboxes() {
        let mut page = vec![0; usize::try_from(to - from).unwrap()];
        memory.read_exact_at(&mut page, from).unwrap();
        bytes += to - from;
        for (count, text) in counts.iter_mut().zip(texts) {
            *count += page.windows(text.0.len()).filter(|window| text.fits(window)).count();
        }
    }
    (counts, bytes)
}

/// A text, each byte of it another.
#[derive(Clone)]
struct Masked(Vec<u8>);

impl Masked {
    fn new(text: &str) -> Self {
        Self(text.bytes().map(|byte| byte ^ 0x55).collect())
    }

    fn fits(&self, window: &[u8]) -> bool {
        window.iter().zip(&self.0).all(|(byte, masked)| byte ^ 0x55 == *masked)
    }
}

/// Looks through the sandboxes whenever a call has ended and its connector waits for the answer.
struct Looking {
    texts: Arc<Mutex<Vec<Masked>>>,
    found: Arc<Mutex<Found>>,
    log: Arc<RequestLog>,
}

#[derive(Default)]
struct Found {
    looks: usize,
    bytes: u64,
    most: BTreeMap<usize, usize>,
}

impl CallSink for Looking {
    fn sending(&self, call: Sending<'_>) {
        self.log.sending(call);
        self.look();
    }

    fn finished(&self, call: Finished<'_>) {
        self.log.finished(call);
        self.look();
    }

    fn moves_stock<'a>(&'a self, application: &'a str, account: &'a str) -> BoxFuture<'a, Result<(), String>> {
        self.log.moves_stock(application, account)
    }
}

impl Looking {
    fn look(&self) {
        let texts = self.texts.lock().unwrap().clone();
        let (counts, bytes) = occurrences(&texts);
        let mut found = self.found.lock().unwrap();
        found.looks += 1;
        found.bytes = found.bytes.max(bytes);
        for (at, count) in counts.into_iter().enumerate() {
            let most = found.most.entry(at).or_default();
            *most = count.max(*most);
        }
    }
}

#[tokio::test]
async fn the_linnworks_connector_has_no_secret_in_its_memory_at_any_call() {
    let mut site = Site::open().await.unwrap();
    let texts: Arc<Mutex<Vec<Masked>>> = Arc::default();
    let found: Arc<Mutex<Found>> = Arc::default();
    let platform = &mut site.platform;
    platform.http = HttpCapability::new(HttpSetup {
        clock: platform.clock.clone(),
        resolver: site.names.clone(),
        sink: Arc::new(Looking { texts: texts.clone(), found: found.clone(), log: platform.requests.clone() }),
        faults: platform.faults.clone(),
        ..HttpSetup::default()
    });
    site.sim.exchanges();
    // Its first run logs in.
    let neighbour = Neighbour::settle(&site).await.unwrap();
    let logins = site.sim.exchanges();
    let session = logins
        .iter()
        .filter(|call| call.path.ends_with("AuthorizeByApplication"))
        .find_map(|login| {
            serde_json::from_slice::<Value>(&login.answer.as_ref()?.1).ok()?["Token"].as_str().map(str::to_owned)
        })
        .expect("it logged in");
    let example = Application::example();
    let secrets = [example.application_secret.to_string(), example.token.to_string(), session];
    // What a call before has brought in: an id of the list of orders.
    let id = site.sim.with(|world| world.account().orders.iter().next().unwrap().order_id.to_string());
    *texts.lock().unwrap() = secrets
        .iter()
        .flat_map(|secret| [secret.clone(), secret.replace('-', ""), secret.to_uppercase()])
        // What is there, so that the search is known to find something.
        .chain(["GetOrdersById".to_owned(), id])
        .map(|text| Masked::new(&text))
        .collect();
    *found.lock().unwrap() = Found::default();
    neighbour.works_until(&site, &std::cell::Cell::new(true)).await.unwrap();
    let found = found.lock().unwrap();
    assert!(found.looks >= 4 && found.bytes > 1 << 20, "{} looks at {} bytes", found.looks, found.bytes);
    let counts: Vec<usize> = found.most.values().copied().collect();
    assert_eq!(counts[..9], [0; 9], "a secret is in the memory of a sandbox");
    assert!(counts[9] > 0 && counts[10] > 0, "the search finds nothing at all: {counts:?}");
}

#[tokio::test]
async fn a_connector_that_looks_through_its_own_memory_finds_its_settings_and_no_secret() {
    let site = Site::open().await.unwrap();
    let answer = json!({ "Token": "session-token-84d1", "Account": "A", "Server": "https://misbehaving.example" });
    site.source.answers(move |seen| Reply::ok(&if seen.is_exchange() { answer.to_string() } else { "[]".into() }));
    let manifest = json!({ "authentication": {}, "operations": [{ "base": "session" }] });
    for (pieces, hits) in [
        (["connection-", "secret-5fe2"], "0"),
        (["session-to", "ken-84d1"], "0"),
        // A text that is in its settings.
        (["planted-", "text-77"], "some"),
    ] {
        let settings = json!({
            "misbehave": "look-through-memory", "in": "fetch", "secret": "connection-secret-5fe2",
            "pieces": pieces, "planted": "planted-text-77", "planted-pieces": ["planted-", "text-77"],
        });
        let connection = site.attacker(manifest.clone(), settings).await.unwrap();
        let told = site.told(&connection).await.unwrap();
        let store = &site.platform.store;
        assert_eq!(told[0] == "0", hits == "0", "{pieces:?}: {told:?}");
        assert_ne!(told[1], "0", "it finds nothing at all");
        let stored = store.connection("attack").await.unwrap();
        store.remove_connection(stored.id, harness_wms::Removal::default(), site.platform.now()).await.unwrap();
    }
}
