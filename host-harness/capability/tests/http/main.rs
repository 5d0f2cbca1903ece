//! The HTTP capability over real loopback connections. Each test states a fact; `support` is the bench they stand on.
// The linter knows tests by their attribute; helpers of tests fail as loudly.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod authentication;
mod egress;
mod faults;
mod limits;
mod outcomes;
mod secrecy;
mod support;
mod tls;
mod tls_refused;
