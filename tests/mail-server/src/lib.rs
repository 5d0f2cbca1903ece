//! A mail server on loopback for tests: it speaks enough SMTP to take mails, or to refuse every reader, and keeps what it took and
//! all that it was told.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

const GREETING: &[u8] = b"220 test ESMTP\r\n";

/// One mail as the server took it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Address of the reader.
    pub to: String,
    /// Headers and body.
    pub text: String,
}

impl Mail {
    /// Its subject; empty when it has none.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.text
            .lines()
            .take_while(|line| !line.is_empty())
            .find_map(|line| line.strip_prefix("Subject: "))
            .unwrap_or_default()
    }

    /// What stands below the headers.
    #[must_use]
    pub fn body(&self) -> &str {
        self.text.split_once("\n\n").map_or("", |(_, body)| body)
    }
}

/// Whether the server speaks TLS, with a certificate that nobody vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// It does not.
    Never,
    /// It offers STARTTLS.
    Offered,
    /// From the first byte.
    AtOnce,
}

/// The server. It ends with this value.
#[derive(Debug)]
pub struct MailServer {
    port: u16,
    kept: Kept,
    listening: AbortHandle,
}

/// What the server keeps of its conversations.
#[derive(Debug, Clone, Default)]
struct Kept {
    taken: Arc<Mutex<Vec<Mail>>>,
    heard: Arc<Mutex<Vec<String>>>,
    ended: Arc<watch::Sender<usize>>,
}

impl MailServer {
    /// Starts one in the current tokio runtime that takes everything, or refuses every reader for good.
    ///
    /// # Errors
    /// When loopback cannot be listened on.
    pub async fn start(takes: bool) -> io::Result<Self> {
        Self::start_with(takes, Tls::Never).await
    }

    /// The same, with TLS.
    ///
    /// # Errors
    /// When loopback cannot be listened on, or no certificate be made.
    pub async fn start_with(takes: bool, tls: Tls) -> io::Result<Self> {
        let acceptor = acceptor()?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let kept = Kept::default();
        let shared = kept.clone();
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, acceptor) = (shared.clone(), acceptor.clone());
                tokio::spawn(async move {
                    // A client that goes away ends the conversation, and nothing else.
                    let _ = serve(stream, takes, tls, &acceptor, &kept).await;
                    kept.ended.send_modify(|ended| *ended += 1);
                });
            }
        });
        Ok(Self { port, kept, listening: listening.abort_handle() })
    }

    /// Where it listens on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it took, in sequence.
    #[must_use]
    pub fn taken(&self) -> Vec<Mail> {
        self.kept.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Every line that it was told outside mails, and in parentheses why no TLS came about, once so many clients have gone.
    pub async fn heard_of(&self, clients: usize) -> Vec<String> {
        let mut ended = self.kept.ended.subscribe();
        // The sender is this server's own, so that it cannot go first.
        let _ = ended.wait_for(|ended| *ended >= clients).await;
        self.kept.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// TLS with a new certificate for 127.0.0.1 that is signed by itself.
fn acceptor() -> io::Result<TlsAcceptor> {
    let key = KeyPair::generate().map_err(io::Error::other)?;
    let certificate = CertificateParams::new(vec!["127.0.0.1".to_owned()])
        .and_then(|params| params.self_signed(&key))
        .map_err(io::Error::other)?;
    let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(io::Error::other)?;
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder.with_no_client_auth().with_single_cert(vec![CertificateDer::from(certificate.der().to_vec())], key)
        })
        .map_err(io::Error::other)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// One conversation.
async fn serve(mut stream: TcpStream, takes: bool, tls: Tls, acceptor: &TlsAcceptor, kept: &Kept) -> io::Result<()> {
    if tls != Tls::AtOnce {
        stream.write_all(GREETING).await?;
        if !kept.talk(&mut stream, takes, tls == Tls::Offered).await? {
            return Ok(());
        }
    }
    let mut stream = match acceptor.accept(stream).await {
        Ok(stream) => stream,
        Err(error) => {
            kept.hear(format!("({error})"));
            return Err(error);
        }
    };
    if tls == Tls::AtOnce {
        stream.write_all(GREETING).await?;
    }
    kept.talk(&mut stream, takes, false).await.map(drop)
}

impl Kept {
    fn hear(&self, line: String) {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    /// Answers a client until it goes or, where that is offered, wants TLS: then true.
    async fn talk<S>(&self, stream: &mut S, takes: bool, offers_tls: bool) -> io::Result<bool>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut lines = BufReader::new(stream).lines();
        let mut to = String::new();
        while let Some(line) = lines.next_line().await? {
            self.hear(line.clone());
            let said = line.to_ascii_uppercase();
            let answer = match said.get(..4).unwrap_or_default() {
                "EHLO" | "HELO" if offers_tls => "250-test\r\n250 STARTTLS",
                "EHLO" | "HELO" => "250 test",
                "STAR" if offers_tls => {
                    lines.get_mut().write_all(b"220 go on\r\n").await?;
                    return Ok(true);
                }
                "RCPT" if !takes => "550 no such user someone@example.test",
                "RCPT" => {
                    to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                    "250 ok"
                }
                "DATA" => {
                    lines.get_mut().write_all(b"354 go on\r\n").await?;
                    let mut text = String::new();
                    while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                        text.push_str(&line);
                        text.push('\n');
                    }
                    self.taken.lock().unwrap_or_else(PoisonError::into_inner).push(Mail { to: to.clone(), text });
                    "250 taken"
                }
                "QUIT" => {
                    lines.get_mut().write_all(b"221 bye\r\n").await?;
                    return Ok(false);
                }
                _ => "250 ok",
            };
            lines.get_mut().write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
        Ok(false)
    }
}
