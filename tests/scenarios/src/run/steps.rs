//! Each verb, carried out.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use harness_contract::types::Mode;
use host_harness::connection::{self, Changes};
use host_harness::erasure;
use host_harness::flow::{Flow, backfill, by_reference, why};
use host_harness::schedule;
use serde_json::{Map, Value, json};

use crate::format::{Import, Orders, Removal, Run, Step, Verb, Word};
use crate::world::{MAIN, World};

/// Carries a step out and gives what it gave.
///
/// # Errors
/// Those of what it did.
pub async fn carry_out(world: &mut World, step: &Step) -> anyhow::Result<Value> {
    let connection = step.connection.as_deref().unwrap_or(MAIN);
    match step.verb().map_err(anyhow::Error::msg)? {
        Verb::Run(run) => run_flow(world, connection, run).await,
        Verb::Import(one) => import(world, connection, one).await,
        Verb::Why(reference) => {
            let of = world.connection(connection).await?;
            let answer = world.with_host(async move |host| Ok(why::why(host, &of, &reference).await?)).await?;
            Ok(serde_json::to_value(answer)?)
        }
        Verb::Activate(answer) => world.activate(connection, answer).await,
        Verb::Edit(changes) => {
            let changes = Changes { settings: world.settings(changes.clone())?, same_account: step.same_account };
            let name = connection.to_owned();
            let saved = world.with_host(async move |host| connection::edit(host, &name, changes).await).await?;
            Ok(serde_json::to_value(saved)?)
        }
        Verb::Add(added) => world.add(&added.name, &added.settings, added.active.as_ref()).await,
        Verb::Remove(how) => remove(world, connection, how).await,
        Verb::Erase(erasure) => {
            let (whom, dry) = (erasure.whom(), erasure.dry());
            let erased = world.with_host(async move |host| erasure::erase(host, &whom, dry).await).await?;
            Ok(serde_json::to_value(erased)?)
        }
        Verb::Migrate(migration) => {
            let of = world.connection(connection).await?;
            let (from, settings) = (migration.from, Value::Object(migration.settings.clone()).to_string());
            let loaded = world.host()?.plugins.of(world.host()?, &of).await?;
            match loaded.migrate(from, settings).await.result? {
                Ok(text) => Ok(serde_json::from_str(&text)?),
                Err(problem) => bail!("{}: {} {}", problem.code, problem.message, problem.remedy),
            }
        }
        Verb::Upgrade(component) => {
            let moved = world.upgrade(component).await?;
            Ok(serde_json::to_value(moved)?)
        }
        Verb::Linnworks(change) => world.change(change),
        Verb::Fault(fault) => world.fault(fault).map(|()| Value::Null),
        Verb::HostFault(fault) => world.host_fault(fault).map(|()| Value::Null),
        Verb::Crash(crash) => world.crash(crash).map(|()| Value::Null),
        Verb::Wms(hand) => world.hand(hand).await.map(|()| Value::Null),
        Verb::Clock(time) => world.pass(time).map(|()| Value::Null),
        Verb::Serve(time) => world.serve(time).await,
        Verb::Fetch(fetch) => world.call(&fetch.endpoint, &fetch.body),
        Verb::Word(word) => say(world, connection, word).await,
    }
}

async fn say(world: &mut World, connection: &str, word: Word) -> anyhow::Result<Value> {
    let name = connection.to_owned();
    match word {
        Word::Check => {
            let of = world.connection(connection).await?;
            let verdicts = world.with_host(async move |host| Ok(connection::verdicts(host, &of).await?)).await?;
            Ok(serde_json::to_value(verdicts)?)
        }
        Word::Locations => {
            let of = world.connection(connection).await?;
            let locations = world.with_host(async move |host| connection::locations(host, &of).await).await?;
            Ok(serde_json::to_value(locations)?)
        }
        Word::InstallAddress => {
            let host = world.host()?;
            let plugin = host.store.plugins().await?.into_iter().next().context("there is no plugin")?;
            Ok(json!(host.plugins.install_address(host, &plugin.name).await?))
        }
        Word::Due => {
            world.ran();
            let ran = world.with_host(async move |host| schedule::turn(host).await).await?;
            Ok(json!({ "ran": ran }))
        }
        Word::CompareStock => super::stock::compare_all(world, connection).await,
        Word::Approve => super::stock::approve(world, connection).await,
        Word::Deactivate => {
            let stored = world.with_host(async move |host| connection::deactivate(host, &name).await).await?;
            Ok(serde_json::to_value(stored)?)
        }
        Word::RemoveConnection => remove(world, connection, Removal::default()).await,
        Word::EmptyStorage => {
            let of = world.connection(connection).await?;
            world.host()?.store.empty_storage(of.id, None).await?;
            Ok(Value::Null)
        }
        Word::Restart => world.restart().await.map(|()| Value::Null),
        Word::ClearFaults => world.clear_faults().map(|()| Value::Null),
        Word::Nothing => Ok(Value::Null),
    }
}

async fn remove(world: &mut World, connection: &str, how: Removal) -> anyhow::Result<Value> {
    let name = connection.to_owned();
    let how = harness_wms::Removal { abandon: how.abandon, erase: how.orders == Orders::Erase };
    let removed = world.with_host(async move |host| connection::remove(host, &name, how).await).await?;
    Ok(serde_json::to_value(removed)?)
}

async fn run_flow(world: &mut World, connection: &str, run: &Run) -> anyhow::Result<Value> {
    let of = world.connection(connection).await?;
    let mode = if run.dry() { Mode::Plan } else { Mode::Apply };
    let name = run.flow().name();
    let flow = Flow::named(name).with_context(|| format!("the host has no flow {name}"))?;
    world.ran();
    let ran = match run.meanwhile() {
        None => world.with_host(async move |host| Ok(flow.run(host, &of, mode, Arc::default()).await?)).await?,
        Some(meanwhile) => world.run_beside(&of, flow, meanwhile).await?,
    };
    let report = serde_json::to_value(ran)?;
    if run.dry() {
        world.planned.insert(connection.to_owned(), fates(&report));
    }
    Ok(report)
}

async fn import(world: &mut World, connection: &str, one: &Import) -> anyhow::Result<Value> {
    let of = world.connection(connection).await?;
    let (dry, reference) = (one.dry(), one.reference());
    let mode = if dry { Mode::Plan } else { Mode::Apply };
    let how = by_reference::How { mode, again: one.again() };
    let days = match one {
        Import::Placed(days) => Some((days.from.parse()?, days.to.parse()?)),
        _ => None,
    };
    world.ran();
    let report = world
        .with_host(async move |host| {
            if let Some((from, to)) = days {
                return Ok(backfill::import(host, &of, backfill::placed(from, to)?, mode, Arc::default()).await?);
            }
            let asked = by_reference::import(host, &of, &reference, how, Arc::default()).await?;
            asked.report.ok_or_else(|| anyhow::anyhow!(asked.problem.unwrap_or_default()))
        })
        .await?;
    let report = serde_json::to_value(report)?;
    if dry {
        world.planned.insert(connection.to_owned(), fates(&report));
    }
    Ok(report)
}

/// What a run did, or would do, to each item, by what a person calls it: what it changed, or else its fate. Where a run tells of an
/// item twice (a purchase order that is delivered and then read) what it changed counts.
pub(super) fn fates(report: &Value) -> Value {
    let lists = ["orders", "items"].into_iter().filter_map(|list| report.get(list)?.as_array());
    let mut fates = Map::new();
    for item in lists.flatten() {
        let Some(reference) = item.get("reference").and_then(Value::as_str) else { continue };
        let changes = item.get("changes");
        if let Some(fate) = changes.or_else(|| item.get("fate"))
            && (changes.is_some() || !fates.get(reference).is_some_and(Value::is_array))
        {
            fates.insert(reference.to_owned(), fate.clone());
        }
    }
    Value::Object(fates)
}
