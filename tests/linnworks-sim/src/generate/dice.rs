//! Repeatable chance.

use rand::{RngExt, SeedableRng, rngs::StdRng};
use uuid::Uuid;

/// A source of chance for one thing, the same in every run.
pub(super) struct Dice(StdRng);

impl Dice {
    /// The dice of the thing at a place of a kind, for a seed number.
    pub(super) fn new(seed_number: u64, kind: u64, place: usize) -> Self {
        // Odd constants spread neighbouring numbers over the whole range (Knuth's multiplicative hash, in 64 bits).
        let place = (place as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self(StdRng::seed_from_u64(seed_number.wrapping_mul(0xd134_2543_de82_ef95) ^ place ^ kind.rotate_left(56)))
    }

    /// True in `per_thousand` of 1,000 cases.
    pub(super) fn chance(&mut self, per_thousand: u32) -> bool {
        self.0.random_range(0..1000) < per_thousand
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: i32, high: i32) -> i32 {
        self.0.random_range(low..=high)
    }

    /// A place in a list of this length; 0 for an empty one.
    pub(super) fn place(&mut self, length: usize) -> usize {
        if length == 0 { 0 } else { self.0.random_range(0..length) }
    }

    /// One of the choices, of which there is at least one.
    pub(super) fn pick<T: Copy>(&mut self, first: T, others: &[T]) -> T {
        match self.place(others.len() + 1) {
            0 => first,
            place => others.get(place - 1).copied().unwrap_or(first),
        }
    }

    /// An id.
    pub(super) fn id(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(self.0.random()).into_uuid()
    }

    /// A text of decimal digits that does not start with 0.
    pub(super) fn digits(&mut self, length: usize) -> String {
        (0..length).map(|place| char::from(b'0' + self.0.random_range(u8::from(place == 0)..10))).collect()
    }
}
