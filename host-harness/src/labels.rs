//! Labels of Amazon's own shipping (Prime) for orders that came in through another source.
//!
//! Such an order is imported from that source, and its label is asked of Amazon by Amazon's own order id. So the client needs a
//! connection to Amazon, set up and authorised, beside the one that imports, and it stays inactive: active, it would import the
//! same orders once more and tell their stock. Flows ask whether a connection is active (`connection::life`); a label does not.
//!
//! Here: what is passed on to the connection to Amazon, and when it is refused. Not here: the call at Amazon, which is the
//! business of the connector to Amazon.

use anyhow::{Context as _, bail, ensure};
use harness_wms::{Connection, NameValue, Order};
use serde::Serialize;

use crate::platform::Platform;

/// Name of the connector to Amazon.
pub const AMAZON: &str = "amazon";

/// Amazon's own name as a source of orders.
const SOURCE: &str = "AMAZON";

/// Codes by which sources call Amazon's site in the United Kingdom.
const UNITED_KINGDOM: [&str; 2] = ["UK", "GB"];

/// What a label is asked of Amazon by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelRequest {
    /// Name of the connection to Amazon.
    pub connection: String,
    /// Amazon's own order id, as it came.
    pub amazon_order_id: String,
    /// What is to be in the parcel.
    pub items: Vec<LabelItem>,
}

/// A line of a [`LabelRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LabelItem {
    /// Amazon's own id of the line.
    pub amazon_order_item_id: String,
    /// Units; none where the line was sold as a composite and came in as its parts: then all that was sold.
    pub quantity: Option<i64>,
}

/// What is passed on to the client's connection to Amazon for the label of an order, whatever the state of that connection.
///
/// # Errors
/// When the order is not of Amazon in the United Kingdom, lacks an id of Amazon's, or the client has no such connection.
pub async fn request(platform: &Platform, order: &Order) -> anyhow::Result<LabelRequest> {
    of_the_united_kingdom(order)?;
    let items = items(order)?;
    let connection = connection(platform, order.client_id).await?;
    Ok(LabelRequest { connection: connection.name, amazon_order_id: order.external_order_reference.clone(), items })
}

/// Parts of one composite are one line at Amazon.
fn items(order: &Order) -> anyhow::Result<Vec<LabelItem>> {
    let mut items: Vec<LabelItem> = Vec::with_capacity(order.order_items.len());
    for line in &order.order_items {
        let id = value(&line.order_item_name_values, "Amazon-OrderItemId").with_context(|| {
            format!(
                "{} of order {} has no Amazon-OrderItemId, so Amazon knows no such line; see at the source whether it was added by hand",
                line.sku, order.order_number
            )
        })?;
        let is_part = value(&line.order_item_name_values, "CompositeSku").is_some();
        if !items.iter().any(|item| is_part && item.amazon_order_item_id == id) {
            let quantity = (!is_part).then_some(line.quantity);
            items.push(LabelItem { amazon_order_item_id: id.to_owned(), quantity });
        }
    }
    Ok(items)
}

/// The site decides where the source names it, else the country of the delivery: Prime is delivered within a site's own country.
fn of_the_united_kingdom(order: &Order) -> anyhow::Result<()> {
    let (number, values) = (&order.order_number, &order.order_name_values);
    let source = value(values, "OriginalSource").unwrap_or_default();
    ensure!(
        source.eq_ignore_ascii_case(SOURCE),
        "order {number} comes from {source:?}, not from {SOURCE}: Amazon sells no label for it; despatch it by a courier service of yours"
    );
    let site = value(values, "OriginalSite").unwrap_or(&order.country);
    ensure!(
        UNITED_KINGDOM.iter().any(|code| site.eq_ignore_ascii_case(code)),
        "order {number} is of Amazon's site {site:?}; labels are passed on for the United Kingdom (UK, GB) only: despatch it by a courier \
         service of yours"
    );
    Ok(())
}

async fn connection(platform: &Platform, client: i64) -> anyhow::Result<Connection> {
    let all = platform.store.connections().await?;
    let mut amazon = all.into_iter().filter(|one| one.plugin == AMAZON && one.client_id == client);
    match (amazon.next(), amazon.next()) {
        (Some(one), None) => Ok(one),
        (Some(one), Some(other)) => bail!(
            "the client has the connections {} and {} to Amazon, and which account sold the order is not known here; remove one",
            one.name,
            other.name
        ),
        (None, _) => bail!(
            "the client has no connection to Amazon: add one (`harness connection add`), authorise it, and leave it inactive"
        ),
    }
}

fn value<'a>(values: &'a [NameValue], name: &str) -> Option<&'a str> {
    let found = values.iter().find(|one| one.name == name);
    found.map(|one| one.value.as_str()).filter(|value| !value.is_empty())
}
