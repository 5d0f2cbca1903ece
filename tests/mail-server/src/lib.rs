//! A mail server on loopback for tests: it speaks enough SMTP to take mails, or to refuse every reader, and keeps what it took.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

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

/// The server. It ends with this value.
#[derive(Debug)]
pub struct MailServer {
    port: u16,
    taken: Arc<Mutex<Vec<Mail>>>,
    listening: AbortHandle,
}

impl MailServer {
    /// Starts one in the current tokio runtime that takes everything, or refuses every reader for good.
    ///
    /// # Errors
    /// When loopback cannot be listened on.
    pub async fn start(takes: bool) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let port = listener.local_addr()?.port();
        let taken: Arc<Mutex<Vec<Mail>>> = Arc::default();
        let kept = Arc::clone(&taken);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, takes, Arc::clone(&kept)));
            }
        });
        Ok(Self { port, taken, listening: listening.abort_handle() })
    }

    /// Where it listens on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it took, in sequence.
    #[must_use]
    pub fn taken(&self) -> Vec<Mail> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// One conversation; a client that goes away ends it.
async fn serve(stream: TcpStream, takes: bool, taken: Arc<Mutex<Vec<Mail>>>) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut to = String::new();
    write.write_all(b"220 test ESMTP\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let said = line.to_ascii_uppercase();
        let answer = match said.get(..4).unwrap_or_default() {
            "EHLO" | "HELO" => "250 test",
            "RCPT" if !takes => "550 no such user someone@example.test",
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                "250 ok"
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut text = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    text.push_str(&line);
                    text.push('\n');
                }
                taken.lock().unwrap_or_else(PoisonError::into_inner).push(Mail { to: to.clone(), text });
                "250 taken"
            }
            "QUIT" => return write.write_all(b"221 bye\r\n").await,
            _ => "250 ok",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}
