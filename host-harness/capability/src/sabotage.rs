//! Deliberate bugs, by which a proof shows that it can fail.
//!
//! Only the feature `sabotage` makes them possible, and only tests switch it on. In a host that is built by itself
//! (`cargo build -p host-harness`) [`asked`] is a constant and nothing of this is left; built together with the tests it has a switch
//! that no configuration, argument or variable of the environment reaches.

/// A bug that a proof has to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Sabotage {
    /// A call that writes at the source is sent twice.
    DoubledWrite = 1,
    /// A batch is called committed and is not.
    DroppedCommit = 2,
    /// An address is dialled without a look at whose it is.
    SkippedAddressCheck = 3,
}

#[cfg(feature = "sabotage")]
static ASKED: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(0);

/// Puts one bug in, for all of this process, or takes it out.
#[cfg(feature = "sabotage")]
pub fn ask(sabotage: Option<Sabotage>) {
    ASKED.store(sabotage.map_or(0, |sabotage| sabotage as u8), std::sync::atomic::Ordering::SeqCst);
}

/// Whether this bug was asked for.
#[cfg(feature = "sabotage")]
pub fn asked(sabotage: Sabotage) -> bool {
    ASKED.load(std::sync::atomic::Ordering::Relaxed) == sabotage as u8
}

/// Whether this bug was asked for: never.
#[cfg(not(feature = "sabotage"))]
pub const fn asked(_: Sabotage) -> bool {
    false
}
