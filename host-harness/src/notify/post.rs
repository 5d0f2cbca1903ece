//! Handing mails to a mail server by SMTP.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use lettre::message::{Mailbox, header::ContentType};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use super::Letter;
use crate::config::{Mail, MailSecurity};

/// How long one mail may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// The environment variable with the password of the mail server's user.
const PASSWORD: &str = "HARNESS_MAIL_PASSWORD";

/// The way to the mail server.
pub struct Post {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Post {
    /// By the configuration; none where it names no server.
    ///
    /// # Errors
    /// When the configuration cannot be used.
    pub fn new(mail: &Mail) -> anyhow::Result<Option<Self>> {
        Self::with_password(mail, std::env::var(PASSWORD).ok())
    }

    /// The same, with what the environment holds for the password.
    ///
    /// # Errors
    /// As for [`Post::new`].
    pub fn with_password(mail: &Mail, environment: Option<String>) -> anyhow::Result<Option<Self>> {
        if mail.server.is_empty() {
            return Ok(None);
        }
        let from = mail.from.parse().context("mail.from is no address; write \"Warehouse <wms@example.com>\"")?;
        let server = mail.server.as_str();
        let builder = match mail.security {
            MailSecurity::StartTls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(server)?,
            MailSecurity::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(server)?,
            MailSecurity::None => {
                // The text of a mail and the password would pass open to everybody on the way.
                ensure!(
                    matches!(server, "localhost" | "127.0.0.1" | "::1"),
                    "mail.security is none, which is for a server on this machine only; use starttls or tls for {server}"
                );
                AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server)
            }
        };
        let mut builder = builder.timeout(Some(PATIENCE));
        if let Some(port) = mail.port {
            builder = builder.port(port);
        }
        if !mail.user.is_empty() {
            let password =
                environment.with_context(|| format!("mail.user is set, but {PASSWORD} is not in the environment"))?;
            builder = builder.credentials(Credentials::new(mail.user.clone(), password));
        }
        Ok(Some(Self { transport: builder.build(), from }))
    }

    /// Sends a letter to one reader.
    ///
    /// # Errors
    /// When the server does not take it; the text does not name the reader.
    pub async fn send(&self, reader: &str, letter: &Letter) -> anyhow::Result<()> {
        let to: Mailbox = reader.parse().map_err(|_| anyhow::anyhow!("a stored address is none"))?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject.clone())
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())?;
        // What a server says may repeat the address that it refuses.
        self.transport.send(message).await.map_err(|error| {
            let kind = match (error.is_permanent(), error.is_transient(), error.is_timeout()) {
                (true, _, _) => "the mail server refused it for good",
                (_, true, _) => "the mail server put it off",
                (_, _, true) => "the mail server did not answer in time",
                _ => "the mail server cannot be reached or does not speak SMTP as expected",
            };
            match error.status() {
                Some(code) => anyhow::anyhow!("{kind} ({code})"),
                None => anyhow::anyhow!("{kind}"),
            }
        })?;
        Ok(())
    }
}
