//! What goes wrong: as the simulator and the wire are told of it, and what of it is drawn by chance.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use harness_capability::http::{CrashPoint, Draw, Fault};
use scenarios::world::World;
use serde_json::{Value, json};

use crate::chance::Chance;
use crate::history::{Chaos, Event, History, OnTheWire, What, Wrong};

/// What strikes calls at Linnworks, and its share of all chaos, in hundredths.
const AT_LINNWORKS: [(Wrong, u32); 14] = [
    (Wrong::Throttled, 10),
    (Wrong::ThrottledWithoutATime, 6),
    (Wrong::ThrottledForNoTime, 6),
    (Wrong::SessionExpired, 12),
    (Wrong::ServerError, 10),
    (Wrong::ServerErrorAfterCommit, 10),
    (Wrong::CutOffBefore, 6),
    (Wrong::CutOffAfterCommit, 8),
    (Wrong::CutOffInTheAnswer, 5),
    (Wrong::CommittedLater, 3),
    (Wrong::Truncated, 5),
    (Wrong::WebPage, 5),
    (Wrong::EmptyBody, 5),
    (Wrong::SilentNoOp, 1),
];

/// The same on the wire.
const REFUSED: u32 = 4;
const SLOW: u32 = 2;
/// The host dies at the call, half of the time before it sends and half of the time with the answer in its hands.
const CRASH: u32 = 2;

const HUNDREDTHS: f64 = 10_000.0;

/// How long a slow answer takes, in milliseconds of the host's clock.
const SLOWNESS: i64 = 30_000;

/// As the simulator is told of it.
pub(crate) fn at_linnworks(fault: Wrong) -> Value {
    match fault {
        Wrong::Throttled => json!({ "do": "throttle", "retry_after": 20 }),
        Wrong::ThrottledWithoutATime => json!({ "do": "throttle", "retry_after": null }),
        Wrong::ThrottledForNoTime => json!({ "do": "throttle", "retry_after": 0 }),
        Wrong::ServerError => json!({ "do": "status", "status": 500 }),
        Wrong::ServerErrorAfterCommit => json!({ "do": "status_after", "status": 500 }),
        Wrong::CutOffBefore => json!({ "do": "cut_before" }),
        Wrong::CutOffAfterCommit => json!({ "do": "cut_after" }),
        Wrong::CutOffInTheAnswer => json!({ "do": "cut_mid_body" }),
        Wrong::CommittedLater => json!({ "do": "commit_later", "seconds": 45.0 }),
        Wrong::SessionExpired => json!({ "do": "expire_session" }),
        Wrong::EmptyBody => json!({ "do": "empty" }),
        Wrong::WebPage => json!({ "do": "html" }),
        Wrong::SilentNoOp => json!({ "do": "no_op" }),
        Wrong::Truncated => json!({ "do": "truncate" }),
    }
}

/// As the host is told of it.
pub(crate) fn on_the_wire(fault: OnTheWire) -> Fault {
    match fault {
        OnTheWire::Refused => Fault::NotSent,
        OnTheWire::Slow => Fault::Delay(SLOWNESS),
    }
}

/// The host's death at a call, with the answer in its hands or before it sends.
pub(crate) fn crash(answered: bool) -> Fault {
    Fault::Crash(if answered { CrashPoint::AfterAnswer } else { CrashPoint::BeforeSending })
}

/// What chance does to a history under way, and what it has done so far.
#[derive(Default)]
pub(crate) struct Whims {
    /// Numbers of the simulator's faults.
    kinds: BTreeMap<u64, Wrong>,
    wire: Arc<Mutex<Wire>>,
    /// Calls of the simulator that were looked at.
    seen: usize,
    /// Everything that struck, each before the event by whose place it goes.
    pub(crate) struck: Vec<(usize, What)>,
}

/// What was drawn on the host's side.
#[derive(Default)]
struct Wire {
    /// Calls by operation since the beginning, and since the event that is under way began.
    all: BTreeMap<String, (u64, u64)>,
    /// Calls since then, of all operations.
    calls: u64,
    struck: Vec<What>,
}

impl Whims {
    /// Begins to draw.
    pub(crate) fn begin(world: &mut World, chaos: Option<&Chaos>) -> anyhow::Result<Self> {
        let mut whims = Self::default();
        world.sim.clear_calls();
        let Some(chaos) = chaos else { return Ok(whims) };
        for (place, (kind, share)) in AT_LINNWORKS.iter().enumerate() {
            let mut fault = at_linnworks(*kind);
            if let Some(fault) = fault.as_object_mut() {
                let chance = f64::from(chaos.percent * share) / HUNDREDTHS;
                fault.insert("probability".into(), json!(chance));
                // Seeds that follow one another stand for other draws all the same: see the generator's steps.
                fault.insert("seed".into(), json!(chaos.seed * 64 + place as u64));
            }
            whims.kinds.insert(world.sim.fault(linnworks_sim::Fault::read(fault)?), *kind);
        }
        let (wire, chaos) = (Arc::clone(&whims.wire), *chaos);
        world.draw_faults(Draw::new(move |operation| draw(&mut lock(&wire), chaos, operation)))?;
        Ok(whims)
    }

    /// An event begins: what strikes from now on is counted from here.
    pub(crate) fn mark(&self) {
        let mut wire = lock(&self.wire);
        wire.all.values_mut().for_each(|(_, since)| *since = 0);
        wire.calls = 0;
        wire.struck.clear();
    }

    /// The event at `place` is through: notes what struck meanwhile.
    pub(crate) fn note(&mut self, world: &World, place: usize) {
        self.struck.extend(lock(&self.wire).struck.drain(..).map(|what| (place, what)));
        let Self { kinds, seen, struck, .. } = self;
        world.sim.with(|sim| {
            let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
            let calls = sim.calls();
            for call in calls.get(*seen..).unwrap_or_default() {
                let nth = counts.entry(&call.endpoint).or_default();
                *nth += 1;
                for kind in call.fault_ids.iter().filter_map(|id| kinds.get(id)) {
                    let (endpoint, nth, fault) = (call.endpoint.clone(), *nth, *kind);
                    struck.push((place, What::Fault { endpoint, nth, fault }));
                }
            }
            *seen = calls.len();
        });
    }
}

/// What happens to a call of `operation`.
fn draw(wire: &mut Wire, chaos: Chaos, operation: &str) -> Option<Fault> {
    let (all, since) = wire.all.entry(operation.to_owned()).or_default();
    (*all, *since) = (*all + 1, *since + 1);
    wire.calls += 1;
    let name: u64 = operation.bytes().fold(7, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let mut chance = Chance::new(chaos.seed.wrapping_mul(0x1_0001) ^ name.wrapping_mul(0x1_0000_01b3) ^ (*all << 32));
    let roll = chance.below(10_000);
    let (refused, slow, death) = (chaos.percent * REFUSED, chaos.percent * SLOW, chaos.percent * CRASH);
    let at = |fault| What::Wire { operation: operation.to_owned(), nth: *since, fault };
    let (what, fault) = if roll < refused {
        (at(OnTheWire::Refused), on_the_wire(OnTheWire::Refused))
    } else if roll < refused + slow {
        (at(OnTheWire::Slow), on_the_wire(OnTheWire::Slow))
    } else if roll < refused + slow + death {
        let answered = chance.one_in(2);
        let nth = u32::try_from(wire.calls).unwrap_or(u32::MAX);
        (What::Crash { nth, answered }, crash(answered))
    } else {
        return None;
    };
    wire.struck.push(what);
    Some(fault)
}

fn lock(wire: &Mutex<Wire>) -> MutexGuard<'_, Wire> {
    wire.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same history with what struck by chance written out as events, so that each fault can be dropped by itself.
#[must_use]
pub fn written_out(history: &History, struck: &[(usize, What)]) -> History {
    let mut last = history.events.iter().map(|event| event.id).max().unwrap_or_default();
    let mut events = Vec::with_capacity(history.events.len() + struck.len());
    for (place, event) in history.events.iter().enumerate() {
        for (_, what) in struck.iter().filter(|(before, _)| *before == place) {
            last += 1;
            events.push(Event { id: last, what: what.clone() });
        }
        events.push(event.clone());
    }
    History { chaos: None, events, ..history.clone() }
}

/// How a fault is called in a count of them; none of what is none.
#[must_use]
pub fn kind(what: &What) -> Option<String> {
    match what {
        What::Fault { fault, .. } => Some(fault.name()),
        What::Wire { fault: OnTheWire::Refused, .. } => Some("refused".into()),
        What::Wire { fault: OnTheWire::Slow, .. } => Some("slow".into()),
        What::Crash { .. } | What::CrashAt(_) => Some("crash".into()),
        What::EmptyStorage => Some("storage-lost".into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_all_kinds_are_a_hundred() {
        let linnworks: u32 = AT_LINNWORKS.iter().map(|(_, share)| share).sum();
        assert_eq!(linnworks + REFUSED + SLOW + CRASH, 100);
    }

    #[test]
    fn what_struck_is_written_before_the_event_that_it_struck() {
        let history = crate::generate::chaos(1, 3, 10);
        let struck = vec![(1, What::Wire { operation: "ping".into(), nth: 2, fault: OnTheWire::Slow })];
        let written = written_out(&history, &struck);
        assert_eq!(written.events.iter().map(|event| event.id).collect::<Vec<_>>(), [1, 4, 2, 3]);
        assert_eq!(written.chaos, None);
    }

    #[test]
    fn a_draw_is_the_same_again_and_strikes_as_often_as_asked() {
        let drawn = |seed| {
            let (mut wire, chaos) = (Wire::default(), Chaos { seed, percent: 50 });
            (0..2_000).map(|_| draw(&mut wire, chaos, "orders")).collect::<Vec<_>>()
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        let struck = drawn(1).iter().flatten().count();
        assert!((50..=120).contains(&struck), "{struck} of 2,000, of which 80 are to be expected");
    }
}
