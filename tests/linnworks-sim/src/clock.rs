//! The one clock. It shows the machine's time until it is set or advanced; from then on it stands still until told.

use crate::state::Stamp;

/// Virtual time.
#[derive(Debug, Clone, Copy, Default)]
pub struct Clock {
    fixed: Option<Stamp>,
}

impl Clock {
    /// The present moment.
    pub fn now(&self) -> Stamp {
        self.fixed.unwrap_or_else(Stamp::wall)
    }

    /// Does the clock stand still?
    pub fn is_fixed(&self) -> bool {
        self.fixed.is_some()
    }

    /// Stops the clock at `moment`.
    pub fn set(&mut self, moment: Stamp) {
        self.fixed = Some(moment);
    }

    /// Moves the clock forward and leaves it standing there.
    pub fn advance(&mut self, seconds: f64) {
        self.fixed = Some(self.now().plus_seconds(seconds));
    }

    /// Goes back to the machine's time.
    pub fn release(&mut self) {
        self.fixed = None;
    }
}
