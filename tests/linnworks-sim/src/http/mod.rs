//! The web layer: what every call goes through before and after its endpoint.
//!
//! Here live routing, binding of parameters, sessions, limits per minute, faults, the log of calls and the server
//! itself. Not here: what a call means (`endpoints`), and the simulator's own controls (`control`).

pub(crate) mod bind;
pub(crate) mod calllog;
pub(crate) mod faults;
pub(crate) mod gateway;
pub(crate) mod params;
pub(crate) mod reply;
pub(crate) mod server;
pub(crate) mod session;
pub(crate) mod throttle;
