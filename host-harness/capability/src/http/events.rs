//! What is told about every call while it happens: for the request log, metrics, and the counter of stock moves.
//!
//! Names, numbers and times only. No body, no query, no header, no credential: an event can be kept and shown.

use futures::future::BoxFuture;

use super::Scope;

/// A call that is about to leave.
#[derive(Debug, Clone, Copy)]
pub struct Sending<'a> {
    /// Who calls.
    pub scope: &'a Scope,
    /// The account at the source, once it is known.
    pub account: Option<&'a str>,
    /// Name of the operation in the manifest, or [`super::EXCHANGE`].
    pub operation: &'a str,
    /// Whether it can move stock at the source.
    pub moves_stock: bool,
    /// 1 for the first time that it is sent, more for repeats.
    pub attempt: u32,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// With an answer of this status.
    Status(u16),
    /// Refused by the egress policy.
    Denied,
    /// Without having left.
    NotSent,
    /// Sent, and the answer is lost.
    OutcomeUnknown,
    /// With an answer that is larger than the operation, or what is left to the invocation, allows.
    TooLarge,
}

/// A call that has ended.
#[derive(Debug, Clone, Copy)]
pub struct Finished<'a> {
    /// What was sent.
    pub call: Sending<'a>,
    /// How it ended.
    pub ending: Ending,
    /// From sending to the end, in milliseconds of real time.
    pub ms: u64,
    /// How long it stood in its rate group before, in milliseconds of the host's clock.
    pub waited_ms: u64,
    /// Bytes of the request's body.
    pub bytes_out: u64,
    /// Bytes of the answer's body that came, whether it was taken or not.
    pub bytes_in: u64,
}

/// Is told of every call, repeats and session exchanges included.
pub trait CallSink: Send + Sync + 'static {
    /// Just before the call leaves.
    fn sending(&self, call: Sending<'_>) {
        let _ = call;
    }
    /// When the host knows how it ended, before the guest does. Not called when the run is dropped meanwhile.
    fn finished(&self, call: Finished<'_>);
    /// Before a call that moves stock of `account` leaves, and again when it has ended: whoever reads stock in between finds out.
    /// A reason why this could not be noted keeps the call from leaving.
    fn moves_stock<'a>(&'a self, application: &'a str, account: &'a str) -> BoxFuture<'a, Result<(), String>> {
        let _ = (application, account);
        Box::pin(std::future::ready(Ok(())))
    }
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSink;

impl CallSink for NoSink {
    fn finished(&self, _: Finished<'_>) {}
}
