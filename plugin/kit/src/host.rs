//! What a connector asks of its host: the whole of its outside world, as a trait, and the contract's imports behind it.
//!
//! Logic that is generic over [`Host`] runs natively in tests (`testing::Fake`) and in the sandbox ([`Imports`]) alike.

use std::future::Future;

use connector_bindings::wasi::logging::logging;
use connector_bindings::wms::connector::{http, progress, storage};

use crate::contract::{Directive, Failure, HttpError, Level, Request, Response, StorageError};

/// The host as a connector sees it.
///
/// There is no clock (an invocation's `now` is an argument) and no randomness. All methods take `&self`, because several requests
/// may be under way at once.
pub trait Host {
    /// Sends one request and waits for its answer.
    fn send(&self, request: Request) -> impl Future<Output = Result<Response, HttpError>>;
    /// The stored values of `keys`, in their order.
    ///
    /// # Errors
    /// A key that the store refuses.
    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StorageError>;
    /// Stores all entries or none.
    ///
    /// # Errors
    /// A key that the store refuses, or a full store.
    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StorageError>;
    /// Removes keys; one that is not there is no error.
    ///
    /// # Errors
    /// A key that the store refuses.
    fn delete_many(&self, keys: &[String]) -> Result<(), StorageError>;
    /// Writes one line to the log of the run. Never secrets, never personal data.
    fn log(&self, level: Level, message: &str);
    /// Tells how far the work is; answers whether to go on.
    fn report(&self, done: u64, total: Option<u64>) -> Directive;
}

/// Reads one cached value. The store is a cache: an error there is a miss, and costs calls but never correctness.
pub fn recall<H: Host>(host: &H, key: &str) -> Option<Vec<u8>> {
    match host.get_many(&[key.to_owned()]) {
        Ok(values) => values.into_iter().next().flatten(),
        Err(error) => {
            host.log(Level::Warn, &format!("storage did not give {key}: {error:?}"));
            None
        }
    }
}

/// Caches one value; a store that takes nothing costs calls later and is only worth a line in the log.
pub fn remember<H: Host>(host: &H, key: &str, value: Vec<u8>) {
    if let Err(error) = host.set_many(&[(key.to_owned(), value)]) {
        host.log(Level::Warn, &format!("storage did not take {key}: {error:?}"));
    }
}

/// Tells how far the work is, and ends it where the host asks for that: `go_on(host, done, all)?` between two requests.
///
/// # Errors
/// [`Failure::Cancelled`] when the host says stop.
pub fn go_on<H: Host>(host: &H, done: usize, total: usize) -> Result<(), Failure> {
    match host.report(done as u64, Some(total as u64)) {
        Directive::GoOn => Ok(()),
        Directive::Stop => Err(Failure::Cancelled),
    }
}

/// The host by the contract's imports: the only code of a connector that touches the generated functions. Works in the
/// sandbox only.
#[derive(Debug, Clone, Copy)]
pub struct Imports {
    context: &'static str,
}

impl Imports {
    /// The host, with a hook that tells it where a panic came from before the sandbox ends. Only the place and a fixed text: a
    /// formatted message may hold personal data.
    ///
    /// Log lines are grouped under `context`, usually the connector's name.
    pub fn new(context: &'static str) -> Self {
        std::panic::set_hook(Box::new(move |panic| {
            let text = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(message withheld)");
            let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
            logging::log(Level::Critical, context, &format!("panicked at {place}: {text}"));
        }));
        Imports { context }
    }
}

impl Host for Imports {
    async fn send(&self, request: Request) -> Result<Response, HttpError> {
        http::send(request).await
    }

    fn get_many(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, StorageError> {
        storage::get_many(keys)
    }

    fn set_many(&self, entries: &[(String, Vec<u8>)]) -> Result<(), StorageError> {
        storage::set_many(entries)
    }

    fn delete_many(&self, keys: &[String]) -> Result<(), StorageError> {
        storage::delete_many(keys)
    }

    fn log(&self, level: Level, message: &str) {
        logging::log(level, self.context, message);
    }

    fn report(&self, done: u64, total: Option<u64>) -> Directive {
        progress::report(done, total)
    }
}
