//! A host in this process, with a stub in place of the source: an HTTP server on loopback that keeps what it was asked.
#![allow(dead_code, reason = "each test file uses its part")]

pub mod desk;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use harness_wms::{Connection, Lifecycle};
use host_harness::config::Config;
use host_harness::connection;
use host_harness::platform::Platform;
use serde_json::{Map, Value, json};

/// The host's key: always the same, so that machine code cached by one test is trusted by the next.
const KEY: &str = "5ce7a21010000000000000000000000000000000000000000000000000000002";

/// The component `name`, as `cargo xtask build` leaves it.
pub fn component(name: &str) -> Vec<u8> {
    let workspace: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned();
    let path = workspace.join("target/plugin").join(format!("{name}.wasm"));
    std::fs::read(&path).unwrap_or_else(|_| panic!("{} is missing; run `cargo xtask build`", path.display()))
}

pub fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

/// The source.
pub struct Stub {
    pub url: String,
    /// `METHOD PATH` of each request.
    pub asked: Arc<Mutex<Vec<String>>>,
}

impl Stub {
    /// Answers every request with `body`, or never.
    pub async fn start(body: Option<String>) -> Self {
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = asked.clone();
        let router = Router::new().fallback(move |request: Request| {
            kept.lock().unwrap().push(format!("{} {}", request.method(), request.uri().path()));
            let body = body.clone();
            async move {
                match body {
                    Some(body) => body,
                    None => std::future::pending().await,
                }
            }
        });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, asked }
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Gives a data folder the tests' key, and with it the machine code that other tests have compiled: that takes seconds.
pub fn share_what_is_compiled(data: &Path) {
    let compiled = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
    std::fs::create_dir_all(&compiled).unwrap();
    std::fs::create_dir_all(data).unwrap();
    std::os::unix::fs::symlink(&compiled, data.join("compiled")).unwrap();
    let key = data.join("key");
    std::fs::write(&key, KEY).unwrap();
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

/// A host with one connection `main` of the component `name`, whose only address `stands_for` is the stub.
pub struct Host {
    pub platform: Platform,
    pub connection: Connection,
    _folder: tempfile::TempDir,
}

impl Host {
    /// Ends the host and starts it again: what it had loaded is forgotten.
    pub async fn restart(self) -> Self {
        let Self { platform, connection, _folder } = self;
        let (config, store) = (platform.config.clone(), platform.store.clone());
        drop(platform);
        store.close().await;
        Self { platform: Platform::open(config).await.unwrap(), connection, _folder }
    }
}

pub async fn host(name: &str, stands_for: &str, stub: &Stub, settings: Value, mut config: Config) -> Host {
    let folder = tempfile::tempdir().unwrap();
    config.data = folder.path().join("data");
    share_what_is_compiled(&config.data);
    config.egress.stand_ins.insert(stands_for.into(), stub.url.clone());
    config.engine.concurrent_invocations = 4;
    let platform = Platform::open(config).await.unwrap();
    let (plugin, _) = platform.plugins.add(&platform, &component(name), None).await.unwrap();
    let client = platform.store.add_client("ACME", "Acme", 0).await.unwrap();
    platform.store.add_warehouse("MAIN", "Main", "Europe/London").await.unwrap();
    platform.store.add_channel(client.id, "Shop").await.unwrap();
    let mut given = object(json!({ "Client": "ACME", "Warehouse": "MAIN", "Channel": "Shop" }));
    given.extend(object(settings));
    let added = connection::add(&platform, "main", &plugin.name, given).await.unwrap().connection;
    // Gone live without the connection check, of which these connectors have none to speak of.
    let connection = Connection { state: Lifecycle::Active, go_live: Some("all".to_owned()), ..added };
    platform.store.update_connection(&connection, 0).await.unwrap();
    Host { platform, connection, _folder: folder }
}
