//! One file per command. What several of them need lies a level up.

pub(crate) mod bench;
pub(crate) mod build;
pub(crate) mod chaos;
pub(crate) mod ci;
pub(crate) mod coverage;
pub(crate) mod demo;
pub(crate) mod faults;
pub(crate) mod fuzz;
pub(crate) mod histories;
pub(crate) mod hostile;
pub(crate) mod load;
pub(crate) mod reproduce;
pub(crate) mod sbom;
pub(crate) mod scenario;
pub(crate) mod setup;
pub(crate) mod sweep;
pub(crate) mod test;
