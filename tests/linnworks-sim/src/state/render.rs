//! How values are written: nulls left out or shown, money exact or with binary noise.
//!
//! Both are switches of the running simulator (reference 2.5 and 2.4), not of the types, and both must hold for every
//! nested value without a detour through a tree of JSON values. They are therefore set for the current thread for the
//! length of one serialisation; nothing in it awaits.

use crate::config::NullMode;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use std::cell::Cell;

thread_local! {
    static OMIT_NULLS: Cell<bool> = const { Cell::new(false) };
    static NOISE: Cell<bool> = const { Cell::new(false) };
}

/// Serialises `value` to JSON with the given handling of nulls and money.
///
/// # Errors
/// When the value cannot be written as JSON (a map whose keys are not text).
pub fn to_json<T: Serialize + ?Sized>(value: &T, nulls: NullMode, noise: bool) -> Result<Vec<u8>, serde_json::Error> {
    OMIT_NULLS.set(nulls == NullMode::Omit);
    NOISE.set(noise);
    let written = serde_json::to_vec(value);
    OMIT_NULLS.set(false);
    NOISE.set(false);
    written
}

/// For `skip_serializing_if`: is this null one that the current mode leaves out?
pub fn omitted<T>(value: &Option<T>) -> bool {
    value.is_none() && OMIT_NULLS.get()
}

/// For `skip_serializing_if`: is this list empty, and are nulls left out? Live answers have null for some empty lists.
pub fn omitted_list<T>(list: &[T]) -> bool {
    list.is_empty() && OMIT_NULLS.get()
}

/// For `serialize_with`: a list, null when it is empty.
///
/// # Errors
/// Those of the serialiser.
pub fn list_or_null<T: Serialize, S: Serializer>(list: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    (!list.is_empty()).then_some(list).serialize(serializer)
}

/// For `serialize_with`: a double, with the noise of binary sums where that is switched on (`18.4900000000001`).
///
/// # Errors
/// Those of the serialiser.
pub fn money<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    let shown = if NOISE.get() && *value != 0.0 { value + value.signum() * 1.0e-13 } else { *value };
    serializer.serialize_f64(shown)
}

/// Rounds to `digits` decimals, half away from zero.
pub fn rounded(value: f64, digits: i32) -> f64 {
    let factor = 10f64.powi(digits);
    (value * factor).round() / factor
}

/// Sets the member at the end of `path`, making the objects on the way; anything in the way that is no object is replaced.
pub(crate) fn put(value: &mut Value, path: &[&str], new: Value) {
    let mut place = value;
    for name in path {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(members) = place else { return };
        place = members.entry(*name).or_insert(Value::Null);
    }
    *place = new;
}
