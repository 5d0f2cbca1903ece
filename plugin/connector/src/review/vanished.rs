//! What became of an order that Linnworks does not give: it is there after all, it became another, or it is gone.
use std::collections::{BTreeMap, BTreeSet};

use crate::contract::reviews::Finding;
use crate::contract::{Failure, Level};
use crate::host::Host;
use crate::linnworks::CallError;
use crate::linnworks::lookup::{self, Relation};
use crate::linnworks::orders::{self, Orders};
use crate::manifest::operations::{GET_OPEN_ORDERS_DETAILS, GET_ORDER_BY_ID, GET_ORDER_RELATIONS, GET_ORDERS_BY_ID};

/// More missing orders than this are looked for by a second list first, in one call.
const FEW: usize = 3;

/// So often a merged order is followed when it was merged again meanwhile.
const STEPS: usize = 5;

/// Resolves ids that the first reading did not give. Orders that another operation gives are added to `answers`; the others get
/// their finding: merged where a relation leads to an order that exists, else gone.
///
/// # Errors
/// No usable answer from Linnworks.
pub(super) async fn resolve<H: Host>(
    host: &H,
    missing: &[String],
    answers: &mut Vec<Orders>,
) -> Result<BTreeMap<String, Finding>, Failure> {
    let mut findings = BTreeMap::new();
    let mut missing = missing.to_vec();
    if missing.len() > FEW {
        match orders::open_details(host, &missing).await {
            Ok(answer) => {
                let there = ids_of(&answer)?;
                missing.retain(|id| !there.contains(id));
                answers.push(answer);
            }
            Err(error) if error.is_refusal() => {
                host.log(Level::Info, &format!("{}: {}", GET_OPEN_ORDERS_DETAILS.name, error.describe()));
            }
            Err(error) => return Err(error.failure(GET_OPEN_ORDERS_DETAILS.name)),
        }
    }
    for id in missing {
        let successors = successors(host, &id).await?;
        if !successors.is_empty() {
            findings.insert(id, Finding::Merged(successors));
            continue;
        }
        match single(host, &id).await? {
            Some(answer) => answers.push(answer),
            None => {
                findings.insert(id, Finding::Gone);
            }
        }
    }
    Ok(findings)
}

/// One order by the operation that reads one; "not found" is a refusal at Linnworks as often as an empty order.
async fn single<H: Host>(host: &H, id: &str) -> Result<Option<Orders>, Failure> {
    match orders::single(host, id).await {
        Ok(answer) => Ok(ids_of(&answer)?.contains(id).then_some(answer)),
        Err(error) if error.is_refusal() => Ok(None),
        Err(error) => Err(error.failure(GET_ORDER_BY_ID.name)),
    }
}

fn ids_of(answer: &Orders) -> Result<BTreeSet<String>, Failure> {
    let (orders, unreadable) = answer.read().map_err(|error| error.failure(GET_ORDERS_BY_ID.name))?;
    let unreadable = unreadable.into_iter().filter_map(|row| row.id);
    Ok(orders.iter().filter_map(|order| order.id.get()).chain(unreadable).collect())
}

/// Ids of the orders that took the place of the order `id`, as far as they exist; followed through further merges.
///
/// # Errors
/// No usable answer from Linnworks.
pub(super) async fn successors<H: Host>(host: &H, id: &str) -> Result<Vec<String>, Failure> {
    let relations = relations(host, id).await?;
    let mut leaves = leaves(&relations, id);
    // Which side of a relation is the order that was is documented nowhere; the usual way round comes first.
    let backwards = leaves.is_empty();
    if backwards {
        leaves = others(&relations, id);
    }
    let mut found = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::from([id.to_owned()]);
    for _ in 0..STEPS {
        leaves.retain(|leaf| seen.insert(leaf.clone()));
        if leaves.is_empty() {
            break;
        }
        let answer = orders::by_id(host, &leaves).await.map_err(|error| error.failure(GET_ORDERS_BY_ID.name))?;
        let (read, unreadable) = answer.read().map_err(|error| error.failure(GET_ORDERS_BY_ID.name))?;
        // What an order was made of may be kept as cancelled, and is not what it became.
        let readable = read.iter().filter(|order| !(backwards && order.processed.0)).filter_map(|order| order.id.get());
        // One that cannot be read is there all the same.
        let there: BTreeSet<String> = readable.chain(unreadable.into_iter().filter_map(|row| row.id)).collect();
        let mut next = Vec::new();
        for leaf in leaves {
            if there.contains(&leaf) {
                found.push(leaf);
            } else if !backwards {
                next.extend(self::leaves(&self::relations(host, &leaf).await?, &leaf));
            }
        }
        leaves = next;
    }
    Ok(found)
}

/// Ids of the orders that were split off the order `id`.
///
/// # Errors
/// No usable answer from Linnworks.
pub(super) async fn split_off<H: Host>(host: &H, id: &str) -> Result<Vec<String>, Failure> {
    let mut parts = Vec::new();
    for relation in relations(host, id).await?.iter().filter(|relation| is_split(relation)) {
        if relation.parent == id && relation.child != id && !parts.contains(&relation.child) {
            parts.push(relation.child.clone());
        }
    }
    Ok(parts)
}

async fn relations<H: Host>(host: &H, id: &str) -> Result<Vec<Relation>, Failure> {
    match lookup::relations(host, id).await {
        Ok(relations) => Ok(relations),
        // An answer that cannot be read does not say that there are none, and an order that was merged would be taken for gone.
        Err(error @ CallError::Unreadable(_)) => Err(error.failure(GET_ORDER_RELATIONS.name)),
        Err(error) if error.is_refusal() => Ok(Vec::new()),
        Err(error) => Err(error.failure(GET_ORDER_RELATIONS.name)),
    }
}

fn is_split(relation: &Relation) -> bool {
    relation.kind.to_ascii_uppercase().contains("SPLIT")
}

/// Where the relations lead from `id`, over any number of steps; a split leads nowhere, since what was split stays.
fn leaves(relations: &[Relation], id: &str) -> Vec<String> {
    let (mut leaves, mut seen, mut open) = (Vec::new(), BTreeSet::from([id.to_owned()]), vec![id.to_owned()]);
    while let Some(current) = open.pop() {
        let next: Vec<String> = relations
            .iter()
            .filter(|relation| relation.parent == current && !is_split(relation))
            .map(|relation| relation.child.clone())
            .filter(|child| seen.insert(child.clone()))
            .collect();
        if next.is_empty() && current != id {
            leaves.push(current);
        }
        open.extend(next);
    }
    leaves
}

/// The other ends of the relations that end at `id`.
fn others(relations: &[Relation], id: &str) -> Vec<String> {
    let ends = relations.iter().filter(|relation| relation.child == id && relation.parent != id && !is_split(relation));
    ends.map(|relation| relation.parent.clone()).collect()
}
