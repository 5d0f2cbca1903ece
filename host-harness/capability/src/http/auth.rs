//! Authentication: stored secrets are turned into a session by the host, as the manifest's recipe says.
//!
//! **The attack.** A guest that holds a credential can send it anywhere that it may write to: into a note of an order, a log
//! line, its storage. **The rule.** No credential enters the sandbox, in no form: the guest names an operation, the host adds
//! the header. What the exchange answers is not trusted further than needed: its base address has to be on the allow list,
//! its token has to be a legal header value, its account has to be the one that the connection belongs to.
//!
//! A session belongs to (tenant, application, credentials) and is shared by all invocations with these. The exchange is
//! **single flight**: whoever needs a session while one is being obtained waits for that one, and shares its failure too.
//! How long a session lasts is not asked: it is used until the source says that it has ended, and is then renewed once.
//!
//! What a source repeats of all this is blanked before the guest gets it (see `blanks.rs`).
//!
//! The bytes of the exchange and of the token are wiped when dropped. The copies that the HTTP and TLS buffers make are not
//! in our hands.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use harness_contract::manifest::Encoding;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use super::blanks::Blanks;
use super::egress::{AllowList, Target};
use super::table;
use super::template::{Placeholder, Template};
use super::transport::{Answer, Outgoing};
use crate::clock::Instant;

/// The name under which the exchange appears in call events and faults.
pub const EXCHANGE: &str = "session-exchange";
/// Real time for one exchange.
const EXCHANGE_TIME: Duration = Duration::from_secs(30);
/// Largest answer of an exchange, in bytes.
const EXCHANGE_SIZE: u64 = 256 * 1024;
/// Longest token of a session, in bytes; a server hardly takes a header that is longer.
const LONGEST_TOKEN: usize = 16 * 1024;
/// Headers that carry the message itself, or that something between us and the source acts on; a recipe may not set them.
const OWN_HEADERS: [&str; 18] = [
    "host",
    "content-length",
    "content-type",
    "transfer-encoding",
    "connection",
    "upgrade",
    "te",
    "trailer",
    "expect",
    "accept",
    "accept-encoding",
    "content-encoding",
    "keep-alive",
    "cookie",
    "set-cookie",
    "forwarded",
    "x-http-method-override",
    "via",
];
/// How names of further such headers begin.
const OWN_PREFIXES: [&str; 3] = ["proxy-", "x-forwarded-", "sec-"];

/// The secrets that a recipe's placeholders stand for.
#[derive(Clone, Default)]
pub struct Credentials {
    /// Of the platform, by name: what `{secret:NAME}` means.
    pub platform: BTreeMap<String, SecretString>,
    /// Of the connection, by field of its settings: what `{setting:NAME}` means.
    pub settings: BTreeMap<String, SecretString>,
}

impl Credentials {
    /// All of them.
    fn texts(&self) -> impl Iterator<Item = &str> {
        self.platform.values().chain(self.settings.values()).map(ExposeSecret::expose_secret)
    }

    fn value(&self, placeholder: &Placeholder) -> Result<Zeroizing<String>, String> {
        let (found, missing) = match placeholder {
            Placeholder::Secret(name) => (
                self.platform.get(name),
                format!("the platform's secret {name} is not set; an operator has to enter it once for this connector"),
            ),
            Placeholder::Setting(name) => {
                (self.settings.get(name), format!("the connection's setting {name} is not filled in"))
            }
            Placeholder::Session => (None, "{session} belongs into the recipe's header value alone".to_owned()),
        };
        found.map(|secret| Zeroizing::new(secret.expose_secret().to_owned())).ok_or(missing)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.platform.keys().chain(self.settings.keys()).collect();
        formatter.debug_struct("Credentials").field("names", &names).finish_non_exhaustive()
    }
}

/// A manifest's recipe, parsed and checked.
#[derive(Debug)]
pub(crate) struct Recipe {
    method: http::Method,
    pub(crate) target: Target,
    encoding: Encoding,
    body: Vec<(String, Node)>,
    pub(crate) calls_per_minute: u32,
    token: String,
    base: Option<String>,
    account: String,
    ready: Option<(String, String)>,
    header_name: http::HeaderName,
    header_value: Template,
    rejected: Vec<u16>,
    expired: Vec<u16>,
    install_address: Template,
}

/// A JSON value in which the texts are templates.
#[derive(Debug)]
enum Node {
    Text(Template),
    Fixed(Value),
    List(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    fn parse(value: Value) -> Result<Self, String> {
        Ok(match value {
            Value::String(text) => Self::Text(Template::parse(&text)?),
            Value::Array(items) => Self::List(items.into_iter().map(Self::parse).collect::<Result<_, _>>()?),
            Value::Object(fields) => Self::Object(Self::fields(fields)?),
            fixed => Self::Fixed(fixed),
        })
    }

    fn fields(fields: serde_json::Map<String, Value>) -> Result<Vec<(String, Self)>, String> {
        fields.into_iter().map(|(name, value)| Ok((name, Self::parse(value)?))).collect()
    }

    fn render(&self, credentials: &Credentials) -> Result<Value, String> {
        Ok(match self {
            Self::Text(template) => {
                Value::String(std::mem::take(&mut *template.render(|name| credentials.value(name))?))
            }
            Self::Fixed(value) => value.clone(),
            Self::List(items) => {
                Value::Array(items.iter().map(|item| item.render(credentials)).collect::<Result<_, _>>()?)
            }
            Self::Object(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(name, node)| Ok((name.clone(), node.render(credentials)?)))
                    .collect::<Result<_, String>>()?,
            ),
        })
    }

    fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Text(template) => vec![template],
            Self::Fixed(_) => vec![],
            Self::List(items) => items.iter().flat_map(Self::templates).collect(),
            Self::Object(fields) => fields.iter().flat_map(|(_, node)| node.templates()).collect(),
        }
    }
}

impl Recipe {
    pub(crate) fn new(recipe: &harness_contract::manifest::Recipe, allow: &AllowList) -> Result<Self, Vec<String>> {
        let mut wrong = Vec::new();
        let target = keep(allow.target(&recipe.address).map_err(|refusal| refusal.to_string()), &mut wrong);
        let body = keep(body(&recipe.body), &mut wrong);
        let header_value = keep(Template::parse(&recipe.header_value), &mut wrong);
        let install_address = keep(Template::parse(&recipe.install_address), &mut wrong);
        let header_name = keep(header_name(&recipe.header_name), &mut wrong);
        keep(install_page(&recipe.install_address), &mut wrong);
        let ready = recipe.ready.as_ref().map(|(pointer, _)| pointer);
        for pointer in [Some(&recipe.token), recipe.base.as_ref(), Some(&recipe.account), ready].into_iter().flatten() {
            if !pointer.starts_with('/') {
                wrong.push(format!("{pointer:?} is no JSON pointer; expected one such as \"/Token\""));
            }
        }
        // What is read there is stored, shown or dialled, and the token is none of that.
        let token = steps(&recipe.token);
        for (what, pointer) in [("account", Some(&recipe.account)), ("base", recipe.base.as_ref()), ("ready", ready)] {
            if let Some(pointer) = pointer.filter(|pointer| steps(pointer).starts_with(&token)) {
                wrong.push(format!(
                    "its {what} is read at {pointer:?}, where the token is ({:?}); expected another place",
                    recipe.token
                ));
            }
        }
        if let Some(value) = &header_value {
            let sessions = value.placeholders().filter(|placeholder| **placeholder == Placeholder::Session).count();
            if sessions != 1 || value.placeholders().count() != 1 {
                wrong.push("the header value has to hold {session} once and no other placeholder".to_owned());
            }
            if recipe.header_value.chars().any(char::is_control) {
                wrong.push("the header value holds control characters; a header is one line".to_owned());
            }
        }
        let templates = body.iter().flatten().flat_map(|(_, node)| node.templates()).chain(&install_address);
        for placeholder in templates.flat_map(Template::placeholders) {
            match placeholder {
                Placeholder::Secret(name) if !recipe.platform_secrets.contains(name) => {
                    wrong.push(format!("{{secret:{name}}} is used and not listed among the platform's secrets"));
                }
                Placeholder::Session => wrong.push("{session} belongs into the header value alone".to_owned()),
                _ => {}
            }
        }
        match (target, body, header_value, install_address, header_name) {
            (Some(target), Some(body), Some(header_value), Some(install_address), Some(header_name))
                if wrong.is_empty() =>
            {
                Ok(Self {
                    method: table::method(recipe.method),
                    target,
                    encoding: recipe.encoding,
                    body,
                    calls_per_minute: recipe.calls_per_minute,
                    token: recipe.token.clone(),
                    base: recipe.base.clone(),
                    account: recipe.account.clone(),
                    ready: recipe.ready.clone(),
                    header_name,
                    header_value,
                    rejected: recipe.rejected.clone(),
                    expired: recipe.expired.clone(),
                    install_address,
                })
            }
            _ => Err(wrong),
        }
    }

    /// The body of the exchange, encoded.
    pub(crate) fn render(&self, credentials: &Credentials) -> Result<Zeroizing<Vec<u8>>, String> {
        let mut fields = Vec::with_capacity(self.body.len());
        for (name, node) in &self.body {
            fields.push((name, node.render(credentials)?));
        }
        let encoded = match self.encoding {
            Encoding::Json => {
                let mut value = Value::Object(fields.into_iter().map(|(name, value)| (name.clone(), value)).collect());
                let text = serde_json::to_vec(&value).map_err(|error| error.to_string());
                wipe(&mut value);
                text?
            }
            Encoding::Form => {
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                for (name, mut value) in fields {
                    let text = Zeroizing::new(match &value {
                        Value::String(text) => text.clone(),
                        other => other.to_string(),
                    });
                    form.append_pair(name, &text);
                    wipe(&mut value);
                }
                form.finish().into_bytes()
            }
        };
        Ok(Zeroizing::new(encoded))
    }

    pub(crate) fn outgoing(&self, body: &Zeroizing<Vec<u8>>) -> Outgoing {
        let path = if self.target.path.is_empty() { "/" } else { &self.target.path };
        Outgoing {
            method: self.method.clone(),
            path: path.to_owned(),
            content_type: Some(table::content_type(self.encoding)),
            authentication: None,
            // Wiped when the last part of the HTTP client lets go of it.
            body: Bytes::from_owner(body.clone()),
            time_limit: EXCHANGE_TIME,
            size_limit: EXCHANGE_SIZE,
        }
    }

    /// Whether this status of an operation means that the session has ended.
    pub(crate) fn is_expired(&self, status: u16) -> bool {
        self.expired.contains(&status)
    }

    /// Reads a session out of the answer to an exchange.
    pub(crate) fn session(
        &self,
        answer: Answer,
        credentials: &Credentials,
        allow: &AllowList,
        number: u64,
    ) -> Result<Session, AuthFailure> {
        if self.rejected.contains(&answer.status) {
            return Err(AuthFailure::Rejected(answer.status));
        }
        if !(200..300).contains(&answer.status) {
            return Err(AuthFailure::Unavailable(format!(
                "the session exchange answered with status {}",
                answer.status
            )));
        }
        let body = Zeroizing::new(answer.body);
        let mut value: Value = serde_json::from_slice(&body)
            // The parser's own text may quote what it read.
            .map_err(|_| {
                AuthFailure::Unavailable("the session exchange answered something that is not JSON".to_owned())
            })?;
        let session = self.read(&value, credentials, allow, number);
        wipe(&mut value);
        session
    }

    fn read(
        &self,
        value: &Value,
        credentials: &Credentials,
        allow: &AllowList,
        number: u64,
    ) -> Result<Session, AuthFailure> {
        let text = |pointer: &str| match value.pointer(pointer) {
            Some(Value::String(text)) if !text.is_empty() => Ok(Zeroizing::new(text.clone())),
            _ => Err(AuthFailure::Unavailable(format!("the answer of the session exchange has no text at {pointer}"))),
        };
        let token = text(&self.token);
        if let Some(long) = token.as_ref().ok().filter(|token| token.len() > LONGEST_TOKEN) {
            return Err(AuthFailure::Unavailable(format!(
                "the session's token is {} bytes long; expected are at most {LONGEST_TOKEN}",
                long.len()
            )));
        }
        let secrets = credentials.texts().chain(token.iter().map(|token| token.as_str()));
        let blanks = Blanks::new(secrets).map_err(|error| {
            AuthFailure::Unavailable(format!("what the source answers cannot be looked through for secrets: {error}"))
        })?;
        if let Some((pointer, wanted)) = &self.ready {
            let found = match value.pointer(pointer) {
                Some(Value::String(text)) => text.clone(),
                Some(other @ (Value::Bool(_) | Value::Number(_))) => other.to_string(),
                _ => "absent".to_owned(),
            };
            if found != *wanted {
                return Err(AuthFailure::NotReady(crate::log::harmless(&blanks.text(found), 40)));
            }
        }
        let token = token?;
        let header = self.header_value.render(|_| -> Result<_, AuthFailure> { Ok(token.clone()) })?;
        let mut header = http::HeaderValue::from_str(&header).map_err(|_| {
            AuthFailure::Unavailable("the session's token holds characters that no header can carry".to_owned())
        })?;
        header.set_sensitive(true);
        let base = match &self.base {
            None => None,
            Some(pointer) => {
                let address = text(pointer)?;
                Some(allow.target(&address).map_err(|refusal| {
                    // The refusal may quote a part of the address.
                    let why = if blanks.finds(&address) { "it holds a secret".to_owned() } else { refusal.to_string() };
                    AuthFailure::Refused(format!("the base address of the session: {why}"))
                })?)
            }
        };
        let account = text(&self.account)?.to_string();
        Ok(Session {
            number,
            header: (self.header_name.clone(), header),
            base,
            account,
            token: SecretString::from(token.as_str()),
            blanks,
        })
    }

    /// Where a person obtains the connection's token.
    pub(crate) fn install_address(&self, credentials: &Credentials) -> Result<String, String> {
        let encode = |text: &str| percent_encoding::utf8_percent_encode(text, super::UNRESERVED).to_string();
        let address =
            self.install_address.render(|name| credentials.value(name).map(|value| Zeroizing::new(encode(&value))))?;
        Ok(address.to_string())
    }
}

fn keep<T>(result: Result<T, String>, wrong: &mut Vec<String>) -> Option<T> {
    result.map_err(|error| wrong.push(error)).ok()
}

fn body(text: &str) -> Result<Vec<(String, Node)>, String> {
    match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => Node::fields(fields),
        Ok(_) => Err("the body of the exchange is not a JSON object".to_owned()),
        Err(error) => Err(format!("the body of the exchange is not JSON: {error}")),
    }
}

/// The names that a JSON pointer leads through. One place can be written in several ways: `/a~b` is `/a~0b`.
fn steps(pointer: &str) -> Vec<String> {
    pointer.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
}

/// Whether a person's browser is led to one host by https. Empty is an address that a connector does not have.
fn install_page(address: &str) -> Result<(), String> {
    if address.is_empty() {
        return Ok(());
    }
    let refused = |why: &str| {
        format!(
            "the install address is {:?}: {why}; expected https://HOST/PATH with placeholders behind the host only",
            crate::log::harmless(address, 200)
        )
    };
    // The parser drops tabs and line breaks and reads `\` as `/`.
    if address.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(refused("it holds white space, control characters or \\"));
    }
    let Some(rest) = address.strip_prefix("https://") else { return Err(refused("it is not https")) };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.contains(['{', '}']) {
        return Err(refused("its host holds a placeholder"));
    }
    if host.contains('@') {
        return Err(refused("it holds user information"));
    }
    match url::Url::parse(&format!("https://{host}")) {
        Ok(url) if !host.is_empty() && url.host_str().is_some() => Ok(()),
        _ => Err(refused("it has no host")),
    }
}

fn header_name(name: &str) -> Result<http::HeaderName, String> {
    let shown = crate::log::harmless(name, 40);
    let parsed = http::HeaderName::from_bytes(name.as_bytes()).map_err(|_| format!("{shown:?} is no header name"))?;
    let own = OWN_PREFIXES.iter().any(|prefix| parsed.as_str().starts_with(prefix));
    if own || OWN_HEADERS.contains(&parsed.as_str()) {
        return Err(format!("the header {shown:?} steers the message itself and cannot carry a session"));
    }
    Ok(parsed)
}

/// Overwrites every text in `value`.
fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(fields) => fields.values_mut().for_each(wipe),
        _ => {}
    }
}

/// What an exchange gave.
pub(crate) struct Session {
    number: u64,
    pub(crate) header: (http::HeaderName, http::HeaderValue),
    pub(crate) base: Option<Target>,
    pub(crate) account: String,
    pub(crate) token: SecretString,
    /// Takes the token and the credentials out of what the source answers.
    pub(crate) blanks: Blanks,
}

impl Session {
    pub(crate) fn number(&self) -> u64 {
        self.number
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Session")
            .field("number", &self.number)
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

/// Why there is no session.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthFailure {
    /// The source does not accept the credentials; the status that said so.
    #[error("the source does not accept the credentials (status {0}); have a person obtain a new token")]
    Rejected(u16),
    /// The source is not usable at present; what its flag showed.
    #[error("the source is not ready: its state is {0}; it is tried again later")]
    NotReady(String),
    /// The exchange did not work this time.
    #[error("{0}")]
    Unavailable(String),
    /// The answer of the exchange breaks a rule of the host.
    #[error("{0}")]
    Refused(String),
    /// A secret that the recipe needs is not there.
    #[error("{0}")]
    Missing(String),
    /// The credentials belong to another account than the connection.
    #[error(
        "the credentials belong to another account than the one that this connection was set up with; enter a token of that account, or set the connection up anew"
    )]
    OtherAccount,
    /// The exchange may be called again from this instant on only.
    #[error("the budget of the session exchange is spent until {0}")]
    BudgetSpent(Instant),
}

/// Whose session.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SessionKey {
    pub(crate) tenant: String,
    pub(crate) application: String,
    /// A hash over address and body of the exchange: the credentials without themselves.
    pub(crate) credentials: String,
}

impl SessionKey {
    pub(crate) fn new(tenant: &str, application: &str, address: &Target, body: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(address.origin.to_string());
        hash.update([0]);
        hash.update(&address.path);
        hash.update([0]);
        hash.update(body);
        let credentials = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Self { tenant: tenant.to_owned(), application: application.to_owned(), credentials }
    }
}

/// The sessions of a host.
#[derive(Default)]
pub(crate) struct Sessions {
    slots: Mutex<BTreeMap<SessionKey, Arc<Slot>>>,
}

/// The one session of a key, and the right to renew it.
#[derive(Default)]
pub(crate) struct Slot {
    /// Exchanges that ended, well or not.
    rounds: AtomicU64,
    state: tokio::sync::Mutex<SlotState>,
}

#[derive(Default)]
struct SlotState {
    session: Option<Arc<Session>>,
    failure: Option<AuthFailure>,
}

impl Sessions {
    pub(crate) fn slot(&self, key: &SessionKey) -> Arc<Slot> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).entry(key.clone()).or_default().clone()
    }

    pub(crate) fn forget(&self, tenant: &str) {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner).retain(|key, _| key.tenant != tenant);
    }
}

impl Slot {
    /// A session newer than `stale` (the number of one that has ended). When there is none, `exchange` is called with the
    /// number for a new one, by one caller at a time; those who waited meanwhile share what it gave.
    pub(crate) async fn session<E: From<AuthFailure>, F: Future<Output = Result<Result<Session, AuthFailure>, E>>>(
        &self,
        stale: Option<u64>,
        exchange: impl FnOnce(u64) -> F,
    ) -> Result<Arc<Session>, E> {
        let seen = self.rounds.load(Ordering::Acquire);
        let mut state = self.state.lock().await;
        if let Some(session) = state.session.as_ref().filter(|session| Some(session.number) > stale) {
            return Ok(session.clone());
        }
        let rounds = self.rounds.load(Ordering::Acquire);
        if let Some(failure) = state.failure.as_ref().filter(|_| rounds > seen) {
            return Err(failure.clone().into());
        }
        let number = state.session.as_ref().map_or(1, |session| session.number + 1);
        let result = exchange(number).await?;
        self.rounds.fetch_add(1, Ordering::AcqRel);
        match result {
            Ok(session) => {
                let session = Arc::new(session);
                *state = SlotState { session: Some(session.clone()), failure: None };
                Ok(session)
            }
            Err(failure) => {
                state.failure = Some(failure.clone());
                Err(failure.into())
            }
        }
    }
}
