//! A look at an order before the warehouse picks or despatches it: what was cancelled or edited a minute ago is not shipped.

use std::sync::Arc;

use harness_contract::types::Mode;
use harness_wms::{Connection, Lifecycle};

use super::{FLOW, Report, Scope, watched};
use crate::flow::FlowError;
use crate::flow::run::Ran;
use crate::platform::Platform;

/// So long the floor waits for the answer, in milliseconds.
const PATIENCE: i64 = 30_000;

/// What came of the look.
#[derive(Debug)]
pub enum Look {
    /// The source was asked, and what it said is done.
    Taken(Box<Ran<Report>>),
    /// Nobody was asked, and why: the floor goes on by what is known.
    NotTaken(String),
}

/// Asks the source about the order `order_id` and does what follows, within 30 s. That it cannot be asked keeps nobody from work.
///
/// # Errors
/// When there is no such order, or the database fails.
pub async fn look(platform: &Platform, order_id: i64) -> Result<Look, FlowError> {
    let order = platform.store.order_by_id(order_id).await?;
    let connection = match platform.store.connection_by_id(order.connection_id).await {
        Ok(connection) => connection,
        Err(harness_wms::StoreError::NotFound { .. }) => {
            return Ok(Look::NotTaken("its connection was removed".into()));
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(why) = unasked(platform, &connection).await {
        return Ok(Look::NotTaken(why));
    }
    let run = watched(platform, &connection, Mode::Apply, Scope::Orders(vec![order_id]), Arc::default());
    let late = platform.clock.pass_by(platform.now() + PATIENCE);
    tokio::select! {
        biased;
        ran = run => Ok(match ran {
            Ok(ran) if ran.stopped.is_none() => Look::Taken(Box::new(ran)),
            Ok(ran) => Look::NotTaken(ran.stopped.unwrap_or_default()),
            Err(error) => Look::NotTaken(error.to_string()),
        }),
        () = late => Ok(Look::NotTaken(format!("the source gave no answer within {} s", PATIENCE / 1_000))),
    }
}

/// Why the source is not asked at all.
async fn unasked(platform: &Platform, connection: &Connection) -> Option<String> {
    if connection.state != Lifecycle::Active {
        return Some(format!("connection {} is not active", connection.name));
    }
    let plugin = match platform.plugins.of(platform, connection).await {
        Ok(plugin) => plugin,
        Err(error) => return Some(error.to_string()),
    };
    let has = crate::flow::Flow::named(FLOW).is_some_and(|flow| flow.is_of(&plugin.description));
    (!has).then(|| format!("the connector of {} cannot review orders", connection.name))
}
