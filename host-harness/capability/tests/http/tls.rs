use std::sync::Arc;

use super::support::*;
use harness_capability::http::egress::OperatorEgress;
use harness_capability::http::{HttpCapability, HttpSetup};
use harness_contract::http::HttpError;
use harness_contract::manifest::{Base, Effect, Operation};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers one request on each TLS connection.
async fn tls_server() -> u16 {
    let leaf = CertificateDer::from(include_bytes!("tls/leaf.der").to_vec());
    let key = PrivateKeyDer::try_from(include_bytes!("tls/leaf-key.der").to_vec()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![leaf], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    // Every loopback address, so that a wrong name is refused for the name.
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            // A client that does not trust us ends the handshake.
            let Ok(mut stream) = acceptor.accept(socket).await else { continue };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await.unwrap();
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nsafe").await.unwrap();
        }
    });
    port
}

pub(crate) fn bench(base: &str, port: u16, extra_roots: Vec<Vec<u8>>) -> Bench {
    let at = format!("https://{base}:{port}");
    let description = description(vec![Operation { base: Base::Fixed(at.clone()), ..operation("read", Effect::Read) }]);
    let operator = OperatorEgress { allow_loopback: true, extra_origins: vec![at], ..OperatorEgress::default() };
    let names = || Names([("localhost".to_owned(), vec!["127.0.0.1".parse().unwrap()])].into());
    let mut bench = Bench::with(&description, operator, names());
    let setup =
        HttpSetup { clock: bench.clock.clone(), resolver: Arc::new(names()), extra_roots, ..HttpSetup::default() };
    bench.http = HttpCapability::new(setup);
    bench
}

fn root() -> Vec<u8> {
    include_bytes!("tls/root.der").to_vec()
}

#[tokio::test]
async fn a_certificate_of_an_extra_root_is_accepted_for_its_own_names() {
    let port = tls_server().await;
    assert_eq!(bench("localhost", port, vec![root()]).send("read").await.unwrap().body, b"safe");
    assert_eq!(bench("127.0.0.1", port, vec![root()]).send("read").await.unwrap().body, b"safe");
}

#[tokio::test]
async fn a_certificate_for_another_name_or_of_an_unknown_root_is_not_sent_to() {
    let port = tls_server().await;
    for (host, roots) in [("127.0.0.2", vec![root()]), ("localhost", vec![])] {
        let result = bench(host, port, roots).send("read").await;
        assert!(matches!(result, Err(HttpError::NotSent(_))), "{host}: {result:?}");
    }
}

#[tokio::test]
async fn a_server_without_tls_is_not_sent_to() {
    let server = Server::start(|_, _| ok("plain")).await;
    let result = bench("localhost", server.address.port(), vec![root()]).send("read").await;
    assert!(matches!(result, Err(HttpError::NotSent(_))), "{result:?}");
}
