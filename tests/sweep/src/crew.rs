//! Many worlds beside one another, each on a thread of its own.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of a thread's stack: a world carried through a scenario is one deep future.
const STACK: usize = 32 * 1024 * 1024;

/// How many there are at once where nobody says. A world mostly waits, for the disk and for its own clock to be moved on.
#[must_use]
pub fn usual() -> usize {
    3 * std::thread::available_parallelism().map_or(1, usize::from)
}

/// Does `work` for each of `items`, `jobs` at once. The results are in the order of the items; one is missing where its work broke
/// off, or no thread could be had at all.
pub fn each<T: Sync, R: Send>(items: &[T], jobs: usize, work: impl Fn(&T) -> R + Sync) -> Vec<Option<R>> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<R>>> = items.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, 64) {
            let crew = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(item), Some(place)) = (items.get(at), results.get(at)) else { return };
                    let result = work(item);
                    if let Ok(mut place) = place.lock() {
                        *place = Some(result);
                    }
                }
            });
            // Where the machine gives no more threads, those that there are do the work.
            drop(crew);
        }
    });
    results.into_iter().map(|place| place.into_inner().ok().flatten()).collect()
}
