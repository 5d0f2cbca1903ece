//! What the attacker's requests arrive at, and a place inside that nothing may arrive at.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use harness_capability::http::Resolve;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A request as it came over the wire.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Method, target and version.
    pub line: String,
    /// Names in lower case, in the order of their coming.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Seen {
    /// Whether it is the exchange for a session.
    #[must_use]
    pub fn is_exchange(&self) -> bool {
        self.line.starts_with("POST /session ")
    }
}

/// What is answered.
#[derive(Debug, Clone)]
pub enum Reply {
    /// These bytes.
    Raw(Vec<u8>),
    /// These bytes, then the letter x for ever.
    Endless(&'static str),
    /// Nothing, for ever.
    Hang,
}

impl Reply {
    /// A plain answer with a body.
    #[must_use]
    pub fn ok(body: &str) -> Self {
        Self::with("200 OK", "", body)
    }

    /// An answer with further header lines, each ended by CR LF.
    #[must_use]
    pub fn with(status: &str, headers: &str, body: &str) -> Self {
        let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
        Self::Raw([head.as_bytes(), body.as_bytes()].concat())
    }

    /// These bytes as they are.
    #[must_use]
    pub fn raw(text: &str) -> Self {
        Self::Raw(text.as_bytes().to_vec())
    }
}

type Script = Box<dyn Fn(&Seen) -> Reply + Send>;

/// A server on loopback that keeps what it was sent and answers as it is told. It takes a request for what it says: whoever
/// could smuggle a second one into the first would find both in [`Source::seen`].
pub struct Source {
    /// Where it is.
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    script: Arc<Mutex<Script>>,
}

impl Source {
    /// Starts it; it answers `[]`.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let script: Arc<Mutex<Script>> = Arc::new(Mutex::new(Box::new(|_| Reply::ok("[]"))));
        let (kept, told) = (seen.clone(), script.clone());
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(serve(socket, kept.clone(), told.clone()));
            }
        });
        Ok(Self { address, seen, script })
    }

    /// What it answers from now on.
    pub fn answers(&self, script: impl Fn(&Seen) -> Reply + Send + 'static) {
        *lock(&self.script) = Box::new(script);
    }

    /// All that came.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.seen).clone()
    }

    /// Requests that were no exchange for a session.
    #[must_use]
    pub fn calls(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| !seen.is_exchange()).collect()
    }
}

async fn serve(socket: TcpStream, log: Arc<Mutex<Vec<Seen>>>, script: Arc<Mutex<Script>>) -> io::Result<()> {
    let mut socket = BufReader::new(socket);
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let mut headers = Vec::new();
        loop {
            let mut header = String::new();
            socket.read_line(&mut header).await?;
            let Some((name, value)) = header.trim_end().split_once(':') else { break };
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, text)| text.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        socket.read_exact(&mut body).await?;
        let seen = Seen { line: line.trim_end().to_owned(), headers, body };
        lock(&log).push(seen.clone());
        let reply = (lock(&script))(&seen);
        match reply {
            Reply::Raw(bytes) => socket.write_all(&bytes).await?,
            Reply::Endless(head) => {
                socket.write_all(head.as_bytes()).await?;
                loop {
                    socket.write_all(&[b'x'; 0x10000]).await?;
                }
            }
            Reply::Hang => std::future::pending().await,
        }
    }
}

/// A service of the machine's own, as a console or a metadata service would be: whatever connects to it got in.
pub struct Inside {
    /// Its port, on every loopback address.
    pub port: u16,
    visits: Arc<AtomicUsize>,
    somebody: Arc<Notify>,
}

impl Inside {
    /// Starts it.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await?;
        let port = listener.local_addr()?.port();
        let (visits, somebody): (Arc<AtomicUsize>, Arc<Notify>) = Default::default();
        let (count, tell) = (visits.clone(), somebody.clone());
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                count.fetch_add(1, Ordering::SeqCst);
                tell.notify_one();
            }
        });
        Ok(Self { port, visits, somebody })
    }

    /// Resolves when a connection was made.
    pub async fn visited(&self) {
        self.somebody.notified().await;
    }

    /// How many connections it got.
    #[must_use]
    pub fn visits(&self) -> usize {
        self.visits.load(Ordering::SeqCst)
    }
}

/// The name server, in the attacker's hands.
#[derive(Default)]
pub struct Names {
    answers: Mutex<BTreeMap<String, VecDeque<Vec<IpAddr>>>>,
    asked: Mutex<Vec<String>>,
}

impl Names {
    /// What `name` leads to, one answer after the other; the last stays.
    pub fn lead(&self, name: &str, answers: &[&[IpAddr]]) {
        lock(&self.answers).insert(name.to_owned(), answers.iter().map(|addresses| addresses.to_vec()).collect());
    }

    /// Names that were asked for, in their order.
    #[must_use]
    pub fn asked(&self) -> Vec<String> {
        lock(&self.asked).clone()
    }
}

impl Resolve for Names {
    fn resolve(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        lock(&self.asked).push(host.to_owned());
        let mut answers = lock(&self.answers);
        let found = answers.get_mut(host).and_then(|left| match left.len() {
            0 | 1 => left.front().cloned(),
            _ => left.pop_front(),
        });
        let missing = || io::Error::new(io::ErrorKind::NotFound, "no such name");
        Box::pin(async move { found.ok_or_else(missing) })
    }
}
