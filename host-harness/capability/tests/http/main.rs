//! The HTTP capability over real loopback connections. Each test states a fact; `support` is the bench they stand on.

mod authentication;
mod egress;
mod faults;
mod limits;
mod outcomes;
mod secrecy;
mod support;
mod tls;
