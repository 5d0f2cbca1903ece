//! Processor time of a guest, counted by timing each poll of its invocation.
//!
//! An epoch deadline alone would count the time a guest spends waiting for an answer. So the deadline only makes the guest
//! come up for air every tick, and what is compared with the budget is the processor time of the thread between the start
//! and the end of each poll.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use crate::turnstile::Turnstile;

/// Processor time used so far, shared between the poll timer and the epoch callback.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    /// Nanoseconds of all finished polls.
    spent: AtomicU64,
    /// Thread time at which the poll under way began; the callback runs on the same thread.
    began: AtomicU64,
}

impl Meter {
    /// Nanoseconds used, the poll under way included. Call only from inside a poll or when none is under way.
    pub(crate) fn nanoseconds_within_poll(&self) -> u64 {
        let now = thread_nanoseconds();
        self.spent.load(Ordering::Relaxed) + now.saturating_sub(self.began.load(Ordering::Relaxed))
    }

    /// Nanoseconds of all finished polls.
    pub(crate) fn nanoseconds(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }
}

/// An invocation whose polls are timed, and told to its turnstile.
pub(crate) struct Metered<F> {
    future: Pin<Box<F>>,
    meter: Arc<Meter>,
    turnstile: Arc<Turnstile>,
}

impl<F> Metered<F> {
    pub(crate) fn new(meter: Arc<Meter>, turnstile: Arc<Turnstile>, future: F) -> Self {
        Self { future: Box::pin(future), meter, turnstile }
    }
}

impl<F: Future> Future for Metered<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let began = thread_nanoseconds();
        self.meter.began.store(began, Ordering::Relaxed);
        let poll = self.future.as_mut().poll(context);
        self.meter.spent.fetch_add(thread_nanoseconds().saturating_sub(began), Ordering::Relaxed);
        if poll.is_pending() {
            self.turnstile.pending();
        }
        poll
    }
}

fn thread_nanoseconds() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000 + u64::try_from(time.tv_nsec).unwrap_or(0)
}
