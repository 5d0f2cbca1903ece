//! Answers of Linnworks into the connector: whatever they are, it ends with results that keep the contract, or with a failure that
//! tells what is wrong. It never panics, never gives half an order, repeats no write whose outcome nobody knows, and writes nothing
//! of a buyer into a log or a problem.
//!
//! A document is one invocation: `{"flow", "mode", "now", "settings", "channels", "channel", "stop_after", "args", "answers"}`, where
//! `answers` has for each operation a list of `{"status", "body"}` or `{"lost": "unknown"}`.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use connector_kit::testing::finish;
use harness_contract::results;
use linnworks_connector::contract::despatch::Despatch;
use linnworks_connector::contract::manifest::Description;
use linnworks_connector::contract::orders::{Fetched, Order};
use linnworks_connector::contract::returns::OrderReturn;
use linnworks_connector::contract::reviews::{Finding, ImportedOrder};
use linnworks_connector::contract::stock::{InFlightOrder, StockLevel};
use linnworks_connector::contract::{Attempt, Context, Failure, Mode, Outcome, Page, Problem, Verdict, asns};
use linnworks_connector::{despatch, import, manifest, purchase_orders, returns, review, setup, stock};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::tape::Player;
use crate::{bug, document};

/// 2026-03-02T12:00:00Z.
const NOON: i64 = 1_772_452_800_000;

/// Plays the invocation in `data`.
pub fn run(data: &[u8]) {
    let Some(tape) = document::read(data) else { return };
    let mode = if tape.get("mode") == Some(&Value::from("plan")) { Mode::Plan } else { Mode::Apply };
    let ctx = Context {
        mode,
        now: tape.get("now").and_then(Value::as_i64).filter(|now| (0..1 << 42).contains(now)).unwrap_or(NOON),
        settings: tape.get("settings").map_or_else(|| "{}".to_owned(), Value::to_string),
        channels: part(&tape, "channels").filter(|names: &Vec<String>| names.iter().all(is_name)).unwrap_or_default(),
        channel: part(&tape, "channel").filter(is_name).unwrap_or_default(),
    };
    let answers = tape.get("answers").unwrap_or(&Value::Null);
    let stop_after = tape.get("stop_after").and_then(Value::as_u64);
    let host = Player::new(answers, table(), mode, stop_after);
    let told = invoke(&tape, &host, &ctx);
    if let Some(told) = told {
        keeps_quiet(&tape, &told, &host.logs.borrow());
    }
}

/// Whether the warehouse could call something that.
fn is_name(name: &String) -> bool {
    name.len() <= 200 && !name.chars().any(char::is_control)
}

fn table() -> &'static Description {
    static TABLE: OnceLock<Description> = OnceLock::new();
    TABLE.get_or_init(manifest::describe)
}

fn part<T: DeserializeOwned>(tape: &Value, name: &str) -> Option<T> {
    serde_json::from_value(tape.get(name)?.clone()).ok()
}

/// Runs the flow and judges what it gave; `None` when the document asks for nothing that a host would. What comes back are the texts
/// that people may see.
fn invoke(tape: &Value, host: &Player<'_>, ctx: &Context) -> Option<Vec<String>> {
    Some(match tape.get("flow")?.as_str()? {
        "discover" => told(finish(import::discover(host, ctx)), page),
        "fetch" => {
            let ids = some_ids(args(tape)?)?;
            told(finish(import::fetch(host, ctx, &ids)), |fetched| orders(tape, &ids, fetched))
        }
        "acknowledge" => {
            let ids = some_ids(args(tape)?)?;
            told(finish(import::acknowledge(host, ctx, &ids)), |done| outcomes(&ids, done))
        }
        "find" => told(finish(import::find(host, ctx, &args::<String>(tape)?)), |_| Vec::new()),
        "explain" => told(finish(import::explain(host, ctx, &args::<String>(tape)?)), |all| {
            all.iter().flat_map(|one| verdicts(&one.verdicts)).collect()
        }),
        "review" => {
            let orders: Vec<ImportedOrder> = args(tape)?;
            let ids = some_ids(orders.iter().map(|order| order.id.clone()).collect())?;
            told(finish(review::review(host, ctx, &orders)), |results| {
                let given: Vec<&String> = results.iter().map(|result| &result.id).collect();
                assert_eq!(given, ids.iter().collect::<Vec<_>>(), "one finding for each order, in their order");
                results.iter().flat_map(|result| finding(&result.finding)).collect()
            })
        }
        "push" => {
            let despatches: Vec<Despatch> = args(tape)?;
            let ids = some_ids(despatches.iter().map(|despatch| despatch.id.clone()).collect())?;
            told(finish(despatch::push(host, ctx, &despatches)), |done| outcomes(&ids, done))
        }
        "sync" => {
            let levels: Vec<StockLevel> = args(tape)?;
            let in_flight: Vec<InFlightOrder> = part(tape, "in_flight").unwrap_or_default();
            let plausible = |level: &StockLevel| {
                [level.on_hand, level.allocated, level.returned_unbooked, level.received_undelivered]
                    .iter()
                    .all(|units| (0..1 << 40).contains(units))
            };
            let skus = some_ids(levels.iter().map(|level| level.sku.clone()).collect())?;
            if !levels.iter().all(plausible) {
                return None;
            }
            told(finish(stock::sync(host, ctx, &levels, &in_flight)), |done| outcomes(&skus, done))
        }
        "discover-purchase-orders" => told(finish(purchase_orders::discover(host, ctx)), page),
        "fetch-purchase-orders" => {
            let ids = some_ids(args(tape)?)?;
            told(finish(purchase_orders::fetch(host, ctx, &ids)), |fetched| notices(&ids, fetched))
        }
        "deliver" => {
            let receipts: Vec<asns::Receipt> = args(tape)?;
            let ids = some_ids(receipts.iter().map(|receipt| receipt.id.clone()).collect())?;
            told(finish(purchase_orders::deliver(host, ctx, &receipts)), |done| outcomes(&ids, done))
        }
        "export" => {
            let all: Vec<OrderReturn> = args(tape)?;
            let ids = some_ids(all.iter().map(|one| one.id.clone()).collect())?;
            told(finish(returns::export(host, ctx, &all)), |done| outcomes(&ids, done))
        }
        "check" => told(finish(setup::check(host, ctx)), |all| verdicts(&all)),
        "locations" => told(finish(setup::list_locations(host, ctx)), |all| {
            all.iter().filter_map(|one| one.problem.as_ref()).flat_map(problem).collect()
        }),
        _ => return None,
    })
}

fn args<T: DeserializeOwned>(tape: &Value) -> Option<T> {
    part(tape, "args")
}

/// Ids as a host gives them: some, each once, none of them odd.
fn some_ids(ids: Vec<String>) -> Option<Vec<String>> {
    let each: BTreeSet<&String> = ids.iter().collect();
    let sound = |id: &String| !id.is_empty() && id.len() <= 200 && !id.chars().any(char::is_control);
    (each.len() == ids.len() && (1..=200).contains(&ids.len()) && ids.iter().all(sound)).then_some(ids)
}

fn told<T>(result: Result<T, Failure>, judge: impl FnOnce(T) -> Vec<String>) -> Vec<String> {
    match result {
        Ok(value) => judge(value),
        Err(Failure::Cancelled) => Vec::new(),
        Err(Failure::InvalidSettings(problems)) => {
            assert!(!problems.is_empty(), "settings are invalid and nobody is told why");
            problems.iter().flat_map(problem).collect()
        }
        Err(
            Failure::Unauthorised(one)
            | Failure::Throttled(one)
            | Failure::Unavailable(one)
            | Failure::UnexpectedAnswer(one),
        ) => problem(&one),
    }
}

fn problem(problem: &Problem) -> Vec<String> {
    assert!(results::is_code(&problem.code), "{:?} is no code", problem.code);
    assert!(!problem.message.trim().is_empty() && !problem.remedy.trim().is_empty(), "{problem:?} says nothing");
    vec![problem.message.clone(), problem.remedy.clone()]
}

fn verdicts(verdicts: &[Verdict]) -> Vec<String> {
    for verdict in verdicts {
        assert!(results::is_code(&verdict.check), "{:?} is no code", verdict.check);
        assert!(verdict.passed || !verdict.remedy.trim().is_empty(), "{verdict:?} has no remedy");
    }
    // What was found is for people who may see the order, and may name what is in it.
    Vec::new()
}

fn page(page: Page) -> Vec<String> {
    assert!(page.complete || page.checkpoint.is_some(), "a page that is not the last says where the next begins");
    assert!(page.candidates.iter().all(|one| !one.id.trim().is_empty()), "a candidate without id");
    Vec::new()
}

/// The same record as the host has it.
fn as_host_has_it<T: Serialize, U: DeserializeOwned>(record: &T) -> U {
    serde_json::to_value(record).and_then(serde_json::from_value).expect("both sides have one contract")
}

fn orders(tape: &Value, ids: &[String], fetched: Vec<Fetched>) -> Vec<String> {
    let given: Vec<&String> = fetched
        .iter()
        .map(|one| match one {
            Fetched::Ready(order) => &order.id,
            Fetched::Skipped(skip) => &skip.id,
            Fetched::Absent(id) => id,
        })
        .collect();
    assert_eq!(given.len(), ids.len(), "one result for each id");
    for (given, asked) in given.iter().zip(ids) {
        assert!(given.eq_ignore_ascii_case(asked.trim()) || *given == asked, "{given:?} was asked for as {asked:?}");
    }
    for one in &fetched {
        match one {
            Fetched::Ready(order) => {
                sound(order);
                whole(tape, order);
            }
            Fetched::Skipped(skip) => {
                let failed = skip.verdicts.iter().all(|verdict| !verdict.passed);
                assert!(
                    !skip.verdicts.is_empty() && failed,
                    "a skip names the checks that did not pass, and no others"
                );
                verdicts(&skip.verdicts);
            }
            Fetched::Absent(_) => {}
        }
    }
    Vec::new()
}

/// How much of something a host takes is the host's to say: a connector cannot know it.
fn beside_measure(mut faults: Vec<String>) -> Vec<String> {
    faults.retain(|fault| !fault.contains("; expected are at most "));
    faults
}

fn sound(order: &Order) {
    let faults = beside_measure(results::order(&as_host_has_it(order)));
    assert!(faults.is_empty(), "an order breaks the contract: {faults:?}");
    let ids: BTreeSet<&String> = order.lines.iter().map(|line| &line.source_line_id).collect();
    assert!(!order.lines.is_empty(), "an order without lines");
    assert_eq!(ids.len(), order.lines.len(), "two lines have one id");
}

/// Every line of goods that an answer shows of this order is in it: seen in the answer itself, not through the connector's reader.
fn whole(tape: &Value, order: &Order) {
    let rows = tape.pointer("/answers/Orders~1GetOrdersById").and_then(Value::as_array).into_iter().flatten();
    let shown = rows.filter_map(|row| row.get("body")?.as_array()).flatten().filter(|shown| {
        let id = shown.get("OrderId").and_then(Value::as_str).unwrap_or_default();
        id.trim().eq_ignore_ascii_case(&order.id)
    });
    let lines = if bug::asked() { order.lines.len() - 1 } else { order.lines.len() };
    let fewest = shown.map(|shown| goods(shown).unwrap_or(0)).min();
    // An order that two answers show in two ways is one of them; the smaller one is what can be said.
    assert!(fewest.is_none_or(|fewest| lines >= fewest), "{lines} of {fewest:?} lines of goods");
}

/// How many lines of goods an order shows that are plainly such.
fn goods(shown: &Value) -> Option<usize> {
    let items = shown.get("Items")?.as_array()?;
    let plain = |item: &&Value| {
        let service = item.get("IsService").is_some_and(|service| *service != Value::Bool(false));
        item.is_object() && !service
    };
    Some(items.iter().filter(plain).count())
}

fn notices(ids: &[String], fetched: Vec<asns::FetchedAsn>) -> Vec<String> {
    assert_eq!(fetched.len(), ids.len(), "one result for each id");
    for one in &fetched {
        match one {
            asns::FetchedAsn::Ready(asn) => {
                let faults = beside_measure(results::asn(&as_host_has_it(asn)));
                assert!(faults.is_empty(), "a notice breaks the contract: {faults:?}");
            }
            asns::FetchedAsn::Skipped(skip) => {
                assert!(skip.verdicts.iter().any(|verdict| !verdict.passed), "a skip without a cause");
                verdicts(&skip.verdicts);
            }
            asns::FetchedAsn::Absent(_) => {}
        }
    }
    Vec::new()
}

fn finding(finding: &Finding) -> Vec<String> {
    match finding {
        Finding::Edited((_, order)) => sound(order),
        Finding::Blocked(why) => {
            assert!(why.iter().any(|verdict| !verdict.passed), "blocked without a cause");
            verdicts(why);
        }
        Finding::Merged(into) => assert!(!into.is_empty(), "merged into nothing"),
        Finding::Split(parts) => assert!(!parts.is_empty(), "split into nothing"),
        _ => {}
    }
    Vec::new()
}

fn outcomes(ids: &[String], done: Vec<Outcome>) -> Vec<String> {
    let given: Vec<&String> = done.iter().map(|outcome| &outcome.id).collect();
    assert_eq!(given, ids.iter().collect::<Vec<_>>(), "one outcome for each item, in their order");
    let of = |outcome: &Outcome| match &outcome.attempt {
        Attempt::Refused(one) | Attempt::RetryLater(one) | Attempt::Held(one) | Attempt::InDoubt(one) => problem(one),
        Attempt::Done | Attempt::AlreadyDone | Attempt::NotAttempted => Vec::new(),
    };
    done.iter().flat_map(of).collect()
}

/// Fields that name a person.
const PERSONAL: [&str; 6] = ["EmailAddress", "FullName", "Address1", "PhoneNumber", "PostCode", "Company"];

/// What names a person in an answer, and stands nowhere else, is in no log and no problem.
fn keeps_quiet(tape: &Value, told: &[String], logs: &[String]) {
    if told.is_empty() && logs.is_empty() {
        return;
    }
    let (mut personal, mut others) = (BTreeSet::new(), Vec::new());
    document::leaves("", tape, &mut |name, value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match PERSONAL.contains(&name) {
            true => drop(personal.insert(text.trim().to_owned())),
            false => others.push(text),
        }
    });
    for person in personal.iter().filter(|person| person.len() >= 8) {
        let said = told.iter().chain(logs).find(|text| text.contains(person.as_str()));
        if let Some(said) = said
            && !others.iter().any(|other| other.contains(person.as_str()) || person.contains(other.trim()))
        {
            panic!("{person:?} is a person's and is told: {said:?}");
        }
    }
}
