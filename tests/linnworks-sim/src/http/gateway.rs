//! The way of a call: route, faults, session, limit, parameters, endpoint, answer, log.

use super::{
    bind::{Encoding, Wrapper, bind},
    calllog::{CallRecord, Exchange},
    faults::{Fault, FaultAction},
    reply::{ApiError, Code, Reply},
    throttle::Key,
};
use crate::{
    endpoints::{self, Call, Effect, Endpoint, Verb, auth},
    rules::merging,
    state::Stamp,
    world::{Deferred, World},
};
use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// A call as it came in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Incoming {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) content_type: String,
    pub(crate) authorization: String,
    /// Was a length declared (or chunks)? IIS wants it of every POST.
    pub(crate) has_length: bool,
    pub(crate) body: Bytes,
}

/// What happens on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// The answer is sent.
    Answer,
    /// The connection is closed without an answer.
    Cut,
    /// Head and half of the body, then the connection is closed.
    CutMidBody,
    /// No answer ever; the connection stays open.
    Hang,
}

/// The answer to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outgoing {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) retry_after: Option<u64>,
    pub(crate) body: Vec<u8>,
    pub(crate) wire: Wire,
    pub(crate) delay: Duration,
}

const JSON: &str = "application/json; charset=utf-8";
const PAGE: &str = "<!DOCTYPE html><html><head><title>Service Unavailable</title></head><body><h2>Service Unavailable</h2>\
                    <hr><p>HTTP Error 503. The service is unavailable.</p></body></html>";

impl Outgoing {
    fn new(status: u16, body: Vec<u8>) -> Self {
        let content_type = JSON;
        Self { status, content_type, retry_after: None, body, wire: Wire::Answer, delay: Duration::ZERO }
    }

    fn error(error: &ApiError) -> Self {
        Self::new(error.status, error.body())
    }

    fn page(status: u16, body: &str) -> Self {
        Self { content_type: "text/html", ..Self::new(status, body.as_bytes().to_vec()) }
    }

    fn quota(limit: u32, retry_after: Option<u64>) -> Self {
        let message = format!("API calls quota exceeded! Maximum admitted {limit} per Minute.");
        let error = ApiError { status: 429, code: Code::Absent, message };
        Self { retry_after, ..Self::error(&error) }
    }
}

/// Handles a call to the API. Everything happens under the world's lock; waiting is left to the server.
pub(crate) fn handle(world: &mut World, incoming: &Incoming) -> Outgoing {
    world.catch_up();
    let route = route(&incoming.path);
    let endpoint = route.as_deref().and_then(endpoints::find);
    let login = route.as_deref().and_then(login_path);
    let name = endpoint.map(|endpoint| endpoint.path).or(login).unwrap_or(&incoming.path).to_owned();
    let faults = if endpoint.is_some() || login.is_some() {
        world.faults.striking(&name, &incoming.query, &incoming.body)
    } else {
        Vec::new()
    };
    let mut trace = Trace::default();
    let mut outgoing = match (endpoint, login) {
        _ if incoming.method == "POST" && !incoming.has_length => Outgoing::page(
            411,
            "<!DOCTYPE HTML><html><head><title>Length Required</title></head><body><h2>Length Required</h2><hr><p>HTTP \
             Error 411. The request must be chunked or have a content length.</p></body></html>",
        ),
        _ if world.config.absent.iter().any(|absent| absent.eq_ignore_ascii_case(&name)) => not_found(&incoming.path),
        (Some(endpoint), _) => serve(world, endpoint, incoming, &faults, &mut trace),
        (None, Some(login)) => serve_login(world, login, incoming, &faults, &mut trace),
        (None, None) => not_found(&incoming.path),
    };
    if !faults.is_empty() {
        let plain = outgoing.clone();
        finish(&mut outgoing, &faults);
        trace.changed |= outgoing != plain;
    }
    if let Some(exchanges) = &mut world.log.exchanges {
        exchanges.push(Exchange {
            method: incoming.method.clone(),
            path: incoming.path.clone(),
            query: incoming.query.clone(),
            content_type: Some(incoming.content_type.clone()).filter(|mime| !mime.is_empty()),
            body: incoming.body.clone(),
            answer: faults.is_empty().then(|| (outgoing.status, outgoing.body.clone())),
        });
    }
    let mut digest = Sha256::new();
    digest.update(incoming.query.as_bytes());
    digest.update(&incoming.body);
    let digest = digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let body = world.config.log_bodies.then(|| String::from_utf8(incoming.body.to_vec()).ok()).flatten();
    world.log.push(CallRecord {
        number: 0,
        time: world.now(),
        endpoint: name,
        method: incoming.method.clone(),
        effect: endpoint.map_or("none", |endpoint| endpoint.effect.name()),
        account: trace.account,
        query: if login.is_none() { incoming.query.clone() } else { String::new() },
        digest,
        bytes_in: incoming.body.len(),
        bytes_out: outgoing.body.len(),
        status: if matches!(outgoing.wire, Wire::Answer | Wire::CutMidBody) { outgoing.status } else { 0 },
        done: trace.done,
        changed: trace.changed,
        faults: faults.iter().map(|fault| fault.action.name()).collect(),
        fault_ids: faults.iter().map(|fault| fault.id).collect(),
        body: body.filter(|body| !body.is_empty() && login.is_none()),
    });
    outgoing
}

#[derive(Default)]
struct Trace {
    account: Option<usize>,
    done: bool,
    /// Whether a fault changed anything.
    changed: bool,
}

/// `/api/{Controller}/{Method}` to `Controller/Method`; doubled slashes count once.
fn route(path: &str) -> Option<String> {
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let (api, controller, method) = (parts.next()?, parts.next()?, parts.next()?);
    (api.eq_ignore_ascii_case("api") && parts.next().is_none()).then(|| format!("{controller}/{method}"))
}

fn login_path(route: &str) -> Option<&'static str> {
    [auth::AUTHORIZE, auth::PROFILE].into_iter().find(|path| path.eq_ignore_ascii_case(route))
}

fn not_found(path: &str) -> Outgoing {
    let message = format!("No HTTP resource was found that matches the request URI '{path}'.");
    Outgoing::error(&ApiError { status: 404, code: Code::Absent, message })
}

fn serve_login(world: &mut World, login: &str, incoming: &Incoming, faults: &[Fault], trace: &mut Trace) -> Outgoing {
    if let Some(outgoing) = before(world, incoming, faults, trace) {
        return outgoing;
    }
    let bound = bind(Wrapper::Unwrapped("request"), false, &incoming.query, &incoming.content_type, &incoming.body);
    let answer = bound.and_then(|(params, _)| match login {
        auth::AUTHORIZE => auth::authorize(world, &params),
        _ => Ok(Value::Null),
    });
    match answer {
        Ok(value) => {
            trace.done = true;
            Outgoing::new(200, value.to_string().into_bytes())
        }
        Err(error) if error.status == 429 => {
            let limit = world.config.limits.get(&login.to_ascii_lowercase()).copied().unwrap_or(auth::LIMIT);
            Outgoing::quota(limit, error.message.parse().ok())
        }
        Err(error) => Outgoing::error(&error),
    }
}

fn serve(
    world: &mut World,
    endpoint: &'static Endpoint,
    incoming: &Incoming,
    faults: &[Fault],
    trace: &mut Trace,
) -> Outgoing {
    let verb_fits = match endpoint.verb {
        Verb::Get => matches!(incoming.method.as_str(), "GET" | "POST"),
        Verb::Post => incoming.method == "POST",
    };
    if !verb_fits {
        let message = format!("The requested resource does not support http method '{}'.", incoming.method);
        return Outgoing::error(&ApiError { status: 405, code: Code::Absent, message });
    }
    if faults.iter().any(|fault| fault.action == FaultAction::ExpireSession) {
        world.sessions.end(&incoming.authorization);
        trace.changed = true;
    }
    let now = world.now();
    let Some(session) = world.sessions.touch(&incoming.authorization, now, world.config.session_minutes) else {
        return Outgoing::error(&ApiError::unauthorized());
    };
    trace.account = Some(session.account);
    if world.config.throttle {
        let limit = world.config.limits.get(&endpoint.path.to_ascii_lowercase()).copied().unwrap_or(endpoint.limit);
        let account = world.accounts.get(session.account).map(|account| account.id).unwrap_or_default();
        let key = Key { application: session.application.application_id, account, endpoint: endpoint.path };
        if let Err(left) = world.throttle.count(key, limit, now) {
            return Outgoing::quota(limit, Some(left));
        }
    }
    if let Some(outgoing) = before(world, incoming, faults, trace) {
        return outgoing;
    }
    for fault in faults {
        if let FaultAction::CommitLater { seconds, hang } = &fault.action {
            world.deferred.push(Deferred {
                due: now.plus_seconds(*seconds),
                account: session.account,
                endpoint,
                query: incoming.query.clone(),
                content_type: incoming.content_type.clone(),
                body: incoming.body.clone(),
            });
            trace.changed = true;
            let wire = if *hang { Wire::Hang } else { Wire::Cut };
            return Outgoing { wire, ..Outgoing::new(200, Vec::new()) };
        }
    }
    let bound = bind(endpoint.wrapper, world.config.strict, &incoming.query, &incoming.content_type, &incoming.body);
    let (params, encoding) = match bound {
        Ok(bound) => bound,
        Err(error) => return Outgoing::error(&error),
    };
    let shift_rows = faults.iter().find_map(|fault| match fault.action {
        FaultAction::ShiftRows { rows } => Some(rows),
        _ => None,
    });
    // What was there before a call that is to do nothing is put back after it.
    let does_nothing = faults.iter().any(|fault| fault.action == FaultAction::NoOp);
    let kept = does_nothing.then(|| (crate::control::hash(world), world.accounts.clone()));
    let unshifted = shift_rows
        .filter(|_| endpoint.effect == Effect::Read)
        .map(|_| world.run(endpoint, session.account, params.clone(), encoding, 0));
    let answer = world.run(endpoint, session.account, params, encoding, shift_rows.unwrap_or_default());
    trace.done = answer.is_ok() && kept.is_none();
    if let Some((before, accounts)) = kept {
        trace.changed |= crate::control::hash(world) != before;
        world.accounts = accounts;
    }
    let void_status = world.config.void_status;
    let outgoing = answer_of(answer, void_status);
    trace.changed |= unshifted.is_some_and(|unshifted| answer_of(unshifted, void_status) != outgoing);
    outgoing
}

fn answer_of(answer: Result<Reply, ApiError>, void_status: u16) -> Outgoing {
    match answer {
        Ok(Reply::Json(body)) => Outgoing::new(200, body),
        Ok(Reply::Void) => Outgoing::new(void_status, Vec::new()),
        Ok(Reply::Empty) => Outgoing::new(200, Vec::new()),
        Err(error) => Outgoing::error(&error),
    }
}

/// Faults that keep the endpoint from running, and changes made just before it runs.
fn before(world: &mut World, incoming: &Incoming, faults: &[Fault], trace: &mut Trace) -> Option<Outgoing> {
    let mut outgoing = None;
    for fault in faults {
        match &fault.action {
            FaultAction::Status { status, body } => outgoing = Some(failure(*status, body.as_deref())),
            FaultAction::Throttle { retry_after } => outgoing = Some(Outgoing::quota(150, *retry_after)),
            FaultAction::CutBefore => outgoing = Some(Outgoing { wire: Wire::Cut, ..Outgoing::new(200, Vec::new()) }),
            FaultAction::Mutate { mutations } => {
                trace.changed = true;
                for mutation in mutations {
                    if let Err(error) = crate::control::apply(world, mutation.clone()) {
                        tracing::warn!(path = incoming.path, %error, "a fault's mutation failed");
                    }
                }
            }
            _ => {}
        }
    }
    trace.changed |= outgoing.is_some();
    outgoing
}

fn failure(status: u16, body: Option<&str>) -> Outgoing {
    match body {
        Some(body) => Outgoing::new(status, body.as_bytes().to_vec()),
        None => {
            let message = "An error has occurred.".to_owned();
            Outgoing::error(&ApiError { status, code: Code::Absent, message })
        }
    }
}

/// Faults that change the answer of an endpoint that has run.
fn finish(outgoing: &mut Outgoing, faults: &[Fault]) {
    for fault in faults {
        match &fault.action {
            FaultAction::StatusAfter { status, body } => *outgoing = failure(*status, body.as_deref()),
            FaultAction::Delay { millis } => outgoing.delay += Duration::from_millis(*millis),
            FaultAction::CutAfter => outgoing.wire = Wire::Cut,
            FaultAction::CutMidBody => outgoing.wire = Wire::CutMidBody,
            FaultAction::Truncate => outgoing.body.truncate(outgoing.body.len() / 2),
            FaultAction::Html { status } => *outgoing = Outgoing::page(status.unwrap_or(200), PAGE),
            FaultAction::Empty => outgoing.body.clear(),
            FaultAction::DuplicateRows { rows } => duplicate(&mut outgoing.body, *rows),
            FaultAction::Retype { field } => retype(&mut outgoing.body, field),
            _ => {}
        }
    }
}

/// So deep in objects the list of an answer is looked for.
const LIST_DEPTH: usize = 3;

/// Sends the first rows of the answer's list twice. An answer without a row stays as it is.
fn duplicate(body: &mut Vec<u8>, rows: usize) {
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else { return };
    let Some(list) = (0..LIST_DEPTH).find_map(|depth| path_of_list(&value, depth)) else { return };
    let Some(list) = value.pointer_mut(&list).and_then(Value::as_array_mut) else { return };
    let again: Vec<_> = list.iter().take(rows).cloned().collect();
    list.extend(again);
    *body = value.to_string().into_bytes();
}

/// The pointer to the first list with a row, `depth` objects down.
fn path_of_list(value: &Value, depth: usize) -> Option<String> {
    match value {
        Value::Array(list) if depth == 0 && !list.is_empty() => Some(String::new()),
        // The names of members need no escape: Linnworks has none with a slash or a tilde.
        Value::Object(members) if depth > 0 => members
            .iter()
            .find_map(|(name, member)| path_of_list(member, depth - 1).map(|rest| format!("/{name}{rest}"))),
        _ => None,
    }
}

/// Gives what stands at `field` another JSON type. Where there is no such field the answer stays as it is.
fn retype(body: &mut Vec<u8>, field: &str) {
    let Ok(mut value) = serde_json::from_slice::<Value>(body) else { return };
    let path: Vec<&str> = field.split('/').skip(1).collect();
    if retype_at(&mut value, &path) {
        *body = value.to_string().into_bytes();
    }
}

/// Whether there was something at `path`.
fn retype_at(value: &mut Value, path: &[&str]) -> bool {
    let Some((first, rest)) = path.split_first() else {
        *value = match value {
            Value::Null | Value::String(_) => json!(7),
            Value::Bool(_) | Value::Number(_) | Value::Object(_) => json!("seven"),
            Value::Array(_) => json!({}),
        };
        return true;
    };
    match value {
        Value::Array(items) if *first == "*" => {
            let mut found = false;
            for item in items {
                found |= retype_at(item, rest);
            }
            found
        }
        Value::Object(members) => members.get_mut(*first).is_some_and(|member| retype_at(member, rest)),
        _ => false,
    }
}

impl FaultAction {
    fn name(&self) -> String {
        let value = serde_json::to_value(self).unwrap_or_default();
        value.get("do").and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

impl World {
    /// Runs an endpoint on an account.
    pub(crate) fn run(
        &mut self,
        endpoint: &Endpoint,
        account: usize,
        params: super::params::Params,
        encoding: Encoding,
        shift_rows: i64,
    ) -> Result<Reply, ApiError> {
        let now = self.now();
        let Some(account) = self.accounts.get_mut(account) else { return Err(ApiError::unauthorized()) };
        let user = account.email.clone();
        (endpoint.run)(&mut Call { account, config: &self.config, now, params, encoding, user: &user, shift_rows })
    }

    /// Lets happen what is due by now: deferred commits, in the sequence of their times, and the merge job.
    pub fn catch_up(&mut self) {
        let now = self.now();
        while let Some(at) = self.next_due(now) {
            let late = self.deferred.remove(at);
            let bound = bind(late.endpoint.wrapper, false, &late.query, &late.content_type, &late.body);
            if let Ok((params, encoding)) = bound {
                let _ = self.run(late.endpoint, late.account, params, encoding, 0);
            }
        }
        self.merge_when_due(now);
    }

    /// The merge job runs once when its time has passed, however long ago that was.
    fn merge_when_due(&mut self, now: Stamp) {
        if !self.config.auto_merge {
            self.merged_at = None;
            return;
        }
        let last = *self.merged_at.get_or_insert(now);
        if now.seconds_since(last) >= self.config.merge_minutes * 60.0 {
            self.merged_at = Some(now);
            for account in &mut self.accounts {
                merging::run_job(account, &self.config, now);
            }
        }
    }

    fn next_due(&self, now: Stamp) -> Option<usize> {
        let due = self.deferred.iter().enumerate().filter(|(_, call)| call.due <= now);
        due.min_by_key(|(_, call)| call.due).map(|(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubled(value: &Value) -> Value {
        let mut body = value.to_string().into_bytes();
        duplicate(&mut body, 1);
        serde_json::from_slice(&body).unwrap()
    }

    #[test]
    fn the_first_list_with_a_row_has_it_twice_wherever_it_is() {
        assert_eq!(doubled(&json!([1, 2])), json!([1, 2, 1]));
        let answer = json!({ "Total": 1, "Empty": [], "RMAHeaders": [1], "Other": [2] });
        assert_eq!(doubled(&answer), json!({ "Total": 1, "Empty": [], "RMAHeaders": [1, 1], "Other": [2] }));
        assert_eq!(
            doubled(&json!({ "Order": { "Items": [1] }, "Rows": [] })),
            json!({ "Order": { "Items": [1, 1] }, "Rows": [] })
        );
        assert_eq!(
            doubled(&json!({ "Deep": { "Items": [1] }, "Rows": [2] })),
            json!({ "Deep": { "Items": [1] }, "Rows": [2, 2] })
        );
    }

    #[test]
    fn an_answer_without_a_row_and_one_without_the_field_stay_as_they_are_to_the_byte() {
        for text in ["[ ]", "{\"Rows\": [ ] }", "7"] {
            let (mut doubled, mut retyped) = (text.as_bytes().to_vec(), text.as_bytes().to_vec());
            duplicate(&mut doubled, 1);
            retype(&mut retyped, "/Rows/*/Id");
            assert_eq!((doubled, retyped), (text.as_bytes().to_vec(), text.as_bytes().to_vec()));
        }
    }
}
