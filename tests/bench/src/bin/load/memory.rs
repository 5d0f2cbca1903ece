//! How large this process is.

use anyhow::Context as _;

/// Memory of this process that is resident, in MiB.
pub(crate) fn resident() -> anyhow::Result<f64> {
    let text = std::fs::read_to_string("/proc/self/status").context("/proc/self/status cannot be read")?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("/proc/self/status has no VmRSS")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse().context("VmRSS is no number")?;
    Ok(kib / 1_024.0)
}
