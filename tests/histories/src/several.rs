//! Several histories, on all cores.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::history::History;
use crate::run::{Outcome, run};

/// Runs the histories, as many at once as there are cores. `hear` is told of each as it ends, from several threads.
pub fn several(histories: &[History], hear: impl Fn(&History, &Outcome) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(history) = histories.get(next.fetch_add(1, Ordering::Relaxed)) {
                    hear(history, &run(history));
                }
            });
        }
    });
}
