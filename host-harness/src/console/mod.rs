//! The host over HTTP: for now one status document, `GET /status`, and `GET /healthz`.
//!
//! Reads only. Nothing that names a buyer, and no secret, is in it.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::platform::Platform;
use crate::schedule::Stop;

/// What the pages read.
#[derive(Clone)]
struct Shown {
    store: harness_wms::Store,
}

/// Serves on `listener` until `stop` is asked for.
///
/// # Errors
/// When the socket fails.
pub async fn serve(platform: &Platform, listener: TcpListener, stop: Stop) -> anyhow::Result<()> {
    let shown = Shown { store: platform.store.clone() };
    let pages =
        Router::new().route("/status", get(status)).route("/healthz", get(|| async { "ok\n" })).with_state(shown);
    axum::serve(listener, pages).with_graceful_shutdown(async move { stop.asked().await }).await?;
    Ok(())
}

async fn status(State(shown): State<Shown>) -> Response {
    match document(&shown).await {
        Ok(document) => Json(document).into_response(),
        Err(error) => {
            tracing::error!(%error, "the status cannot be read");
            (StatusCode::INTERNAL_SERVER_ERROR, "the status cannot be read; see the host's log\n").into_response()
        }
    }
}

async fn document(shown: &Shown) -> Result<Value, harness_wms::StoreError> {
    let store = &shown.store;
    let connections: Vec<Value> = store
        .connections()
        .await?
        .into_iter()
        .map(|c| json!({ "id": c.id, "name": c.name, "plugin": c.plugin, "state": c.state, "attention": c.attention }))
        .collect();
    Ok(json!({
        "connections": connections,
        "runs": store.runs(None, 20).await?,
        "problems": store.problems(None, false).await?,
        "next_due": store.next_due().await?,
    }))
}
