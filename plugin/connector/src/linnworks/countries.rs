//! Countries: Linnworks' own list, and the names of ISO 3166-1 for when that list cannot be had.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::error::CallError;
use super::get;
use super::iso::NAMES;
use super::value::{Guid, List, Text};
use crate::host::Host;
use crate::manifest::operations::GET_COUNTRIES;

/// From a country's id or name to its ISO 3166-1 alpha-2 code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Countries {
    by_id: BTreeMap<String, String>,
    by_name: BTreeMap<String, String>,
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Row<'a> {
    #[serde(rename = "CountryId")]
    id: Guid<'a>,
    #[serde(rename = "CountryName")]
    name: Text<'a>,
    #[serde(rename = "CountryCode")]
    code: Text<'a>,
}

/// The countries of the account.
///
/// # Errors
/// Why there is no usable answer.
pub async fn all<H: Host>(host: &H) -> Result<Countries, CallError> {
    let answer = get(host, &GET_COUNTRIES, &[]).await?;
    let rows: List<Row<'_>> = serde_json::from_slice(&answer).map_err(|error| CallError::unreadable(&error))?;
    let mut countries = Countries::default();
    for row in &rows.0 {
        let Some(code) = code(row.code.trimmed()) else { continue };
        if let Some(id) = row.id.get() {
            countries.by_id.insert(id, code.clone());
        }
        if !row.name.is_empty() {
            countries.by_name.insert(row.name.trimmed().to_lowercase(), code);
        }
    }
    Ok(countries)
}

impl Countries {
    /// The code of the country with this id, or else with this name; the built-in names serve where the account's list does
    /// not. `None` for `UNKNOWN` and names that nobody knows.
    pub fn code(&self, id: &Guid<'_>, name: &Text<'_>) -> Option<String> {
        if id.is_set()
            && let Some(found) = id.get().and_then(|id| self.by_id.get(&id))
        {
            return Some(found.clone());
        }
        let name = name.trimmed();
        if name.is_empty() || name.eq_ignore_ascii_case("unknown") {
            return None;
        }
        self.by_name.get(&name.to_lowercase()).cloned().or_else(|| built_in(name))
    }

    /// How many countries the account has.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty() && self.by_name.is_empty()
    }
}

/// Two letters, upper case; `UK` is what people write for `GB`.
fn code(text: &str) -> Option<String> {
    let code = text.to_ascii_uppercase();
    (code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase()))
        .then(|| if code == "UK" { "GB".to_owned() } else { code })
}

fn built_in(name: &str) -> Option<String> {
    let known = NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name));
    known
        .map(|(code, _)| (*code).to_owned())
        .or_else(|| code(name).filter(|code| NAMES.iter().any(|(known, _)| known == code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_accounts_own_list_comes_first_and_the_built_in_names_after_it() {
        let mut countries = Countries::default();
        countries.by_id.insert("1a7f9c3e-0000-4000-8000-000000000826".to_owned(), "GB".to_owned());
        countries.by_name.insert("alba".to_owned(), "GB".to_owned());
        let found = |id: &str, name: &str| countries.code(&id.into(), &name.into());
        assert_eq!(found("1A7F9C3E-0000-4000-8000-000000000826", "anything").as_deref(), Some("GB"));
        assert_eq!(found("", "Alba").as_deref(), Some("GB"));
        for (name, code) in [("United Kingdom", "GB"), ("UK", "GB"), ("germany", "DE"), ("IE", "IE"), ("USA", "US")] {
            assert_eq!(found("", name).as_deref(), Some(code), "{name}");
        }
        for name in ["UNKNOWN", "unknown", "", "Atlantis", "XX"] {
            assert_eq!(found("00000000-0000-0000-0000-000000000000", name), None, "{name:?}");
        }
    }
}
