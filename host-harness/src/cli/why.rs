//! `harness why`: each filter and its verdict on one order.

use clap::Args;
use harness_contract::types::Verdict;

use super::output::table;
use super::record::{Record, recorded};
use super::{Done, Output};
use crate::flow;
use crate::platform::Platform;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Name or id of the connection.
    connection: String,
    /// Order number (with or without prefix), channel reference or id.
    reference: String,
    #[command(flatten)]
    record: Record,
}

pub(super) async fn run(platform: &Platform, arguments: Arguments, output: Output) -> anyhow::Result<Done> {
    let connection = platform.store.connection(&arguments.connection).await?;
    recorded(platform, &arguments.record, "why".into(), async {
        let answer = flow::why::why(platform, &connection, &arguments.reference).await?;
        output.show(&answer, |answer| {
            let mut text = format!("{}\n", answer.conclusion);
            for order in &answer.orders {
                text.push_str(&format!("\n{}\n{}\n", order.reference, verdicts(&order.verdicts)));
            }
            text
        })?;
        Ok(Done::Well)
    })
    .await
}

/// Verdicts as a table.
pub(super) fn verdicts(verdicts: &[Verdict]) -> String {
    table(
        ["CHECK", "RESULT", "FOUND", "REMEDY"],
        verdicts.iter().map(|verdict| {
            let result = if verdict.passed { "passed" } else { "failed" };
            [verdict.check.clone(), result.into(), verdict.found.clone(), verdict.remedy.clone()]
        }),
    )
}
