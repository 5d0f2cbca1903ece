//! The Linnworks connector as it was when its settings were of version 1: the same logic behind the older names. Tests upgrade a
//! connection from it, and roll back to it.
#![allow(unsafe_code, reason = "the generated export table needs it; nothing here is written by hand")]
#![allow(clippy::result_large_err, reason = "the errors are the contract's own types")]

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
use linnworks_connector::settings::{self, version_1};
use linnworks_connector::{despatch, import, purchase_orders, returns, review, setup as set_up, stock};

struct Older;

fn host() -> Imports {
    Imports::new("linnworks")
}

/// The context as the logic of today reads it.
fn today(context: Context) -> Result<Context, Failure> {
    let settings = settings::migrate(version_1::VERSION, &context.settings)
        .map_err(|problem| Failure::InvalidSettings(vec![problem]))?;
    Ok(Context { settings, ..context })
}

impl manifest::Guest for Older {
    fn describe() -> Description {
        let today = linnworks_connector::manifest::describe();
        Description {
            version: "0.0.9".into(),
            settings_schema: version_1::schema(),
            settings_version: version_1::VERSION,
            ..today
        }
    }
}

impl setup::Guest for Older {
    async fn check(ctx: Context) -> Result<Vec<Verdict>, Failure> {
        set_up::check(&host(), &today(ctx)?).await
    }

    async fn list_locations(ctx: Context) -> Result<Vec<Location>, Failure> {
        set_up::list_locations(&host(), &today(ctx)?).await
    }

    fn migrate(from_version: u32, settings: String) -> Result<String, Problem> {
        version_1::migrate(from_version, &settings)
    }
}

impl import_orders::Guest for Older {
    async fn discover(ctx: Context, _: Option<String>) -> Result<Page, Failure> {
        import::discover(&host(), &today(ctx)?).await
    }

    async fn fetch(ctx: Context, ids: Vec<String>) -> Result<Vec<Fetched>, Failure> {
        import::fetch(&host(), &today(ctx)?, &ids).await
    }

    async fn acknowledge(ctx: Context, ids: Vec<String>) -> Result<Vec<Outcome>, Failure> {
        import::acknowledge(&host(), &today(ctx)?, &ids).await
    }

    async fn find(ctx: Context, reference: String) -> Result<Vec<String>, Failure> {
        import::find(&host(), &today(ctx)?, &reference).await
    }

    async fn explain(ctx: Context, reference: String) -> Result<Vec<Explanation>, Failure> {
        import::explain(&host(), &today(ctx)?, &reference).await
    }
}

impl push_despatch::Guest for Older {
    async fn push(ctx: Context, despatches: Vec<Despatch>) -> Result<Vec<Outcome>, Failure> {
        despatch::push(&host(), &today(ctx)?, &despatches).await
    }
}

impl sync_stock::Guest for Older {
    async fn sync(
        ctx: Context,
        levels: Vec<StockLevel>,
        in_flight: Vec<InFlightOrder>,
    ) -> Result<Vec<Outcome>, Failure> {
        stock::sync(&host(), &today(ctx)?, &levels, &in_flight).await
    }
}

impl review_orders::Guest for Older {
    async fn review(ctx: Context, orders: Vec<ImportedOrder>) -> Result<Vec<ReviewResult>, Failure> {
        review::review(&host(), &today(ctx)?, &orders).await
    }
}

impl import_purchase_orders::Guest for Older {
    async fn discover(ctx: Context, _: Option<String>) -> Result<Page, Failure> {
        purchase_orders::discover(&host(), &today(ctx)?).await
    }

    async fn fetch(ctx: Context, ids: Vec<String>) -> Result<Vec<FetchedAsn>, Failure> {
        purchase_orders::fetch(&host(), &today(ctx)?, &ids).await
    }

    async fn deliver(ctx: Context, receipts: Vec<Receipt>) -> Result<Vec<Outcome>, Failure> {
        purchase_orders::deliver(&host(), &today(ctx)?, &receipts).await
    }
}

impl export_returns::Guest for Older {
    async fn export(ctx: Context, returns: Vec<OrderReturn>) -> Result<Vec<Outcome>, Failure> {
        returns::export(&host(), &today(ctx)?, &returns).await
    }
}

connector_bindings::export!(Older);
