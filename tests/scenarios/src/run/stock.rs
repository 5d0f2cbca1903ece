//! Stock: what a scenario does with it and expects of it.

use std::sync::Arc;

use anyhow::Context as _;
use harness_contract::types::Mode;
use harness_wms::PlanState;
use host_harness::flow::sync_stock::{self, Scope};
use serde_json::{Value, json};

use super::verify::listed;
use crate::format::Expect;
use crate::matching::{Mismatch, compare};
use crate::world::World;

/// Compares all stock of a connection now.
pub(super) async fn compare_all(world: &mut World, connection: &str) -> anyhow::Result<Value> {
    let of = world.connection(connection).await?;
    world.ran();
    let ran = world
        .with_host(async move |host| {
            let ran = sync_stock::watched(host, &of, Mode::Apply, Scope::All, Arc::default()).await?;
            Ok(ran.told()?)
        })
        .await?;
    Ok(serde_json::to_value(ran)?)
}

/// Releases what is held back of a connection.
pub(super) async fn approve(world: &World, connection: &str) -> anyhow::Result<Value> {
    let of = world.connection(connection).await?;
    let (host, mut released) = (world.host()?, Vec::new());
    let held = host.store.held_plans().await?;
    for plan in held.into_iter().filter(|plan| plan.connection_id == of.id && plan.state == PlanState::Held) {
        released.push(host.store.approve_plan(plan.id, host.now()).await?);
    }
    anyhow::ensure!(!released.is_empty(), "nothing of connection {connection} is held back");
    Ok(serde_json::to_value(released)?)
}

/// What the host knows of it.
pub(super) async fn state(
    world: &World,
    connection: &str,
    expect: &Expect,
    out: &mut Vec<Mismatch>,
) -> anyhow::Result<()> {
    let store = &world.host()?.store;
    if expect.drift.is_some() || expect.drift_count.is_some() {
        let of = world.connection(connection).await?;
        let drift = serde_json::to_value(store.stock_drift(of.id, 1_000).await?)?;
        listed(world, "drift", drift, expect.drift.as_deref(), expect.drift_count, out)?;
    }
    if expect.held_plans.is_some() || expect.held_plan_count.is_some() {
        let plans = serde_json::to_value(store.held_plans().await?)?;
        listed(world, "held-plan", plans, expect.held_plans.as_deref(), expect.held_plan_count, out)?;
    }
    Ok(())
}

/// Levels at Linnworks, over all accounts.
pub(super) fn levels(world: &World, expect: &Expect, out: &mut Vec<Mismatch>) -> anyhow::Result<()> {
    for (sku, expected) in expect.levels.iter().flatten() {
        let expected = match expected {
            Value::Object(_) => expected.clone(),
            level => json!({ "Default": level }),
        };
        let found = world.sim.with(|sim| {
            let account = sim.accounts.iter().find(|account| account.items.by_sku(sku).is_some())?;
            let item = account.items.by_sku(sku)?;
            let at = account.locations.iter().map(|location| {
                let level = item.level(location.stock_location_id).map_or(0, |row| row.level);
                (location.location_name.clone(), json!(level))
            });
            Some(Value::Object(at.collect()))
        });
        let found = found.with_context(|| format!("levels: Linnworks has no item {sku}"))?;
        out.extend(compare(&format!("levels.{sku}"), &expected, &found));
    }
    Ok(())
}
