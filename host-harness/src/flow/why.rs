//! Why an order was or was not imported: the connector's checks and the warehouse's own, in one list.

use harness_contract::import_orders::Explanation;
use harness_contract::types::{Mode, Verdict};
use harness_engine::functions::ExplainOrder;
use harness_wms::{Connection, LedgerState};
use serde::Serialize;

use super::FlowError;
use super::call::Call;
use super::import_orders::{SPLIT_OFF, split_off_from};
use crate::platform::Platform;

/// It came in through the connection that was asked about.
const IMPORTED: &str = "already-imported";

/// It came in through another connection, before it was moved between the locations of the two.
const IMPORTED_BY: &str = "already-imported-by";

fn is_imported(verdict: &Verdict) -> bool {
    [IMPORTED, IMPORTED_BY].contains(&verdict.check.as_str())
}

/// Everything that is known of one order.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// What was asked for.
    pub asked: String,
    /// One sentence.
    pub conclusion: String,
    /// One for each order that the reference may mean.
    pub orders: Vec<Explained>,
}

/// One order.
#[derive(Debug, Serialize)]
pub struct Explained {
    /// The source's id; absent when the source does not know the order.
    pub id: Option<String>,
    /// What a person at the source calls it.
    pub reference: String,
    /// Each check, in the order of its making.
    pub verdicts: Vec<Verdict>,
}

/// Explains `reference` for `connection`. Reads only.
///
/// # Errors
/// When the source cannot be asked.
pub async fn why(platform: &Platform, connection: &Connection, reference: &str) -> Result<Answer, FlowError> {
    let call = Call::new(platform, connection, "why", Mode::Plan).await?;
    let account = call.account().await?.id;
    let attempt = call.begin().await?;
    let invoked = call.invoke(&attempt, ExplainOrder { reference: reference.to_owned() }).await;
    let (explanations, _) = call.settle(&attempt, invoked)?;
    let mut orders = Vec::new();
    for explanation in explanations {
        orders.push(with_ledger(platform, connection, account, explanation).await?);
    }
    Ok(Answer { asked: reference.to_owned(), conclusion: conclude(&orders), orders })
}

async fn with_ledger(
    platform: &Platform,
    connection: &Connection,
    account: i64,
    explanation: Explanation,
) -> Result<Explained, FlowError> {
    let mut verdicts = explanation.verdicts;
    if let Some(id) = &explanation.id
        && let Some(from) = platform.store.split_off_from(account, id).await?
    {
        verdicts.push(Verdict {
            check: SPLIT_OFF.into(),
            passed: false,
            found: split_off_from(&from),
            remedy: "nothing to do: it is processed at the source when that part's despatch is told".into(),
        });
    }
    if let Some(id) = &explanation.id
        && let Some(entry) = platform.store.ledger_entry(account, connection.client_id, id).await?
    {
        match entry.state {
            LedgerState::Imported => {
                let by = platform.store.connection_by_id(entry.connection_id).await.map(|by| by.name);
                let check = if entry.connection_id == connection.id { IMPORTED } else { IMPORTED_BY };
                verdicts.push(Verdict {
                    check: check.into(),
                    passed: false,
                    found: format!(
                        "imported as order {} through connection {}",
                        entry.order_id.unwrap_or_default(),
                        by.unwrap_or_else(|_| entry.connection_id.to_string())
                    ),
                    remedy: "nothing to do: an order is imported once".into(),
                });
            }
            LedgerState::Refused => verdicts.extend(entry.verdicts.into_iter().map(|verdict| Verdict {
                check: verdict.check,
                passed: false,
                found: verdict.found,
                remedy: verdict.remedy,
            })),
            LedgerState::Skipped | LedgerState::Absent => {}
        }
    }
    Ok(Explained { id: explanation.id, reference: explanation.reference, verdicts })
}

fn conclude(orders: &[Explained]) -> String {
    match orders {
        [] => "no order of that number or reference is known at the source; check the spelling and whether it belongs to this account".into(),
        [one] => match one.verdicts.iter().find(|verdict| is_imported(verdict)) {
            // Whatever became of it at the source since: what is asked is whether the warehouse has it.
            Some(imported) => format!("order {} is in the warehouse: {}", one.reference, imported.found),
            None => conclude_waiting(one),
        },
        several => format!("{} orders have that reference", several.len()),
    }
}

fn conclude_waiting(one: &Explained) -> String {
    match one.verdicts.iter().find(|verdict| !verdict.passed) {
        None => format!("order {} is imported on the next run", one.reference),
        Some(first) => format!("order {} is not imported: {}", one.reference, first.found),
    }
}
