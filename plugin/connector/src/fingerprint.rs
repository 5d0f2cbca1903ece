//! A digest of a record in canonical form, for telling whether it changed.
use rust_decimal::Decimal;

use crate::linnworks::value::Guid;

/// FNV-1a, 64 bits.
pub(crate) struct Fingerprint(u64);

impl Default for Fingerprint {
    fn default() -> Self {
        Fingerprint(0xcbf2_9ce4_8422_2325)
    }
}

impl Fingerprint {
    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    /// 16 hexadecimal digits.
    pub(crate) fn done(self) -> String {
        format!("{:016x}", self.0)
    }

    /// Both halves in one, which keeps the strength of either.
    pub(crate) fn folded(&self) -> u32 {
        ((self.0 >> 32) ^ (self.0 & u64::from(u32::MAX))) as u32
    }

    /// A field and its end, so that `ab|c` and `a|bc` differ.
    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
        self.bytes(&[0xff]);
    }

    pub(crate) fn guid(&mut self, guid: &Guid<'_>) {
        for byte in guid.plain() {
            self.bytes(&[byte]);
        }
        self.bytes(&[0xff]);
    }

    pub(crate) fn number(&mut self, number: Decimal) {
        let number = number.normalize();
        self.bytes(&number.mantissa().to_le_bytes());
        self.bytes(&number.scale().to_le_bytes());
    }

    /// Rounded to three digits, which no currency exceeds: noise of doubles is no edit.
    pub(crate) fn money(&mut self, amount: Decimal) {
        let mut amount = amount.round_dp(3);
        // Cheaper than normalizing, and as canonical.
        amount.rescale(3);
        self.bytes(&amount.mantissa().to_le_bytes());
    }
}
