//! The component: the contract's exports on one side, the connector's logic on the other, and nothing in between.
//!
//! The only code that touches the generated bindings' imports. Everything that decides anything is in `plugin/connector`.
#![allow(unsafe_code, reason = "the generated export table needs it; nothing here is written by hand")]

use connector_bindings::exports::wms::connector::import_orders::{self, Explanation, Fetched};
use connector_bindings::exports::wms::connector::manifest::{self, Description};
use connector_bindings::exports::wms::connector::setup::{self, Location};
use connector_bindings::wasi::logging::logging::{self, Level};
use connector_bindings::wms::connector::http::{self, HttpError, Request, Response};
use connector_bindings::wms::connector::progress::{self, Directive};
use connector_bindings::wms::connector::storage::{self, StorageError};
use connector_bindings::wms::connector::types::{Context, Failure, Outcome, Page, Problem, Verdict};
use linnworks_connector::host::Host;
use linnworks_connector::{import, settings, setup as set_up};

/// What log lines of this component are grouped under.
const LOG_CONTEXT: &str = "linnworks";

/// The host, as the contract's imports.
struct Imports;

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
fn host() -> Imports {
    std::panic::set_hook(Box::new(|panic| {
        let text = panic.payload().downcast_ref::<&'static str>().copied().unwrap_or("(message withheld)");
        let place = panic.location().map_or_else(|| "an unknown place".to_owned(), ToString::to_string);
        logging::log(Level::Critical, LOG_CONTEXT, &format!("panicked at {place}: {text}"));
    }));
    Imports
}

struct Component;

impl manifest::Guest for Component {
    fn describe() -> Description {
        // No hook: no other import may be called.
        linnworks_connector::manifest::describe()
    }
}

impl setup::Guest for Component {
    async fn check(ctx: Context) -> Result<Vec<Verdict>, Failure> {
        set_up::check(&host(), &ctx).await
    }

    async fn list_locations(ctx: Context) -> Result<Vec<Location>, Failure> {
        set_up::list_locations(&host(), &ctx).await
    }

    fn migrate(from_version: u32, settings: String) -> Result<String, Problem> {
        // No hook: no import may be called.
        settings::migrate(from_version, &settings)
    }
}

impl import_orders::Guest for Component {
    async fn discover(ctx: Context, _: Option<String>) -> Result<Page, Failure> {
        import::discover(&host(), &ctx).await
    }

    async fn fetch(ctx: Context, ids: Vec<String>) -> Result<Vec<Fetched>, Failure> {
        import::fetch(&host(), &ctx, &ids).await
    }

    async fn acknowledge(ctx: Context, ids: Vec<String>) -> Result<Vec<Outcome>, Failure> {
        import::acknowledge(&host(), &ctx, &ids).await
    }

    async fn find(ctx: Context, reference: String) -> Result<Vec<String>, Failure> {
        import::find(&host(), &ctx, &reference).await
    }

    async fn explain(ctx: Context, reference: String) -> Result<Vec<Explanation>, Failure> {
        import::explain(&host(), &ctx, &reference).await
    }
}

connector_bindings::export!(Component);
