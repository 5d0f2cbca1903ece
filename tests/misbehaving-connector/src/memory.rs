//! The connector looks through its own linear memory.

/// How often the text that `pieces` give together lies in the memory of this instance. The text is never put together here, so
/// that looking for it does not bring it in.
pub(crate) fn occurrences(pieces: &[String]) -> usize {
    let wanted = || pieces.iter().flat_map(|piece| piece.bytes());
    let length = wanted().count();
    let Some(first) = wanted().next() else { return 0 };
    let end = size();
    // Address 0 is no address in Rust.
    (1..end.saturating_sub(length))
        .filter(|&at| byte(at) == first && wanted().enumerate().all(|(offset, wanted)| byte(at + offset) == wanted))
        .count()
}

#[cfg(target_arch = "wasm32")]
fn size() -> usize {
    core::arch::wasm32::memory_size(0) * (64 << 10)
}

#[cfg(target_arch = "wasm32")]
fn byte(at: usize) -> u8 {
    // SAFETY: every address below the memory's size can be read.
    unsafe { core::ptr::read_volatile(at as *const u8) }
}

/// Outside of the sandbox there is no such memory.
#[cfg(not(target_arch = "wasm32"))]
fn size() -> usize {
    0
}

#[cfg(not(target_arch = "wasm32"))]
fn byte(_: usize) -> u8 {
    0
}
