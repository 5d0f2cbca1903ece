//! A reference scenario carried out, whole or cut at one point, until both sides are at rest.

use std::time::Duration;

use anyhow::{Context as _, bail};
use harness_capability::http::{CrashPoint, Fault, Rule};
use harness_wms::Point;
use host_harness::schedule;
use scenarios::places;
use scenarios::run::carry_out;
use scenarios::world::{DIED, World};

use crate::cut::{Cut, Moment, Passed};
use crate::end::End;
use crate::reference::Reference;

/// Longest time of one scenario, on the machine's clock.
const LONGEST: Duration = Duration::from_secs(120);

/// Minutes between two turns of the scheduler while both sides come to rest: a probe of what is in doubt, a second look, a back-off,
/// a comparison of all stock.
const REST: [i64; 6] = [4, 16, 16, 61, 361, 16];

/// How a scenario went.
#[derive(Debug, Clone)]
pub struct Played {
    /// What both sides held at last.
    pub end: End,
    /// What each swept step passed.
    pub passed: Vec<Passed>,
    /// The host's log.
    pub log: String,
}

/// Carries `work` out on this thread.
///
/// # Errors
/// Those of `work`; when it takes longer than two minutes.
pub fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let done = tokio::time::timeout(LONGEST, work).await;
        done.with_context(|| format!("it did not end within {} s", LONGEST.as_secs()))?
    })
}

/// Plays the scenario; the host dies at `cut`.
///
/// # Errors
/// When a step is refused, or the point is never reached.
pub async fn play(reference: &Reference, cut: Option<Cut>) -> anyhow::Result<Played> {
    let mut world = World::new(&reference.case.given, &places::component("linnworks"), false).await?;
    let (mut passed, mut died) = (Vec::new(), false);
    for (at, step) in reference.case.steps.iter().enumerate() {
        let name = || format!("step {}: {}", at + 1, step.name());
        let swept = reference.is_swept(step);
        let calls = world.sim.with(|sim| sim.calls().len());
        if swept {
            world.ran();
            let host = world.host()?;
            host.faults.clear();
            host.points.count();
            if let Some(cut) = cut.filter(|cut| cut.step == at) {
                arm(&world, cut.moment)?;
            }
        }
        match carry_out(&mut world, step).await {
            Ok(_) => {}
            Err(error) if cut.is_some() && error.to_string() == DIED => {
                died = true;
                rise(&mut world).await?;
                carry_out(&mut world, step).await.with_context(name).context("again, after the host died")?;
                continue;
            }
            Err(error) => return Err(error).with_context(name),
        }
        if swept {
            let points = &world.host()?.points;
            passed.push(Passed {
                step: at,
                calls: world.sim.with(|sim| sim.calls().iter().skip(calls).map(|call| call.endpoint.clone()).collect()),
                transactions: points.passed(Point::AfterTransaction),
                acknowledged: points.passed(Point::BeforeAcknowledge),
            });
        }
    }
    if let (Some(cut), false) = (cut, died) {
        bail!("the host did not die: {cut} is never reached");
    }
    settle(&mut world).await?;
    let played = Played { end: End::of(&world).await?, passed, log: world.log.since(0) };
    world.end().await;
    Ok(played)
}

fn arm(world: &World, moment: Moment) -> anyhow::Result<()> {
    let host = world.host()?;
    let call = |nth, point| host.faults.add(Rule { operation: None, nth: Some(nth), fault: Fault::Crash(point) });
    match moment {
        Moment::BeforeSending(nth) => call(nth, CrashPoint::BeforeSending),
        Moment::AfterAnswer(nth) => call(nth, CrashPoint::AfterAnswer),
        Moment::AnswerSeen(nth) => call(nth, CrashPoint::AnswerSeen),
        Moment::BeforeTransaction(nth) => host.points.die_at(Point::BeforeTransaction, nth),
        Moment::AfterTransaction(nth) => host.points.die_at(Point::AfterTransaction, nth),
        Moment::BeforeAcknowledge(nth) => host.points.die_at(Point::BeforeAcknowledge, nth),
    }
    Ok(())
}

/// Starts the host again once the dead one's lease has run out.
pub(crate) async fn rise(world: &mut World) -> anyhow::Result<()> {
    world.restart().await?;
    world.pass("+3m")
}

/// Lets both sides come to rest: nothing goes wrong any more, and the scheduler has its turns.
pub(crate) async fn settle(world: &mut World) -> anyhow::Result<()> {
    world.clear_faults()?;
    world.restart().await?;
    for minutes in REST {
        world.pass(&format!("+{minutes}m"))?;
        world.ran();
        world.with_host(async move |host| schedule::turn(host).await).await.context("while coming to rest")?;
    }
    Ok(())
}
