//! The part of one invocation: its mode, its limits, its counters, and the chain that a request passes.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use harness_contract::http::{HttpError, Request, Response};
use harness_contract::manifest::Effect;
use harness_contract::types::Mode;
use secrecy::SecretString;
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::attempt::Attempted;
use super::auth::{AuthFailure, Credentials, EXCHANGE, Recipe, Session, SessionKey, Slot};
use super::blanks::Blanks;
use super::events::Sending;
use super::fault::CrashPoint;
use super::pool::PoolKey;
use super::rate::{BudgetSpent, GroupKey, Priority};
use super::record::Recorder;
use super::retry::{Next, Repeats, Seen};
use super::table::{Entry, OperationTable};
use super::transport::{Answer, Lost, Outgoing};
use super::{Parts, UNRESERVED};
use crate::clock::Instant;
use crate::sabotage::{self, Sabotage};
use crate::{LimitExceeded, LimitKind};

/// How much longer than a write's time limit the run's lease has to last, in milliseconds.
pub const LEASE_MARGIN: i64 = 5_000;

/// Whose invocation it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scope {
    /// Whose sandbox; sessions and connections are never shared between two.
    pub tenant: String,
    /// Which connection.
    pub connection: String,
    /// Which run.
    pub run: String,
}

/// The instant until which the run holds its lease; asked before every write.
pub type Lease = Arc<dyn Fn() -> Instant + Send + Sync>;

/// What one invocation may use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct HttpLimits {
    /// HTTP calls, repeats by the host and session exchanges included.
    pub calls: u64,
    /// Bytes of request and response bodies together, those of session exchanges included.
    pub bytes: u64,
    /// Requests under way at once; more wait their turn.
    pub at_once: usize,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self { calls: 2_000, bytes: 256 * 1024 * 1024, at_once: 20 }
    }
}

/// Everything that an invocation is made from.
#[derive(Clone)]
pub struct InvocationSpec {
    /// Whose it is.
    pub scope: Scope,
    /// What the connector may call.
    pub table: Arc<OperationTable>,
    /// What its recipe needs.
    pub credentials: Credentials,
    /// The account that the connection belongs to; `None` until the first session has named it.
    pub account: Option<String>,
    /// Whether writes leave at all.
    pub mode: Mode,
    /// How urgent it is when calls are short.
    pub priority: Priority,
    /// Until when it may wait for a call of a rate group or for a repeat, on the host's clock.
    pub wait_until: Instant,
    /// The run's lease; `None` when nothing can take the run away.
    pub lease: Option<Lease>,
    /// What it may use up.
    pub limits: HttpLimits,
    /// Records what the guest sends and is answered.
    pub recorder: Option<Recorder>,
}

/// A request that the host has taken over from the guest, with its place in the order of sending and its body counted.
#[derive(Debug)]
pub struct Taken(u64, Request);

/// The run is over: nothing is handed to the guest any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// A limit of the invocation.
    #[error(transparent)]
    Limit(#[from] LimitExceeded),
    /// A fault that a test asked for.
    #[error("crashed on demand: {0:?}")]
    Crash(CrashPoint),
}

/// What an invocation has used.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct HttpUsage {
    /// Calls by operation, repeats included, session exchanges not.
    pub calls: BTreeMap<String, u64>,
    /// Session exchanges that it carried out, for itself and for whoever waited with it.
    pub exchanges: u64,
    /// Bytes of request bodies.
    pub bytes_out: u64,
    /// Bytes of answers' bodies.
    pub bytes_in: u64,
    /// Waited for rate groups, summed over the requests, in milliseconds of the host's clock.
    pub waited_ms: u64,
}

/// One for each invocation.
pub struct HttpInvocation {
    parts: Arc<Parts>,
    spec: InvocationSpec,
    exchange: Option<Result<Exchange, AuthFailure>>,
    at_once: Semaphore,
    sequence: AtomicU64,
    usage: Mutex<HttpUsage>,
    account: OnceLock<String>,
    failure: Mutex<Option<AuthFailure>>,
    /// When the budget that the guest was last told to be spent opens again.
    opens: Mutex<Option<Instant>>,
    /// Session tokens that were used, so that a recording can lose them.
    tokens: Mutex<Vec<SecretString>>,
}

/// The credentials of this invocation, ready to be sent.
struct Exchange {
    key: SessionKey,
    slot: Arc<Slot>,
    body: Zeroizing<Vec<u8>>,
}

/// Why there is no session: something to tell the guest, or the end of the run.
enum NoSession {
    Auth(AuthFailure),
    Ended(Ended),
}

impl From<AuthFailure> for NoSession {
    fn from(failure: AuthFailure) -> Self {
        Self::Auth(failure)
    }
}

impl fmt::Debug for HttpInvocation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HttpInvocation")
            .field("scope", &self.spec.scope)
            .field("usage", &self.usage())
            .finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl HttpInvocation {
    pub(super) fn new(parts: Arc<Parts>, spec: InvocationSpec) -> Self {
        let exchange = spec.table.recipe.as_ref().map(|recipe| {
            let body = recipe.render(&spec.credentials).map_err(AuthFailure::Missing)?;
            let key = SessionKey::new(&spec.scope.tenant, &spec.table.application, &recipe.target, &body);
            Ok(Exchange { slot: parts.sessions.slot(&key), key, body })
        });
        Self {
            parts,
            exchange,
            at_once: Semaphore::new(spec.limits.at_once.max(1)),
            spec,
            sequence: AtomicU64::new(0),
            usage: Mutex::default(),
            account: OnceLock::new(),
            failure: Mutex::default(),
            opens: Mutex::default(),
            tokens: Mutex::default(),
        }
    }

    /// Takes a request over from the guest. Its body counts from here on: a request that waits for its turn is held in memory
    /// like one that is under way.
    ///
    /// # Errors
    /// [`Ended`] when the invocation has used up its bytes.
    pub fn take(&self, request: Request) -> Result<Taken, Ended> {
        self.count_bytes(request.body.as_ref().map_or(0, Vec::len) as u64, 0)?;
        Ok(Taken(self.sequence.fetch_add(1, Ordering::Relaxed), request))
    }

    /// [`HttpInvocation::take`] and [`HttpInvocation::carry_out`] in one.
    ///
    /// # Errors
    /// As for these.
    pub async fn send(&self, request: Request) -> Result<Result<Response, HttpError>, Ended> {
        self.carry_out(self.take(request)?).await
    }

    /// Sends one request. The order of taking is the order of sending; the order of the answers is the network's.
    ///
    /// A source that does not accept the credentials at all appears to the guest as an answer with status 401; why, the host
    /// finds in [`HttpInvocation::auth_failure`].
    ///
    /// # Errors
    /// The inner one is the guest's; [`Ended`] ends the run.
    pub async fn carry_out(&self, Taken(sequence, request): Taken) -> Result<Result<Response, HttpError>, Ended> {
        // Nobody closes the semaphore; should it happen, the request goes out without waiting its turn.
        let _turn = self.at_once.acquire().await.ok();
        let Some(recorder) = &self.spec.recorder else { return self.answer(request).await };
        let content_type = self.spec.table.entries.get(&request.operation).map_or("", |entry| entry.content_type);
        let begun = recorder.begin(sequence, &request, content_type, &self.secrets());
        let outcome = self.answer(request).await?;
        recorder.end(begun, &outcome, &self.secrets());
        Ok(outcome)
    }

    /// Obtains a session, so that the host learns the account or why there is none; `None` when the connector needs none.
    ///
    /// # Errors
    /// The inner one says what is wrong with the credentials or the source; [`Ended`] ends the run.
    pub async fn authenticate(&self) -> Result<Result<Option<String>, AuthFailure>, Ended> {
        match self.session(None).await {
            Ok(session) => Ok(Ok(session.map(|session| session.account.clone()))),
            Err(NoSession::Auth(failure)) => Ok(Err(failure)),
            Err(NoSession::Ended(ended)) => Err(ended),
        }
    }

    /// The account that the first session named.
    pub fn account(&self) -> Option<&str> {
        self.account.get().map(String::as_str)
    }

    /// Why there was no session, when there was none.
    pub fn auth_failure(&self) -> Option<AuthFailure> {
        lock(&self.failure).clone()
    }

    /// When the budget opens that the guest was last told to be spent.
    pub fn opens(&self) -> Option<Instant> {
        *lock(&self.opens)
    }

    /// What was used so far.
    pub fn usage(&self) -> HttpUsage {
        lock(&self.usage).clone()
    }

    async fn answer(&self, request: Request) -> Result<Result<Response, HttpError>, Ended> {
        let entry = match self.permitted(&request) {
            Ok(entry) => entry,
            Err(refusal) => return Ok(Err(HttpError::Denied(refusal))),
        };
        let query = query(&request.query);
        let body = Bytes::from(request.body.unwrap_or_default());
        let (mut repeats, mut stale) = (Repeats::default(), None);
        for attempt in 1.. {
            let session = match self.session(stale).await {
                Ok(session) => session,
                Err(NoSession::Auth(AuthFailure::BudgetSpent(opens))) => return Ok(Err(self.spent(opens))),
                Err(NoSession::Auth(failure)) => return Ok(without_session(failure)),
                Err(NoSession::Ended(ended)) => return Err(ended),
            };
            let session = session.as_deref();
            let account = session.map(|session| session.account.as_str()).or(self.spec.account.as_deref());
            let (key, path) = match self.place(entry, session) {
                Ok((key, path)) => (key, path + &query),
                Err(refusal) => return Ok(Err(HttpError::Denied(refusal))),
            };
            let group = self.group(account.unwrap_or_default(), &entry.group);
            let waited_ms = match self.wait(&group, entry.calls_per_minute).await {
                Ok(waited) => waited,
                Err(BudgetSpent(opens)) => return Ok(Err(self.spent(opens))),
            };
            if let Some(late) = self.lease_is_short(entry) {
                return Ok(Err(HttpError::NotSent(late)));
            }
            let moves = entry.moves_stock.then(|| account.unwrap_or_default().to_owned());
            if let Some(account) = &moves
                && let Err(why) = self.parts.sink.moves_stock(&self.spec.table.application, account).await
            {
                return Ok(Err(HttpError::NotSent(why)));
            }
            self.count_call(Some(&entry.name))?;
            if attempt > 1 {
                self.count_bytes(body.len() as u64, 0)?;
            }
            let call = Sending {
                scope: &self.spec.scope,
                account,
                operation: &entry.name,
                moves_stock: entry.moves_stock,
                attempt,
            };
            let outgoing = Outgoing {
                method: entry.method.clone(),
                path,
                content_type: Some(entry.content_type),
                authentication: session.map(|session| session.header.clone()),
                body: body.clone(),
                time_limit: entry.time_limit,
                size_limit: entry.size_limit,
            };
            let allow = &self.spec.table.allow;
            if matches!(entry.effect, Effect::Write) && sabotage::asked(Sabotage::DoubledWrite) {
                drop(self.parts.transport.exchange(allow, &key, outgoing.clone(), &|_| Ok(())).await);
            }
            let count = |bytes| self.count_bytes(0, bytes);
            let attempted = self.parts.attempt(call, waited_ms, allow, &key, outgoing, &count).await;
            let Attempted { result, dies } = attempted.map_err(Ended::Crash)?;
            if let Some(account) = &moves
                && let Err(why) = self.parts.sink.moves_stock(&self.spec.table.application, account).await
            {
                tracing::error!(operation = entry.name, why, "a call moved stock, and its end could not be noted");
            }
            if dies {
                return Err(Ended::Crash(self.parts.faults.crash(CrashPoint::AnswerSeen)));
            }
            match repeats.next(entry.reads(), self.seen(&result)) {
                Next::HandOver => return hand_over(result, session.map(|session| &session.blanks)),
                Next::NewSession => stale = session.map(Session::number),
                Next::Throttled => {
                    let opens = self.close(&group, entry.calls_per_minute, result.as_ref().ok());
                    if repeats.throttled_out() {
                        return Ok(Err(self.spent(opens)));
                    }
                }
                Next::After(pause) => {
                    if !self.pause(pause).await {
                        return hand_over(result, session.map(|session| &session.blanks));
                    }
                }
            }
        }
        Ok(Err(HttpError::NotSent("it was repeated too often".to_owned())))
    }

    /// Layers 1 and 2: the table and the mode.
    fn permitted(&self, request: &Request) -> Result<&Entry, String> {
        let Some(entry) = self.spec.table.entries.get(&request.operation) else {
            let shown = crate::log::harmless(&request.operation, 80);
            return Err(format!(
                "operation {shown:?} is not in the manifest's table; list it there and have it approved"
            ));
        };
        if !entry.reads() && matches!(self.spec.mode, Mode::Plan) {
            return Err(format!("operation {:?} changes the source, and mode `plan` allows reads only", entry.name));
        }
        if entry.method == http::Method::GET && request.body.as_ref().is_some_and(|body| !body.is_empty()) {
            return Err(format!("operation {:?} is a GET and cannot carry a body; put it into the query", entry.name));
        }
        Ok(entry)
    }

    fn place(&self, entry: &Entry, session: Option<&Session>) -> Result<(PoolKey, String), String> {
        let target = match (&entry.base, session.and_then(|session| session.base.as_ref())) {
            (Some(fixed), _) => fixed,
            (None, Some(base)) => base,
            (None, None) => {
                return Err(format!("operation {:?} needs the session's base address; it has none", entry.name));
            }
        };
        Ok((self.pool(target.origin.clone()), format!("{}{}", target.path, entry.path)))
    }

    fn pool(&self, origin: super::egress::Origin) -> PoolKey {
        let credentials = match &self.exchange {
            Some(Ok(exchange)) => exchange.key.credentials.clone(),
            _ => String::new(),
        };
        PoolKey { tenant: self.spec.scope.tenant.clone(), credentials, origin }
    }

    fn group(&self, account: &str, group: &str) -> GroupKey {
        GroupKey {
            application: self.spec.table.application.clone(),
            account: account.to_owned(),
            group: group.to_owned(),
        }
    }

    async fn wait(&self, group: &GroupKey, calls_per_minute: u32) -> Result<u64, BudgetSpent> {
        let from = self.parts.clock.now_ms();
        let granted = self.parts.rates.acquire(group, calls_per_minute, self.spec.priority, self.spec.wait_until).await;
        let waited = u64::try_from(self.parts.clock.now_ms().saturating_sub(from)).unwrap_or(0);
        lock(&self.usage).waited_ms += waited;
        granted.map(|_| waited)
    }

    /// Waits `ms` on the host's clock; `false` when the invocation may not wait that long.
    async fn pause(&self, ms: i64) -> bool {
        let until = self.parts.clock.now_ms().saturating_add(ms);
        if until > self.spec.wait_until {
            return false;
        }
        self.parts.clock.sleep_until(until).await;
        true
    }

    fn close(&self, group: &GroupKey, calls_per_minute: u32, answer: Option<&Answer>) -> Instant {
        let seconds = answer.and_then(|answer| retry_after(answer, self.parts.clock.now_ms()));
        self.parts.rates.close(group, calls_per_minute, seconds)
    }

    fn spent(&self, opens: Instant) -> HttpError {
        *lock(&self.opens) = Some(opens);
        HttpError::RateBudgetSpent(opens)
    }

    fn lease_is_short(&self, entry: &Entry) -> Option<String> {
        let lease = self.spec.lease.as_ref().filter(|_| !entry.reads())?;
        let limit = i64::try_from(entry.time_limit.as_millis()).unwrap_or(i64::MAX);
        let left = lease().saturating_sub(self.parts.clock.now_ms());
        (left < limit.saturating_add(LEASE_MARGIN)).then(|| {
            format!("the run's lease lasts {left} ms more and operation {:?} may take {limit} ms; it is left to the next run", entry.name)
        })
    }

    /// Counts a call of `operation`, or a session exchange.
    fn count_call(&self, operation: Option<&str>) -> Result<(), LimitExceeded> {
        let limit = self.spec.limits.calls;
        let mut usage = lock(&self.usage);
        if usage.calls.values().sum::<u64>() + usage.exchanges >= limit {
            return Err(LimitExceeded { kind: LimitKind::HttpCalls, limit });
        }
        match operation {
            Some(operation) => *usage.calls.entry(operation.to_owned()).or_default() += 1,
            None => usage.exchanges += 1,
        }
        Ok(())
    }

    fn count_bytes(&self, bytes_out: u64, bytes_in: u64) -> Result<(), LimitExceeded> {
        let limit = self.spec.limits.bytes;
        let mut usage = lock(&self.usage);
        usage.bytes_out += bytes_out;
        usage.bytes_in += bytes_in;
        if usage.bytes_out.saturating_add(usage.bytes_in) > limit {
            return Err(LimitExceeded { kind: LimitKind::HttpBytes, limit });
        }
        Ok(())
    }

    fn seen(&self, result: &Result<Answer, Lost>) -> Seen {
        match result {
            Ok(answer) if self.spec.table.recipe.as_ref().is_some_and(|recipe| recipe.is_expired(answer.status)) => {
                Seen::SessionEnded
            }
            other => seen(other),
        }
    }

    /// The credentials, and every token of a session that was used: what a recording must not hold.
    pub fn secrets(&self) -> Vec<SecretString> {
        let credentials = self.spec.credentials.platform.values().chain(self.spec.credentials.settings.values());
        credentials.chain(lock(&self.tokens).iter()).cloned().collect()
    }

    /// Layer 3: a session newer than `stale`; `None` when the connector needs none.
    async fn session(&self, stale: Option<u64>) -> Result<Option<Arc<Session>>, NoSession> {
        let session = match (&self.exchange, &self.spec.table.recipe) {
            (Some(Ok(exchange)), Some(recipe)) => {
                // Once the credentials are known to be wrong, no invocation has to be told so twice.
                if let Some(failure) = self.auth_failure().filter(AuthFailure::is_final) {
                    return Err(failure.into());
                }
                exchange.slot.session(stale, |number| self.obtain(recipe, exchange, number)).await
            }
            (Some(Err(failure)), _) => Err(failure.clone().into()),
            _ => return Ok(None),
        };
        let session = session.and_then(|session| match &self.spec.account {
            Some(account) if *account != session.account => Err(AuthFailure::OtherAccount.into()),
            _ => Ok(session),
        });
        match &session {
            Ok(session) => {
                *lock(&self.failure) = None;
                self.account.get_or_init(|| session.account.clone());
                if self.spec.recorder.is_some() {
                    lock(&self.tokens).push(session.token.clone());
                }
            }
            Err(NoSession::Auth(failure)) => *lock(&self.failure) = Some(failure.clone()),
            Err(NoSession::Ended(_)) => {}
        }
        session.map(Some)
    }

    /// Carries out the exchange, with the repeats of a read: a session too many harms nobody.
    async fn obtain(
        &self,
        recipe: &Recipe,
        exchange: &Exchange,
        number: u64,
    ) -> Result<Result<Session, AuthFailure>, NoSession> {
        let allow = &self.spec.table.allow;
        // The account is not known before the exchange, so its budget goes by the credentials.
        let group = self.group(&exchange.key.credentials, EXCHANGE);
        let key = self.pool(recipe.target.origin.clone());
        let mut repeats = Repeats::default();
        for attempt in 1.. {
            let waited_ms = match self.wait(&group, recipe.calls_per_minute).await {
                Ok(waited) => waited,
                Err(BudgetSpent(instant)) => return Ok(Err(AuthFailure::BudgetSpent(instant))),
            };
            let call = Sending {
                scope: &self.spec.scope,
                account: self.spec.account.as_deref(),
                operation: EXCHANGE,
                moves_stock: false,
                attempt,
            };
            let limited = |limit| NoSession::Ended(Ended::Limit(limit));
            self.count_call(None).map_err(limited)?;
            self.count_bytes(exchange.body.len() as u64, 0).map_err(limited)?;
            let outgoing = recipe.outgoing(&exchange.body);
            let count = |bytes| self.count_bytes(0, bytes);
            let attempted = self.parts.attempt(call, waited_ms, allow, &key, outgoing, &count).await;
            let crashed = |point| NoSession::Ended(Ended::Crash(point));
            let Attempted { result, dies } = attempted.map_err(crashed)?;
            if dies {
                return Err(crashed(self.parts.faults.crash(CrashPoint::AnswerSeen)));
            }
            let next = repeats.next(true, seen(&result));
            match next {
                Next::Throttled if !repeats.throttled_out() => {
                    self.close(&group, recipe.calls_per_minute, result.as_ref().ok());
                    continue;
                }
                Next::After(pause) if self.pause(pause).await => continue,
                _ => {}
            }
            return Ok(match result {
                Ok(answer) => recipe.session(answer, &self.spec.credentials, allow, number),
                Err(Lost::Denied(text)) => Err(AuthFailure::Refused(text)),
                Err(Lost::NotSent(text) | Lost::Unknown(text)) => {
                    Err(AuthFailure::Unavailable(format!("the session exchange failed: {text}")))
                }
                Err(Lost::TooLarge(limit)) => Err(AuthFailure::Unavailable(format!(
                    "the answer of the session exchange is larger than {limit} bytes"
                ))),
                Err(Lost::Spent(limit)) => return Err(limited(limit)),
            });
        }
        Ok(Err(AuthFailure::Unavailable("the session exchange was repeated too often".to_owned())))
    }
}

impl AuthFailure {
    /// Whether trying again within the same invocation is useless.
    fn is_final(&self) -> bool {
        matches!(self, Self::Rejected(_) | Self::Refused(_) | Self::Missing(_) | Self::OtherAccount)
    }
}

fn seen(result: &Result<Answer, Lost>) -> Seen {
    match result {
        Ok(answer) => Seen::Status(answer.status),
        Err(Lost::NotSent(_)) => Seen::NotSent,
        Err(Lost::Unknown(_)) => Seen::Unknown,
        Err(Lost::Denied(_) | Lost::TooLarge(_) | Lost::Spent(_)) => Seen::Final,
    }
}

/// What the guest is told, without the secrets of the session that the request went with.
fn hand_over(result: Result<Answer, Lost>, blanks: Option<&Blanks>) -> Result<Result<Response, HttpError>, Ended> {
    Ok(match result {
        Ok(Answer { status, headers, body }) => Ok(match blanks {
            Some(blanks) => Response {
                status,
                headers: headers.into_iter().map(|(name, value)| (name, blanks.text(value))).collect(),
                body: blanks.bytes(body),
            },
            None => Response { status, headers, body },
        }),
        Err(Lost::Denied(text)) => Err(HttpError::Denied(text)),
        Err(Lost::NotSent(text)) => Err(HttpError::NotSent(text)),
        Err(Lost::Unknown(text)) => Err(HttpError::OutcomeUnknown(text)),
        Err(Lost::TooLarge(limit)) => Err(HttpError::TooLarge(limit)),
        Err(Lost::Spent(limit)) => return Err(limit.into()),
    })
}

/// What the guest is told when there is no session: its request never left.
fn without_session(failure: AuthFailure) -> Result<Response, HttpError> {
    match failure {
        AuthFailure::Rejected(_) => Ok(Response { status: 401, headers: Vec::new(), body: Vec::new() }),
        AuthFailure::BudgetSpent(opens) => Err(HttpError::RateBudgetSpent(opens)),
        AuthFailure::NotReady(_) | AuthFailure::Unavailable(_) => Err(HttpError::NotSent(failure.to_string())),
        AuthFailure::Refused(_) | AuthFailure::Missing(_) | AuthFailure::OtherAccount => {
            Err(HttpError::Denied(failure.to_string()))
        }
    }
}

fn query(pairs: &[(String, String)]) -> String {
    let encode = |text| percent_encoding::utf8_percent_encode(text, UNRESERVED);
    let mut out = String::new();
    for (name, value) in pairs {
        out.push(if out.is_empty() { '?' } else { '&' });
        out.push_str(&format!("{}={}", encode(name), encode(value)));
    }
    out
}

/// Seconds that a source asks for: as a number, or as the distance of a date from the answer's own date.
fn retry_after(answer: &Answer, now: Instant) -> Option<u64> {
    let text = answer.header("retry-after")?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(seconds);
    }
    let date = |text: &str| chrono::DateTime::parse_from_rfc2822(text).ok().map(|date| date.timestamp_millis());
    let from = answer.header("date").and_then(date).unwrap_or(now);
    u64::try_from(date(text)?.saturating_sub(from).max(0)).ok().map(|ms| ms.div_ceil(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_encoded_so_that_nothing_in_it_is_structure() {
        let pairs = [("a b", "x&y=z#?/%"), ("é", "\r\nHost: evil"), ("plain-._~", "")];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(query(&pairs), "?a%20b=x%26y%3Dz%23%3F%2F%25&%C3%A9=%0D%0AHost%3A%20evil&plain-._~=");
        assert_eq!(query(&[]), "");
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let answer = |headers: &[(&str, &str)]| Answer {
            status: 429,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: vec![],
        };
        assert_eq!(retry_after(&answer(&[("retry-after", " 17 ")]), 0), Some(17));
        assert_eq!(retry_after(&answer(&[]), 0), None);
        assert_eq!(retry_after(&answer(&[("retry-after", "soon")]), 0), None);
        let dated =
            answer(&[("retry-after", "Wed, 21 Oct 2015 07:28:30 GMT"), ("date", "Wed, 21 Oct 2015 07:28:00 GMT")]);
        assert_eq!(retry_after(&dated, 0), Some(30));
        let past = answer(&[("retry-after", "Wed, 21 Oct 2015 07:28:30 GMT")]);
        assert_eq!(retry_after(&past, i64::MAX), Some(0));
    }
}
