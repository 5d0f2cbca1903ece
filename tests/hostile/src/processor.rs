//! The processor time of this thread, on which the host, the attacker and the neighbour take turns.

use std::num::ParseIntError;
use std::time::Duration;

use anyhow::Context as _;

/// The kernel tells it in hundredths of a second on every machine.
const HUNDREDTH: Duration = Duration::from_millis(10);

/// What this thread has worked since it began.
///
/// # Errors
/// When the kernel does not tell.
pub fn time() -> anyhow::Result<Duration> {
    let path = "/proc/thread-self/stat";
    let text = std::fs::read_to_string(path).with_context(|| path)?;
    // The thread's name may hold anything. After it come the fields from the third on; the fourteenth and the fifteenth are
    // the time of the program and of the kernel on its behalf.
    let times = text.rsplit_once(')').into_iter().flat_map(|(_, fields)| fields.split_whitespace().skip(11).take(2));
    let times: Result<Vec<u32>, ParseIntError> = times.map(str::parse::<u32>).collect();
    let times = times.with_context(|| format!("{path}: {text}"))?;
    anyhow::ensure!(times.len() == 2, "{path} has no times: {text}");
    Ok(HUNDREDTH * times.iter().sum::<u32>())
}
