//! Scenario files: whatever a file holds, it is a scenario or an error that says where.

use crate::{bug, format};

/// Reads the text as a scenario.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match format::read(text) {
        Ok(case) => {
            assert!(!case.steps.is_empty() && !bug::asked(), "a scenario has steps");
            assert!(case.steps.iter().all(|step| step.verb().is_ok()), "each step has one verb");
        }
        Err(error) => {
            let told = format!("{error:#}");
            let place =
                ["line ", "step ", "at least one step", "the file as a whole"].iter().any(|place| told.contains(place));
            assert!(place, "an error without a place: {told}");
        }
    }
}
