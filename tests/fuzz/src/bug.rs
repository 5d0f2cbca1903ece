//! Deliberate bugs: with `FUZZ_BUG` in its environment each target does one thing wrong in the place of what it tests, and has to
//! complain about an input that is kept. `cargo xtask fuzz --prove` sees to it.

use std::sync::OnceLock;

/// Whether the bug was asked for.
pub fn asked() -> bool {
    static ASKED: OnceLock<bool> = OnceLock::new();
    *ASKED.get_or_init(|| std::env::var_os("FUZZ_BUG").is_some())
}
