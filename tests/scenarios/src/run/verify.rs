//! What is expected against what is there.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::facts::Before;
use super::steps::fates;
use crate::format::{Count, Expect, Step, Texts};
use crate::matching::{Mismatch, compare};
use crate::world::{MAIN, World};

/// Logging in is not one of the calls that are counted together: a session outlives runs.
const LOGIN: &str = "Auth/AuthorizeByApplication";

/// Part of every buyer's address in the simulator: personal data that neither log nor mail may hold.
pub(super) const PERSONAL: &str = "example.test";

/// Judges a step.
///
/// # Errors
/// When it cannot be judged: the database fails, an expectation names what does not exist.
pub(super) async fn step(
    world: &mut World,
    step: &Step,
    expect: &Expect,
    before: &Before,
    result: anyhow::Result<Value>,
) -> anyhow::Result<Vec<Mismatch>> {
    let mut out = Vec::new();
    discretion(world, before, &result, &mut out);
    let result = match (result, &expect.error) {
        (Err(error), Some(texts)) => {
            contained("error", texts, &[format!("{error:#}")], &mut out);
            Value::Null
        }
        (Err(error), None) => {
            out.push(Mismatch::new("error", "none", format!("{error:#}")));
            return Ok(out);
        }
        (Ok(result), Some(texts)) => {
            out.push(Mismatch::new("error", format!("{:?}", texts.all()), format!("none, but {}", short(&result))));
            return Ok(out);
        }
        (Ok(result), None) => result,
    };
    given(world, step, expect, &result, &mut out)?;
    if world.host().is_ok() {
        state(world, step.connection.as_deref().unwrap_or(MAIN), expect, before, &mut out).await?;
    }
    wire(world, expect, before, &mut out)?;
    Ok(out)
}

/// Judges what holds at the end.
///
/// # Errors
/// As for [`step`].
pub(super) async fn whole(world: &World, expect: &Expect, before: &Before) -> anyhow::Result<Vec<Mismatch>> {
    let mut out = Vec::new();
    state(world, MAIN, expect, before, &mut out).await?;
    wire(world, expect, before, &mut out)?;
    Ok(out)
}

/// Holds for every step without being asked for: no secret and no personal data in the log, no secret in what is shown.
fn discretion(world: &World, before: &Before, result: &anyhow::Result<Value>, out: &mut Vec<Mismatch>) {
    let log = world.log.since(before.log);
    let shown = match result {
        Ok(value) => value.to_string(),
        Err(error) => format!("{error:#} {error:?}"),
    };
    let mails: String = world.mails().iter().skip(before.mails).map(|mail| mail.text.as_str()).collect();
    for (place, text) in [("the log", &log), ("the answer", &shown), ("a mail", &mails)] {
        for secret in world.secrets.iter().filter(|secret| text.to_lowercase().contains(&secret.to_lowercase())) {
            let hint = secret.get(..4).unwrap_or_default();
            out.push(Mismatch::new(place, "no secret", format!("the one that begins with {hint}")));
        }
    }
    for (place, text) in [("the log", &log), ("a mail", &mails)] {
        if text.contains(PERSONAL) {
            out.push(Mismatch::new(place, "no personal data", format!("a text with {PERSONAL}")));
        }
    }
}

/// What the step gave.
fn given(world: &World, step: &Step, expect: &Expect, result: &Value, out: &mut Vec<Mismatch>) -> anyhow::Result<()> {
    if let Some(expected) = &expect.result {
        out.extend(compare("result", &world.resolve(expected)?, result));
    }
    for (name, expected) in [("imported", expect.imported), ("already_imported", expect.already_imported)] {
        if let Some(expected) = expected {
            counted(name, expected, result.get(name).and_then(Value::as_u64).unwrap_or_default(), out);
        }
    }
    for (name, expected) in [("skipped", &expect.skipped), ("refused", &expect.refused)] {
        if let Some(expected) = expected {
            let found = result.get(name).cloned().unwrap_or_else(|| json!({}));
            out.extend(compare(name, &json!({ "exactly": expected }), &found));
        }
    }
    let fates = fates(result);
    if let Some(expected) = &expect.fates {
        out.extend(compare("fates", &json!(expected), &fates));
    }
    if expect.as_planned {
        let connection = step.connection.as_deref().unwrap_or(MAIN);
        let planned = world.planned.get(connection).cloned().unwrap_or_else(|| json!("a dry run before"));
        out.extend(compare("as-planned", &json!({ "exactly": planned }), &fates));
    }
    if let Some(expected) = &expect.verdicts {
        verdicts(expected, result, out);
    }
    if let Some(texts) = &expect.conclusion {
        let conclusion = result.get("conclusion").and_then(Value::as_str).unwrap_or_default().to_owned();
        contained("conclusion", texts, &[conclusion], out);
    }
    if let Some(texts) = &expect.warnings {
        let warnings = result.get("warnings").and_then(Value::as_array).into_iter().flatten();
        let warnings: Vec<String> = warnings.filter_map(|text| text.as_str().map(str::to_owned)).collect();
        contained("warnings", texts, &warnings, out);
    }
    Ok(())
}

fn verdicts(expected: &BTreeMap<String, Value>, result: &Value, out: &mut Vec<Mismatch>) {
    let lists = match result {
        Value::Array(list) => vec![list.as_slice()],
        other => {
            let orders = other.get("orders").and_then(Value::as_array).into_iter().flatten();
            orders.filter_map(|order| order.get("verdicts")?.as_array().map(Vec::as_slice)).collect()
        }
    };
    let mut found: Map<String, Value> = Map::new();
    for verdict in lists.into_iter().flatten() {
        let Some(check) = verdict.get("check").and_then(Value::as_str) else { continue };
        found.entry(check).or_insert_with(|| verdict.clone());
    }
    for (check, expected) in expected {
        let path = format!("verdicts.{check}");
        let expected = match expected {
            Value::Bool(passed) => json!({ "passed": passed }),
            more => more.clone(),
        };
        match found.get(check) {
            Some(verdict) => out.extend(compare(&path, &expected, verdict)),
            None if expected.get("absent") == Some(&Value::Bool(true)) => {}
            None => {
                let made: Vec<&str> = found.keys().map(String::as_str).collect();
                out.push(Mismatch::new(path, expected.to_string(), format!("no such check among {}", made.join(", "))));
            }
        }
    }
}

/// What the host holds now.
async fn state(
    world: &World,
    connection: &str,
    expect: &Expect,
    before: &Before,
    out: &mut Vec<Mismatch>,
) -> anyhow::Result<()> {
    let store = &world.host()?.store;
    if expect.orders.is_some() || expect.order_count.is_some() || !expect.absent.is_empty() {
        orders(world, expect, out).await?;
    }
    if let Some(expected) = &expect.stock {
        let levels = world.stock().await?;
        for (sku, expected) in expected {
            let found = levels.iter().find(|level| level.sku == *sku);
            out.extend(compare(&format!("stock.{sku}"), expected, &serde_json::to_value(found)?));
        }
    }
    if let Some(expected) = &expect.goods {
        super::goods::goods(world, connection, expected, out).await?;
    }
    if expect.problems.is_some() || expect.problem_count.is_some() {
        let standing = serde_json::to_value(store.problems(None, false).await?)?;
        listed(world, "problem", standing, expect.problems.as_deref(), expect.problem_count, out)?;
    }
    if expect.queue.is_some() || expect.queue_count.is_some() {
        let mut queue = store.queue(None, false).await?;
        queue.retain(|item| expect.queue_flow.is_none_or(|flow| flow.name() == item.flow));
        let queue = serde_json::to_value(queue)?;
        listed(world, "queue", queue, expect.queue.as_deref(), expect.queue_count, out)?;
    }
    super::stock::state(world, connection, expect, out).await?;
    super::watching::requests(world, connection, expect, before, out).await?;
    if let Some(expected) = &expect.returns {
        let returns = world.returns().await?;
        for (reference, expected) in expected {
            let found = returns.get(reference).cloned().unwrap_or_default();
            out.extend(compare(&format!("returns.{reference}"), &world.resolve(expected)?, &found));
        }
    }
    if let Some(expected) = &expect.stored {
        let found = store.connection(connection).await?;
        out.extend(compare("stored", &world.resolve(expected)?, &serde_json::to_value(found)?));
    }
    if let Some(dump) = &before.dump {
        out.extend(compare("wms-unchanged", &json!({ "exactly": dump }), &store.canonical_dump().await?));
    }
    Ok(())
}

/// Compares a list in any order: each expected one takes one that matches it.
pub(super) fn listed(
    world: &World,
    name: &str,
    found: Value,
    expected: Option<&[Value]>,
    count: Option<Count>,
    out: &mut Vec<Mismatch>,
) -> anyhow::Result<()> {
    let Value::Array(mut found) = found else { anyhow::bail!("{name} is no list") };
    if let Some(count) = count {
        counted(&format!("{name}-count"), count, found.len() as u64, out);
    }
    for (at, expected) in expected.unwrap_or_default().iter().enumerate() {
        let expected = world.resolve(expected)?;
        match found.iter().position(|one| crate::matching::matches(&expected, one)) {
            Some(at) => {
                found.remove(at);
            }
            None => out.push(Mismatch::new(
                format!("{name}[{at}]"),
                pretty(&expected),
                pretty(&Value::Array(found.clone())),
            )),
        }
    }
    Ok(())
}

async fn orders(world: &World, expect: &Expect, out: &mut Vec<Mismatch>) -> anyhow::Result<()> {
    let all = world.orders().await?;
    let find = |key: &str| {
        let by_number = all.iter().find(|order| order.order_number == key);
        by_number
            .or_else(|| all.iter().find(|order| order.external_order_reference == key || order.source_reference == key))
    };
    if let Some(count) = expect.order_count {
        counted("order-count", count, all.len() as u64, out);
    }
    for (key, expected) in expect.orders.iter().flatten() {
        match find(key) {
            Some(order) => {
                out.extend(compare(&format!("orders.{key}"), &world.resolve(expected)?, &serde_json::to_value(order)?));
            }
            None => {
                let there: Vec<String> = all
                    .iter()
                    .map(|order| format!("{} ({})", order.order_number, order.external_order_reference))
                    .collect();
                out.push(Mismatch::new(
                    format!("orders.{key}"),
                    expected.to_string(),
                    format!("no such order among {}", there.join(", ")),
                ));
            }
        }
    }
    for key in &expect.absent {
        if let Some(order) = find(key) {
            out.push(Mismatch::new(format!("absent.{key}"), "no such order", format!("order {}", order.order_number)));
        }
    }
    Ok(())
}

/// What Linnworks holds and received, and what was logged.
fn wire(world: &World, expect: &Expect, before: &Before, out: &mut Vec<Mismatch>) -> anyhow::Result<()> {
    if expect.calls.is_some() || expect.total_calls.is_some() {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        world.sim.with(|sim| {
            for call in sim.calls().iter().skip(before.calls) {
                *counts.entry(call.endpoint.clone()).or_default() += 1;
            }
        });
        for (endpoint, expected) in expect.calls.iter().flatten() {
            let found = counts.get(endpoint).copied().unwrap_or_default();
            counted(&format!("calls.{endpoint}"), *expected, found, out);
        }
        if let Some(expected) = expect.total_calls {
            let total: u64 = counts.iter().filter(|(endpoint, _)| *endpoint != LOGIN).map(|(_, count)| count).sum();
            if !expected.admits(total) {
                let found = format!("{total} ({})", json!(counts));
                out.push(Mismatch::new("total-calls", expected.to_string(), found));
            }
        }
    }
    super::stock::levels(world, expect, out)?;
    super::watching::mails(world, expect, before, out)?;
    for (key, expected) in expect.linnworks.iter().flatten() {
        let found = world.sim.with(|sim| {
            let order = sim.accounts.iter().find_map(|account| account.order_by_key(key));
            order.map(serde_json::to_value).transpose()
        })?;
        let path = format!("linnworks.{key}");
        match (found, expected) {
            (None, Value::Null) => {}
            (Some(_), Value::Null) => out.push(Mismatch::new(path, "no such order", "it is there")),
            (None, expected) => out.push(Mismatch::new(path, expected.to_string(), "no such order")),
            (Some(found), expected) => out.extend(compare(&path, &world.resolve(expected)?, &found)),
        }
    }
    if let Some(hash) = &before.hash
        && *hash != world.sim.hash()
    {
        out.push(Mismatch::new("linnworks-unchanged", "the same state", "another"));
    }
    let log = world.log.since(before.log);
    for text in expect.log.contains.iter().filter(|text| !log.contains(text.as_str())) {
        out.push(Mismatch::new("log.contains", format!("{text:?}"), "no line with it"));
    }
    for text in &expect.log.lacks {
        if let Some(line) = log.lines().find(|line| line.contains(text.as_str())) {
            out.push(Mismatch::new("log.lacks", format!("no {text:?}"), line));
        }
    }
    Ok(())
}

pub(super) fn counted(path: &str, expected: Count, found: u64, out: &mut Vec<Mismatch>) {
    if !expected.admits(found) {
        out.push(Mismatch::new(path, expected.to_string(), found.to_string()));
    }
}

/// Each text is in one of `found`.
fn contained(path: &str, texts: &Texts, found: &[String], out: &mut Vec<Mismatch>) {
    for text in texts.all().iter().filter(|text| !found.iter().any(|one| one.contains(text.as_str()))) {
        let found = if found.is_empty() { "none".to_owned() } else { found.join(" | ") };
        out.push(Mismatch::new(path, format!("contains {text:?}"), format!("{found:?}")));
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(300).collect()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}
