//! `demo`
fn main() {}
