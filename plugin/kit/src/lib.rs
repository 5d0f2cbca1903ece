//! The author's kit: a connector that imports orders, in some thirty lines, with the contract's promises kept.
//!
//! A connector says what it is ([`Description`], [`Operation`]), how its source is asked ([`get`]) and what an order of the source is
//! in the warehouse's words ([`OrderSource::order`], reading [`Json`] and noting [`Checks`]). [`export!`] makes the contract's
//! functions of that. `docs/write-a-connector.md` tells it step by step.
//!
//! - [`contract`]: the contract's types under short names; [`prelude`]: what a connector of orders uses of them and of the kit.
//! - [`orders`]: the flow; [`json`]: reading records; [`call`]: asking the source; [`checks`], [`problem`]: saying what is wrong.
//! - [`money`], [`instant`]: amounts and instants. [`mod@host`]: the way out. [`testing`]: a host of data for native tests.
//!
//! Nothing here knows any source. A connector that is larger than this takes what it can use: the one to Linnworks has a flow
//! of its own and shares host, problems, money and instants.
//!
//! # A flow by hand
//!
//! A flow that the kit does not derive is written as the contract's own trait, next to the kit's. [`flow!`] makes its types and
//! exports it for the same connector; the manifest lists both. See `tests/two-flow-connector`.
//!
//! # A native test
//!
//! ```
//! use connector_kit::prelude::*;
//! use connector_kit::testing::{Fake, context, finish};
//!
//! struct Shop;
//!
//! impl OrderSource for Shop {
//!     fn describe() -> Description {
//!         Description::new("shop", "Shop", "1.0.0", [Operation::read("orders", "https://shop.example/orders")])
//!     }
//!     async fn all(host: &impl Host, _: &Context) -> Result<Vec<Json>, Failure> {
//!         get(host, "orders", &[]).await?.records("orders")
//!     }
//!     fn order(shop: &Json, _: &Context, checks: &mut Checks) -> Option<Order> {
//!         let state = shop.text("state");
//!         checks.that("state", state == "open", format!("The state is {state}"), "Nothing to do: only open orders come in.");
//!         None
//!     }
//! }
//!
//! let shop = Fake::new().answers("orders", 200, r#"{"orders": [{"id": 7, "state": "shipped"}]}"#);
//! let told = finish(connector_kit::orders::explain::<Shop>(&shop, &context("{}"), "7")).unwrap();
//! assert_eq!(told[0].verdicts[0].found, "The state is shipped");
//! assert_eq!(shop.asked.borrow().len(), 1, "one call");
//! ```
#![deny(missing_docs)]
#![allow(clippy::result_large_err, reason = "the errors are the contract's, and boxing them would be a conversion")]

#[doc(hidden)]
pub mod bindings;
pub mod call;
pub mod checks;
pub mod contract;
mod defaults;
pub mod host;
pub mod instant;
pub mod json;
pub mod money;
pub mod orders;
pub mod problem;
mod settings;
pub mod testing;

#[doc(hidden)]
pub use connector_bindings;
#[doc(hidden)]
pub use wit_bindgen;

pub use call::get;
pub use checks::Checks;
pub use contract::{Description, Operation};
pub use defaults::PLATFORM_SETTINGS;
pub use json::{Amount, Json};
pub use orders::OrderSource;
pub use settings::settings;

/// What a connector of orders uses: `use connector_kit::prelude::*;`
pub mod prelude {
    pub use crate::contract::{
        Address, Context, Description, Failure, NameValue, Operation, Order, OrderLine, Recipe, Totals,
    };
    pub use crate::host::Host;
    pub use crate::{Amount, Checks, Json, OrderSource, get, settings};
}

/// What log lines of a connector made with the kit are grouped under.
const LOG_CONTEXT: &str = "connector";

/// The host, for flows that are written by hand: in the sandbox only. Call it first in each exported function that is
/// `async`: it also has a panic told.
pub fn host() -> host::Imports {
    host::Imports::new(LOG_CONTEXT)
}

/// Makes the contract's manifest, set-up and order import of a type that is an [`OrderSource`], and a component of the crate:
/// `connector_kit::export!(Shop);`, once.
#[macro_export]
macro_rules! export {
    ($connector:ident) => {
        #[allow(unsafe_code, reason = "the generated exports hand memory over to the host")]
        const _: () = {
    $crate::bindings::export_order_importer!($connector with_types_in $crate::bindings);
        };
    };
}

/// Exports one more flow, written by hand: `connector_kit::flow!(sync_stock for Shop in "path/to/wit");`
///
/// It makes a module of that name with the flow's types and its trait `Guest`, which the connector implements. The path to the
/// contract is relative to the crate's folder. The flows: `push_despatch`, `sync_stock`, `import_purchase_orders`,
/// `export_returns`. Not `review_orders`: it speaks of the orders of `import-orders`, so a connector that has it makes its bindings for a
/// world with both, as `plugin/bindings` does.
#[macro_export]
macro_rules! flow {
    (push_despatch for $connector:ident in $wit:literal) => {
        $crate::flow!(@ push_despatch $connector $wit
            "package connector:flow; world flow { export wms:connector/push-despatch@0.1.0; }" "-push-despatch");
    };
    (sync_stock for $connector:ident in $wit:literal) => {
        $crate::flow!(@ sync_stock $connector $wit
            "package connector:flow; world flow { export wms:connector/sync-stock@0.1.0; }" "-sync-stock");
    };
    (import_purchase_orders for $connector:ident in $wit:literal) => {
        $crate::flow!(@ import_purchase_orders $connector $wit
            "package connector:flow; world flow { export wms:connector/import-purchase-orders@0.1.0; }" "-purchase-orders");
    };
    (export_returns for $connector:ident in $wit:literal) => {
        $crate::flow!(@ export_returns $connector $wit
            "package connector:flow; world flow { export wms:connector/export-returns@0.1.0; }" "-export-returns");
    };
    (@ $flow:ident $connector:ident $wit:literal $world:literal $section:literal) => {
        #[allow(unsafe_code, unreachable_pub, clippy::all, reason = "generated, but for the names")]
        mod $flow {
            use super::$connector;

            $crate::wit_bindgen::generate!({
                inline: $world,
                path: $wit,
                with: {
                    "wms:connector/types@0.1.0": connector_kit::connector_bindings::wms::connector::types,
                },
                generate_all,
                runtime_path: "connector_kit::wit_bindgen::rt",
                type_section_suffix: $section,
            });
            export!($connector);

            pub(super) use exports::wms::connector::$flow::*;
        }
    };
}
