//! The host of an invocation that is carried out again: it answers from a recording and notes what it is asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use harness_capability::log::{InvocationLog, Line, LogSink as Lines, Speaker};
use harness_capability::storage::{Backing, BackingError, StagedStore};
use harness_contract::http::{HttpError, Request, Response};
use harness_contract::logging::Level;
use harness_contract::progress::Directive;
use harness_engine::{
    Answer as Answered, Capabilities, HttpResult, Interrupt, Invocation as Asking, KeyValue, Limit, Limits, LogSink,
    Outbound, ProgressSink, StorageResult, Values,
};

use super::document::{Answer, Call, Content, Stored};

/// Said to whoever asks something to which the recording has no answer.
pub const NO_ANSWER: &str = "the recording has no answer to this call";

/// Which answer belongs to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matching {
    /// The next one, when the operation is the same: the request itself may hold what was replaced.
    InOrder,
    /// The first that was not given yet of those to the very same request.
    ByRequest,
    /// The same, and where there is none, a refusal: for finding out what a component would say.
    OrRefused,
}

/// A request of a recording with its answer.
#[derive(Debug, Clone)]
pub struct Known {
    /// [`Call::Http`] without answer.
    pub request: Call,
    /// The answer.
    pub answer: Answer,
}

/// The host.
pub struct Tape {
    matching: Matching,
    stop_at: Option<usize>,
    store: StagedStore,
    log: InvocationLog,
    notes: Arc<Notes>,
}

/// What is known, and what was asked.
#[derive(Default)]
struct Notes(Mutex<Noted>);

#[derive(Default)]
struct Noted {
    /// None where it was given.
    known: Vec<Option<Known>>,
    next: usize,
    reports: usize,
    calls: Vec<Call>,
}

impl Notes {
    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, call: Call) {
        self.lock().calls.push(call);
    }
}

impl Noted {
    fn answer(&mut self, request: &Call, matching: Matching) -> Option<Answer> {
        let at = match matching {
            Matching::InOrder => {
                self.next += 1;
                let same = |known: &Known| operation(&known.request) == operation(request);
                Some(self.next - 1).filter(|at| matches!(self.known.get(*at), Some(Some(known)) if same(known)))
            }
            Matching::ByRequest | Matching::OrRefused => {
                self.known.iter().position(|known| known.as_ref().is_some_and(|known| known.request == *request))
            }
        };
        let known = at.and_then(|at| self.known.get_mut(at)).and_then(Option::take);
        let refusal = || Answer::Given { status: 404, headers: Vec::new(), body: Content::Text(String::new()) };
        known.map(|known| known.answer).or_else(|| (matching == Matching::OrRefused).then(refusal))
    }
}

fn operation(call: &Call) -> Option<&str> {
    if let Call::Http { operation, .. } = call { Some(operation) } else { None }
}

impl Tape {
    /// A host that knows `known`, keeps `stored`, and says stop from the report `stop_at` on.
    pub fn new(
        known: Vec<Known>,
        stored: &Stored,
        stop_at: Option<usize>,
        matching: Matching,
        limits: &Limits,
    ) -> Arc<Self> {
        let notes = Arc::new(Notes::default());
        notes.lock().known = known.into_iter().map(Some).collect();
        let values = stored.values.iter().map(|(key, value)| (key.clone(), value.bytes())).collect();
        let log = InvocationLog::new(Speaker::default(), Arc::new(Written(Arc::clone(&notes))), limits.log_bytes);
        Arc::new(Self {
            matching,
            stop_at,
            store: StagedStore::new(Arc::new(Kept { used: stored.used, values }), stored.quota),
            log,
            notes,
        })
    }

    /// What the engine takes.
    pub fn invocation(self: &Arc<Self>, limits: &Limits) -> Asking {
        let capabilities =
            Capabilities { http: self.clone(), storage: self.clone(), log: self.clone(), progress: self.clone() };
        Asking { limits: limits.clone(), capabilities }
    }

    /// What it was asked.
    pub fn calls(&self) -> Vec<Call> {
        self.notes.lock().calls.clone()
    }
}

impl Outbound for Tape {
    fn send(&self, request: Request) -> BoxFuture<'static, Answered<HttpResult>> {
        let asked = Call::request(&request);
        let mut notes = self.notes.lock();
        let given = notes.answer(&asked, self.matching);
        let noted = match asked {
            Call::Http { operation, query, body, .. } => Call::Http { operation, query, body, answer: given.clone() },
            other => other,
        };
        notes.calls.push(noted);
        drop(notes);
        let answered = match given {
            Some(Answer::Given { status, headers, body }) => Ok(Ok(Response { status, headers, body: body.bytes() })),
            Some(Answer::Missing(error)) => Ok(Err::<Response, HttpError>(error)),
            None => Err(Interrupt::Host(format!("{NO_ANSWER}: {}", request.operation))),
        };
        Box::pin(async move { answered })
    }

    fn waited_ms(&self) -> u64 {
        0
    }
}

fn unreadable(error: BackingError) -> Interrupt {
    Interrupt::Host(error.to_string())
}

impl KeyValue for Tape {
    fn get_many(&self, keys: Vec<String>) -> BoxFuture<'_, Answered<StorageResult<Values>>> {
        self.notes.note(Call::Get(keys.clone()));
        Box::pin(async move { self.store.get_many(keys).await.map_err(unreadable) })
    }

    fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> BoxFuture<'_, Answered<StorageResult<()>>> {
        let content = |(key, value): &(String, Vec<u8>)| (key.clone(), Content::from(value.as_slice()));
        self.notes.note(Call::Set(entries.iter().map(content).collect()));
        Box::pin(async move { self.store.set_many(entries).await.map_err(unreadable) })
    }

    fn delete_many(&self, keys: Vec<String>) -> BoxFuture<'_, Answered<StorageResult<()>>> {
        self.notes.note(Call::Delete(keys.clone()));
        Box::pin(async move { self.store.delete_many(keys).await.map_err(unreadable) })
    }
}

impl LogSink for Tape {
    fn log(&self, level: Level, context: &str, message: &str) -> Answered<()> {
        self.log.log(level, context, message).map_err(|_| Interrupt::Limit(Limit::LogBytes))
    }
}

impl ProgressSink for Tape {
    fn report(&self, done: u64, total: Option<u64>) -> Directive {
        let mut notes = self.notes.lock();
        notes.calls.push(Call::Report { done, total });
        let at = notes.reports;
        notes.reports += 1;
        if self.stop_at.is_some_and(|stop| at >= stop) { Directive::Stop } else { Directive::GoOn }
    }
}

/// Notes lines of the log, made harmless as the host does.
struct Written(Arc<Notes>);

impl Lines for Written {
    fn line(&self, _: &Speaker, line: Line) {
        let Line { level, context, message } = line;
        self.0.note(Call::Log { level: level.to_owned(), context, message });
    }
}

/// A store as it was recorded.
struct Kept {
    used: u64,
    values: BTreeMap<String, Vec<u8>>,
}

impl Backing for Kept {
    fn get_many(&self, keys: Vec<String>) -> BoxFuture<'_, Result<Vec<Option<Vec<u8>>>, BackingError>> {
        Box::pin(async move { Ok(keys.iter().map(|key| self.values.get(key).cloned()).collect()) })
    }

    fn used_bytes(&self) -> BoxFuture<'_, Result<u64, BackingError>> {
        Box::pin(async { Ok(self.used) })
    }
}
