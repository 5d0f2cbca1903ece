//! What the measuring programs stand on: [`lab`]. `bench` measures the host against its limits, `load` runs many connections for
//! hours of virtual time.
#![deny(missing_docs)]

pub mod lab;
