//! Settings of other versions.
//!
//! Version 1 called three properties by other names (`Prefix`, `IgnoreParked`, `LocationId`) and wrote location ids in upper
//! case. From a newer version the way back is open as long as it says nothing that this version cannot say.
use serde_json::{Map, Value};

use super::{SCHEMA, VERSION};
use crate::contract::{Problem, Retry};
use crate::problem::{on_field, problem};

/// Names of version 1 and what they are called since version 2.
pub(super) const RENAMED: [(&str, &str); 3] =
    [("Prefix", "OrderPrefix"), ("IgnoreParked", "IgnoreParkedOrders"), ("LocationId", "Location")];

/// Settings written by `from`, as version [`VERSION`] writes them.
///
/// # Errors
/// They are no object, of a version that never was, or of a newer version and say something that would be lost.
pub fn migrate(from: u32, settings: &str) -> Result<String, Problem> {
    let mut object = object(settings)?;
    match from {
        0 => {
            return Err(refusal(
                "There never was a version 0 of the settings.",
                "Name the version that wrote them, 1 or later.",
                None,
            ));
        }
        1 => up_from_1(&mut object)?,
        VERSION => {}
        _ => down(&object, from)?,
    }
    Ok(Value::Object(object).to_string())
}

/// The settings as the object they have to be.
pub(super) fn object(settings: &str) -> Result<Map<String, Value>, Problem> {
    match serde_json::from_str(settings) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(refusal("The settings are no JSON object.", "Save the connection's settings again.", None)),
    }
}

fn up_from_1(object: &mut Map<String, Value>) -> Result<(), Problem> {
    for (old, new) in RENAMED {
        let Some(value) = object.shift_remove(old) else { continue };
        if let Some(present) = object.get(new)
            && *present != value
        {
            return Err(refusal(
                format!("The settings hold both {old} and {new}, with different values."),
                format!("Remove {old}, or give both the same value."),
                Some(new),
            ));
        }
        let value = match (new, value) {
            ("Location", Value::String(id)) => Value::String(id.trim().to_ascii_lowercase()),
            (_, value) => value,
        };
        object.insert(new.to_owned(), value);
    }
    Ok(())
}

fn down(object: &Map<String, Value>, from: u32) -> Result<(), Problem> {
    let known: Value = serde_json::from_str(SCHEMA).unwrap_or_default();
    let lost: Vec<&str> = object
        .keys()
        .map(String::as_str)
        .filter(|name| known.pointer(&format!("/properties/{name}")).is_none())
        .collect();
    if lost.is_empty() {
        return Ok(());
    }
    Err(refusal(
        format!("Version {from} of the settings holds what version {VERSION} cannot say: {}.", lost.join(", ")),
        "Remove these settings in the newer version first, if the connection can do without them.",
        lost.first().copied(),
    ))
}

pub(super) fn refusal(message: impl Into<String>, remedy: impl Into<String>, field: Option<&str>) -> Problem {
    let problem = problem("settings.not-migrated", message, remedy, Retry::AfterAChange);
    match field {
        Some(field) => on_field(problem, field),
        None => problem,
    }
}
