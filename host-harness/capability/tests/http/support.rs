//! A small HTTP/1.1 server that can misbehave, and a bench that puts a capability with a virtual clock in front of it.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use harness_capability::clock::{Clock, VirtualClock};
use harness_capability::http::egress::OperatorEgress;
use harness_capability::http::rate::Priority;
use harness_capability::http::*;
use harness_contract::http::{HttpError, Request, Response};
use harness_contract::manifest::{Base, Description, Effect, Encoding, Method, Operation, Recipe};
use harness_contract::types::Mode;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Which connection, counted from 0.
    pub(crate) connection: usize,
    /// Method and target.
    pub(crate) line: String,
    /// Lower-case names.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn path(&self) -> &str {
        self.line.split(' ').nth(1).unwrap()
    }
}

/// What the server does with a request.
#[derive(Clone)]
pub(crate) enum Reply {
    Answer(u16, Vec<(&'static str, String)>, String),
    /// These bytes, then the connection stays open.
    Raw(String),
    /// These bytes, then the connection is closed.
    Cut(String),
    /// Nothing, for ever.
    Hang,
}

pub(crate) fn ok(body: &str) -> Reply {
    Reply::Answer(200, vec![], body.to_owned())
}

pub(crate) fn status(status: u16) -> Reply {
    Reply::Answer(status, vec![], String::new())
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Answers with what `script` says; its second argument counts all requests from 0.
    pub(crate) async fn start(script: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (log, script) = (seen.clone(), Arc::new(script));
        tokio::spawn(async move {
            for connection in 0.. {
                let (socket, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(socket, connection, log.clone(), script.clone()));
            }
        });
        Self { address, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The paths of all requests, in their order.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.seen().iter().map(|seen| seen.path().to_owned()).collect()
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

async fn serve(
    socket: TcpStream,
    connection: usize,
    log: Arc<Mutex<Vec<Seen>>>,
    script: Arc<impl Fn(&Seen, usize) -> Reply + Send + Sync>,
) {
    let mut socket = BufReader::new(socket);
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let mut headers = BTreeMap::new();
        loop {
            let mut header = String::new();
            socket.read_line(&mut header).await.unwrap();
            let Some((name, value)) = header.trim_end().split_once(':') else { break };
            headers.insert(name.to_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        socket.read_exact(&mut body).await.unwrap();
        let seen =
            Seen { connection, line: line.trim_end().to_owned(), headers, body: String::from_utf8(body).unwrap() };
        let count = {
            let mut log = log.lock().unwrap();
            log.push(seen.clone());
            log.len() - 1
        };
        let (bytes, close) = match script(&seen, count) {
            Reply::Answer(status, headers, body) => {
                let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
                (format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n{body}", body.len()), false)
            }
            Reply::Raw(bytes) => (bytes, false),
            Reply::Cut(bytes) => (bytes, true),
            Reply::Hang => std::future::pending().await,
        };
        socket.write_all(bytes.as_bytes()).await.unwrap();
        if close {
            return;
        }
    }
}

/// Answers in the name server's place; every other name is unknown.
#[derive(Default)]
pub(crate) struct Names(pub(crate) BTreeMap<String, Vec<IpAddr>>);

impl Resolve for Names {
    fn resolve(&self, host: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        let found = self.0.get(host).cloned();
        Box::pin(async move { found.ok_or_else(|| std::io::Error::other("no such name")) })
    }
}

/// Keeps what it is told, as text.
#[derive(Default)]
pub(crate) struct Events(pub(crate) Mutex<Vec<String>>);

impl CallSink for Events {
    fn sending(&self, call: Sending<'_>) {
        self.0.lock().unwrap().push(format!("sending {call:?}"));
    }
    fn finished(&self, call: Finished<'_>) {
        self.0
            .lock()
            .unwrap()
            .push(format!("{} {:?} attempt {} {:?}", call.call.operation, call.ending, call.call.attempt, call));
    }
    fn moves_stock<'a>(&'a self, application: &'a str, account: &'a str) -> BoxFuture<'a, Result<(), String>> {
        self.0.lock().unwrap().push(format!("stock of {application} {account:?} moves"));
        Box::pin(std::future::ready(Ok(())))
    }
}

pub(crate) fn operation(name: &str, effect: Effect) -> Operation {
    Operation {
        name: name.to_owned(),
        method: Method::Post,
        base: Base::Fixed("https://api.example.net/v1".to_owned()),
        path: format!("/{name}"),
        effect,
        moves_stock: false,
        encoding: Encoding::Json,
        rate_group: "all".to_owned(),
        calls_per_minute: 150,
        time_limit: 2_000,
        size_limit: 1_000,
    }
}

pub(crate) fn recipe() -> Recipe {
    Recipe {
        platform_secrets: vec!["AppSecret".to_owned()],
        method: Method::Post,
        address: "https://auth.example.net/exchange".to_owned(),
        encoding: Encoding::Json,
        body: r#"{"app": "{secret:AppSecret}", "token": "{setting:Token}"}"#.to_owned(),
        calls_per_minute: 60,
        token: "/Token".to_owned(),
        base: Some("/Server".to_owned()),
        account: "/Id".to_owned(),
        ready: Some(("/Status/State".to_owned(), "AVAILABLE".to_owned())),
        header_name: "Authorization".to_owned(),
        header_value: "{session}".to_owned(),
        rejected: vec![400],
        expired: vec![401],
        install_address: "https://apps.example.net/authorise/{secret:AppSecret}".to_owned(),
    }
}

/// The answer to an exchange.
pub(crate) fn session(token: &str, server: &str) -> Reply {
    ok(&format!(r#"{{"Token":"{token}","Server":"{server}","Id":"account-1","Status":{{"State":"AVAILABLE"}}}}"#))
}

pub(crate) fn description(operations: Vec<Operation>) -> Description {
    Description {
        name: "example".to_owned(),
        title: "Example".to_owned(),
        version: "1.0.0".to_owned(),
        settings_schema: "{}".to_owned(),
        settings_version: 1,
        storage_version: 1,
        flows: vec![],
        allowed_hosts: ["api.example.net", "auth.example.net", "eu.example.net"].map(str::to_owned).to_vec(),
        operations,
        authentication: None,
    }
}

/// With an operation `read`, one `write` and, when it authenticates, `by-session` at the session's base.
pub(crate) fn plain() -> Description {
    description(vec![operation("read", Effect::Read), operation("write", Effect::Write)])
}

pub(crate) fn authenticated() -> Description {
    let mut description = plain();
    description.operations.push(Operation { base: Base::Session, ..operation("by-session", Effect::Read) });
    description.authentication = Some(recipe());
    description
}

pub(crate) const APP_SECRET: &str = "hunter2-application";
pub(crate) const TOKEN: &str = "hunter2-installation";

pub(crate) struct Bench {
    pub(crate) clock: Arc<VirtualClock>,
    pub(crate) events: Arc<Events>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) http: HttpCapability,
    pub(crate) spec: InvocationSpec,
}

impl Bench {
    /// All hosts of the manifest stand for `server`.
    pub(crate) fn new(description: &Description, server: &Server) -> Self {
        let hosts = description.allowed_hosts.iter();
        let operator = OperatorEgress {
            allow_loopback: true,
            stand_ins: hosts.map(|host| (host.clone(), server.origin())).collect(),
            ..OperatorEgress::default()
        };
        Self::with(description, operator, Names::default())
    }

    pub(crate) fn with(description: &Description, operator: OperatorEgress, names: Names) -> Self {
        let clock = Arc::new(VirtualClock::new(1_700_000_000_000));
        let (events, faults): (Arc<Events>, Arc<Faults>) = Default::default();
        let http = HttpCapability::new(HttpSetup {
            clock: clock.clone(),
            resolver: Arc::new(names),
            sink: events.clone(),
            faults: faults.clone(),
            ..HttpSetup::default()
        });
        let credentials = Credentials {
            platform: [("AppSecret".to_owned(), APP_SECRET.into())].into(),
            settings: [("Token".to_owned(), TOKEN.into())].into(),
        };
        let spec = InvocationSpec {
            scope: Scope { tenant: "tenant-1".into(), connection: "connection-1".into(), run: "run-1".into() },
            table: Arc::new(OperationTable::new(description, &operator).unwrap()),
            credentials,
            account: None,
            mode: Mode::Apply,
            priority: Priority::Import,
            wait_until: clock.now_ms() + 300_000,
            lease: None,
            limits: HttpLimits::default(),
            recorder: None,
        };
        Self { clock, events, faults, http, spec }
    }

    pub(crate) fn invocation(&self) -> HttpInvocation {
        self.http.invocation(self.spec.clone())
    }

    /// Sends one request in an invocation of its own.
    pub(crate) async fn send(&self, operation: &str) -> Result<Response, HttpError> {
        self.drive(self.invocation().send(request(operation))).await.unwrap()
    }

    /// Runs `work`, moving the clock to its next waiter whenever nothing is on the wire.
    pub(crate) async fn drive<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::pin!(work);
        loop {
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = tokio::task::yield_now() => {}
            }
            if self.http.in_flight() == 0
                && let Some(next) = self.clock.next_waiter()
            {
                self.clock.advance_to(next);
            }
        }
    }

    pub(crate) fn events(&self) -> Vec<String> {
        self.events.0.lock().unwrap().clone()
    }
}

pub(crate) fn request(operation: &str) -> Request {
    Request { operation: operation.to_owned(), query: vec![], body: Some(b"{}".to_vec()) }
}

/// A port that nobody listens on.
pub(crate) async fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}
