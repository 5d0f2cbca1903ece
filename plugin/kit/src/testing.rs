//! A host whose answers are data, for native tests of a connector: no sandbox, no network, no runtime.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::pin;
use std::task::{self, Poll, Waker};

use crate::contract::{Context, Directive, HttpError, Level, Mode, Request, Response, StorageError};
use crate::host::Host;

/// A host that answers each operation as it was told to, and `404` to any other.
#[derive(Debug, Default)]
pub struct Fake {
    answers: BTreeMap<String, Result<Response, HttpError>>,
    /// What was asked, in order.
    pub asked: RefCell<Vec<Request>>,
    /// The connector's storage.
    pub storage: RefCell<BTreeMap<String, Vec<u8>>>,
    /// Lines of the log.
    pub logs: RefCell<Vec<String>>,
    /// Whether the host asks to stop.
    pub stop: Cell<bool>,
}

impl Fake {
    /// A host that knows no operation yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers `operation` with a status and a body from now on.
    #[must_use]
    pub fn answers(mut self, operation: &str, status: u16, body: &str) -> Self {
        let response = Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() };
        self.answers.insert(operation.to_owned(), Ok(response));
        self
    }

    /// Leaves `operation` without an answer from now on.
    #[must_use]
    pub fn fails(mut self, operation: &str, error: HttpError) -> Self {
        self.answers.insert(operation.to_owned(), Err(error));
        self
    }
}

impl Host for Fake {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        let unknown = Ok(Response { status: 404, headers: Vec::new(), body: Vec::new() });
        let answer = self.answers.get(&request.operation).cloned().unwrap_or(unknown);
        self.asked.borrow_mut().push(request);
        answer
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StorageError> {
        Ok(keys.iter().map(|key| self.storage.borrow().get(key).cloned()).collect())
    }

    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StorageError> {
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
        if self.stop.get() { Directive::Stop } else { Directive::GoOn }
    }
}

/// A context of mode `apply` with these settings and the channel `Shop`, at 2026-03-10T12:00:00Z.
pub fn context(settings: &str) -> Context {
    Context {
        mode: Mode::Apply,
        now: 1_773_144_000_000,
        settings: settings.to_owned(),
        channels: vec!["Shop".to_owned()],
        channel: "Shop".to_owned(),
    }
}

/// Runs a future to its end. A [`Fake`] answers at once, so nothing is ever waited for.
pub fn finish<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut task::Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}
