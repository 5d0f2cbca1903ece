//! What is known to end otherwise and is not mended. Each is one line less once it is; a square that converges all the same is none.

use super::{Endpoint, Kind};

/// Endpoint, kinds (all where none is named), and what happens.
const KNOWN: [(&str, &[&str], &str); 3] = [
    (
        "Orders/SplitOrder",
        &["500-after", "cut-off", "truncated", "html", "empty", "wrong-type"],
        "while it is in doubt whether a part was split off, an import finds the split-off order at Linnworks and takes it for a new one",
    ),
    (
        "Inventory/GetSuppliers",
        &["truncated", "html", "empty", "wrong-type"],
        "a notice that is made while the suppliers' names cannot be read keeps an empty one, and only the log tells",
    ),
    (
        "Orders/ProcessOrder_RequiredBatchScans",
        &["no-op"],
        "an order that is refused for its scan has its invoice marked as printed at the first attempt, before it is processed",
    ),
];

/// Why this square is known to end otherwise, where it is.
pub(super) fn why(endpoint: &Endpoint, kind: &Kind) -> Option<&'static str> {
    let found = KNOWN.iter().find(|(name, kinds, _)| *name == endpoint.name && kinds.contains(&kind.name()));
    found.map(|(_, _, why)| *why)
}
