//! The component: the contract's exports on one side, the connector's logic on the other, and nothing in between.
//!
//! Everything that decides anything is in `plugin/connector`; the imports are in `plugin/kit`.
#![allow(unsafe_code, reason = "the generated export table needs it; nothing here is written by hand")]

use connector_bindings::exports::wms::connector::export_returns::{self, OrderReturn};
use connector_bindings::exports::wms::connector::import_orders::{self, Explanation, Fetched};
use connector_bindings::exports::wms::connector::import_purchase_orders::{self, FetchedAsn, Receipt};
use connector_bindings::exports::wms::connector::manifest::{self, Description};
use connector_bindings::exports::wms::connector::push_despatch::{self, Despatch};
use connector_bindings::exports::wms::connector::review_orders::{self, ImportedOrder, ReviewResult};
use connector_bindings::exports::wms::connector::setup::{self, Location};
use connector_bindings::exports::wms::connector::sync_stock::{self, InFlightOrder, StockLevel};
use connector_bindings::wms::connector::types::{Context, Failure, Outcome, Page, Problem, Verdict};
use connector_kit::host::Imports;
use linnworks_connector::{despatch, import, purchase_orders, returns, review, settings, setup as set_up, stock};

/// One thread, short life, many small texts.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// What an order takes on its way from the answer to the result, in bytes.
const MEMORY_OF_AN_ORDER: usize = 20 * 1024;

/// Has the memory grow once: each growth is a trip to the system, and the allocator alone would make one every 64 KiB.
fn reserve(bytes: usize) {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(bytes)));
}

struct Component;

/// The host, as the logic asks for it.
fn host() -> Imports {
    Imports::new("linnworks")
}

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
        reserve(ids.len().saturating_mul(MEMORY_OF_AN_ORDER));
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

impl push_despatch::Guest for Component {
    async fn push(ctx: Context, despatches: Vec<Despatch>) -> Result<Vec<Outcome>, Failure> {
        despatch::push(&host(), &ctx, &despatches).await
    }
}

impl sync_stock::Guest for Component {
    async fn sync(
        ctx: Context,
        levels: Vec<StockLevel>,
        in_flight: Vec<InFlightOrder>,
    ) -> Result<Vec<Outcome>, Failure> {
        stock::sync(&host(), &ctx, &levels, &in_flight).await
    }
}

impl review_orders::Guest for Component {
    async fn review(ctx: Context, orders: Vec<ImportedOrder>) -> Result<Vec<ReviewResult>, Failure> {
        reserve(orders.len().saturating_mul(MEMORY_OF_AN_ORDER));
        review::review(&host(), &ctx, &orders).await
    }
}

impl import_purchase_orders::Guest for Component {
    async fn discover(ctx: Context, _: Option<String>) -> Result<Page, Failure> {
        purchase_orders::discover(&host(), &ctx).await
    }

    async fn fetch(ctx: Context, ids: Vec<String>) -> Result<Vec<FetchedAsn>, Failure> {
        purchase_orders::fetch(&host(), &ctx, &ids).await
    }

    async fn deliver(ctx: Context, receipts: Vec<Receipt>) -> Result<Vec<Outcome>, Failure> {
        purchase_orders::deliver(&host(), &ctx, &receipts).await
    }
}

impl export_returns::Guest for Component {
    async fn export(ctx: Context, returns: Vec<OrderReturn>) -> Result<Vec<Outcome>, Failure> {
        returns::export(&host(), &ctx, &returns).await
    }
}

connector_bindings::export!(Component);
