//! What the connector asks of its host: the whole of its outside world.
use std::future::Future;

use crate::contract::{Directive, HttpError, Level, Request, Response, StorageError};

/// The host as the connector sees it. `plugin/component` implements it by the contract's imports; tests by data.
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
pub(crate) fn recall<H: Host>(host: &H, key: &str) -> Option<Vec<u8>> {
    match host.get_many(&[key.to_owned()]) {
        Ok(values) => values.into_iter().next().flatten(),
        Err(error) => {
            host.log(Level::Warn, &format!("storage did not give {key}: {error:?}"));
            None
        }
    }
}

/// Caches one value; a store that takes nothing costs calls later and is only worth a line in the log.
pub(crate) fn remember<H: Host>(host: &H, key: &str, value: Vec<u8>) {
    if let Err(error) = host.set_many(&[(key.to_owned(), value)]) {
        host.log(Level::Warn, &format!("storage did not take {key}: {error:?}"));
    }
}
