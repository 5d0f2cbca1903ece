//! The program `harness` in a folder of its own, as an operator has it, against a simulated Linnworks on loopback.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use linnworks_sim::{SimHandle, SimOptions, Simulator};
use serde_json::{Value, json};

pub const TOKEN: &str = "33333333-3333-4333-8333-333333333333";

/// A folder with a configuration that reaches `simulator`.
pub struct Desk {
    pub folder: tempfile::TempDir,
}

impl Desk {
    pub fn new(simulator: &str) -> Self {
        Self::on("sqlite", simulator)
    }

    pub fn on(database: &str, simulator: &str) -> Self {
        let desk = Self::bare(database, simulator);
        super::share_what_is_compiled(&desk.data());
        desk
    }

    /// One in which no host has ever been.
    pub fn bare(database: &str, simulator: &str) -> Self {
        let desk = Self { folder: tempfile::tempdir().unwrap() };
        desk.configure(database, simulator, 0);
        desk
    }

    /// Writes the configuration: its clock is so many minutes ahead of the machine's.
    pub fn configure(&self, database: &str, simulator: &str, ahead: i64) {
        let offset = ahead * 60_000;
        let text = format!(
            "database = {database:?}\nclock_offset_ms = {offset}\n[egress.stand_ins]\n\"api.linnworks.net\" = \"{simulator}\"\n"
        );
        std::fs::write(self.folder.path().join("harness.toml"), text).unwrap();
    }

    /// Adds a table to the configuration.
    pub fn add_to_configuration(&self, table: &str) {
        let file = self.folder.path().join("harness.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(file, format!("{text}{table}")).unwrap();
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("harness-data")
    }

    pub fn start(&self, arguments: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_harness"))
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub fn harness(&self, arguments: &[&str], input: &str) -> Output {
        use std::io::Write as _;
        let mut child = self.start(arguments);
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    pub fn json(&self, arguments: &[&str], input: &str) -> (Value, i32) {
        let output = self.harness(&[arguments, &["--json"]].concat(), input);
        let text = String::from_utf8(output.stdout).unwrap();
        let value = serde_json::from_str(&text).unwrap_or_else(|_| {
            panic!("{arguments:?} printed {text:?} and {}", String::from_utf8_lossy(&output.stderr))
        });
        (value, output.status.code().unwrap())
    }

    pub fn set_up(&self) {
        let component = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("target/plugin/linnworks.wasm");
        self.json(&["plugin", "add", component.to_str().unwrap()], "");
        self.json(&["plugin", "secret", "set", "linnworks", "ApplicationId"], "11111111-1111-4111-8111-111111111111\n");
        self.json(
            &["plugin", "secret", "set", "linnworks", "ApplicationSecret"],
            "22222222-2222-4222-8222-222222222222\n",
        );
        self.json(&["wms", "client", "add", "ACME", "Acme"], "");
        self.json(&["wms", "warehouse", "add", "MAIN", "Main"], "");
        self.json(&["wms", "channel", "add", "ACME", "Linnworks"], "");
        self.json(&["wms", "product", "add", "ACME", "MUG"], "");
    }

    pub fn add(&self, more: &[&str]) -> (Value, i32) {
        let settings = ["--set", "Client=ACME", "--set", "Warehouse=MAIN", "--set", "Channel=Linnworks"];
        let location = ["--set", "Location=00000000-0000-0000-0000-000000000000"];
        self.json(&[&["connection", "add", "acme"], &settings[..], &location, more].concat(), &format!("  {TOKEN}\n"))
    }

    /// A connection that is live and has imported what there is.
    pub fn import(&self) {
        self.set_up();
        self.add(&["--secret-stdin"]);
        self.json(&["connection", "activate", "acme", "--all"], "");
        self.json(&["run", "acme"], "");
    }
}

pub async fn simulator() -> SimHandle {
    let simulator = Simulator::start(SimOptions::default()).await.unwrap();
    let order = json!({
        "Account": {
            "Items": [{ "ItemNumber": "MUG" }],
            "Orders": [
                { "NumOrderId": 100_001, "Items": [{ "SKU": "MUG", "Quantity": 2 }], "ShippingInfo": { "TrackingNumber": "T-1" } },
                { "NumOrderId": 100_002, "Items": [{ "SKU": "MUG", "Quantity": 1 }], "GeneralInfo": { "Status": 0 } },
            ],
        }
    });
    simulator.seed(order["Account"].clone()).unwrap();
    simulator
}

/// A host that serves.
pub struct Serving {
    pub child: Child,
    address: String,
    // Open for as long as it lives: it says more when it stops.
    _said: BufReader<ChildStdout>,
}

impl Desk {
    /// Starts a host and waits until it listens.
    pub fn serve(&self) -> Serving {
        let mut child = self.start(&["serve", "--listen", "127.0.0.1:0"]);
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("listening on http://") {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "the host ended before it listened");
        }
        let address = line.trim().rsplit("http://").next().unwrap().to_owned();
        Serving { child, address, _said: said }
    }
}

impl Serving {
    /// Asks for the status until it is as wanted, or for long. Gives the last one.
    pub fn until(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut status = Value::Null;
        for _ in 0..1_000 {
            let mut stream = std::net::TcpStream::connect(&self.address).unwrap();
            std::io::Write::write_all(&mut stream, b"GET /status HTTP/1.0\r\n\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            status = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
            if wanted(&status) {
                break;
            }
            // Another process works on the machine's clock; there is nothing else to wait on.
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        status
    }

    /// Asks it to stop, as a supervisor does; it has to end well. Gives what it logged.
    pub fn stop(mut self) -> String {
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        let mut rest = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut rest).unwrap();
        assert!(self.child.wait().unwrap().success(), "{rest}");
        rest
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
