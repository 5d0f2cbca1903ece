//! The functions of the contract as values: what is asked can be written down, read back and asked again.

use harness_contract::export_returns::OrderReturn;
use harness_contract::import_orders::{Explanation, Fetched};
use harness_contract::import_purchase_orders::{FetchedAsn, Receipt};
use harness_contract::push_despatch::Despatch;
use harness_contract::review_orders::{ImportedOrder, ReviewResult};
use harness_contract::setup::Location;
use harness_contract::sync_stock::{InFlightOrder, StockLevel};
use harness_contract::types::{Context, Failure, Outcome, Page, Verdict};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::invoke::{Invocation, Invoked};
use crate::limits::Ended;
use crate::load::Plugin;

/// One function with its arguments.
pub trait Function: Serialize + DeserializeOwned {
    /// Interface and function, as in `wit/`: `import-orders.fetch`.
    const NAME: &'static str;

    /// What it returns when the call as a whole did not fail.
    type Returned: Serialize;

    /// Calls it.
    fn call(
        self,
        plugin: &Plugin,
        invocation: Invocation,
        context: Context,
    ) -> impl Future<Output = Invoked<Result<Self::Returned, Failure>>>;
}

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),* } = $text:literal, $method:ident -> $returned:ty;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            pub struct $name {
                $(#[allow(missing_docs)] pub $field: $type,)*
            }

            impl Function for $name {
                const NAME: &'static str = $text;
                type Returned = $returned;

                async fn call(
                    self,
                    plugin: &Plugin,
                    invocation: Invocation,
                    context: Context,
                ) -> Invoked<Result<$returned, Failure>> {
                    plugin.$method(invocation, context, $(self.$field),*).await
                }
            }
        )*

        impl Plugin {
            /// Calls the function of that name with these arguments, and gives what it returned as JSON.
            ///
            /// # Errors
            /// When the contract has no such function, or it takes other arguments.
            pub async fn call_by_name(
                &self,
                function: &str,
                arguments: &Value,
                invocation: Invocation,
                context: Context,
            ) -> Result<Invoked<Result<Value, Failure>>, WrongCall> {
                match function {
                    $($text => by_name::<$name>(self, arguments, invocation, context).await,)*
                    _ => Err(WrongCall(format!("the contract has no function {function:?}"))),
                }
            }
        }
    };
}

functions! {
    /// What a connector says about credentials, settings and the source.
    Check {} = "setup.check", check -> Vec<Verdict>;
    /// All locations of the account.
    ListLocations {} = "setup.list-locations", list_locations -> Vec<Location>;
    /// Ids of orders that may be importable.
    DiscoverOrders { checkpoint: Option<String> } = "import-orders.discover", discover_orders -> Page;
    /// Orders by id.
    FetchOrders { ids: Vec<String> } = "import-orders.fetch", fetch_orders -> Vec<Fetched>;
    /// Orders are marked as taken.
    AcknowledgeOrders { ids: Vec<String> } = "import-orders.acknowledge", acknowledge_orders -> Vec<Outcome>;
    /// Ids that a person means.
    FindOrders { reference: String } = "import-orders.find", find_orders -> Vec<String>;
    /// Each filter's verdict on one order.
    ExplainOrder { reference: String } = "import-orders.explain", explain_order -> Vec<Explanation>;
    /// What became of orders.
    ReviewOrders { orders: Vec<ImportedOrder> } = "review-orders.review", review_orders -> Vec<ReviewResult>;
    /// Despatches are told.
    PushDespatches { despatches: Vec<Despatch> } = "push-despatch.push", push_despatches -> Vec<Outcome>;
    /// Levels are set.
    SyncStock { levels: Vec<StockLevel>, in_flight: Vec<InFlightOrder> } = "sync-stock.sync", sync_stock -> Vec<Outcome>;
    /// Purchase orders that may be awaited.
    DiscoverPurchaseOrders { checkpoint: Option<String> } = "import-purchase-orders.discover",
        discover_purchase_orders -> Page;
    /// Purchase orders by id.
    FetchPurchaseOrders { ids: Vec<String> } = "import-purchase-orders.fetch", fetch_purchase_orders -> Vec<FetchedAsn>;
    /// What was received is told.
    DeliverReceipts { receipts: Vec<Receipt> } = "import-purchase-orders.deliver", deliver_receipts -> Vec<Outcome>;
    /// Returns are told.
    ExportReturns { returns: Vec<OrderReturn> } = "export-returns.export", export_returns -> Vec<Outcome>;
}

/// A call that cannot be made.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct WrongCall(String);

async fn by_name<F: Function>(
    plugin: &Plugin,
    arguments: &Value,
    invocation: Invocation,
    context: Context,
) -> Result<Invoked<Result<Value, Failure>>, WrongCall> {
    let wrong = |error: serde_json::Error| WrongCall(format!("{}: {error}", F::NAME));
    let asked = F::deserialize(arguments).map_err(wrong)?;
    let Invoked { result, usage } = asked.call(plugin, invocation, context).await;
    let result: Result<Result<Value, Failure>, Ended> = match result {
        Ok(Ok(returned)) => Ok(Ok(serde_json::to_value(returned).map_err(wrong)?)),
        Ok(Err(failure)) => Ok(Err(failure)),
        Err(ended) => Err(ended),
    };
    Ok(Invoked { result, usage })
}
