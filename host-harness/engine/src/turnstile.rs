//! Answers one at a time, in the order of sending.
//!
//! Sends of one invocation overlap on the network. If their answers reached the guest as they come, the same answers would
//! give another order of work in each run, and with it other output and other fuel. So each send takes a ticket; its answer
//! waits until every earlier one has been handed over, and until the guest has done all that it could with them.
//!
//! That the guest is idle shows in how its invocation is polled: wasmtime's event loop returns `Pending` only when nothing is
//! left to run. Two other causes of `Pending` are told apart: the guest came up for air (an epoch tick), or it stands in a
//! host function that waits for the database.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

#[derive(Debug, Default)]
pub(crate) struct Turnstile {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    issued: u64,
    serving: u64,
    /// Whether the guest has nothing to do until it is answered.
    idle: bool,
    /// Whether the guest was interrupted in the poll under way.
    came_up: bool,
    /// Host functions in which the guest stands.
    standing: u32,
    waiting: BTreeMap<u64, Waker>,
    /// Tickets whose future was dropped before its turn.
    abandoned: std::collections::BTreeSet<u64>,
}

/// The right to be served after every ticket issued before.
#[derive(Debug)]
pub(crate) struct Ticket<'a> {
    turnstile: &'a Turnstile,
    number: u64,
}

impl Turnstile {
    pub(crate) fn ticket(&self) -> Ticket<'_> {
        let mut state = self.lock();
        let number = state.issued;
        state.issued += 1;
        Ticket { turnstile: self, number }
    }

    /// The guest comes up for air: the `Pending` that follows says nothing.
    pub(crate) fn came_up(&self) {
        self.lock().came_up = true;
    }

    /// The guest stands in a host function until the answer is dropped.
    pub(crate) fn standing(self: &Arc<Self>) -> Standing {
        self.lock().standing += 1;
        Standing(Arc::clone(self))
    }

    /// The invocation was polled and is `Pending`.
    pub(crate) fn pending(&self) {
        let mut state = self.lock();
        if std::mem::take(&mut state.came_up) || state.standing > 0 {
            return;
        }
        state.idle = true;
        let serving = state.serving;
        if let Some(waker) = state.waiting.remove(&serving) {
            waker.wake();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Ticket<'_> {
    /// Resolves when every earlier ticket has been dropped and the guest is idle.
    pub(crate) async fn turn(&self) {
        std::future::poll_fn(|context: &mut Context<'_>| {
            let mut state = self.turnstile.lock();
            if state.serving == self.number && state.idle {
                state.idle = false;
                return Poll::Ready(());
            }
            state.waiting.insert(self.number, context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// The guest stands in a host function.
#[derive(Debug)]
pub(crate) struct Standing(Arc<Turnstile>);

impl Drop for Standing {
    fn drop(&mut self) {
        self.0.lock().standing -= 1;
    }
}

impl Drop for Ticket<'_> {
    fn drop(&mut self) {
        let mut state = self.turnstile.lock();
        state.waiting.remove(&self.number);
        state.abandoned.insert(self.number);
        while let Some(first) = state.abandoned.first().copied() {
            if first != state.serving {
                break;
            }
            state.abandoned.remove(&first);
            state.serving += 1;
        }
        let serving = state.serving;
        if let Some(waker) = state.waiting.remove(&serving) {
            waker.wake();
        }
    }
}
