//! One request on the wire and its whole answer, with limits on time and size.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Body;
use hyper_util::rt::TokioIo;

use super::dial::{DialError, Dialler};
use super::egress::AllowList;
use super::pool::{PoolKey, Pools, Sender};
use crate::LimitExceeded;

/// Longest head of an answer, and the most that is read at a time, in bytes.
const READ_LIMIT: usize = 256 * 1024;
/// Most memory that is set aside on the word of a server, in bytes.
const SET_ASIDE: u64 = 64 * 1024;
/// What a guest may see of an answer's head.
const PASSED_ON: [&str; 3] = ["content-type", "date", "retry-after"];

/// Counts bytes of an answer as they come in; an error when there are no more to be had.
pub(crate) type Count<'a> = dyn Fn(u64) -> Result<(), LimitExceeded> + Sync + 'a;

/// Everything that goes out, put together by the host alone.
#[derive(Clone)]
pub(crate) struct Outgoing {
    pub(crate) method: http::Method,
    /// Path and query.
    pub(crate) path: String,
    pub(crate) content_type: Option<&'static str>,
    pub(crate) authentication: Option<(http::HeaderName, http::HeaderValue)>,
    pub(crate) body: Bytes,
    /// From sending to the last byte of the answer.
    pub(crate) time_limit: Duration,
    /// Largest body of the answer, in bytes.
    pub(crate) size_limit: u64,
}

/// An answer, with the headers that are passed on.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// Why there is no answer; the texts hold neither query nor body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lost {
    Denied(String),
    NotSent(String),
    Unknown(String),
    TooLarge(u64),
    /// The invocation has used up its bytes.
    Spent(LimitExceeded),
}

pub(crate) struct Transport {
    pub(crate) dialler: Dialler,
    pub(crate) pools: Pools,
    in_flight: AtomicUsize,
}

struct InFlight<'a>(&'a AtomicUsize);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Transport {
    pub(crate) fn new(dialler: Dialler) -> Self {
        Self { dialler, pools: Pools::default(), in_flight: AtomicUsize::new(0) }
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Acquire)
    }

    pub(crate) async fn exchange(
        &self,
        allow: &AllowList,
        key: &PoolKey,
        outgoing: Outgoing,
        count: &Count<'_>,
    ) -> Result<Answer, Lost> {
        self.in_flight.fetch_add(1, Ordering::AcqRel);
        let _in_flight = InFlight(&self.in_flight);
        let (time_limit, size_limit) = (outgoing.time_limit, outgoing.size_limit);
        let mut request = request(key, outgoing)?;
        loop {
            let (mut sender, kept) = match self.pools.take(key).await {
                Some(sender) => (sender, true),
                None => (self.connect(allow, key).await?, false),
            };
            let sent = async {
                let response = match sender.try_send_request(request).await {
                    Ok(response) => response,
                    Err(mut error) => {
                        return Err(match error.take_message() {
                            Some(request) => Attempt::Unsent(Box::new(request), error.into_error().to_string()),
                            None => Attempt::Lost(broken_off(&error.into_error())),
                        });
                    }
                };
                read(response, size_limit, count).await.map_err(Attempt::Lost)
            };
            match tokio::time::timeout(time_limit, sent).await {
                Ok(Ok(answer)) => {
                    self.pools.put(key.clone(), sender);
                    return Ok(answer);
                }
                Ok(Err(Attempt::Lost(lost))) => return Err(lost),
                // A kept connection had just been closed by the other side, and nothing of the request had left.
                Ok(Err(Attempt::Unsent(again, _))) if kept => request = *again,
                Ok(Err(Attempt::Unsent(_, why))) => return Err(Lost::NotSent(format!("the connection closed: {why}"))),
                Err(_) => {
                    let text = format!("no complete answer within {} ms", time_limit.as_millis());
                    return Err(Lost::Unknown(text));
                }
            }
        }
    }

    async fn connect(&self, allow: &AllowList, key: &PoolKey) -> Result<Sender, Lost> {
        let stream = self.dialler.dial(allow, &key.origin).await.map_err(|error| match error {
            DialError::Refused(refusal) => Lost::Denied(refusal.to_string()),
            DialError::Failed(text) => Lost::NotSent(text),
        })?;
        let (sender, connection) = hyper::client::conn::http1::Builder::new()
            .max_buf_size(READ_LIMIT)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| Lost::NotSent(error.to_string()))?;
        // Ends with the last sender; what goes wrong on it is told to who waits for an answer.
        tokio::spawn(connection);
        Ok(sender)
    }
}

enum Attempt {
    Unsent(Box<http::Request<Full<Bytes>>>, String),
    Lost(Lost),
}

fn broken_off(error: &hyper::Error) -> Lost {
    Lost::Unknown(format!("it was sent and the connection broke off: {error}"))
}

fn request(key: &PoolKey, outgoing: Outgoing) -> Result<http::Request<Full<Bytes>>, Lost> {
    let has_body = !outgoing.body.is_empty();
    let mut request = http::Request::builder()
        .method(outgoing.method)
        .uri(outgoing.path)
        .header(http::header::HOST, key.origin.authority())
        .header(http::header::ACCEPT, "application/json")
        // A compressed answer could grow a thousandfold behind the size limit.
        .header(http::header::ACCEPT_ENCODING, "identity")
        .header(http::header::USER_AGENT, concat!("wms-connector-host/", env!("CARGO_PKG_VERSION")));
    if let Some(content_type) = outgoing.content_type.filter(|_| has_body) {
        request = request.header(http::header::CONTENT_TYPE, content_type);
    }
    if let Some((name, value)) = outgoing.authentication {
        request = request.header(name, value);
    }
    // The builder's error may show the path and query, so it is not passed on.
    request.body(Full::new(outgoing.body)).map_err(|_| Lost::Denied("path and query do not form an address".to_owned()))
}

async fn read(response: http::Response<hyper::body::Incoming>, limit: u64, count: &Count<'_>) -> Result<Answer, Lost> {
    let (head, mut incoming) = response.into_parts();
    let status = head.status.as_u16();
    if !(100..=599).contains(&status) {
        return Err(Lost::Unknown(format!("the answer has the status {status}; expected 100 to 599")));
    }
    let headers = PASSED_ON
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), head.headers.get(*name)?.to_str().ok()?.to_owned())))
        .collect();
    let promised = incoming.size_hint().lower();
    if promised > limit {
        return Err(Lost::TooLarge(limit));
    }
    let mut body = Vec::with_capacity(usize::try_from(promised.min(SET_ASIDE)).unwrap_or_default());
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|error| broken_off(&error))?;
        if let Ok(data) = frame.into_data() {
            count(data.len() as u64).map_err(Lost::Spent)?;
            if (body.len() + data.len()) as u64 > limit {
                return Err(Lost::TooLarge(limit));
            }
            body.extend_from_slice(&data);
        }
    }
    Ok(Answer { status, headers, body })
}
