//! `explain`: why an order is or is not imported, check by check.
use std::collections::BTreeSet;

use super::checks::{self, Checks};
use super::find::{answers, spellings};
use super::{Flow, Known, fetch, locked, map};
use crate::contract::orders::Explanation;
use crate::contract::{Context, Failure, Verdict};
use crate::host::Host;
use crate::linnworks::order::OrderDetails;
use crate::linnworks::value::is_guid;
use crate::linnworks::{locations, lookup};
use crate::location;
use crate::manifest::operations::GET_ORDER_RELATIONS;
use crate::problem::{failed, passed};

/// One explanation for each order that `reference` can mean, or one that says that there is none.
///
/// # Errors
/// The settings, or no usable answer from Linnworks.
pub async fn explain<H: Host>(host: &H, ctx: &Context, reference: &str) -> Result<Vec<Explanation>, Failure> {
    let flow = Flow::new(ctx)?;
    let answers = answers(host, &flow, reference).await?;
    let mut orders: Vec<OrderDetails<'_>> = Vec::new();
    let mut seen = BTreeSet::new();
    for answer in &answers {
        orders.extend(answer.orders()?.into_iter().filter(|order| seen.insert(order.id.or_zero())));
    }
    if orders.is_empty() {
        return Ok(vec![unknown(host, &flow, reference).await?]);
    }
    let countries = fetch::countries(host, &flow, orders.iter()).await?;
    let locks = locked::among(host, &flow, orders.iter()).await?;
    let mut explanations = Vec::with_capacity(orders.len());
    for order in &orders {
        let known = Known { countries: &countries, lock: locks.of(&order.id.or_zero()) };
        explanations.push(explained(&flow, order, known));
    }
    // Whatever an order is like, nothing comes from a location that became unusable.
    if let Err(failure) = location::require(host, flow.now, &flow.settings.location).await {
        let Failure::InvalidSettings(problems) = failure else { return Err(failure) };
        let verdicts = problems.into_iter().map(|problem| failed(&problem.code, problem.message, problem.remedy));
        let verdicts: Vec<Verdict> = verdicts.collect();
        for explanation in &mut explanations {
            explanation.verdicts.splice(..0, verdicts.clone());
        }
    }
    if explanations.iter().flat_map(|one| &one.verdicts).any(|verdict| verdict.check == "location" && !verdict.passed) {
        name_locations(host, &mut explanations).await;
    }
    Ok(explanations)
}

fn explained(flow: &Flow, order: &OrderDetails<'_>, known: Known<'_>) -> Explanation {
    let mut checks = Checks::all();
    checks.pass("known", || format!("Linnworks has it as order {}", order.called()));
    checks::admission(flow, order, known, &mut checks);
    map::map(flow, order, known, &mut checks);
    Explanation { id: order.id.get(), reference: order.called(), verdicts: checks.into_verdicts() }
}

/// Ids mean little to people: says the names of locations where they are found.
async fn name_locations<H: Host>(host: &H, explanations: &mut [Explanation]) {
    let Ok(locations) = locations::all(host).await else { return };
    for verdict in
        explanations.iter_mut().flat_map(|one| &mut one.verdicts).filter(|verdict| verdict.check == "location")
    {
        for location in &locations {
            verdict.found = verdict.found.replace(&location.id, &format!("{:?} ({})", location.name, location.id));
        }
    }
}

async fn unknown<H: Host>(host: &H, flow: &Flow, reference: &str) -> Result<Explanation, Failure> {
    let reference = reference.trim();
    let mut verdicts: Vec<Verdict> = Vec::new();
    if is_guid(reference) {
        let id = reference.to_ascii_lowercase();
        let relations = match lookup::relations(host, &id).await {
            Ok(relations) => relations,
            Err(error) if error.is_refusal() => Vec::new(),
            Err(error) => return Err(error.failure(GET_ORDER_RELATIONS.name)),
        };
        for relation in relations.iter().filter(|relation| relation.parent == id && relation.child != id) {
            verdicts.push(failed(
                "merged",
                format!("It became order {} ({}): {}", relation.child_number, relation.child, relation.kind),
                "Ask for that order instead.",
            ));
        }
        if !verdicts.is_empty() {
            return Ok(Explanation { id: Some(id), reference: reference.to_owned(), verdicts });
        }
    }
    let tried = spellings(flow, reference).join(", ");
    if !flow.settings.order_prefix.is_empty() {
        verdicts.push(passed("prefix", format!("Looked for: {tried}")));
    }
    verdicts.push(failed(
        "known",
        "Linnworks has no order with this number, reference or id, open or processed",
        "Check the spelling and the account. An order that was merged or deleted is found under its new number only.",
    ));
    Ok(Explanation { id: None, reference: reference.to_owned(), verdicts })
}
