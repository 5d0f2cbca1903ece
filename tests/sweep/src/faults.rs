//! Every endpoint that the connector's manifest names, and every way to misbehave.
//!
//! A fault strikes in the first step of a reference scenario in which the endpoint is called and the fault has something to change: at
//! the first such call, or at every call of the step and of the scheduler's turns for a quarter of an hour. Then it ends, the scenario
//! goes on, and both sides come to rest.
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
use serde_json::Value;

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
const BESIDE: [&str; 8] = [
    "beside/lookup",
    "beside/check",
    "beside/no-list",
    "beside/old-search",
    "beside/folder",
    "beside/courier",
    "beside/vanished",
    "beside/pages",
];

/// Flows in which the quick matrix, too, strikes what is read in them, since they write by what was read.
const READ_BEFORE_A_WRITE: [&str; 2] = ["push-despatch", "export-returns"];

/// So many objects down a list is doubled by the simulator, at most.
const LIST_DEPTH: usize = 2;

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
    answers: BTreeMap<String, Vec<Answer>>,
}

/// A call of a scenario to an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The step, from 0.
    pub step: usize,
    /// Which of the endpoint's calls in the step, from 1.
    pub nth: u64,
}

/// What a call was answered.
struct Answer {
    place: Place,
    /// The page that was asked for.
    page: u64,
    body: Value,
}

/// An endpoint of the manifest in one scenario.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// `Controller/Method`.
    pub name: String,
    /// Whether a call changes something.
    pub writes: bool,
    /// The scenario, by its place in [`Plan::courses`].
    pub course: usize,
    /// The first call of it there.
    pub first: Place,
    /// Fields of all its answers there, as pointers, with the first call whose answer has the field.
    pub fields: BTreeMap<String, Place>,
    /// The first answer with rows in it.
    rows: Option<Place>,
    /// The first call for a page after the first.
    second_page: Option<Place>,
}

impl Endpoint {
    /// The endpoint in that scenario; none where it is not called. With `own` only the flow's own steps count, not those that prepare
    /// them.
    fn of(name: &str, writes: bool, at: usize, course: &Course, own: bool) -> Option<Self> {
        let steps = &course.reference.case.steps;
        let counts = |at: usize| !own || steps.get(at).is_some_and(|step| course.reference.is_swept(step));
        // The host logs in anew where the exchange is struck, so any step that calls something has it.
        let anew = own && name == EXCHANGE;
        let calls = |passed: &&Passed| passed.calls.iter().any(|call| anew || call == name);
        let step = course.passed.iter().filter(|passed| counts(passed.step)).find(calls)?.step;
        let first = Place { step, nth: 1 };
        let fields = BTreeMap::new();
        let mut endpoint =
            Self { name: name.to_owned(), writes, course: at, first, fields, rows: None, second_page: None };
        for Answer { place, page, body } in course.answers.get(name).into_iter().flatten() {
            let place = if name == EXCHANGE { first } else { *place };
            if !counts(place.step) {
                continue;
            }
            let fields = field::of(body);
            if fields.iter().any(|field| is_list(field)) {
                endpoint.rows.get_or_insert(place);
            }
            if *page > 1 {
                endpoint.second_page.get_or_insert(place);
            }
            for field in fields {
                endpoint.fields.entry(field).or_insert(place);
            }
        }
        Some(endpoint)
    }

    /// The call at which a fault of that kind strikes; none where it has nothing to change.
    #[must_use]
    pub fn place(&self, kind: &Kind) -> Option<Place> {
        match kind {
            Kind::NotDone => self.writes.then_some(self.first),
            // An answer without a body cannot be less.
            Kind::Truncated | Kind::Empty => self.fields.get("").copied(),
            Kind::Duplicated => self.rows.filter(|_| !self.writes && self.name != EXCHANGE),
            Kind::Shifted => self.second_page,
            Kind::WrongType(field) => self.fields.get(field).copied(),
            _ => Some(self.first),
        }
    }

    /// All calls at which something strikes.
    fn places(&self) -> impl Iterator<Item = Place> {
        let some = self.rows.into_iter().chain(self.second_page);
        std::iter::once(self.first).chain(some).chain(self.fields.values().copied())
    }
}

/// Whether a field is the rows of a list that the simulator doubles: one that is in no other list.
fn is_list(field: &str) -> bool {
    field.strip_suffix("/*").is_some_and(|list| !list.contains('*') && list.matches('/').count() <= LIST_DEPTH)
}

/// What there is to be struck.
pub struct Plan {
    /// Scenarios.
    pub courses: Vec<Course>,
    /// Endpoints, in the manifest's order, the session exchange first; one that is struck in several scenarios is there for each.
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
    /// Plays all scenarios undisturbed, `jobs` at once, and finds a place for each endpoint: the first scenario that calls it, the
    /// flows that call it in their own runs, and one in which it is asked for a second page. Unless `everywhere`, of those flows only
    /// what is read where something is then written by it.
    ///
    /// # Errors
    /// When a scenario does not go through, or an endpoint of the manifest is called by none.
    pub fn make(lasts: &[Lasts], everywhere: bool, jobs: usize) -> anyhow::Result<Self> {
        let names: Vec<&str> = FLOWS.into_iter().chain(BESIDE).collect();
        let played = crew::each(&names, jobs, |name| {
            let reference = Reference::load(name)?;
            block_on(strike::undisturbed(reference)).with_context(|| format!("{name}, undisturbed"))
        });
        let courses = played.into_iter().flatten().collect::<anyhow::Result<Vec<Course>>>()?;
        let mut endpoints = Vec::new();
        let mut missing = Vec::new();
        for (name, writes) in block_on(manifest())? {
            let of = |(at, course): (usize, &Course), own| Endpoint::of(&name, writes, at, course, own);
            let Some(first) = courses.iter().enumerate().find_map(|place| of(place, false)) else {
                missing.push(name);
                continue;
            };
            let is_wanted = |flow: &str| {
                let quick = !writes && READ_BEFORE_A_WRITE.contains(&flow);
                FLOWS.contains(&flow) && (everywhere || quick)
            };
            let wanted = courses.iter().enumerate().filter(|(_, course)| is_wanted(&course.reference.name));
            let mut found: Vec<Endpoint> = wanted.filter_map(|place| of(place, true)).collect();
            found.retain(|endpoint| (endpoint.course, endpoint.first) != (first.course, first.first));
            found.insert(0, first);
            if found.iter().all(|endpoint| endpoint.second_page.is_none()) {
                let paged = |endpoint: &Endpoint| endpoint.second_page.is_some();
                found.extend(courses.iter().enumerate().find_map(|place| of(place, false).filter(paged)));
            }
            endpoints.extend(found);
        }
        anyhow::ensure!(missing.is_empty(), "no scenario in tests/sweep/cases calls {}", missing.join(", "));
        let mut places = BTreeSet::new();
        for endpoint in &endpoints {
            for place in endpoint.places() {
                places.extend(lasts.iter().map(|lasts| (endpoint.course, place.step, *lasts)));
            }
        }
        let places: Vec<_> = places.into_iter().collect();
        let ends = crew::each(&places, jobs, |(course, step, lasts)| {
            let course = courses.get(*course).context("there is no such scenario")?;
            let place = Place { step: *step, nth: 1 };
            block_on(strike::play(&course.reference, place, *lasts, None)).map(|carried| carried.end)
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
            let all: Vec<String> = endpoint.fields.keys().cloned().collect();
            let retyped = field::drawn(&all, fields, seed ^ at as u64).into_iter().map(Kind::WrongType);
            let kinds = Kind::ALL.iter().filter(|kind| endpoint.place(kind).is_some()).cloned().chain(retyped);
            for kind in kinds {
                squares.extend(lasts.iter().map(|lasts| Square { endpoint: at, kind: kind.clone(), lasts: *lasts }));
            }
        }
        squares
    }

    /// What an endpoint is called in a table: where it is struck is said of all places but its first.
    #[must_use]
    pub fn title(&self, at: usize) -> String {
        let Some(endpoint) = self.endpoints.get(at) else { return String::new() };
        let is_further = self.endpoints.iter().take(at).any(|before| before.name == endpoint.name);
        match self.courses.get(endpoint.course).filter(|_| is_further) {
            Some(course) => format!("{} ({})", endpoint.name, course.reference.name),
            None => endpoint.name.clone(),
        }
    }

    /// Carries one square out.
    #[must_use]
    pub fn strike(&self, square: &Square) -> Struck {
        self.struck(square).unwrap_or_else(|error| Struck::wrong(format!("{error:#}")))
    }

    fn struck(&self, square: &Square) -> anyhow::Result<Struck> {
        let endpoint = self.endpoints.get(square.endpoint).context("there is no such endpoint")?;
        let course = self.courses.get(endpoint.course).context("there is no such scenario")?;
        let place = endpoint.place(&square.kind).context("such a fault has nothing to change there")?;
        let expected = self
            .ends
            .get(&(endpoint.course, place.step, square.lasts))
            .context("it was not played without the fault")?;
        let fault = (endpoint, &square.kind);
        let carried = block_on(strike::play(&course.reference, place, square.lasts, Some(fault)))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_can_be_doubled_are_those_of_a_list_in_no_other_list() {
        let lists = ["/*", "/Rows/*", "/Order/Items/*"].map(is_list);
        let others = ["", "/Rows", "/*/Items/*", "/Rows/*/Id", "/A/B/C/*"].map(is_list);
        assert_eq!((lists, others), ([true; 3], [false; 5]));
    }
}
