//! Servers that are not who they say, or not as safe as they have to be: nothing is sent to them, and the error says why.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::support::*;
use super::tls::bench;
use harness_capability::http::OperationTable;
use harness_capability::http::egress::OperatorEgress;
use harness_contract::http::HttpError;
use harness_contract::manifest::{Base, Effect, Operation};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// An authority, and what it signs.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    root: Vec<u8>,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap().der().to_vec();
        Self { issuer: Issuer::new(params, key), root }
    }

    /// A server with a certificate for `name` that is valid between these years.
    async fn server(&self, name: &str, years: std::ops::Range<i32>) -> TlsServer {
        let (params, key) = params(name, years);
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        TlsServer::start(certificate.der().to_vec(), &key).await
    }
}

fn params(name: &str, years: std::ops::Range<i32>) -> (CertificateParams, KeyPair) {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    // Not what any root of this machine may be called.
    params.distinguished_name.push(DnType::CommonName, "the server under test");
    params.not_before = date_time_ymd(years.start, 1, 1);
    params.not_after = date_time_ymd(years.end, 1, 1);
    (params, KeyPair::generate().unwrap())
}

/// Counts the requests that it can read.
struct TlsServer {
    port: u16,
    read: Arc<AtomicUsize>,
}

impl TlsServer {
    async fn start(certificate: Vec<u8>, key: &KeyPair) -> Self {
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![CertificateDer::from(certificate)], key)
            .unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let read: Arc<AtomicUsize> = Arc::default();
        let count = read.clone();
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let Ok(mut stream) = acceptor.accept(socket).await else { continue };
                let mut request = [0; 4096];
                if stream.read(&mut request).await.is_ok_and(|bytes| bytes > 0) {
                    count.fetch_add(1, Ordering::SeqCst);
                }
                let _ = stream
                    .write_all(b"HTTP/1.1 302 Found\r\nlocation: http://localhost/\r\ncontent-length: 0\r\n\r\n")
                    .await;
            }
        });
        Self { port, read }
    }
}

/// Answers the first bytes of each connection with `reply`.
async fn raw_server(reply: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut hello = [0; 4096];
            let _ = socket.read(&mut hello).await;
            let _ = socket.write_all(reply).await;
            // Until the client has gone.
            let _ = socket.read(&mut hello).await;
        }
    });
    port
}

async fn refused(port: u16, root: &[u8], why: &str) {
    let result = bench("localhost", port, vec![root.to_vec()]).send("read").await;
    let Err(HttpError::NotSent(said)) = result else { panic!("expected {why:?}: {result:?}") };
    assert!(said.contains("localhost") && said.contains(why), "expected {why:?}: {said}");
}

#[tokio::test]
async fn an_expired_certificate_is_refused_by_that_name() {
    let authority = Authority::new("authority");
    let server = authority.server("localhost", 2020..2021).await;
    refused(server.port, &authority.root, "its certificate has expired").await;
    assert_eq!(server.read.load(Ordering::SeqCst), 0, "something was sent");
}

#[tokio::test]
async fn a_certificate_of_the_future_is_refused_by_that_name() {
    let authority = Authority::new("authority");
    let server = authority.server("localhost", 4000..4001).await;
    refused(server.port, &authority.root, "not valid yet").await;
    assert_eq!(server.read.load(Ordering::SeqCst), 0, "something was sent");
}

#[tokio::test]
async fn a_self_signed_certificate_is_refused_by_that_name() {
    let (params, key) = params("localhost", 2020..4000);
    let server = TlsServer::start(params.self_signed(&key).unwrap().der().to_vec(), &key).await;
    refused(server.port, &Authority::new("authority").root, "self-signed").await;
    assert_eq!(server.read.load(Ordering::SeqCst), 0, "something was sent");
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused() {
    let server = Authority::new("one").server("localhost", 2020..4000).await;
    refused(server.port, &Authority::new("another").root, "no issuer that this machine trusts").await;
    assert_eq!(server.read.load(Ordering::SeqCst), 0, "something was sent");
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused_by_that_name() {
    let authority = Authority::new("authority");
    for name in ["api.example.net", "localhost.example.net", "127.0.0.1", "*.localhost"] {
        let server = authority.server(name, 2020..4000).await;
        refused(server.port, &authority.root, "its certificate is for another name").await;
        assert_eq!(server.read.load(Ordering::SeqCst), 0, "something was sent");
    }
}

#[tokio::test]
async fn the_same_server_with_a_sound_certificate_is_sent_to_and_its_redirect_to_http_is_not_followed() {
    let authority = Authority::new("authority");
    let server = authority.server("localhost", 2020..4000).await;
    let response = bench("localhost", server.port, vec![authority.root.clone()]).send("read").await.unwrap();
    assert_eq!((response.status, response.headers), (302, vec![]));
    assert_eq!(server.read.load(Ordering::SeqCst), 1);
}

/// What a server says that has nothing newer: its choice of version (3.1 is TLS 1.0, 3.2 is TLS 1.1) and of a cipher.
const fn server_hello(minor: u8) -> [u8; 47] {
    let mut hello = [7; 47];
    let head = [0x16, 3, minor, 0, 42, 2, 0, 0, 38, 3, minor];
    let mut at = 0;
    while at < head.len() {
        hello[at] = head[at];
        at += 1;
    }
    // No session; ECDHE with RSA, AES-128-CBC and SHA-1; no compression.
    hello[43] = 0;
    hello[44] = 0xc0;
    hello[45] = 0x13;
    hello[46] = 0;
    hello
}

#[tokio::test]
async fn a_server_that_goes_down_to_an_old_tls_is_refused_by_that_name() {
    static TLS_1_0: [u8; 47] = server_hello(1);
    static TLS_1_1: [u8; 47] = server_hello(2);
    // An alert: this version of the protocol is not supported.
    static ALERT: [u8; 7] = [0x15, 3, 1, 0, 2, 2, 70];
    let root = Authority::new("authority").root;
    for reply in [&TLS_1_0[..], &TLS_1_1, &ALERT] {
        refused(raw_server(reply).await, &root, "no TLS that is safe").await;
    }
}

#[tokio::test]
async fn a_plain_answer_on_the_port_of_tls_is_refused_by_that_name() {
    let root = Authority::new("authority").root;
    let port = raw_server(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil").await;
    refused(port, &root, "does not speak TLS").await;
    let moved = raw_server(b"HTTP/1.1 301 Moved\r\nlocation: http://localhost/\r\ncontent-length: 0\r\n\r\n").await;
    refused(moved, &root, "does not speak TLS").await;
}

#[test]
fn plain_http_is_for_this_machine_alone_and_only_when_the_operator_says_so() {
    let table = |base: &str, allow_loopback: bool, extra: &[&str]| {
        let operation = Operation { base: Base::Fixed(base.to_owned()), ..operation("read", Effect::Read) };
        let extra_origins = extra.iter().map(|origin| (*origin).to_owned()).collect();
        let operator = OperatorEgress { allow_loopback, extra_origins, ..OperatorEgress::default() };
        OperationTable::new(&description(vec![operation]), &operator)
    };
    for (base, allow, extra, why) in [
        ("http://api.example.net", false, &[][..], "is not https"),
        ("http://api.example.net", true, &[], "is not https"),
        ("http://api.example.net", true, &["http://api.example.net"], "is not https"),
        ("http://10.0.0.1:80", true, &["http://10.0.0.1:80"], "is not https"),
        ("http://127.0.0.1:4010", false, &["http://127.0.0.1:4010"], "only when the operator allows loopback"),
        ("http://127.0.0.1:4010", true, &[], "is not on the allow list"),
    ] {
        let said = table(base, allow, extra).unwrap_err().join("\n");
        assert!(said.contains(why), "{base} {allow}: {said}");
    }
    assert!(table("http://127.0.0.1:4010", true, &["http://127.0.0.1:4010"]).is_ok());
}
