//! Settings of a connection: checked against the connector's schema, defaults filled in, secrets taken out.

use secrecy::SecretString;
use serde_json::{Map, Value};

/// Settings that fit the schema, with their secrets apart.
#[derive(Debug)]
pub struct Checked {
    /// Every property with its default filled in, without the `writeOnly` ones.
    pub plain: Map<String, Value>,
    /// The `writeOnly` properties that were given.
    pub secrets: Vec<(String, SecretString)>,
}

/// One thing that is wrong with the settings.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Wrong {
    /// The field, as the schema names it; a path for a nested one.
    pub field: String,
    /// What was expected and, unless the field is a secret, what came.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}; {}", self.field, self.message, self.remedy)
    }
}

/// Checks `given` against `schema`. `kept` names secrets that are stored already and need not be given again.
///
/// # Errors
/// Every offender at once.
pub fn check(schema: &Value, mut given: Map<String, Value>, kept: &[String]) -> Result<Checked, Vec<Wrong>> {
    trim(schema, &mut given);
    fill_defaults(schema, &mut given);
    let stand_in = stand_ins(schema, &given, kept);
    let mut candidate = given.clone();
    candidate.extend(stand_in);
    let validator = jsonschema::validator_for(schema).map_err(|error| {
        vec![Wrong {
            field: "(schema)".into(),
            message: format!("the connector's own schema is unusable: {error}"),
            remedy: "report it to the connector's author".into(),
        }]
    })?;
    let wrong: Vec<Wrong> =
        validator.iter_errors(&Value::Object(candidate)).map(|error| explain(schema, &error)).collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut secrets = Vec::new();
    for name in secret_fields(schema) {
        if let Some(Value::String(secret)) = given.remove(&name) {
            secrets.push((name, SecretString::from(secret)));
        }
    }
    Ok(Checked { plain: given, secrets })
}

/// Names of the `writeOnly` properties.
pub fn secret_fields(schema: &Value) -> Vec<String> {
    properties(schema)
        .filter(|(_, property)| property.get("writeOnly") == Some(&Value::Bool(true)))
        .map(|(name, _)| name.clone())
        .collect()
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

/// What is pasted often brings a space or a line end with it.
fn trim(schema: &Value, given: &mut Map<String, Value>) {
    for (name, property) in properties(schema) {
        if property.get("x-keep-spaces") == Some(&Value::Bool(true)) {
            continue;
        }
        if let Some(Value::String(text)) = given.get_mut(name) {
            *text = text.trim().to_owned();
        }
    }
}

fn fill_defaults(schema: &Value, given: &mut Map<String, Value>) {
    for (name, property) in properties(schema) {
        if let Some(default) = property.get("default")
            && !given.contains_key(name)
        {
            given.insert(name.clone(), default.clone());
        }
    }
}

/// Values that satisfy the schema in place of secrets that are kept and not shown again.
fn stand_ins(schema: &Value, given: &Map<String, Value>, kept: &[String]) -> Map<String, Value> {
    properties(schema)
        .filter(|(name, _)| kept.contains(name) && !given.contains_key(*name))
        .map(|(name, property)| {
            let example = property.get("examples").and_then(|examples| examples.get(0)).cloned();
            (name.clone(), example.unwrap_or_else(|| Value::String("00000000-0000-0000-0000-000000000000".into())))
        })
        .collect()
}

fn explain(schema: &Value, error: &jsonschema::ValidationError<'_>) -> Wrong {
    use jsonschema::error::ValidationErrorKind as Kind;
    let path = error.instance_path().to_string();
    let top = path.trim_start_matches('/').split('/').next().unwrap_or_default().to_owned();
    let (field, message) = match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default().to_owned();
            (name, "it is required and was not given".to_owned())
        }
        Kind::AdditionalProperties { unexpected } => {
            let name = unexpected.join(", ");
            let near = unexpected.first().and_then(|name| nearest(schema, name));
            let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
            (name, format!("there is no such setting{hint}"))
        }
        _ if secret_fields(schema).contains(&top) => {
            (top.clone(), "its form is wrong (the value is not shown: it is a secret)".into())
        }
        _ => (path.trim_start_matches('/').to_owned(), error.to_string()),
    };
    let top = if top.is_empty() { field.clone() } else { top };
    let remedy = schema
        .pointer(&format!("/properties/{top}/x-remedy"))
        .or_else(|| schema.pointer(&format!("/properties/{top}/description")))
        .and_then(Value::as_str)
        .unwrap_or("see the list of settings with `harness plugin inspect`");
    Wrong { field, message, remedy: remedy.to_owned() }
}

/// The property whose name is closest to `name`, if any is close.
fn nearest(schema: &Value, name: &str) -> Option<String> {
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    properties(schema).map(|(known, _)| known).find(|known| plain(known) == plain(name)).cloned()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({
            "type": "object", "additionalProperties": false, "required": ["ApiToken"],
            "properties": {
                "ApiToken": {"type": "string", "pattern": "^[0-9a-f]{4}$", "writeOnly": true, "examples": ["0000"], "x-remedy": "install the application and copy the token"},
                "OrderPrefix": {"type": "string", "default": "", "maxLength": 10},
                "IgnoreParkedOrders": {"type": "boolean", "default": false}
            }
        })
    }

    fn given(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn a_pasted_token_is_trimmed_and_kept_apart_from_the_settings() {
        let checked = check(&schema(), given(json!({"ApiToken": " 12ab\n"})), &[]).unwrap();
        assert_eq!(checked.plain.get("OrderPrefix"), Some(&json!("")));
        assert!(!checked.plain.contains_key("ApiToken"));
        assert_eq!(checked.secrets.first().unwrap().1.expose_secret(), "12ab");
    }

    #[test]
    fn a_missing_token_is_refused_with_the_way_to_get_one() {
        let wrong = check(&schema(), given(json!({})), &[]).unwrap_err();
        assert_eq!(wrong.len(), 1);
        assert!(wrong[0].to_string().contains("install the application"), "{}", wrong[0]);
    }

    #[test]
    fn a_stored_token_need_not_be_given_again() {
        assert!(check(&schema(), given(json!({})), &["ApiToken".into()]).is_ok());
    }

    #[test]
    fn a_wrong_secret_is_not_repeated_in_the_error() {
        let wrong = check(&schema(), given(json!({"ApiToken": "sesame!"})), &[]).unwrap_err();
        assert!(!format!("{wrong:?}").contains("sesame"));
    }

    #[test]
    fn all_offenders_are_named_at_once_and_a_misspelt_name_gets_a_hint() {
        let wrong =
            check(&schema(), given(json!({"ApiToken": "12ab", "orderprefix": "x", "IgnoreParkedOrders": 3})), &[])
                .unwrap_err();
        let text = wrong.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        assert!(text.contains("did you mean OrderPrefix?") && text.contains("IgnoreParkedOrders"), "{text}");
    }
}
