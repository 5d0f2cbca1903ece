//! How late flows began: what the scheduler says of each, heard from its log; and how late those are that have not
//! begun.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use host_harness::flow::{Beat, FLOWS};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::shape::{Kind, Size};

/// What was heard.
#[derive(Clone)]
pub(crate) struct Lateness {
    size: Size,
    heard: Arc<Mutex<Heard>>,
    /// When the host that works was started: what was due before is late from then on.
    started: Arc<AtomicI64>,
}

#[derive(Default)]
struct Heard {
    /// Place of a connection by its id.
    places: BTreeMap<i64, usize>,
    /// How many flows began, by name.
    begun: BTreeMap<String, usize>,
    single: OfKind,
    other: OfKind,
    large: OfKind,
}

/// What was heard of one kind of client.
#[derive(Default)]
struct OfKind {
    /// How many flows were so many seconds late.
    late: BTreeMap<i64, usize>,
    /// How many seconds a beat waited for its turn at worst, before any of its flows began.
    turn: i64,
}

/// How late the flows of one kind of client were, in seconds.
pub(crate) struct Told {
    pub(crate) whose: Kind,
    pub(crate) worst: f64,
    /// What ninety-nine of a hundred stay below.
    pub(crate) nearly: f64,
    /// How long a beat waited for its turn at worst.
    pub(crate) turn: f64,
}

impl Heard {
    fn of(&mut self, kind: Kind) -> &mut OfKind {
        match kind {
            Kind::Single => &mut self.single,
            Kind::Other => &mut self.other,
            Kind::Large => &mut self.large,
        }
    }
}

impl Lateness {
    /// Begins to hear, in all of this process; warnings and errors go to standard error, as the host's own do.
    pub(crate) fn listen(size: &Size) -> Self {
        let heard = Self { size: size.clone(), heard: Arc::default(), started: Arc::default() };
        let errors = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_filter(LevelFilter::ERROR);
        let schedule = heard.clone().with_filter(Targets::new().with_target("schedule", LevelFilter::DEBUG));
        tracing_subscriber::registry().with(errors).with(schedule).init();
        heard
    }

    /// These are the connections, by place.
    pub(crate) fn know(&self, connections: &[i64]) {
        let places = connections.iter().enumerate().map(|(place, id)| (*id, place)).collect();
        self.lock().places = places;
    }

    /// A host begins to work now.
    pub(crate) fn begin(&self, now: i64) {
        self.started.store(now, Ordering::SeqCst);
    }

    /// These beats of connections have been due since then, and have not begun by now: they are late as well.
    pub(crate) fn note_waiting(&self, waiting: &[(i64, i64)], now: i64) {
        for (connection, due_at) in waiting {
            self.note(*connection, now - due_at, now, true);
        }
    }

    /// Notes how late a flow is, and answers whether the connection is known; `first` where it waits for nothing but
    /// its turn.
    fn note(&self, connection: i64, late_ms: i64, now: i64, first: bool) -> bool {
        let late = late_ms.min(now - self.started.load(Ordering::SeqCst));
        let late = (late + 999).div_euclid(1_000);
        let mut heard = self.lock();
        let Some(place) = heard.places.get(&connection).copied() else { return false };
        let of = heard.of(self.size.kind_of(place));
        *of.late.entry(late).or_default() += 1;
        if first {
            of.turn = of.turn.max(late);
        }
        true
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many flows began, by name.
    pub(crate) fn begun(&self) -> BTreeMap<String, usize> {
        self.lock().begun.clone()
    }

    /// How late the flows of each kind of client were.
    pub(crate) fn told(&self) -> Vec<Told> {
        let mut heard = self.lock();
        Kind::ALL
            .into_iter()
            .map(|kind| {
                let OfKind { late: counts, turn } = heard.of(kind);
                let all: usize = counts.values().sum();
                let mut seen = 0;
                let nearly = counts.iter().find_map(|(late, count)| {
                    seen += count;
                    (seen * 100 >= all * 99).then_some(*late)
                });
                let worst = counts.last_key_value().map(|(late, _)| *late);
                #[expect(clippy::cast_precision_loss, reason = "seconds of a day")]
                let seconds = |late: Option<i64>| late.unwrap_or_default() as f64;
                Told { whose: kind, worst: seconds(worst), nearly: seconds(nearly), turn: seconds(Some(*turn)) }
            })
            .collect()
    }
}

impl<S: Subscriber> Layer<S> for Lateness {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);
        // What does not say all of it is not counted, and then too few flows have begun.
        let Said { connection: Some(connection), flow: Some(flow), late_ms: Some(late), now: Some(now) } = said else {
            return;
        };
        if self.note(connection, late, now, is_first(&flow)) {
            *self.lock().begun.entry(flow).or_default() += 1;
        }
    }
}

/// Whether a beat begins with that flow, so that nothing of its own beat came before it.
fn is_first(name: &str) -> bool {
    let first = |beat: Beat| FLOWS.iter().find(|flow| flow.beat == beat);
    Beat::ALL.into_iter().filter_map(first).any(|flow| flow.name == name)
}

/// Fields of the event.
#[derive(Default)]
struct Said {
    connection: Option<i64>,
    flow: Option<String>,
    late_ms: Option<i64>,
    now: Option<i64>,
}

impl Visit for Said {
    fn record_i64(&mut self, field: &Field, value: i64) {
        match field.name() {
            "connection" => self.connection = Some(value),
            "late_ms" => self.late_ms = Some(value),
            "now" => self.now = Some(value),
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "flow" {
            self.flow = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
