//! What Linnworks does by itself, whichever endpoint sets it off: filtering, processing, merging, splitting, stock, deliveries.
//!
//! Not here: parameters and answers of endpoints (`endpoints`).

pub(crate) mod fields;
pub(crate) mod filters;
pub(crate) mod lifecycle;
pub(crate) mod merging;
pub(crate) mod processing;
pub(crate) mod purchasing;
pub(crate) mod returns;
pub(crate) mod splitting;
pub(crate) mod stock;
