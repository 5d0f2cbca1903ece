//! The one clock of the host.
//!
//! Whatever decides something by time (schedules, rate groups, back-off, leases) asks this clock, so that a test can drive
//! hours in milliseconds. Limits on real input and output (connecting, reading) do not: they run on the machine's own clock,
//! since a socket does not know that it is noon in a scenario. They are never part of a scenario's outcome.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::future::BoxFuture;
use tokio::sync::oneshot;

/// Milliseconds since 1970-01-01T00:00:00Z, as in the contract.
pub type Instant = i64;

/// A source of time that one can also wait on.
pub trait Clock: Send + Sync + 'static {
    /// Now, in milliseconds since 1970 in UTC.
    fn now_ms(&self) -> Instant;

    /// Ready as soon as [`Clock::now_ms`] is at least `instant`; at once when it is already.
    fn sleep_until(&self, instant: Instant) -> BoxFuture<'static, ()>;

    /// As [`Clock::sleep_until`], for what goes on beside the work (a lease kept alive): a clock that a driver moves is not
    /// moved for its sake, but stops there on its way.
    fn pass_by(&self, instant: Instant) -> BoxFuture<'static, ()> {
        self.sleep_until(instant)
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

fn system_now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant::try_from(since.as_millis()).unwrap_or(Instant::MAX)
}

impl Clock for SystemClock {
    fn now_ms(&self) -> Instant {
        system_now()
    }

    fn sleep_until(&self, instant: Instant) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            // In a loop, because the machine's time may be set back while we sleep. An hour at most at a time, because it may
            // be set forward too.
            loop {
                let Ok(left) = u64::try_from(instant.saturating_sub(system_now())) else { return };
                if left == 0 {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(left.min(3_600_000))).await;
            }
        })
    }
}

/// The machine's clock, a constant time ahead or behind: another time of day without another machine.
#[derive(Debug, Clone, Copy)]
pub struct OffsetClock {
    /// Milliseconds ahead; negative: behind.
    pub offset: i64,
}

impl Clock for OffsetClock {
    fn now_ms(&self) -> Instant {
        system_now().saturating_add(self.offset)
    }

    fn sleep_until(&self, instant: Instant) -> BoxFuture<'static, ()> {
        SystemClock.sleep_until(instant.saturating_sub(self.offset))
    }
}

/// A clock that stands still until a driver moves it.
///
/// The driver lets everything settle, asks [`VirtualClock::next_waiter`] and calls [`VirtualClock::advance_to`] with it.
#[derive(Debug)]
pub struct VirtualClock {
    state: Mutex<VirtualState>,
}

#[derive(Debug)]
struct VirtualState {
    now: Instant,
    tickets: u64,
    /// By instant and order of arrival, so that waking is the same in every run.
    waiters: BTreeMap<(Instant, u64), Waiter>,
}

#[derive(Debug)]
struct Waiter {
    wake: oneshot::Sender<()>,
    /// Whether it is a reason to move the clock.
    moves: bool,
}

impl VirtualClock {
    /// A clock that shows `now` until it is moved.
    pub fn new(now: Instant) -> Self {
        Self { state: Mutex::new(VirtualState { now, tickets: 0, waiters: BTreeMap::new() }) }
    }

    fn state(&self) -> MutexGuard<'_, VirtualState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The earliest instant that somebody waits for; `None` when nobody waits, or only by [`Clock::pass_by`].
    pub fn next_waiter(&self) -> Option<Instant> {
        let mut state = self.state();
        state.waiters.retain(|_, waiter| !waiter.wake.is_closed());
        if !state.waiters.values().any(|waiter| waiter.moves) {
            return None;
        }
        state.waiters.first_key_value().map(|((instant, _), _)| *instant)
    }

    /// How many wait at present.
    pub fn waiting(&self) -> usize {
        let mut state = self.state();
        state.waiters.retain(|_, waiter| !waiter.wake.is_closed());
        state.waiters.len()
    }

    /// Moves the clock to `instant` and wakes everybody who waited for it or for an earlier one. An instant in the past
    /// changes nothing: this clock never goes back.
    pub fn advance_to(&self, instant: Instant) {
        let due = {
            let mut state = self.state();
            state.now = state.now.max(instant);
            let first_later = (state.now.saturating_add(1), 0);
            let later = state.waiters.split_off(&first_later);
            std::mem::replace(&mut state.waiters, later)
        };
        for waiter in due.into_values() {
            // A waiter that was dropped meanwhile needs no waking.
            let _ = waiter.wake.send(());
        }
    }

    fn wait(&self, instant: Instant, moves: bool) -> BoxFuture<'static, ()> {
        let (wake, woken) = oneshot::channel();
        {
            let mut state = self.state();
            if instant <= state.now {
                return Box::pin(std::future::ready(()));
            }
            let ticket = state.tickets;
            state.tickets += 1;
            state.waiters.insert((instant, ticket), Waiter { wake, moves });
        }
        Box::pin(async move {
            // The sender goes away only with the clock itself; then there is no time left to wait for.
            let _ = woken.await;
        })
    }
}

impl Clock for VirtualClock {
    fn now_ms(&self) -> Instant {
        self.state().now
    }

    fn sleep_until(&self, instant: Instant) -> BoxFuture<'static, ()> {
        self.wait(instant, true)
    }

    fn pass_by(&self, instant: Instant) -> BoxFuture<'static, ()> {
        self.wait(instant, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[tokio::test]
    async fn a_virtual_clock_wakes_only_what_is_due() {
        let clock = Arc::new(VirtualClock::new(1_000));
        let early = tokio::spawn(clock.sleep_until(2_000));
        let late = tokio::spawn(clock.sleep_until(3_000));
        assert_eq!(clock.next_waiter(), Some(2_000));
        clock.advance_to(2_000);
        early.await.unwrap();
        assert!(!late.is_finished());
        assert_eq!((clock.now_ms(), clock.next_waiter()), (2_000, Some(3_000)));
        clock.advance_to(10_000);
        late.await.unwrap();
        assert_eq!(clock.next_waiter(), None);
    }

    #[tokio::test]
    async fn a_virtual_clock_never_goes_back_and_forgets_who_gave_up() {
        let clock = VirtualClock::new(5_000);
        clock.advance_to(1_000);
        assert_eq!(clock.now_ms(), 5_000);
        drop(clock.sleep_until(9_000));
        assert_eq!((clock.next_waiter(), clock.waiting()), (None, 0));
        clock.sleep_until(5_000).await;
    }

    #[tokio::test]
    async fn a_virtual_clock_is_not_moved_for_what_passes_by_and_stops_there_on_its_way() {
        let clock = VirtualClock::new(0);
        let _beat = clock.pass_by(40);
        assert_eq!((clock.next_waiter(), clock.waiting()), (None, 1));
        let _work = clock.sleep_until(150);
        assert_eq!(clock.next_waiter(), Some(40));
        clock.advance_to(40);
        assert_eq!(clock.next_waiter(), Some(150));
    }

    #[tokio::test]
    async fn a_clock_that_is_ahead_waits_as_long_as_the_machines() {
        let day = 86_400_000;
        for clock in [OffsetClock { offset: day }, OffsetClock { offset: -day }] {
            let apart = clock.now_ms() - SystemClock.now_ms();
            assert!((apart - clock.offset).abs() < 1_000, "{apart}");
            let target = clock.now_ms() + 20;
            clock.sleep_until(target).await;
            assert!((target..target + 10_000).contains(&clock.now_ms()));
        }
    }

    #[tokio::test]
    async fn the_system_clock_returns_at_once_for_the_past_and_waits_for_the_future() {
        let clock = SystemClock;
        clock.sleep_until(0).await;
        let target = clock.now_ms() + 20;
        clock.sleep_until(target).await;
        assert!(clock.now_ms() >= target);
    }
}
