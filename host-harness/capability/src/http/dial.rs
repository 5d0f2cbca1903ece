//! From an origin to a connected socket, judged on the way.
//!
//! The system's resolver, the socket and TLS are used directly, without an HTTP client's own connector in between, because
//! the address that is judged has to be the one that is dialled. Certificates are checked by the platform's verifier, so
//! that roots are kept up to date by the machine and not by a release of ours.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::future::BoxFuture;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::egress::{AllowList, Origin, Refusal};

/// Real time for name, connection and TLS together.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How many addresses of a name are tried.
const MOST_ADDRESSES: usize = 4;

/// Finds the addresses of a host. A trait so that a test can answer in the name server's place.
pub trait Resolve: Send + Sync + 'static {
    /// Every address of `host`.
    fn resolve(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The machine's resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        // The dot makes the name absolute, so that no search domain of the machine is appended.
        let name = if host == "localhost" { host.to_owned() } else { format!("{host}.") };
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.map(|address| address.ip()).collect()) })
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DialError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("{0}")]
    Failed(String),
}

pub(crate) trait Stream: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Stream for T {}
pub(crate) type BoxStream = Pin<Box<dyn Stream>>;

/// Makes connections.
pub(crate) struct Dialler {
    resolver: Arc<dyn Resolve>,
    extra_roots: Vec<CertificateDer<'static>>,
    /// Made with the first `https` connection: a machine without certificates can still run against a simulator.
    tls: OnceLock<Result<Arc<rustls::ClientConfig>, String>>,
}

impl Dialler {
    pub(crate) fn new(resolver: Arc<dyn Resolve>, extra_roots: Vec<CertificateDer<'static>>) -> Self {
        Self { resolver, extra_roots, tls: OnceLock::new() }
    }

    pub(crate) async fn dial(&self, allow: &AllowList, origin: &Origin) -> Result<BoxStream, DialError> {
        let late = || DialError::Failed(format!("{origin} did not accept a connection within {CONNECT_LIMIT:?}"));
        tokio::time::timeout(CONNECT_LIMIT, self.dial_in_time(allow, origin)).await.map_err(|_| late())?
    }

    async fn dial_in_time(&self, allow: &AllowList, origin: &Origin) -> Result<BoxStream, DialError> {
        let addresses = match origin.address() {
            Some(address) => vec![address],
            None => self
                .resolver
                .resolve(&origin.host)
                .await
                .map_err(|error| DialError::Failed(format!("{} has no address: {error}", origin.host)))?,
        };
        allow.judge(origin, &addresses)?;
        let mut failure = format!("{} has no address", origin.host);
        for address in addresses.into_iter().take(MOST_ADDRESSES) {
            match TcpStream::connect(SocketAddr::new(address, origin.port)).await {
                Ok(socket) => {
                    // A request is one write; waiting to fill a packet only delays it.
                    let _ = socket.set_nodelay(true);
                    return if origin.secure { self.secure(origin, socket).await } else { Ok(Box::pin(socket)) };
                }
                Err(error) => failure = format!("{origin} cannot be reached: {error}"),
            }
        }
        Err(DialError::Failed(failure))
    }

    async fn secure(&self, origin: &Origin, socket: TcpStream) -> Result<BoxStream, DialError> {
        let config = self.tls.get_or_init(|| client_config(&self.extra_roots)).clone().map_err(DialError::Failed)?;
        let name = match origin.address() {
            Some(address) => ServerName::from(address),
            None => ServerName::try_from(origin.host.clone())
                .map_err(|error| DialError::Failed(format!("{} is no name for TLS: {error}", origin.host)))?,
        };
        let stream = tokio_rustls::TlsConnector::from(config)
            .connect(name, socket)
            .await
            .map_err(|error| DialError::Failed(format!("no TLS with {origin}: {}", cause(&error))))?;
        Ok(Box::pin(stream))
    }
}

/// Why there is no TLS, in words that say whose business it is.
fn cause(error: &io::Error) -> String {
    use rustls::CertificateError as Bad;
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let words = match tls {
        Some(rustls::Error::InvalidCertificate(bad)) => match bad {
            Bad::Expired | Bad::ExpiredContext { .. } => "its certificate has expired; its operator has to renew it",
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
                "its certificate is not valid yet; compare this machine's clock"
            }
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
                "its certificate is for another name; somebody else may be answering"
            }
            Bad::UnknownIssuer => {
                "its certificate is of no issuer that this machine trusts (self-signed, or another authority's)"
            }
            Bad::Revoked => "its certificate was revoked",
            _ => "its certificate cannot be trusted",
        },
        Some(rustls::Error::PeerIncompatible(_))
        | Some(rustls::Error::AlertReceived(rustls::AlertDescription::ProtocolVersion)) => {
            "it offers no TLS that is safe; expected are 1.2 or newer"
        }
        Some(rustls::Error::InvalidMessage(_)) => "what answers there does not speak TLS",
        _ => return error.to_string(),
    };
    format!("{words} ({error})")
}

fn client_config(extra_roots: &[CertificateDer<'static>]) -> Result<Arc<rustls::ClientConfig>, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let teach = |error: rustls::Error| {
        format!("TLS cannot be set up: {error}; install the machine's root certificates (package ca-certificates)")
    };
    let verifier =
        rustls_platform_verifier::Verifier::new_with_extra_roots(extra_roots.iter().cloned(), provider.clone())
            .map_err(teach)?;
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(teach)?
        // The name is the library's for every verifier that is not its own; this one is the platform's.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
