//! The connector's `Host` by the contract's imports: the only code that touches the generated bindings' functions.
#![deny(missing_docs)]

use connector_bindings::wasi::logging::logging::{self, Level};
use connector_bindings::wms::connector::http::{self, HttpError, Request, Response};
use connector_bindings::wms::connector::progress::{self, Directive};
use connector_bindings::wms::connector::storage::{self, StorageError};
use linnworks_connector::host::Host;

/// What log lines of this component are grouped under.
const LOG_CONTEXT: &str = "linnworks";

/// The host, as the contract's imports.
#[derive(Debug, Clone, Copy)]
pub struct Imports;

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
        logging::log(level, LOG_CONTEXT, message);
    }

    fn report(&self, done: u64, total: Option<u64>) -> Directive {
        progress::report(done, total)
    }
}

/// The host, with a hook that tells it where a panic came from before the sandbox ends. Only the place and a fixed text: a
/// formatted message may hold personal data.
pub fn host() -> Imports {
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(message withheld)");
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        logging::log(Level::Critical, LOG_CONTEXT, &format!("panicked at {place}: {text}"));
    }));
    Imports
}
