//! Secrets are where they have to be and nowhere else: a day through the program and all of its flows, with every place searched.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a test says what went wrong by failing"
)]

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use harness_wms::Store;
use host_harness::backup;
use host_harness::config::Config;
use host_harness::platform::Platform;
use linnworks_sim::{Mutation, SimHandle, SimOptions, Simulator, Which};
use mail_server::MailServer;
use serde_json::{Value, json};

const APPLICATION_ID: &str = "11111111-1111-4111-8111-111111111111";
const APPLICATION_SECRET: &str = "22222222-2222-4222-8222-222222222222";
const TOKEN: &str = "33333333-3333-4333-8333-333333333333";

/// Somebody at the program, who keeps everything that it says.
struct Desk {
    folder: tempfile::TempDir,
    said: RefCell<Vec<(String, Vec<u8>)>>,
}

impl Desk {
    fn new(simulator: &str, mail_port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "[egress.stand_ins]\n\"api.linnworks.net\" = \"{simulator}\"\n[mail]\nserver = \"127.0.0.1\"\nport = {mail_port}\n\
             security = \"none\"\nfrom = \"Warehouse <wms@example.test>\"\n"
        );
        std::fs::write(folder.path().join("harness.toml"), text).unwrap();
        Self { folder, said: RefCell::default() }
    }

    fn start(&self, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_harness"))
            .args(arguments)
            .current_dir(self.folder.path())
            // Everything that can be logged, of every library but the compiler, which knows nothing and says much.
            .env("HARNESS_LOG", "trace,cranelift=info,regalloc2=info,wasmtime=info")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Types a command; what it wrote is kept, however it ended.
    fn ask(&self, arguments: &[&str], input: &str) -> String {
        let mut child = self.start(arguments);
        let pid = child.id();
        for what in ["cmdline", "environ"] {
            if let Ok(bytes) = std::fs::read(format!("/proc/{pid}/{what}")) {
                self.keep(&format!("/proc/{what} of {arguments:?}"), bytes);
            }
        }
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        self.keep(&format!("stdout of {arguments:?}"), output.stdout);
        self.keep(&format!("stderr of {arguments:?}"), output.stderr);
        text
    }

    fn keep(&self, place: &str, bytes: Vec<u8>) {
        self.said.borrow_mut().push((place.to_owned(), bytes));
    }

    /// Types a command as people do, and again for programs.
    fn look(&self, arguments: &[&str]) {
        self.ask(arguments, "");
        self.ask(&[arguments, &["--json"]].concat(), "");
    }

    fn set_up(&self) {
        let component = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("target/plugin/linnworks.wasm");
        self.ask(&["plugin", "add", component.to_str().unwrap()], "");
        for (name, secret) in [("ApplicationId", APPLICATION_ID), ("ApplicationSecret", APPLICATION_SECRET)] {
            self.ask(&["plugin", "secret", "set", "linnworks", name], &format!("{secret}\n"));
        }
        self.ask(&["wms", "client", "add", "ACME", "Acme"], "");
        self.ask(&["wms", "client", "notify", "ACME", "one@example.test"], "");
        self.ask(&["wms", "warehouse", "add", "MAIN", "Main"], "");
        self.ask(&["wms", "channel", "add", "ACME", "Online"], "");
        self.ask(&["wms", "product", "add", "ACME", "MUG"], "");
        self.ask(&["wms", "stock", "set", "ACME", "MAIN", "MUG", "50"], "");
        let mut add = vec!["connection", "add", "acme", "--secret-stdin"];
        let settings = [
            "Client=ACME",
            "Warehouse=MAIN",
            "Channel=Online",
            "Location=00000000-0000-0000-0000-000000000000",
            "SyncStockLevels=true",
            "ImportPurchaseOrdersAsAsn=true",
            "DeliverPOOnBookIn=true",
            "ExportReturns=true",
            "ActionReturns=true",
            "ImportErrorEmails=true",
        ];
        settings.iter().for_each(|setting| add.extend(["--set", setting]));
        self.ask(&add, &format!("{TOKEN}\n"));
    }

    /// All six flows, with something to do for each.
    fn work(&self) {
        let flow = |name: &str| self.ask(&["run", "acme", "--flow", name, "-vv"], "");
        for command in [&["connection", "check", "acme"][..], &["connection", "locations", "acme"]] {
            self.look(command);
        }
        self.ask(&["connection", "activate", "acme", "--all"], "");
        self.look(&["run", "acme", "--dry-run"]);
        flow("import-orders");
        flow("review-orders");
        self.ask(&["wms", "order", "despatch", "A-1", "--tracking", "RM1"], "");
        flow("push-despatch");
        flow("sync-stock");
        let plans: Value = serde_json::from_str(&self.ask(&["approve", "--json"], "")).unwrap();
        if let Some(run) = plans.pointer("/0/run_id").and_then(Value::as_i64) {
            self.ask(&["approve", &run.to_string(), "--yes"], "");
            flow("sync-stock");
        }
        self.look(&["stock", "compare", "acme"]);
        flow("import-purchase-orders");
        self.ask(&["wms", "asns", "confirm", "PO-1"], "");
        self.ask(&["wms", "asns", "receive", "PO-1", "MUG=4", "--book-in"], "");
        flow("import-purchase-orders");
        self.ask(&["wms", "returns", "create", "A-1"], "");
        self.ask(&["wms", "returns", "add", "RET-1", "MUG", "1", "--reason", "Unwanted"], "");
        self.ask(&["wms", "returns", "confirm", "RET-1"], "");
        flow("export-returns");
    }

    /// Everything that shows something.
    fn look_at_everything(&self) {
        for command in [
            &["connection", "list"][..],
            &["connection", "show", "acme"],
            &["plugin", "list"],
            &["runs"],
            &["usage"],
            &["problems"],
            &["queue", "list"],
            &["why", "acme", "A-1"],
            &["why", "acme", "A-3"],
            &["timeline", "A-1"],
            &["wms", "order", "list"],
            &["wms", "order", "show", "A-1"],
            &["wms", "returns", "list"],
            &["wms", "asns", "list"],
            &["stock", "drift", "acme"],
            // Errors speak, too: a wrong token, a wrong setting, a wrong name.
            &["connection", "edit", "acme", "--set", "Frequency=soon"],
            &["connection", "show", "nobody"],
            &["plugin", "secret", "set", "linnworks", "NoSuchSecret"],
        ] {
            self.look(command);
        }
        let not_a_token = format!("{TOKEN}x\n");
        self.ask(&["connection", "edit", "acme", "--secret-stdin", "--json"], &not_a_token);
    }

    /// Serves until it has run something and written to somebody, and keeps its pages, arguments and environment.
    fn serve(&self, mails: &MailServer) {
        let mut child = self.start(&["serve", "--listen", "127.0.0.1:0", "-vv"]);
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut stderr = child.stderr.take().unwrap();
        // It writes more than a pipe holds.
        let log = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            stderr.read_to_end(&mut bytes).unwrap();
            bytes
        });
        let mut line = String::new();
        while !line.contains("listening on http://") {
            line.clear();
            assert_ne!(stdout.read_line(&mut line).unwrap(), 0, "the host ended before it listened");
        }
        let address = line.trim().rsplit("http://").next().unwrap().to_owned();
        let page = |path: &str| {
            let mut stream = std::net::TcpStream::connect(&address).unwrap();
            write!(stream, "GET {path} HTTP/1.0\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        };
        for _ in 0..1_500 {
            if !mails.taken().is_empty() {
                break;
            }
            // Another process works on the machine's clock; there is nothing else to wait on.
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        for path in ["/status", "/healthz", "/", "/nothing"] {
            self.keep(path, page(path).into_bytes());
        }
        for what in ["cmdline", "environ"] {
            self.keep(
                &format!("/proc/{what} of serve"),
                std::fs::read(format!("/proc/{}/{what}", child.id())).unwrap(),
            );
        }
        assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
        self.keep("log of serve", log.join().unwrap());
        assert!(child.wait().unwrap().success());
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("harness-data")
    }
}

fn account(sim: &SimHandle) {
    sim.seed(json!({
        "Items": [{ "ItemNumber": "MUG" }],
        "Orders": [
            { "ReferenceNum": "A-1", "Items": [{ "SKU": "MUG", "Quantity": 2 }] },
            { "ReferenceNum": "A-2", "Items": [{ "SKU": "MUG", "Quantity": 1 }] },
            { "ReferenceNum": "A-3", "Items": [{ "SKU": "UNKNOWN", "Quantity": 1 }] },
        ],
    }))
    .unwrap();
    let value = json!({ "Reference": "PO-1", "Supplier": "Example Ltd", "Items": [{ "SKU": "MUG", "Quantity": 4, "UnitCost": 1 }] });
    sim.apply(Mutation::Add { to: Which::PurchaseOrders, value, account: None }).unwrap();
}

/// The forms in which a secret could lie somewhere.
fn forms(secret: &str) -> Vec<String> {
    let plain = secret.replace('-', "");
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    vec![
        secret.to_owned(),
        secret.to_uppercase(),
        plain.to_uppercase(),
        hex(secret),
        hex(secret).to_uppercase(),
        base64(secret.as_bytes()),
        // The middle of a longer text in base64, at each of the three places that it can begin at.
        base64(&secret.as_bytes()[1..]).trim_end_matches('=')[..40].to_owned(),
        base64(&secret.as_bytes()[2..]).trim_end_matches('=')[..40].to_owned(),
        secret.chars().rev().collect(),
        plain,
    ]
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digit = |number: u32| char::from(DIGITS[(number & 63) as usize]);
    let group = |chunk: &[u8]| {
        let number = chunk.iter().chain([0, 0].iter()).take(3).fold(0, |number, byte| number << 8 | u32::from(*byte));
        let digits = [18, 12, 6, 0].map(|shift| digit(number >> shift));
        digits.into_iter().take(chunk.len() + 1).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    let first = text.as_bytes()[0];
    bytes.iter().enumerate().any(|(at, byte)| *byte == first && bytes[at..].starts_with(text.as_bytes()))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

#[tokio::test]
async fn a_data_folder_and_a_backup_are_made_for_their_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mode =
        |path: &Path| std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(path).unwrap().permissions()) & 0o777;
    let config = Config { data: folder.path().join("new/data"), ..Config::default() };
    let host = Platform::open(config.clone()).await.unwrap();
    assert_eq!((mode(&config.data), mode(&folder.path().join("new"))), (0o700, 0o700));
    std::fs::create_dir_all(config.plugins()).unwrap();
    std::fs::write(config.plugins().join("any.wasm"), "any").unwrap();
    let backup = folder.path().join("backup");
    backup::create(&config, &backup, 0).await.unwrap();
    assert_eq!((mode(&backup), mode(&backup.join("plugins"))), (0o700, 0o700));
    let mut files = Vec::new();
    collect(&backup, &mut files);
    assert_eq!(files.len(), 3, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    let store = host.store.clone();
    drop(host);
    store.close().await;
    // What is there is the operator's to decide on.
    std::fs::set_permissions(&config.data, std::os::unix::fs::PermissionsExt::from_mode(0o750)).unwrap();
    Platform::open(config.clone()).await.unwrap();
    assert_eq!(mode(&config.data), 0o750);
}

/// Tokens of sessions that the simulator gave out.
fn sessions(sim: &SimHandle) -> Vec<String> {
    let logins = sim.exchanges().into_iter().filter(|call| call.path.ends_with("Auth/AuthorizeByApplication"));
    let mut tokens: Vec<String> = logins
        .filter_map(|login| {
            serde_json::from_slice::<Value>(&login.answer?.1).ok()?["Token"].as_str().map(str::to_owned)
        })
        .collect();
    tokens.sort();
    tokens.dedup();
    tokens
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_in_any_log_output_file_page_mail_argument_or_dump() {
    let simulator = Simulator::start(SimOptions::default()).await.unwrap();
    simulator.exchanges();
    account(&simulator);
    let mails = MailServer::start(true).await.unwrap();
    let desk = Desk::new(&simulator.url(), mails.port());
    desk.set_up();
    desk.work();
    desk.look_at_everything();
    desk.serve(&mails);

    // What is searched is what it should be: all flows have run, and wrote at the source.
    let runs: Value = serde_json::from_str(&desk.ask(&["runs", "--limit", "1000", "--json"], "")).unwrap();
    for flow in
        ["import-orders", "review-orders", "push-despatch", "sync-stock", "import-purchase-orders", "export-returns"]
    {
        let done = runs.as_array().unwrap().iter().any(|run| run["flow"] == flow && run["state"] != "failed");
        assert!(done, "{flow} did not run: {runs}");
    }
    let mut places = desk.said.take();
    for mail in mails.taken() {
        places.push(("a mail".into(), mail.text.into_bytes()));
    }
    assert!(places.iter().any(|(place, _)| place == "a mail"), "nobody was written to");
    let mut files = Vec::new();
    collect(&desk.data(), &mut files);
    assert!(files.iter().any(|file| file.to_string_lossy().contains("-wal") || file.extension().is_some()));
    for file in &files {
        places.push((file.display().to_string(), std::fs::read(file).unwrap()));
    }
    let address = Config { data: desk.data(), ..Config::default() }.database().unwrap();
    let store = Store::open(&address).await.unwrap();
    places.push(("the dump".into(), store.canonical_dump().await.unwrap().to_string().into_bytes()));
    store.close().await;

    let mut secrets = sessions(&simulator);
    assert!(!secrets.is_empty(), "nobody logged in");
    secrets.extend([APPLICATION_SECRET.to_owned(), TOKEN.to_owned()]);
    let mut found = Vec::new();
    for secret in &secrets {
        for form in forms(secret) {
            found
                .extend(places.iter().filter(|(_, bytes)| holds(bytes, &form)).map(|(place, _)| (form.clone(), place)));
        }
    }
    assert!(found.is_empty(), "{found:?}");
    // The search finds what is there: a reference of an order, in the log and in the database.
    let finds = |text: &str| places.iter().filter(|(_, bytes)| holds(bytes, text)).count();
    assert!(finds("A-1") > 3 && finds("import-orders") > 10);
    // The key is in its file and nowhere else.
    let key = std::fs::read_to_string(desk.data().join("key")).unwrap();
    let with_key: Vec<&String> =
        places.iter().filter(|(_, bytes)| holds(bytes, key.trim())).map(|(place, _)| place).collect();
    assert!(matches!(with_key.as_slice(), [one] if one.ends_with("/key")), "{with_key:?}");
}
