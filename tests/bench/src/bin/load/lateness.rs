//! How late flows began: what the scheduler says of each, heard from its log.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

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
    /// How many flows began so many seconds late.
    single: BTreeMap<i64, usize>,
    other: BTreeMap<i64, usize>,
    large: BTreeMap<i64, usize>,
}

impl Heard {
    fn of(&mut self, kind: Kind) -> &mut BTreeMap<i64, usize> {
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

    fn lock(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Flows that began.
    pub(crate) fn runs(&self) -> usize {
        let mut heard = self.lock();
        Kind::ALL.into_iter().map(|kind| heard.of(kind).values().sum::<usize>()).sum()
    }

    /// For each kind of client the worst lateness, and the one that ninety-nine of a hundred stay below, in seconds.
    pub(crate) fn told(&self) -> Vec<(&'static str, f64, f64)> {
        let mut heard = self.lock();
        Kind::ALL
            .into_iter()
            .map(|kind| {
                let counts = heard.of(kind);
                let all: usize = counts.values().sum();
                let mut seen = 0;
                let nearly = counts.iter().find_map(|(late, count)| {
                    seen += count;
                    (seen * 100 >= all * 99).then_some(*late)
                });
                let worst = counts.last_key_value().map(|(late, _)| *late);
                #[expect(clippy::cast_precision_loss, reason = "seconds of a day")]
                let seconds = |late: Option<i64>| late.unwrap_or_default() as f64;
                (kind.name(), seconds(worst), seconds(nearly))
            })
            .collect()
    }
}

impl<S: Subscriber> Layer<S> for Lateness {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);
        let (Some(connection), Some(late), Some(now)) = (said.connection, said.late_ms, said.now) else { return };
        let late = late.min(now - self.started.load(Ordering::SeqCst));
        let mut heard = self.lock();
        let Some(place) = heard.places.get(&connection).copied() else { return };
        *heard.of(self.size.kind_of(place)).entry((late + 999).div_euclid(1_000)).or_default() += 1;
    }
}

/// Fields of the event.
#[derive(Default)]
struct Said {
    connection: Option<i64>,
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

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}
