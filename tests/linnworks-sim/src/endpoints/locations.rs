//! Stock locations: the list under `Inventory`, single ones under `Locations` (6).

use super::{Call, Endpoint};
use crate::{
    http::{
        bind::Wrapper,
        params::Params,
        reply::{ApiError, Reply},
    },
    state::Location,
};
use serde_json::Value;
use uuid::Uuid;

pub(super) const TABLE: &[Endpoint] = &[
    Endpoint::get("Inventory/GetStockLocations", 150, list),
    Endpoint::get("Locations/GetLocation", 150, one),
    Endpoint::write("Locations/AddLocation", 150, Wrapper::Flat, add),
    Endpoint::write("Locations/UpdateLocation", 150, Wrapper::Flat, update),
    Endpoint::write("Locations/DeleteLocation", 150, Wrapper::Flat, delete),
    Endpoint::get("Orders/GetUserLocationId", 150, user_location),
];

fn list(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    Reply::json(&call.account.locations, call.config)
}

fn one(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.location("pkStockLocationId")?;
    match call.account.location(id) {
        Some(location) => Reply::json(location, call.config),
        None => Err(ApiError::refused(format!("Location {id} does not exist"))),
    }
}

fn user_location(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    Reply::json(&Uuid::nil(), call.config)
}

fn add(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let sent = call.params.need_object("location")?;
    let mut location = read(&sent, Location::default())?;
    if location.location_name.trim().is_empty() {
        return Err(ApiError::refused("Location name can not be empty"));
    }
    let taken = call.account.locations.iter().any(|known| known.location_name == location.location_name);
    if taken {
        return Err(ApiError::refused(format!("Location {} already exists", location.location_name)));
    }
    if location.stock_location_id.is_nil() {
        location.stock_location_id = call.account.new_id();
    }
    location.stock_location_int_id = 0;
    call.account.put_location(location);
    Ok(Reply::Void)
}

fn update(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let sent = call.params.need_object("location")?;
    let id = sent.location("StockLocationId")?;
    let Some(known) = call.account.location(id).cloned() else {
        return Err(ApiError::refused(format!("Location {id} does not exist")));
    };
    let location = read(&sent, known)?;
    call.account.put_location(location);
    Ok(Reply::Void)
}

fn delete(call: &mut Call<'_>) -> Result<Reply, ApiError> {
    let id = call.params.need_guid("pkStockLocationId")?;
    if id.is_nil() {
        return Err(ApiError::refused("Default location can not be deleted"));
    }
    if call.account.orders.open_at(id).next().is_some() {
        return Err(ApiError::refused("Location has open orders and can not be deleted"));
    }
    call.account.locations.retain(|known| known.stock_location_id != id);
    Ok(Reply::Void)
}

/// Lays what was sent over a location; members that a location has not are ignored, as everywhere in the API.
fn read(sent: &Params, known: Location) -> Result<Location, ApiError> {
    let mut whole = serde_json::to_value(&known).unwrap_or_default();
    if let Value::Object(fields) = &mut whole {
        for (name, value) in fields.iter_mut() {
            if let Some(new) = sent.get(name) {
                *value = new.clone();
            }
        }
    }
    serde_json::from_value(whole).map_err(|_| ApiError::invalid())
}
