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
use crate::schedule::Health;

/// What the pages read.
#[derive(Clone)]
struct Shown {
    store: harness_wms::Store,
    health: Health,
    clock: std::sync::Arc<dyn harness_capability::clock::Clock>,
}

/// Serves on `listener` until the platform is told to stop. `/healthz` answers 503 with the cause while the scheduler does not
/// work, as `health` has it.
///
/// # Errors
/// When the socket fails.
pub async fn serve(platform: &Platform, listener: TcpListener, health: Health) -> anyhow::Result<()> {
    let shown = Shown { store: platform.store.clone(), health, clock: platform.clock.clone() };
    let pages = Router::new().route("/status", get(status)).route("/healthz", get(healthz)).with_state(shown);
    let stop = platform.stop.clone();
    axum::serve(listener, pages).with_graceful_shutdown(async move { stop.asked().await }).await?;
    Ok(())
}

async fn healthz(State(shown): State<Shown>) -> Response {
    match shown.health.trouble(shown.clock.now_ms()) {
        None => "ok\n".into_response(),
        Some(trouble) => {
            (StatusCode::SERVICE_UNAVAILABLE, format!("the scheduler is not working: {trouble}\n")).into_response()
        }
    }
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
