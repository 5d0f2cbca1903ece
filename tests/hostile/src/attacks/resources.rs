//! Taking more than one's share: of time, of memory, of the host's own work.

use harness_contract::types::Mode;
use host_harness::flow::import_orders::FLOW;
use serde_json::json;

use super::{Attack, Charge, ONCE, calls, ends, of_letting_in, reason};
use crate::disguise;
use crate::site::Site;
use crate::source::Reply;

pub(super) fn attacks() -> Vec<Attack> {
    // The limit is a second; what the last tick adds does not matter.
    let whole_budget = Charge { invocations: 1, cpu_us: 1_000_000, calls: 0 };
    vec![
        Attack::charged("an_endless_loop_runs_out_of_cpu_time", "limit.cpu-time", whole_budget, |site| {
            Box::pin(ends(site, json!({ "misbehave": "endless-loop" })))
        }),
        Attack::charged("yielding_for_ever_runs_out_of_cpu_time", "limit.cpu-time", whole_budget, |site| {
            Box::pin(ends(site, json!({ "misbehave": "endless-yielding" })))
        }),
        Attack::charged("calling_the_host_for_ever_runs_out_of_host_calls", "limit.host-calls", ONCE, |site| {
            Box::pin(ends(site, json!({ "misbehave": "endless-loop-of-host-calls" })))
        }),
        Attack::charged("endless_recursion_runs_out_of_stack", "limit.stack", ONCE, |site| {
            Box::pin(ends(site, json!({ "misbehave": "recursion" })))
        }),
        Attack::charged("a_memory_bomb_runs_out_of_memory", "limit.memory", ONCE, |site| {
            Box::pin(ends(site, json!({ "misbehave": "memory-bomb" })))
        }),
        Attack::not_let_in(
            "a_table_bomb_runs_out_of_table_elements",
            "not-let-in.describe.limit.table-elements",
            |site| Box::pin(table_bomb(site)),
        ),
        Attack::charged("a_huge_text_into_a_host_call_is_not_taken_over", "limit.host-call-bytes", ONCE, |site| {
            Box::pin(ends(site, json!({ "misbehave": "huge-string-to-log" })))
        }),
        Attack::charged("a_huge_list_into_a_host_call_is_not_taken_over", "limit.host-call-bytes", ONCE, |site| {
            Box::pin(ends(site, json!({ "misbehave": "huge-list-to-storage" })))
        }),
        Attack::charged("a_huge_result_is_not_taken_over", "limit.host-call-bytes", ONCE, |site| {
            Box::pin(ends(site, json!({ "misbehave": "huge-result", "size": 20 << 20 })))
        }),
        Attack::charged("a_million_handles_run_out_of_host_table_entries", "limit.host-table-entries", ONCE, |site| {
            Box::pin(async {
                site.source.answers(|_| Reply::Hang);
                ends(site, json!({ "misbehave": "handle-bomb", "times": 1_000_000 })).await
            })
        }),
        Attack::charged("a_flood_of_log_lines_runs_out_of_log_bytes", "limit.log-bytes", ONCE, |site| {
            Box::pin(ends(site, json!({ "misbehave": "log-flood" })))
        }),
        Attack::charged("a_flood_of_progress_runs_out_of_host_calls", "limit.host-calls", ONCE, |site| {
            Box::pin(ends(site, json!({ "misbehave": "progress-flood" })))
        }),
        Attack::charged("a_flood_of_storage_is_answered_with_the_quota", "storage.quota-exceeded", ONCE, |site| {
            Box::pin(storage_flood(site))
        }),
        Attack::charged("a_flood_of_requests_runs_out_of_http_calls", "limit.http-calls", calls(200), |site| {
            Box::pin(ends(site, json!({ "misbehave": "http-flood" })))
        }),
        Attack::charged("a_flood_of_answers_runs_out_of_http_bytes", "limit.http-bytes", calls(16), |site| {
            Box::pin(async {
                let body = "x".repeat(1_000_000);
                site.source.answers(move |_| Reply::ok(&body));
                ends(site, json!({ "misbehave": "http-flood" })).await
            })
        }),
        Attack::charged("large_answers_at_once_run_out_of_http_bytes_together", "limit.http-bytes", calls(1), |site| {
            Box::pin(async {
                // The largest that a manifest may allow, from a source that does not stop there.
                site.source.answers(|_| Reply::Endless("HTTP/1.1 200 OK\r\ncontent-length: 16777216\r\n\r\n"));
                let connection = site
                    .attacker(
                        json!({ "operations": [{ "name": "read", "size_limit": 16 << 20 }] }),
                        json!({ "misbehave": "sends-in-parallel" }),
                    )
                    .await?;
                match site.run(&connection, Mode::Apply).await {
                    Ok(ran) => anyhow::bail!("it went through: {ran:?}"),
                    Err(error) => Ok(reason(&error)),
                }
            })
        }),
        Attack::charged("large_bodies_of_requests_at_once_run_out_of_http_bytes", "limit.http-bytes", ONCE, |site| {
            Box::pin(async {
                site.source.answers(|_| Reply::Hang);
                let bodies = json!({ "misbehave": "sends-in-parallel", "operation": "write", "size": 1 << 20 });
                ends(site, bodies).await
            })
        }),
        Attack::charged("waiting_for_a_source_that_never_answers_runs_out_of_time", "limit.wall-time", ONCE, |site| {
            Box::pin(async {
                site.source.answers(|_| Reply::Hang);
                ends(site, json!({ "misbehave": "send" })).await
            })
        }),
        Attack::charged("waiting_for_nothing_ends", "trap", ONCE, |site| {
            Box::pin(ends(site, json!({ "misbehave": "wait-for-ever" })))
        }),
        Attack::charged("a_list_without_end_runs_out_of_pages", "too-many.pages", ONCE, |site| {
            Box::pin(ends(site, json!({ "misbehave": "pages-without-end" })))
        }),
        Attack::charged("a_list_as_long_as_can_be_runs_out_of_candidates", "too-many.candidates", ONCE, |site| {
            Box::pin(ends(site, json!({ "misbehave": "pages-without-end", "times": 2_000 })))
        }),
        Attack::charged("a_panic_ends_the_run", "trap", ONCE, |site| {
            Box::pin(ends(site, json!({ "misbehave": "panic" })))
        }),
        Attack::charged("breaking_off_in_a_batch_leaves_nothing_of_it", "trap", calls(1), |site| {
            Box::pin(break_off(site))
        }),
    ]
}

async fn table_bomb(site: &Site) -> anyhow::Result<String> {
    let body = "(loop $again (drop (table.grow $functions (ref.null func) (i32.const 1000))) (br $again)) unreachable";
    match site.platform.plugins.add(&site.platform, &disguise::describing(body)?, None).await {
        Ok(_) => anyhow::bail!("it was let in"),
        Err(error) => Ok(of_letting_in(&error)),
    }
}

async fn storage_flood(site: &Site) -> anyhow::Result<String> {
    let connection = site.attacker(json!({}), json!({ "misbehave": "storage-flood", "in": "fetch" })).await?;
    let told = site.told(&connection).await?;
    let quota = site.platform.config.limits.storage_bytes;
    let kept = site.platform.store.storage_namespace(connection.id, FLOW, 1).await?.bytes;
    anyhow::ensure!(kept <= quota, "{kept} bytes are kept");
    match told.as_slice() {
        [_, answer] if answer.contains(&format!("QuotaExceeded({quota})")) => Ok("storage.quota-exceeded".into()),
        other => anyhow::bail!("it was told {other:?}"),
    }
}

async fn break_off(site: &Site) -> anyhow::Result<String> {
    let connection = site.attacker(json!({}), json!({ "misbehave": "trap-mid-batch", "in": "fetch" })).await?;
    let ended = site.run(&connection, Mode::Apply).await;
    let store = &site.platform.store;
    let kept = store.storage_get(connection.id, FLOW, &["trace".into()]).await?;
    anyhow::ensure!(kept == [None], "what it had staged is kept");
    anyhow::ensure!(store.orders(Some(site.hostile.id), None, 0, 10).await?.is_empty(), "an order is kept");
    match ended {
        Ok(ran) => anyhow::bail!("it went through: {ran:?}"),
        Err(error) => Ok(reason(&error)),
    }
}
