//! Settings of a connection: what the host lets through the connector can read; what it refuses it tells without the secrets; and
//! `migrate` gives settings of this version or says why not.
//!
//! A document is `{"settings", "kept", "schema", "from"}`: `schema` in place of the connector's own, `from` the version that
//! `migrate` is told.

use std::sync::OnceLock;

use harness_contract::settings::{self, Checked};
use linnworks_connector::contract::Failure;
use linnworks_connector::settings::{SCHEMA, Settings, VERSION, migrate};
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};

use crate::{bug, document};

/// Checks and migrates the settings in `data`.
pub fn run(data: &[u8]) {
    let Some(tape) = document::read(data) else { return };
    let Some(given) = tape.get("settings").and_then(Value::as_object) else { return };
    let kept: Vec<String> =
        tape.get("kept").and_then(|kept| serde_json::from_value(kept.clone()).ok()).unwrap_or_default();
    match tape.get("schema") {
        Some(schema) => drop(settings::check(schema, given.clone(), &kept)),
        None => against_ours(given, &kept),
    }
    if let Some(from) = tape.get("from").and_then(Value::as_u64).and_then(|from| u32::try_from(from).ok()) {
        migrates(from, given);
    }
}

fn schema() -> &'static Value {
    static OURS: OnceLock<Value> = OnceLock::new();
    OURS.get_or_init(|| serde_json::from_str(SCHEMA).expect("the schema is JSON"))
}

fn against_ours(given: &Map<String, Value>, kept: &[String]) {
    let secrets = settings::secret_fields(schema());
    match settings::check(schema(), given.clone(), kept) {
        Ok(checked) => let_through(&checked, &secrets, kept),
        Err(wrong) => {
            assert!(!wrong.is_empty(), "refused without a reason");
            for one in &wrong {
                assert!(!one.message.is_empty() && !one.remedy.is_empty(), "{one:?} says nothing");
            }
            let told = format!("{wrong:?}");
            // What is said as well with another secret in its place has it from elsewhere: a word of the schema, another setting.
            let mut other = given.clone();
            for name in secrets.iter().filter(|name| given.get(*name).is_some_and(Value::is_string)) {
                other.insert(name.clone(), Value::from("another secret, 53a1b0ce"));
            }
            let told_of_another = format!("{:?}", settings::check(schema(), other, kept).err());
            for secret in secrets.iter().filter_map(|name| given.get(name)?.as_str()).map(str::trim) {
                let shown = secret.len() >= 8 && told.contains(secret);
                assert!(!shown || told_of_another.contains(secret), "the secret is repeated in the refusal");
            }
        }
    }
}

fn let_through(checked: &Checked, secrets: &[String], kept: &[String]) {
    assert!(
        secrets.iter().all(|name| !checked.plain.contains_key(name)) && !bug::asked(),
        "a secret among the settings"
    );
    let text = Value::Object(checked.plain.clone()).to_string();
    for (_, secret) in &checked.secrets {
        assert_eq!(secret.expose_secret().trim(), secret.expose_secret(), "a secret with spaces around it");
    }
    // Both readers are one: what the schema allows the connector reads, but for what only a calendar or a list of currencies knows.
    match Settings::parse(&text) {
        Ok(_) => {}
        Err(Failure::InvalidSettings(problems)) => {
            let unreadable = problems.iter().find(|problem| problem.code == "settings.unreadable");
            assert!(unreadable.is_none(), "the schema lets through what the connector cannot read: {unreadable:?}");
        }
        Err(other) => panic!("settings failed as {other:?}"),
    }
    // What was saved is what is saved again.
    let names: Vec<String> = checked.secrets.iter().map(|(name, _)| name.clone()).chain(kept.iter().cloned()).collect();
    match settings::check(schema(), checked.plain.clone(), &names) {
        Ok(again) => assert_eq!(again.plain, checked.plain, "saving twice changes the settings"),
        Err(wrong) => panic!("what was let through is refused when it is saved again: {wrong:?}"),
    }
}

fn migrates(from: u32, given: &Map<String, Value>) {
    let text = Value::Object(given.clone()).to_string();
    match migrate(from, &text) {
        Ok(migrated) => {
            let again = migrate(VERSION, &migrated).expect("migrated settings are of this version");
            assert_eq!(again, migrated, "migrating twice changes the settings");
        }
        Err(problem) => {
            assert!(!problem.message.is_empty() && !problem.remedy.is_empty(), "{problem:?} says nothing");
        }
    }
}
