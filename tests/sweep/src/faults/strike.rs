//! One fault in one scenario, and what comes of it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use host_harness::schedule;
use scenarios::format::{Step, Verb, Word};
use scenarios::places;
use scenarios::run::carry_out;
use scenarios::world::World;
use serde_json::Value;

use super::{Answer, Course, Endpoint, Kind, Lasts, Place};
use crate::cut::Passed;
use crate::end::End;
use crate::play::settle;
use crate::reference::Reference;

/// Minutes between the turns of the scheduler while a fault lasts, and after it.
const WHILE: [i64; 2] = [4, 11];
const AFTER: [i64; 2] = [16, 61];

/// Where a fault leaves something for a person to see to: endpoint, kind, and the problem that names the cause. With any other problem
/// that stands in the end nobody could tell what happened. At present every fault converges, so there is none.
const NAMED: &[(&str, &str, &str)] = &[];

/// Faults after which the means to have an order processed is tried in vain: endpoint and kind. What it leaves is no difference there.
const MEANS: [(&str, &str); 1] = [("Orders/ProcessOrder_RequiredBatchScans", "no-op")];

/// How a square ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// As without the fault.
    Converged,
    /// Otherwise, and a problem stands that names the cause.
    Problem,
    /// Otherwise, and nobody is told; or something was told twice.
    Wrong,
}

/// What came of one fault.
#[derive(Debug, Clone)]
pub struct Struck {
    /// How it ended.
    pub mark: Mark,
    /// Whether the fault changed what was done or answered.
    pub struck: bool,
    /// Problems that stood while it lasted or right after it: code and text.
    pub told: Vec<String>,
    /// What is not as it has to be.
    pub what: String,
    /// The host's log.
    pub log: String,
}

impl Struck {
    pub(super) fn wrong(what: String) -> Self {
        Self { mark: Mark::Wrong, struck: true, told: Vec::new(), what, log: String::new() }
    }
}

/// Whether something is asked of the source in this step.
fn asks(step: &Step) -> bool {
    matches!(
        step.verb(),
        Ok(Verb::Run(_) | Verb::Import(_) | Verb::Why(_) | Verb::Word(Word::Due | Word::Check | Word::Locations))
    )
}

async fn begin(reference: &Reference) -> anyhow::Result<World> {
    World::new(&reference.case.given, &places::component("linnworks"), false).await
}

/// Plays a scenario without any fault.
pub(super) async fn undisturbed(reference: Reference) -> anyhow::Result<Course> {
    let mut world = begin(&reference).await?;
    let (mut passed, mut answers) = (Vec::new(), BTreeMap::<String, Vec<Answer>>::new());
    world.sim.exchanges();
    for (at, step) in reference.case.steps.iter().enumerate() {
        let calls = world.sim.with(|sim| sim.calls().len());
        carry_out(&mut world, step).await.with_context(|| format!("step {}", at + 1))?;
        let called = world.sim.with(|sim| sim.calls().iter().skip(calls).map(|call| call.endpoint.clone()).collect());
        if asks(step) {
            passed.push(Passed { step: at, calls: called, ..Passed::default() });
        }
        let mut met: BTreeMap<String, u64> = BTreeMap::new();
        for exchange in world.sim.exchanges() {
            let name = exchange.path.trim_start_matches("/api/").to_owned();
            let nth = met.entry(name.clone()).or_default();
            *nth += 1;
            let Some((_, body)) = exchange.answer else { continue };
            let Ok(body) = serde_json::from_slice(&body) else { continue };
            let asked: Value = serde_json::from_slice(&exchange.body).unwrap_or_default();
            let place = Place { step: at, nth: *nth };
            answers.entry(name).or_default().push(Answer { place, page: page(&asked).unwrap_or(1), body });
        }
    }
    world.end().await;
    Ok(Course { reference, passed, answers })
}

/// The page that a call asks for.
fn page(body: &Value) -> Option<u64> {
    let members = body.as_object()?;
    let here = members.iter().find(|(name, _)| name.eq_ignore_ascii_case("pageNumber"));
    here.and_then(|(_, number)| number.as_u64()).or_else(|| members.values().find_map(page))
}

/// A scenario that was played with a fault, or with the turns of the scheduler that a fault would have had.
pub(super) struct Carried {
    pub(super) end: End,
    standing: BTreeSet<String>,
    told: BTreeSet<String>,
    untold: Option<String>,
    struck: bool,
    log: String,
}

/// Plays a scenario with `fault` at `place`; without one, everything happens at the same times, and nothing goes wrong.
pub(super) async fn play(
    reference: &Reference,
    place: Place,
    lasts: Lasts,
    fault: Option<(&Endpoint, &Kind)>,
) -> anyhow::Result<Carried> {
    let mut world = begin(reference).await?;
    let (mut told, mut untold, mut struck) = (BTreeSet::new(), None, false);
    for (number, step) in reference.case.steps.iter().enumerate() {
        let name = || format!("step {}: {}", number + 1, step.name());
        if number != place.step {
            carry_out(&mut world, step).await.with_context(name)?;
            continue;
        }
        let calls = world.sim.with(|sim| sim.calls().len());
        let before = problems(&world).await?;
        if let Some((endpoint, kind)) = fault {
            if endpoint.name == super::EXCHANGE {
                world.restart().await?;
            }
            world.fault(&kind.fault(&endpoint.name, lasts, place.nth))?;
        }
        world.ran();
        let failed = carry_out(&mut world, step).await.err().map(|error| format!("{error:#}"));
        if lasts == Lasts::AWhile {
            for minutes in WHILE {
                turn(&mut world, minutes).await?;
            }
        }
        let problems = problems(&world).await?;
        // A person who asked is told by the answer.
        let asked =
            matches!(step.verb(), Ok(Verb::Why(_) | Verb::Import(_) | Verb::Word(Word::Check | Word::Locations)));
        // A problem that stood before tells of something else.
        if let Some(failed) = failed.filter(|_| problems.is_subset(&before) && !asked) {
            untold = Some(format!("the run failed and no new problem stands: {failed}"));
        }
        told.extend(problems);
        struck = world.sim.with(|sim| sim.calls().iter().skip(calls).any(|call| call.changed));
        world.clear_faults()?;
        for minutes in AFTER {
            turn(&mut world, minutes).await?;
        }
    }
    settle(&mut world).await?;
    let end = End::of(&world).await?;
    let standing = problems(&world).await?;
    let log = world.log.since(0);
    world.end().await;
    Ok(Carried { end, standing, told, untold, struck, log })
}

/// Judges what came of a fault by what comes of none.
pub(super) fn judge(expected: &End, carried: Carried, (endpoint, kind): (&Endpoint, &Kind)) -> Struck {
    let Carried { mut end, standing, mut told, untold, struck, log } = carried;
    let mut expected = expected.clone();
    if MEANS.contains(&(endpoint.name.as_str(), kind.name())) {
        (expected, end) = (expected.without_means(), end.without_means());
    }
    let mut what = end.complaints.clone();
    what.extend(untold);
    let mut mark = if what.is_empty() { Mark::Converged } else { Mark::Wrong };
    if let Some(difference) = end.difference(&expected) {
        what.push(difference);
        let mut named = NAMED.iter().filter(|(name, of, _)| *name == endpoint.name && *of == kind.name());
        let is_told = named.any(|(.., code)| standing.iter().any(|told| told.starts_with(&format!("{code}: "))));
        let is_told = is_told && nothing_is_lost(&expected, &end);
        mark = mark.max(if is_told { Mark::Problem } else { Mark::Wrong });
        told.extend(standing);
    }
    Struck { mark, struck, told: told.into_iter().collect(), what: what.join("\n"), log }
}

async fn turn(world: &mut World, minutes: i64) -> anyhow::Result<()> {
    world.pass(&format!("+{minutes}m"))?;
    world.ran();
    world.with_host(async move |host| schedule::turn(host).await).await.map(drop)
}

/// The problems that stand, without whom they are about.
async fn problems(world: &World) -> anyhow::Result<BTreeSet<String>> {
    let problems = world.host()?.store.problems(None, false).await?;
    Ok(problems.into_iter().map(|problem| format!("{}: {}", problem.problem.code, problem.problem.message)).collect())
}

/// Whether each order, notice and return that there is without the fault is there with it.
fn nothing_is_lost(expected: &End, found: &End) -> bool {
    let of = |end: &End| -> BTreeMap<&'static str, usize> {
        let count = |section| {
            let rows = end.state.pointer(&format!("/here/warehouse/{section}")).and_then(Value::as_array);
            (section, rows.map_or(0, Vec::len))
        };
        ["orders", "asns", "returns"].into_iter().map(count).collect()
    };
    let (expected, found) = (of(expected), of(found));
    expected.iter().all(|(section, count)| found.get(section).is_some_and(|found| found == count))
}
