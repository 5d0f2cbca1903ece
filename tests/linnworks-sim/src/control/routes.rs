//! The controls over HTTP. Bodies are JSON; refusals are 422 with `{"error": ..}`.

use super::{ControlError, Mutation, Which, apply, hash, mutation::position, seed};
use crate::{
    Shared,
    config::Config,
    endpoints,
    http::faults::Fault,
    state::{Stamp, complete},
};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, patch, post},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};

type Answer = Result<Json<Value>, Refusal>;
type World = State<Arc<Shared>>;
type Params = Query<HashMap<String, String>>;

/// A control's refusal as an answer.
pub(crate) struct Refusal(ControlError);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({ "error": self.0.to_string() }))).into_response()
    }
}

impl<E: Into<ControlError>> From<E> for Refusal {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// All controls, to be nested under `/_sim`.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/seed", post(replace))
        .route("/state", get(state))
        .route("/account", patch(patch_account))
        .route("/{which}", get(list).post(add))
        .route("/{which}/{key}", get(one).patch(change).delete(remove))
        .route("/do", post(perform))
        .route("/time", get(time).post(set_time))
        .route("/config", get(config).patch(patch_config).put(put_config))
        .route("/faults", get(faults).post(add_faults).delete(clear_faults))
        .route("/calls", get(calls).delete(clear_calls))
        .route("/calls/counts", get(counts))
        .route("/sessions", get(sessions).delete(end_sessions))
        .route("/hash", get(fingerprint))
        .route("/endpoints", get(catalogue))
        // A seed of many accounts is large, and comes from whoever started the simulator.
        .layer(DefaultBodyLimit::disable())
}

async fn replace(State(shared): World, Json(body): Json<Value>) -> Answer {
    let mut world = shared.lock();
    seed(&mut world, body)?;
    Ok(Json(json!({ "accounts": world.accounts.len(), "orders": world.account().orders.len() })))
}

async fn state(State(shared): World, Query(query): Params) -> Answer {
    let world = shared.lock();
    let at = position(&world, query.get("account").map(|key| json!(key)).as_ref())?;
    Ok(Json(serde_json::to_value(world.accounts.get(at)).unwrap_or_default()))
}

async fn patch_account(State(shared): World, Query(query): Params, Json(with): Json<Value>) -> Answer {
    let account = query.get("account").map(|key| json!(key));
    act(&shared, Mutation::Patch { of: Which::Account, key: Value::Null, with, account })
}

fn which(name: &str) -> Result<Which, ControlError> {
    serde_json::from_value(json!(name)).map_err(|_| {
        let known = "orders, items, locations, purchase_orders, rmas, refunds";
        ControlError::of(name, format!("there is no such list; there are {known}"))
    })
}

async fn list(State(shared): World, Path(name): Path<String>, Query(query): Params) -> Answer {
    let world = shared.lock();
    let at = position(&world, query.get("account").map(|key| json!(key)).as_ref())?;
    let Some(account) = world.accounts.get(at) else { return Ok(Json(Value::Null)) };
    let shown = match name.as_str() {
        "orders" => json!(account.orders),
        "items" => json!(account.items),
        "locations" => json!(account.locations),
        "audit" => json!(account.audit),
        "relations" => json!(account.relations),
        "folders" => json!(account.folders),
        "stock_changes" => json!(account.stock_changes),
        "purchase_orders" => json!(account.purchase_orders),
        "suppliers" => json!(account.suppliers),
        "rmas" => json!(account.after_sales.rmas),
        "refunds" => json!(account.after_sales.refunds),
        other => {
            let known = "orders, items, locations, audit, relations, folders, stock_changes, purchase_orders, suppliers, \
                         rmas, refunds";
            return Err(ControlError::of(other, format!("there is no such list; there are {known}")).into());
        }
    };
    Ok(Json(shown))
}

async fn add(State(shared): World, Path(name): Path<String>, Query(query): Params, Json(value): Json<Value>) -> Answer {
    let account = query.get("account").map(|key| json!(key));
    let to = which(&name)?;
    if let Value::Array(rows) = value {
        let mut made = Vec::new();
        for value in rows {
            let mut world = shared.lock();
            made.push(apply(&mut world, Mutation::Add { to, value, account: account.clone() })?);
        }
        return Ok(Json(Value::Array(made)));
    }
    act(&shared, Mutation::Add { to, value, account })
}

async fn one(State(shared): World, Path((name, key)): Path<(String, String)>, Query(query): Params) -> Answer {
    let account = query.get("account").map(|key| json!(key));
    // An empty patch changes nothing and shows the record.
    act(&shared, Mutation::Patch { of: which(&name)?, key: json!(key), with: json!({}), account })
}

async fn change(
    State(shared): World,
    Path((name, key)): Path<(String, String)>,
    Query(query): Params,
    Json(with): Json<Value>,
) -> Answer {
    let account = query.get("account").map(|key| json!(key));
    act(&shared, Mutation::Patch { of: which(&name)?, key: json!(key), with, account })
}

async fn remove(State(shared): World, Path((name, key)): Path<(String, String)>, Query(query): Params) -> Answer {
    let account = query.get("account").map(|key| json!(key));
    act(&shared, Mutation::Remove { from: which(&name)?, key: json!(key), account })
}

async fn perform(State(shared): World, Json(body): Json<Value>) -> Answer {
    let read = |value| serde_json::from_value::<Mutation>(value).map_err(|error| ControlError::of("do", error));
    match body {
        Value::Array(rows) => {
            let mut made = Vec::new();
            for row in rows {
                made.push(apply(&mut shared.lock(), read(row)?)?);
            }
            Ok(Json(Value::Array(made)))
        }
        row => act(&shared, read(row)?),
    }
}

fn act(shared: &Shared, mutation: Mutation) -> Answer {
    Ok(Json(apply(&mut shared.lock(), mutation)?))
}

async fn time(State(shared): World) -> Answer {
    let world = shared.lock();
    Ok(Json(json!({ "now": world.now(), "fixed": world.clock.is_fixed() })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetTime {
    /// Stops the clock here.
    set: Option<Stamp>,
    /// Moves it forward by seconds.
    advance: Option<f64>,
    /// Goes back to the machine's time.
    #[serde(default)]
    real: bool,
}

async fn set_time(State(shared): World, Json(body): Json<Value>) -> Answer {
    let body: SetTime = serde_json::from_value(body).map_err(|error| ControlError::of("time", error))?;
    let mut world = shared.lock();
    if body.real {
        world.clock.release();
    }
    if let Some(moment) = body.set {
        world.clock.set(moment);
    }
    if let Some(seconds) = body.advance {
        world.clock.advance(seconds);
    }
    world.catch_up();
    Ok(Json(json!({ "now": world.now(), "fixed": world.clock.is_fixed() })))
}

async fn config(State(shared): World) -> Answer {
    Ok(Json(json!(shared.lock().config)))
}

async fn patch_config(State(shared): World, Json(body): Json<Value>) -> Answer {
    let mut world = shared.lock();
    let mut whole = json!(world.config);
    complete::merge(&mut whole, body);
    world.config = serde_json::from_value::<Config>(whole).map_err(|error| ControlError::of("config", error))?;
    Ok(Json(json!(world.config)))
}

async fn put_config(State(shared): World, Json(body): Json<Value>) -> Answer {
    let config = serde_json::from_value::<Config>(body).map_err(|error| ControlError::of("config", error))?;
    shared.lock().config = config;
    Ok(Json(Value::Null))
}

async fn faults(State(shared): World) -> Answer {
    Ok(Json(json!(shared.lock().faults.list)))
}

async fn add_faults(State(shared): World, Json(body): Json<Value>) -> Answer {
    let rows = match body {
        Value::Array(rows) => rows,
        row => vec![row],
    };
    let read = |row| Fault::read(row).map_err(|error| ControlError::of("fault", error));
    let faults = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let mut world = shared.lock();
    let ids: Vec<_> = faults.into_iter().map(|fault| world.faults.add(fault)).collect();
    Ok(Json(json!({ "ids": ids })))
}

async fn clear_faults(State(shared): World) -> Answer {
    shared.lock().faults.clear();
    Ok(Json(Value::Null))
}

async fn calls(State(shared): World, Query(query): Params) -> Answer {
    let world = shared.lock();
    let since = query.get("since").and_then(|since| since.parse::<u64>().ok()).unwrap_or_default();
    let endpoint = query.get("endpoint");
    let calls = world.log.calls.iter().filter(|call| {
        call.number > since && endpoint.is_none_or(|endpoint| call.endpoint.eq_ignore_ascii_case(endpoint))
    });
    Ok(Json(json!(calls.collect::<Vec<_>>())))
}

async fn counts(State(shared): World) -> Answer {
    Ok(Json(json!(shared.lock().log.counts())))
}

async fn clear_calls(State(shared): World) -> Answer {
    shared.lock().log.calls.clear();
    Ok(Json(Value::Null))
}

async fn sessions(State(shared): World) -> Answer {
    Ok(Json(json!({ "open": shared.lock().sessions.len() })))
}

async fn end_sessions(State(shared): World) -> Answer {
    shared.lock().sessions.end_all();
    Ok(Json(Value::Null))
}

async fn fingerprint(State(shared): World) -> Answer {
    Ok(Json(json!({ "hash": hash(&shared.lock()) })))
}

async fn catalogue() -> Answer {
    let rows: Vec<_> = endpoints::catalogue()
        .into_iter()
        .map(|(path, limit, effect)| json!({ "path": path, "limit": limit, "effect": effect }))
        .collect();
    Ok(Json(Value::Array(rows)))
}
