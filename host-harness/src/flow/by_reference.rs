//! Orders that a person asks for by what people call them: one, or a list of them.

use std::sync::Arc;

use harness_capability::progress::Progress;
use harness_contract::types::Mode;
use harness_engine::functions::FindOrders;
use harness_wms::Connection;
use serde::Serialize;
use serde_json::Value;

use super::FlowError;
use super::call::Call;
use super::import_orders::{self, FLOW, Report, Scope};
use super::run::Ran;
use crate::connection::{field, life};
use crate::platform::Platform;

/// What became of one reference.
#[derive(Debug, Serialize)]
pub struct Asked {
    /// As it was asked for.
    pub reference: String,
    /// Why nothing was tried; none when the report says what became of it.
    pub problem: Option<String>,
    /// Of the run for this order.
    pub report: Option<Ran<Report>>,
}

impl Asked {
    /// Whether the warehouse has the order now, or in a dry run would.
    pub fn is_there(&self) -> bool {
        self.report.as_ref().is_some_and(|ran| ran.report.imported + ran.report.already_imported > 0)
    }
}

/// How an order that a person asks for is imported.
#[derive(Debug, Clone, Copy)]
pub struct How {
    /// Whether anything is changed.
    pub mode: Mode,
    /// Although it was cancelled in the warehouse.
    pub again: bool,
}

/// Imports the one order that `reference` means; `progress` tells meanwhile how far it is. All checks hold but the earliest order
/// date, which keeps old orders from coming in unasked.
///
/// # Errors
/// When the connection is not active, or the source cannot be asked. That there is no such order, or several, is in the answer.
pub async fn import(
    platform: &Platform,
    connection: &Connection,
    reference: &str,
    how: How,
    progress: Arc<Progress>,
) -> Result<Asked, FlowError> {
    if how.mode == Mode::Apply {
        life::require_active(connection)?;
    }
    let ids = find(platform, connection, reference).await?;
    let problem = match ids.as_slice() {
        [_] => None,
        [] => Some(format!(
            "no order {reference:?} is known at the source; `harness why {} {reference:?}` tells more",
            connection.name
        )),
        several => Some(format!(
            "{} orders have the reference {reference:?}: {}; give one of these ids",
            several.len(),
            several.join(", ")
        )),
    };
    let report = match problem {
        Some(_) => None,
        None => {
            let connection = asked_for(connection);
            Some(
                import_orders::watched(
                    platform,
                    &connection,
                    how.mode,
                    if how.again { Scope::Again(ids) } else { Scope::Ids(ids) },
                    progress,
                )
                .await?,
            )
        }
    };
    Ok(Asked { reference: reference.to_owned(), problem, report })
}

/// The connection as it serves an explicit request.
pub(super) fn asked_for(connection: &Connection) -> Connection {
    let mut connection = connection.clone();
    if let Some(date) = connection.settings.get_mut(field::EARLIEST_ORDER_DATE) {
        *date = Value::String(String::new());
    }
    connection
}

/// Ids that `reference` means at the source.
async fn find(platform: &Platform, connection: &Connection, reference: &str) -> Result<Vec<String>, FlowError> {
    let call = Call::new(platform, connection, FLOW, Mode::Plan).await?;
    let attempt = call.begin().await?;
    let invoked = call.invoke(&attempt, FindOrders { reference: reference.to_owned() }).await;
    Ok(call.settle(&attempt, invoked)?.0)
}
