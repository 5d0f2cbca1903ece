//! Answers one at a time, in the order of sending.
//!
//! Sends of one invocation overlap on the network. If their answers reached the guest as they come, the same answers would
//! give another order of work in each run, and with it other output and other fuel. So each send takes a ticket, and its
//! answer waits until every earlier one has been handed over. The guest runs between two of them: the next ticket's future
//! is woken only when the one before it has completed, and wasmtime's event loop runs the guest before it polls again.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

#[derive(Debug, Default)]
pub(crate) struct Turnstile {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    issued: u64,
    serving: u64,
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

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Ticket<'_> {
    /// Resolves when every earlier ticket has been dropped.
    pub(crate) async fn turn(&self) {
        std::future::poll_fn(|context: &mut Context<'_>| {
            let mut state = self.turnstile.lock();
            if state.serving == self.number {
                return Poll::Ready(());
            }
            state.waiting.insert(self.number, context.waker().clone());
            Poll::Pending
        })
        .await;
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
