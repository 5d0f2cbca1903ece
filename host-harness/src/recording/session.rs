//! From invocations as they happen to a recording.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use harness_capability::http::{MemoryRecord, RecordedCall, RecordedOutcome, Recorder, Redactor};
use harness_capability::storage::{Backing, BackingError};
use harness_contract::progress::Directive;
use harness_contract::types::{Context, Failure};
use harness_engine::functions::Function;
use harness_engine::{Ended, Limits, ProgressSink};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::document::{Answer, Call, Component, Content, FORMAT, Given, Invocation, Outcome, Recording, Stored};
use super::tape::Matching;
use super::{difference, replay, versions};
use crate::plugins::Loaded;

/// A recording under way. What it holds is in memory only and never leaves it as it is.
pub struct Session {
    asked: String,
    key: [u8; 32],
    begun: AtomicU64,
    /// One for each set of settings: what these hold is kept.
    redactors: Mutex<BTreeMap<String, Arc<Redactor>>>,
    taken: Mutex<Vec<Taken>>,
}

/// An invocation that has ended.
struct Taken {
    number: u64,
    plugin: Arc<Loaded>,
    redactor: Arc<Redactor>,
    function: &'static str,
    context: Context,
    arguments: Value,
    stored: Raw,
    stop_at: Option<usize>,
    /// Redacted when they were made.
    calls: Vec<RecordedCall>,
    result: Result<Result<Value, Value>, Ended>,
    /// What must not be kept, wherever it stands in the store.
    secrets: Vec<SecretString>,
}

/// What an invocation read of its store.
struct Raw {
    used: u64,
    quota: u64,
    values: BTreeMap<String, Vec<u8>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Session {
    /// A session that says what was `asked` of the host, with a key of its own that nobody ever knows.
    pub fn new(asked: impl Into<String>) -> Arc<Self> {
        Self::with_key(asked, rand::random())
    }

    /// A session whose replacements can be made again, and so guessed back: for data that are nobody's.
    pub fn with_key(asked: impl Into<String>, key: [u8; 32]) -> Arc<Self> {
        let (redactors, taken) = (Mutex::default(), Mutex::default());
        Arc::new(Self { asked: asked.into(), key, begun: AtomicU64::new(0), redactors, taken })
    }

    /// What listens to one invocation.
    pub(crate) fn listen(self: &Arc<Self>, plugin: &Arc<Loaded>, context: &Context) -> Listener {
        let words = format!("{} {:?}", context.settings, context.channels);
        let mut redactors = lock(&self.redactors);
        let redactor = redactors.entry(words).or_insert_with(|| {
            let settings: Value = serde_json::from_str(&context.settings).unwrap_or_default();
            let mut words = Vec::new();
            texts(&settings, &mut words);
            words.extend(context.channels.iter().map(String::as_str));
            Arc::new(Redactor::new(self.key).keeping(words))
        });
        Listener {
            session: Arc::clone(self),
            number: self.begun.fetch_add(1, Ordering::Relaxed),
            plugin: Arc::clone(plugin),
            redactor: Arc::clone(redactor),
            http: Arc::default(),
            reads: Arc::default(),
            reports: Arc::default(),
        }
    }

    /// The recording: everything redacted, and each invocation carried out once more on that.
    ///
    /// # Errors
    /// When nothing was recorded, or the component was changed meanwhile.
    pub async fn finish(&self, limits: &Limits) -> anyhow::Result<Recording> {
        let mut taken = std::mem::take(&mut *lock(&self.taken));
        taken.sort_by_key(|one| one.number);
        let first = taken.first().map(|one| Arc::clone(&one.plugin));
        let Some(plugin) = first else { anyhow::bail!("there is nothing to record: the component was not called") };
        let digest = plugin.inspection.digest.clone();
        anyhow::ensure!(
            taken.iter().all(|one| one.plugin.inspection.digest == digest),
            "more than one component was called; record each by itself"
        );
        let (name, version) = (plugin.description.name.clone(), plugin.description.version.clone());
        let mut invocations = Vec::with_capacity(taken.len());
        for one in taken {
            invocations.push(one.redacted(limits).await?);
        }
        let component = Component { name, version, digest: Some(digest) };
        Ok(Recording { format: FORMAT.to_owned(), asked: self.asked.clone(), component, invocations })
    }
}

/// All texts of a document.
fn texts<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => into.push(text),
        Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
        Value::Object(members) => members.values().for_each(|member| texts(member, into)),
        _ => {}
    }
}

impl Taken {
    async fn redacted(self, limits: &Limits) -> anyhow::Result<Invocation> {
        let mut invocation = self.input()?;
        let returned = match &self.result {
            Ok(Ok(returned)) => returned,
            _ => &Value::Null,
        };
        versions::align(&self.plugin, &mut invocation, &self.arguments, returned, limits).await?;
        let (calls, result) = replay::again(&self.plugin, &invocation, Matching::InOrder, limits).await?;
        invocation.parted = self.parted(&invocation, &calls, &result);
        (invocation.calls, invocation.result) = (calls, result);
        Ok(invocation)
    }

    /// What it was given, redacted; its calls are those that were recorded, its result is still to come.
    fn input(&self) -> anyhow::Result<Invocation> {
        let redactor = &self.redactor;
        let json = |value: &Value| -> anyhow::Result<Value> {
            let text = value.to_string();
            Ok(serde_json::from_str(&redactor.json(&text).unwrap_or_default())?)
        };
        let context = Context { settings: redactor.settings(&self.context.settings), ..self.context.clone() };
        let content = |bytes: &[u8]| Content::from(redactor.body(bytes, "", &self.secrets).as_bytes());
        let values = self.stored.values.iter().map(|(key, value)| (key.clone(), content(value))).collect();
        let invocation = Invocation {
            function: self.function.to_owned(),
            context: Given::from(context),
            arguments: json(&self.arguments)?,
            storage: Stored { used: self.stored.used, quota: self.stored.quota, values },
            stop_at: self.stop_at,
            calls: self.calls.iter().map(call).collect(),
            result: Outcome::Returned(Value::Null),
            parted: None,
        };
        // Once more, for what turned out to be personal only later.
        Ok(serde_json::from_str(&redactor.without_seen(serde_json::to_string(&invocation)?))?)
    }

    /// Where what was done on the redacted input differs from what had been done, what is replaced left aside; in words that hold
    /// nothing of a person.
    fn parted(&self, recorded: &Invocation, calls: &[Call], result: &Outcome) -> Option<String> {
        self.went_otherwise(recorded, calls, result).map(|said| self.redactor.without_seen(said))
    }

    fn went_otherwise(&self, recorded: &Invocation, calls: &[Call], result: &Outcome) -> Option<String> {
        let outlines = |calls: &[Call]| -> Vec<Value> { calls.iter().filter_map(|call| self.outline(call)).collect() };
        let (was, is) = (outlines(&recorded.calls), outlines(calls));
        for at in 0..was.len().max(is.len()) {
            if let Some((place, was, is)) =
                difference::first(was.get(at).unwrap_or(&Value::Null), is.get(at).unwrap_or(&Value::Null))
            {
                return Some(format!(
                    "at request {}{place}: {was} in the run itself, {is} once personal data are replaced",
                    at + 1
                ));
            }
        }
        let blank = |value: &Value| -> Value {
            let text = self.redactor.without_seen(value.to_string());
            serde_json::from_str(&self.redactor.outline(&text)).unwrap_or_default()
        };
        let (was, is) = match (&self.result, result) {
            (Ok(Ok(was)), Outcome::Returned(is)) => (blank(was), blank(is)),
            (Ok(Err(was)), Outcome::Failed(is)) => (blank(was), blank(is)),
            (Err(was), Outcome::Ended(is)) => (json!(was.to_string()), json!(is)),
            (Ok(Ok(_)), is) => (json!("it returned"), json!(is)),
            (Ok(Err(was)), is) => (blank(was), json!(is)),
            (Err(was), is) => (json!(was.to_string()), json!(is)),
        };
        let (place, was, is) = difference::first(&was, &is)?;
        Some(format!("in the result{place}: {was} in the run itself, {is} once personal data are replaced"))
    }

    fn outline(&self, call: &Call) -> Option<Value> {
        let Call::Http { operation, query, body, .. } = call else { return None };
        let query: BTreeMap<&String, String> = query
            .iter()
            .map(|(name, value)| (name, self.redactor.outline(&json!({ name: value }).to_string())))
            .collect();
        let body = body.as_ref().map(|body| self.redactor.outline(&String::from_utf8_lossy(&body.bytes())));
        let body = body.map(|body| serde_json::from_str(&body).unwrap_or(Value::String(body)));
        Some(json!({ "operation": operation, "query": query, "body": body }))
    }
}

fn call(call: &RecordedCall) -> Call {
    let answer = match &call.outcome {
        RecordedOutcome::Answer { status, headers, body } => {
            Answer::Given { status: *status, headers: headers.clone(), body: Content::from(body.as_bytes()) }
        }
        RecordedOutcome::Error(error) => Answer::Missing(error.clone()),
    };
    Call::Http {
        operation: call.operation.clone(),
        query: call.query.clone(),
        body: call.body.as_ref().map(|body| Content::from(body.as_bytes())),
        answer: Some(answer),
    }
}

/// Listens to one invocation.
pub(crate) struct Listener {
    session: Arc<Session>,
    number: u64,
    plugin: Arc<Loaded>,
    redactor: Arc<Redactor>,
    http: Arc<MemoryRecord>,
    reads: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    reports: Arc<Mutex<Reports>>,
}

#[derive(Default)]
struct Reports {
    made: usize,
    stop_at: Option<usize>,
}

impl Listener {
    /// What the way out tells of each request.
    pub(crate) fn recorder(&self) -> Recorder {
        Recorder { redactor: Arc::clone(&self.redactor), sink: self.http.clone() }
    }

    /// A store whose readings are noted.
    pub(crate) fn store(&self, inner: Arc<dyn Backing>) -> Arc<dyn Backing> {
        Arc::new(Overheard { inner, reads: Arc::clone(&self.reads) })
    }

    /// Reports, with the answers to them noted.
    pub(crate) fn progress(&self, inner: Arc<dyn ProgressSink>) -> Arc<dyn ProgressSink> {
        Arc::new(Watched { inner, reports: Arc::clone(&self.reports) })
    }

    /// Takes the invocation; `secrets` are those that it went with.
    pub(crate) fn ended<F: Function>(
        &self,
        context: &Context,
        arguments: Value,
        result: &Result<Result<F::Returned, Failure>, Ended>,
        (used, quota): (u64, u64),
        secrets: Vec<SecretString>,
    ) {
        let json = |value: serde_json::Result<Value>| value.unwrap_or_default();
        let taken = Taken {
            number: self.number,
            plugin: Arc::clone(&self.plugin),
            redactor: Arc::clone(&self.redactor),
            function: F::NAME,
            context: context.clone(),
            arguments,
            stored: Raw { used, quota, values: lock(&self.reads).clone() },
            stop_at: lock(&self.reports).stop_at,
            calls: self.http.calls(),
            result: match result {
                Ok(Ok(returned)) => Ok(Ok(json(serde_json::to_value(returned)))),
                Ok(Err(failure)) => Ok(Err(json(serde_json::to_value(failure)))),
                Err(ended) => Err(ended.clone()),
            },
            secrets,
        };
        lock(&self.session.taken).push(taken);
    }
}

struct Overheard {
    inner: Arc<dyn Backing>,
    reads: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
}

impl Backing for Overheard {
    fn get_many(&self, keys: Vec<String>) -> BoxFuture<'_, Result<Vec<Option<Vec<u8>>>, BackingError>> {
        Box::pin(async move {
            let values = self.inner.get_many(keys.clone()).await?;
            let found = keys.into_iter().zip(&values).filter_map(|(key, value)| Some((key, value.clone()?)));
            lock(&self.reads).extend(found);
            Ok(values)
        })
    }

    fn used_bytes(&self) -> BoxFuture<'_, Result<u64, BackingError>> {
        self.inner.used_bytes()
    }
}

struct Watched {
    inner: Arc<dyn ProgressSink>,
    reports: Arc<Mutex<Reports>>,
}

impl ProgressSink for Watched {
    fn report(&self, done: u64, total: Option<u64>) -> Directive {
        let directive = self.inner.report(done, total);
        let mut reports = lock(&self.reports);
        if directive == Directive::Stop {
            let made = reports.made;
            reports.stop_at.get_or_insert(made);
        }
        reports.made += 1;
        directive
    }
}
