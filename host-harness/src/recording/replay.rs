//! Asking a component again what a recording says that it was asked, and comparing what it does.

use harness_contract::types::Context;
use harness_engine::{Limits, Plugin};
use serde::Serialize;
use serde_json::{Value, json};

use super::difference;
use super::document::{Call, Invocation, Outcome, Recording};
use super::tape::{Known, Matching, Tape};

/// How a replay went.
#[derive(Debug, Clone, Serialize)]
pub struct Replayed {
    /// Whether every invocation did the same, to the byte.
    pub same: bool,
    /// How many there were.
    pub invocations: usize,
    /// Calls of the host in all of them, as recorded.
    pub calls: usize,
    /// Those that did not.
    pub parted: Vec<Parted>,
}

/// An invocation that did something else.
#[derive(Debug, Clone, Serialize)]
pub struct Parted {
    /// Which, counted from 1.
    pub invocation: usize,
    /// Its function.
    pub function: String,
    /// At which call of the host, counted from 1; left out where only the result differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<usize>,
    /// What that call is; `result` where only that differs.
    pub at: String,
    /// Where in it, as a JSON pointer.
    pub place: String,
    /// What is recorded there.
    pub recorded: String,
    /// What came now.
    pub now: String,
    /// All that differs in the invocation, line by line.
    pub diff: String,
}

/// Asks `plugin` everything that `recording` holds, each invocation on a tape of its own: no network, no clock, no database.
///
/// # Errors
/// When the recording asks for something that the contract does not have.
pub async fn replay(plugin: &Plugin, recording: &Recording, limits: &Limits) -> anyhow::Result<Replayed> {
    let mut parted = Vec::new();
    for (at, invocation) in recording.invocations.iter().enumerate() {
        let (calls, result) = again(plugin, invocation, Matching::ByRequest, limits).await?;
        parted.extend(compare(at + 1, invocation, &calls, &result));
    }
    let (invocations, calls) = (recording.invocations.len(), recording.calls());
    Ok(Replayed { same: parted.is_empty(), invocations, calls, parted })
}

/// Carries out one invocation with the answers that it holds, and gives what the component did.
pub(super) async fn again(
    plugin: &Plugin,
    invocation: &Invocation,
    matching: Matching,
    limits: &Limits,
) -> anyhow::Result<(Vec<Call>, Outcome)> {
    let known = invocation.calls.iter().filter_map(known).collect();
    let tape = Tape::new(known, &invocation.storage, invocation.stop_at, matching, limits);
    let asking = tape.invocation(limits);
    let context = Context::from(&invocation.context);
    let invoked = plugin.call_by_name(&invocation.function, &invocation.arguments, asking, context).await?;
    let outcome = match invoked.result {
        Ok(Ok(returned)) => Outcome::Returned(returned),
        Ok(Err(failure)) => Outcome::Failed(serde_json::to_value(failure)?),
        Err(ended) => Outcome::Ended(ended.to_string()),
    };
    Ok((tape.calls(), outcome))
}

fn known(call: &Call) -> Option<Known> {
    let Call::Http { operation, query, body, answer: Some(answer) } = call else { return None };
    let (operation, query, body) = (operation.clone(), query.clone(), body.clone());
    Some(Known { request: Call::Http { operation, query, body, answer: None }, answer: answer.clone() })
}

fn compare(number: usize, recorded: &Invocation, calls: &[Call], result: &Outcome) -> Option<Parted> {
    let sides =
        (json!({"calls": recorded.calls, "result": recorded.result}), json!({"calls": calls, "result": result}));
    // As they are written: equal values can have their members in another order.
    let (before, after) = (sides.0.to_string(), sides.1.to_string());
    if before == after {
        return None;
    }
    let text = |all: &Value, at: usize| all.pointer(&format!("/calls/{at}")).map(Value::to_string);
    let at = (0..recorded.calls.len().max(calls.len())).find(|at| text(&sides.0, *at) != text(&sides.1, *at));
    let side = |all: &Value| match at {
        Some(at) => all.pointer(&format!("/calls/{at}")).cloned().unwrap_or_default(),
        None => all.get("result").cloned().unwrap_or_default(),
    };
    let (one, other) = (side(&sides.0), side(&sides.1));
    let found = difference::first(&one, &other).or_else(|| difference::written(&one, &other));
    let (place, was, is) = found.unwrap_or_default();
    let name = |call: Option<&Call>| call.map_or_else(|| "none".to_owned(), Call::name);
    let at_what = match at {
        Some(at) if recorded.calls.get(at).map(Call::name) == calls.get(at).map(Call::name) => name(calls.get(at)),
        Some(at) => format!("{} recorded, {} now", name(recorded.calls.get(at)), name(calls.get(at))),
        None => "result".to_owned(),
    };
    Some(Parted {
        invocation: number,
        function: recorded.function.clone(),
        call: at.map(|at| at + 1),
        at: at_what,
        place,
        recorded: was,
        now: is,
        diff: difference::lines(&sides.0, &sides.1),
    })
}

#[cfg(test)]
mod tests {
    use super::super::document::{Content, Given, ModeName, Stored};
    use super::*;

    fn request(body: &str) -> Call {
        let body = Some(Content::from(body.as_bytes()));
        Call::Http { operation: "save".into(), query: Vec::new(), body, answer: None }
    }

    #[test]
    fn a_request_whose_members_stand_in_another_order_is_reported_at_its_call() {
        let settings = json!({});
        let context = Given { mode: ModeName::Plan, now: 0, settings, channels: Vec::new(), channel: String::new() };
        let recorded = Invocation {
            function: "import-orders.fetch".into(),
            context,
            arguments: Value::Null,
            storage: Stored::default(),
            stop_at: None,
            calls: vec![Call::Get(Vec::new()), request(r#"{"Id":1,"Tag":2}"#)],
            result: Outcome::Returned(json!({"a": 1, "b": 2})),
            parted: None,
        };
        assert!(compare(1, &recorded, &recorded.calls, &recorded.result).is_none());

        let calls = [Call::Get(Vec::new()), request(r#"{"Tag":2,"Id":1}"#)];
        assert_eq!(recorded.calls, calls, "the values are equal");
        let parted = compare(1, &recorded, &calls, &recorded.result).unwrap();
        assert_eq!((parted.call, parted.at.as_str(), parted.place.as_str()), (Some(2), "save", "/http/body/json"));
        assert_eq!(parted.recorded, "members in the order Id, Tag");
        assert_eq!(parted.now, "members in another order: Tag, Id");

        let result = Outcome::Returned(json!({"b": 2, "a": 1}));
        let parted = compare(1, &recorded, &recorded.calls, &result).unwrap();
        assert_eq!((parted.call, parted.at.as_str(), parted.place.as_str()), (None, "result", "/returned"));
    }
}
