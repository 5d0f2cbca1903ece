//! A host for the connector whose answers are a document, and which watches how it is used.
//!
//! Per operation the answers are given in their order, the last one again and again. As the real host does it: what is not in the
//! table of operations is denied, and what is not a reading in mode `plan`.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use connector_kit::host::Host;
use linnworks_connector::contract::manifest::{Description, Effect, Encoding, Method};
use linnworks_connector::contract::{Directive, HttpError, Level, Mode, Request, Response, StorageError};
use serde_json::Value;

use crate::document;

/// More calls than any flow needs for what a document holds: from here on the budget is spent.
const CALLS: usize = 400;

/// A host that answers from a document.
pub struct Player<'a> {
    answers: &'a Value,
    table: &'a Description,
    mode: Mode,
    /// After how many reports of progress the host says stop.
    stop_after: Option<u64>,
    given: RefCell<BTreeMap<String, usize>>,
    reports: Cell<u64>,
    calls: Cell<usize>,
    /// Writes whose answer was lost, by operation and body.
    in_doubt: RefCell<BTreeSet<(String, Vec<u8>)>>,
    storage: RefCell<BTreeMap<String, Vec<u8>>>,
    /// Every line of the log.
    pub logs: RefCell<Vec<String>>,
}

impl<'a> Player<'a> {
    /// A host that answers with `answers`.
    pub fn new(answers: &'a Value, table: &'a Description, mode: Mode, stop_after: Option<u64>) -> Self {
        Self {
            answers,
            table,
            mode,
            stop_after,
            given: RefCell::default(),
            reports: Cell::new(0),
            calls: Cell::new(0),
            in_doubt: RefCell::default(),
            storage: RefCell::default(),
            logs: RefCell::default(),
        }
    }

    fn answer(&self, operation: &str) -> Result<Response, HttpError> {
        let rows = self.answers.get(operation).and_then(Value::as_array);
        let Some(rows) = rows.filter(|rows| !rows.is_empty()) else {
            return Ok(Response { status: 404, headers: Vec::new(), body: Vec::new() });
        };
        let mut given = self.given.borrow_mut();
        let next = given.entry(operation.to_owned()).or_default();
        let row = &rows[(*next).min(rows.len() - 1)];
        *next += 1;
        match row.get("lost").and_then(Value::as_str) {
            Some("denied") => return Err(HttpError::Denied("by the document".into())),
            Some("not-sent") => return Err(HttpError::NotSent("by the document".into())),
            Some("unknown") => return Err(HttpError::OutcomeUnknown("by the document".into())),
            Some("too-large") => return Err(HttpError::TooLarge(1)),
            Some("spent") => return Err(HttpError::RateBudgetSpent(i64::MAX)),
            _ => {}
        }
        // The host itself lets nothing else through.
        let status = row.get("status").and_then(Value::as_u64).filter(|status| (100..600).contains(status));
        let body = row.get("body").map(document::render).unwrap_or_default();
        Ok(Response { status: status.map_or(200, |status| status as u16), headers: Vec::new(), body })
    }
}

impl Host for Player<'_> {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        self.calls.set(self.calls.get() + 1);
        assert!(self.calls.get() < 4 * CALLS, "it goes on calling though its budget is spent");
        if self.calls.get() > CALLS {
            return Err(HttpError::RateBudgetSpent(i64::MAX));
        }
        let operation = self.table.operations.iter().find(|operation| operation.name == request.operation);
        let operation = operation.unwrap_or_else(|| panic!("{} is not in the table", request.operation));
        let body = request.body.clone().unwrap_or_default();
        match (operation.method, operation.encoding) {
            (Method::Get, _) => assert!(body.is_empty(), "{} is a GET with a body", operation.name),
            (_, Encoding::Json) => {
                let read: Result<Value, _> = serde_json::from_slice(&body);
                assert!(read.is_ok(), "{} is sent what is no JSON", operation.name);
            }
            (_, Encoding::Form) => assert!(body.iter().all(|byte| (b'!'..=b'~').contains(byte)), "a form in clear"),
        }
        if self.mode == Mode::Plan && operation.effect != Effect::Read {
            return Err(HttpError::Denied("the mode is plan".into()));
        }
        let key = (request.operation.clone(), body);
        let blind = operation.effect == Effect::Write && self.in_doubt.borrow().contains(&key);
        assert!(!blind, "{} is repeated though its outcome is unknown", key.0);
        let answer = self.answer(&request.operation);
        if operation.effect == Effect::Write && matches!(answer, Err(HttpError::OutcomeUnknown(_))) {
            self.in_doubt.borrow_mut().insert(key);
        }
        answer
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StorageError> {
        Ok(keys.iter().map(|key| self.storage.borrow().get(key).cloned()).collect())
    }

    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StorageError> {
        for (key, _) in entries {
            let fits = !key.is_empty() && key.len() <= 200 && !key.chars().any(char::is_control);
            assert!(fits, "the key {key:?} is one that no store takes");
        }
        self.storage.borrow_mut().extend(entries.iter().cloned());
        Ok(())
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StorageError> {
        self.storage.borrow_mut().retain(|key, _| !keys.contains(key));
        Ok(())
    }

    fn log(&self, _: Level, message: &str) {
        self.logs.borrow_mut().push(message.to_owned());
    }

    fn report(&self, _: u64, _: Option<u64>) -> Directive {
        self.reports.set(self.reports.get() + 1);
        match self.stop_after {
            Some(after) if self.reports.get() > after => Directive::Stop,
            _ => Directive::GoOn,
        }
    }
}
