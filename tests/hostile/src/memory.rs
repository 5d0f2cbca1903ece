//! The host's memory, as the kernel counts it.

use std::fs;

use anyhow::Context as _;

/// The high-water mark of the resident memory of this process, from a moment on.
#[derive(Debug, Clone, Copy)]
pub struct Peak {
    before: u64,
}

impl Peak {
    /// From now on.
    ///
    /// # Errors
    /// When the kernel does not tell.
    pub fn begin() -> anyhow::Result<Self> {
        // Sets the mark back to what is resident now.
        fs::write("/proc/self/clear_refs", "5").context("the high-water mark of memory cannot be set back")?;
        Ok(Self { before: status("VmRSS")? })
    }

    /// Bytes that the peak lies above what was resident at the beginning.
    ///
    /// # Errors
    /// When the kernel does not tell.
    pub fn grown(self) -> anyhow::Result<u64> {
        Ok(status("VmHWM")?.saturating_sub(self.before))
    }
}

fn status(field: &str) -> anyhow::Result<u64> {
    let text = fs::read_to_string("/proc/self/status").context("/proc/self/status")?;
    let line = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    let kib = line.and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse::<u64>().ok());
    Ok(kib.with_context(|| format!("/proc/self/status has no {field}"))? << 10)
}
