//! The server: axum's router behind a loop of our own, because a fault may close a connection without an answer,
//! which `axum::serve` cannot.

use super::gateway::{self, Incoming, Outgoing, Wire};
use crate::{Shared, control};
use axum::{Router, body::Body, extract::State, http::Request, response::Response};
use bytes::Bytes;
use futures::StreamExt;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{io, sync::Arc};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};
use tower::ServiceExt;

/// Marks an answer that must not be sent: the server closes the connection instead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CutMark;

/// The whole simulator as a router: the API at `/api/`, the controls at `/_sim/`.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    Router::new().nest("/_sim", control::routes()).fallback(call).with_state(shared)
}

async fn call(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let header =
        |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let has_length = head.headers.contains_key("content-length") || head.headers.contains_key("transfer-encoding");
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let incoming = Incoming {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        content_type: header("content-type"),
        authorization: header("authorization"),
        has_length,
        body,
    };
    let (outgoing, date) = {
        let mut world = shared.lock();
        // By the simulator's own clock, and not the machine's that the server would take.
        let date = world.now().0.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        (gateway::handle(&mut world, &incoming), date)
    };
    if !outgoing.delay.is_zero() {
        tokio::time::sleep(outgoing.delay).await;
    }
    if outgoing.wire == Wire::Hang {
        std::future::pending::<()>().await;
    }
    response(outgoing, date)
}

fn response(outgoing: Outgoing, date: String) -> Response {
    let mut builder = Response::builder().status(outgoing.status).header("date", date);
    if !outgoing.body.is_empty() {
        builder = builder.header("content-type", outgoing.content_type);
    }
    if let Some(seconds) = outgoing.retry_after {
        builder = builder.header("retry-after", seconds);
    }
    let body = if outgoing.wire == Wire::CutMidBody {
        let mut half = Bytes::from(outgoing.body);
        half.truncate(half.len() / 2);
        // The pause lets the head and the half be sent before the connection breaks.
        let parts = futures::stream::iter([Ok(half)]).chain(futures::stream::once(async {
            tokio::task::yield_now().await;
            Err(io::Error::new(io::ErrorKind::ConnectionReset, "cut off"))
        }));
        Body::from_stream(parts)
    } else {
        Body::from(outgoing.body)
    };
    let mut response = builder.body(body).unwrap_or_default();
    if outgoing.wire == Wire::Cut {
        response.extensions_mut().insert(CutMark);
    }
    response
}

/// Serves until told to stop; then open connections are dropped.
pub(crate) async fn serve(listener: TcpListener, router: Router, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(_) => continue,
            },
            _ = stop.changed() => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
        };
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        connections.spawn(async move {
            let service = hyper::service::service_fn(move |request: Request<hyper::body::Incoming>| {
                let router = router.clone();
                async move {
                    let response = router.oneshot(request).await.unwrap_or_else(|never| match never {});
                    if response.extensions().get::<CutMark>().is_some() {
                        return Err(io::Error::new(io::ErrorKind::ConnectionReset, "cut off by a fault"));
                    }
                    Ok(response)
                }
            });
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
    connections.shutdown().await;
}
