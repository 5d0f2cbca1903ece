//! Matching of written names to fields, and merging of patches.

use super::SeedError;
use crate::state::{
    Account, Application, Country, Folder, Identifier, Location, PostalService, SessionStatus, Supplier,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Strings of the API that are never null; a null for one of them in a seed means "left out".
const NEVER_NULL: &[&str] = &[
    "ReferenceNum",
    "Source",
    "Vendor",
    "PostalServiceName",
    "Currency",
    "SKU",
    "Title",
    "ItemNumber",
    "Name",
    "Value",
    "Type",
    "Tag",
    "Note",
    "CreatedBy",
    "ItemTitle",
    "BarcodeNumber",
    "MetaData",
    "CategoryName",
    "PackageGroupName",
    "LocationName",
    "Property",
    "BatchNumber",
    "ExternalInvoiceNumber",
    "SupplierReferenceNumber",
    "SupplierName",
];

/// A name without case, underscores and spaces.
pub(crate) fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The JSON of a value, as the pattern of its field names.
pub(crate) fn template<T: Serialize>(value: &T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// Takes the entry whose folded name is `name` out of `map`.
pub(crate) fn take(map: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let key = map.keys().find(|key| folded(key) == name)?.clone();
    map.shift_remove(&key)
}

/// Drops entries by folded name.
pub(crate) fn drop_all(map: &mut Map<String, Value>, names: &[&str]) {
    map.retain(|key, _| !names.contains(&folded(key).as_str()));
}

/// Renames every member to the spelling that `pattern` has, refuses what it has not, and leaves out nulls for members
/// that have no null.
pub(crate) fn canonical(value: Value, pattern: &Value, place: &str) -> Result<Value, SeedError> {
    match (value, pattern) {
        (Value::Object(written), Value::Object(known)) if !known.is_empty() => {
            let mut named = Map::new();
            for (key, value) in written {
                let Some((name, below)) = known.iter().find(|(name, _)| folded(name) == folded(&key)) else {
                    let names: Vec<_> = known.keys().map(String::as_str).collect();
                    let problem = format!("`{key}` is not a field here; there are {}", names.join(", "));
                    return Err(SeedError::new(place, problem));
                };
                if value.is_null() && !nullable(name, below) {
                    continue;
                }
                named.insert(name.clone(), canonical(value, below, &format!("{place}, {name}"))?);
            }
            Ok(Value::Object(named))
        }
        (Value::Array(written), Value::Array(known)) => match known.first() {
            Some(pattern) => {
                let each = written.into_iter().map(|value| canonical(value, pattern, place));
                Ok(Value::Array(each.collect::<Result<_, _>>()?))
            }
            None => Ok(Value::Array(written)),
        },
        (value, _) => Ok(value),
    }
}

fn nullable(name: &str, pattern: &Value) -> bool {
    match pattern {
        Value::Null => true,
        Value::Object(_) => matches!(name, "BillingAddress" | "ScheduledDelivery"),
        Value::String(text) => {
            !NEVER_NULL.contains(&name) && Uuid::parse_str(text).is_err() && !text.starts_with("0001-")
        }
        _ => false,
    }
}

/// Lays `patch` over `target`: objects member by member, everything else (null too) in place of what was there.
pub(crate) fn merge(target: &mut Value, patch: Value) {
    match (target, patch) {
        (Value::Object(target), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(target.entry(key).or_insert(Value::Null), value);
            }
        }
        (target, patch) => *target = patch,
    }
}

/// Reads a value of the given type after matching its names.
///
/// # Errors
/// When a name is unknown or a value has the wrong form.
pub(crate) fn read<T: DeserializeOwned + Serialize + Default>(value: Value, place: &str) -> Result<T, SeedError> {
    let value = canonical(value, &template(&T::default()), place)?;
    serde_json::from_value(value).map_err(|error| SeedError::new(place, error))
}

/// Reads a list of small records.
pub(crate) fn read_list<T: DeserializeOwned + Serialize + Default>(
    value: Value,
    place: &str,
) -> Result<Vec<T>, SeedError> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(rows) => rows.into_iter().map(|row| read(row, place)).collect(),
        other => Err(SeedError::new(place, format!("expected a list, got {other}"))),
    }
}

/// Sets the small lists of an account that stand in the seed.
pub(crate) fn small_lists(account: &mut Account, seed: &mut Map<String, Value>) -> Result<(), SeedError> {
    if let Some(value) = take(seed, "status") {
        account.status = match value {
            Value::String(state) => SessionStatus { state, reason: String::new() },
            other => read(other, "Status")?,
        };
    }
    if let Some(value) = take(seed, "applications") {
        account.applications = read_list::<Application>(value, "Applications")?;
    }
    if let Some(value) = take(seed, "countries") {
        account.countries = read_list::<Country>(value, "Countries")?;
    }
    if let Some(value) = take(seed, "identifiers") {
        account.identifiers = read_list::<Identifier>(value, "Identifiers")?;
    }
    if let Some(value) = take(seed, "postalservices") {
        for row in listed(value, "PostalServiceName") {
            let mut service: PostalService = read(row, "PostalServices")?;
            let standard = crate::state::defaults::postal_service(&service.postal_service_name, &service.vendor);
            if service.id.is_nil() {
                service.id = standard.id;
            }
            account.postal_services.retain(|known| known.id != service.id);
            account.postal_services.push(service);
        }
    }
    if let Some(value) = take(seed, "folders") {
        for row in listed(value, "FolderName") {
            let folder: Folder = read(row, "Folders")?;
            account.add_folder(&folder.folder_name);
        }
    }
    if let Some(value) = take(seed, "suppliers") {
        for row in listed(value, "SupplierName") {
            let supplier: Supplier = read(row, "Suppliers")?;
            account.put_supplier(supplier);
        }
    }
    if let Some(value) = take(seed, "locations") {
        for row in listed(value, "LocationName") {
            let mut location: Location = read(row, "Locations")?;
            let default = location.location_name.eq_ignore_ascii_case("default");
            if location.stock_location_id.is_nil() && !default && !location.location_name.is_empty() {
                let name = format!("location/{}", location.location_name);
                location.stock_location_id = Uuid::new_v5(&account.id, name.as_bytes());
            }
            account.put_location(location);
        }
    }
    Ok(())
}

/// A list whose rows may be bare names: `["A", {..}]` becomes `[{field: "A"}, {..}]`.
fn listed(value: Value, field: &str) -> Vec<Value> {
    let rows = match value {
        Value::Array(rows) => rows,
        Value::Null => Vec::new(),
        other => vec![other],
    };
    rows.into_iter()
        .map(|row| match row {
            Value::String(name) => Value::Object(Map::from_iter([(field.to_owned(), Value::String(name))])),
            other => other,
        })
        .collect()
}
