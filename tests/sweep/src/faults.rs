//! Every endpoint that the connector's manifest names, and every way to misbehave.
//!
//! A fault strikes in the first swept step of a reference scenario in which the endpoint is called: at the first call, or at every call
//! of the step and of the scheduler's turns for a quarter of an hour. Then it ends, the scenario goes on, and both sides come to rest.
//! They have to hold what they hold without the fault, or a problem has to stand that tells why not; and nothing may have been told
//! twice. `kind` is what can go wrong, `field` which fields of an answer there are, `strike` carries one out and judges it.

mod field;
mod kind;
mod strike;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use harness_contract::manifest::Effect;
use scenarios::places;
use scenarios::world::{MAIN, World};

use crate::crew;
use crate::cut::Passed;
use crate::end::End;
use crate::play::block_on;
use crate::reference::{FLOWS, Reference};
pub use kind::Kind;
pub use strike::{Mark, Struck};

/// The session exchange, as the source calls it.
pub const EXCHANGE: &str = "Auth/AuthorizeByApplication";

/// Scenarios for the endpoints that no flow calls.
const BESIDE: [&str; 7] = [
    "beside/lookup",
    "beside/check",
    "beside/no-list",
    "beside/old-search",
    "beside/folder",
    "beside/courier",
    "beside/vanished",
];

/// How long a fault lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lasts {
    /// For the first call.
    Once,
    /// For every call for a while.
    AWhile,
}

/// A scenario with what is called in it, and answered, when nothing goes wrong.
pub struct Course {
    /// The scenario.
    pub reference: Reference,
    passed: Vec<Passed>,
    answers: BTreeMap<String, serde_json::Value>,
}

/// An endpoint of the manifest.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// `Controller/Method`.
    pub name: String,
    /// Whether a call changes something.
    pub writes: bool,
    /// The scenario, by its place in [`Plan::courses`].
    pub course: usize,
    /// The step of it in which the fault strikes.
    pub step: usize,
    /// Fields of its answer, as pointers.
    pub fields: Vec<String>,
}

/// What there is to be struck.
pub struct Plan {
    /// Scenarios.
    pub courses: Vec<Course>,
    /// Endpoints, in the manifest's order, the session exchange first.
    pub endpoints: Vec<Endpoint>,
    /// What both sides come to without a fault: by scenario, step, and how long it would have lasted.
    ends: BTreeMap<(usize, usize, Lasts), End>,
}

/// One square of the matrix.
#[derive(Debug, Clone)]
pub struct Square {
    /// The endpoint, by its place in [`Plan::endpoints`].
    pub endpoint: usize,
    /// What goes wrong.
    pub kind: Kind,
    /// For how long.
    pub lasts: Lasts,
}

impl Plan {
    /// Plays all scenarios undisturbed, `jobs` at once, and finds a place for each endpoint.
    ///
    /// # Errors
    /// When a scenario does not go through, or an endpoint of the manifest is called by none.
    pub fn make(lasts: &[Lasts], jobs: usize) -> anyhow::Result<Self> {
        let names: Vec<&str> = FLOWS.into_iter().chain(BESIDE).collect();
        let played = crew::each(&names, jobs, |name| {
            let reference = Reference::load(name)?;
            block_on(strike::undisturbed(reference)).with_context(|| format!("{name}, undisturbed"))
        });
        let courses = played.into_iter().flatten().collect::<anyhow::Result<Vec<Course>>>()?;
        let mut endpoints = Vec::new();
        let mut missing = Vec::new();
        for (name, writes) in block_on(manifest())? {
            let place = courses.iter().enumerate().find_map(|(at, course)| {
                let step = course.passed.iter().find(|passed| passed.calls.contains(&name))?;
                Some((at, step.step, course.answers.get(&name).map(field::of).unwrap_or_default()))
            });
            match place {
                Some((course, step, fields)) => endpoints.push(Endpoint { name, writes, course, step, fields }),
                None => missing.push(name),
            }
        }
        anyhow::ensure!(missing.is_empty(), "no scenario in tests/sweep/cases calls {}", missing.join(", "));
        let of = |endpoint: &Endpoint| lasts.iter().map(|lasts| (endpoint.course, endpoint.step, *lasts)).collect();
        let places: BTreeSet<(usize, usize, Lasts)> =
            endpoints.iter().flat_map(|endpoint| -> Vec<_> { of(endpoint) }).collect();
        let places: Vec<_> = places.into_iter().collect();
        let ends = crew::each(&places, jobs, |(course, step, lasts)| {
            let course = courses.get(*course).context("there is no such scenario")?;
            block_on(strike::play(&course.reference, *step, *lasts, None)).map(|carried| carried.end)
        });
        let ends = places.iter().copied().zip(ends).filter_map(|(place, end)| Some(end?.map(|end| (place, end))));
        let ends = ends.collect::<anyhow::Result<BTreeMap<_, _>>>()?;
        Ok(Self { courses, endpoints, ends })
    }

    /// All squares. Of the fields of an answer `fields` are taken for each endpoint, drawn by `seed`; all where it is none.
    #[must_use]
    pub fn squares(&self, lasts: &[Lasts], fields: Option<usize>, seed: u64) -> Vec<Square> {
        let mut squares = Vec::new();
        for (at, endpoint) in self.endpoints.iter().enumerate() {
            let retyped = field::drawn(&endpoint.fields, fields, seed ^ at as u64).into_iter().map(Kind::WrongType);
            let kinds = Kind::ALL.iter().filter(|kind| kind.is_of(endpoint)).cloned().chain(retyped);
            for kind in kinds {
                squares.extend(lasts.iter().map(|lasts| Square { endpoint: at, kind: kind.clone(), lasts: *lasts }));
            }
        }
        squares
    }

    /// Carries one square out.
    #[must_use]
    pub fn strike(&self, square: &Square) -> Struck {
        self.struck(square).unwrap_or_else(|error| Struck::wrong(format!("{error:#}")))
    }

    fn struck(&self, square: &Square) -> anyhow::Result<Struck> {
        let endpoint = self.endpoints.get(square.endpoint).context("there is no such endpoint")?;
        let course = self.courses.get(endpoint.course).context("there is no such scenario")?;
        let place = (endpoint.course, endpoint.step, square.lasts);
        let expected = self.ends.get(&place).context("it was not played without the fault")?;
        let fault = (endpoint, &square.kind);
        let carried = block_on(strike::play(&course.reference, endpoint.step, square.lasts, Some(fault)))?;
        Ok(strike::judge(expected, carried, fault))
    }
}

/// The operations of the manifest that was let in, and the session exchange.
async fn manifest() -> anyhow::Result<Vec<(String, bool)>> {
    let world =
        World::new(&Reference::load("import-orders")?.case.given, &places::component("linnworks"), false).await?;
    let connection = world.connection(MAIN).await?;
    let loaded = world.host()?.plugins.of(world.host()?, &connection).await?;
    let operations = loaded.description.operations.iter();
    let named = operations.map(|operation| (operation.name.clone(), !matches!(operation.effect, Effect::Read)));
    let all = std::iter::once((EXCHANGE.to_owned(), false)).chain(named).collect();
    world.end().await;
    Ok(all)
}
