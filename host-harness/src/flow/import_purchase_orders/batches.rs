//! From ids to commits, batch by batch. A batch that the connector breaks on is halved until the purchase order at fault stands
//! alone: that one stays out with a problem of its own, all others come in.

use std::collections::HashMap;

use harness_contract::import_purchase_orders::{Asn, FetchedAsn, Product};
use harness_contract::results;
use harness_contract::types::Skip;
use harness_engine::functions::FetchPurchaseOrders;
use harness_wms::{
    AsnCommit, ListedAsn, NewAsn, NewAsnLine, NewAsnProduct, ProblemAt, SkippedAsn, StagedStorage, Verdict,
};

use super::{BATCH, Report};
use crate::flow::run::{Running, breaking, committed, of_item};
use crate::flow::words::{self, CODE, REFERENCE, WORDS};
use crate::flow::{FlowError, convert};

/// Halves that one run tries to find purchase orders at fault. The next run goes on.
const HALVES: usize = 24;

/// Reads and commits the purchase orders with the ids `wanted`.
///
/// # Errors
/// What ends the run; what was committed before stays.
pub(super) async fn read_all(
    running: &mut Running<'_, Report>,
    account: i64,
    listed: &[ListedAsn],
    wanted: &[String],
) -> Result<(), FlowError> {
    let versions: HashMap<&str, &str> = listed.iter().map(|one| (one.id.as_str(), one.version.as_str())).collect();
    let mut halves = HALVES;
    let mut stack: Vec<&[String]> = wanted.chunks(BATCH).rev().collect();
    while let Some(ids) = stack.pop() {
        running.go_on()?;
        match fetch(running, ids).await {
            Ok((fetched, storage)) => {
                let commit = gather(running, account, &versions, ids, fetched, storage);
                write(running, commit).await?;
            }
            Err(error) if error.is_of_its_batch() => {
                if let [id] = ids {
                    tracing::warn!(purchase_order = id, %error, "the connector breaks on a purchase order; it stays out");
                    let mut commit = empty(running, account);
                    leave_out(&mut commit, &versions, id, &error.to_string());
                    write(running, commit).await?;
                } else if halves == 0 {
                    return Err(error);
                } else {
                    halves -= 1;
                    let (first, second) = ids.split_at(ids.len() / 2);
                    stack.extend([second, first]);
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn fetch(
    running: &Running<'_, Report>,
    ids: &[String],
) -> Result<(Vec<FetchedAsn>, Option<StagedStorage>), FlowError> {
    let attempt = running.call.begin().await?;
    let invoked = running.call.invoke(&attempt, FetchPurchaseOrders { ids: ids.to_vec() }).await;
    running.call.settle(&attempt, invoked)
}

fn empty(running: &Running<'_, Report>, account: i64) -> AsnCommit {
    AsnCommit {
        run: running.run.id,
        fence: running.run.fence,
        connection: running.call.connection.id,
        account,
        now: running.platform.now(),
        ..AsnCommit::default()
    }
}

fn gather(
    running: &Running<'_, Report>,
    account: i64,
    versions: &HashMap<&str, &str>,
    asked: &[String],
    fetched: Vec<FetchedAsn>,
    storage: Option<StagedStorage>,
) -> AsnCommit {
    let mut commit = AsnCommit { storage, ..empty(running, account) };
    let mut open: Vec<&str> = asked.iter().map(String::as_str).collect();
    let mut strangers = 0;
    for one in fetched {
        let id = match &one {
            FetchedAsn::Ready(asn) => &asn.id,
            FetchedAsn::Skipped(skip) => &skip.id,
            FetchedAsn::Absent(id) => id,
        };
        let Some(at) = open.iter().position(|open| open == id) else {
            strangers += 1;
            continue;
        };
        open.remove(at);
        match one {
            FetchedAsn::Ready(asn) => {
                let faults = results::asn(&asn);
                if !faults.is_empty() {
                    leave_out(&mut commit, versions, &asn.id, &convert::breach(&faults));
                    continue;
                }
                let version = versions.get(asn.id.as_str()).copied().unwrap_or_default();
                commit.ready.push(new_asn(asn, version));
            }
            FetchedAsn::Skipped(skip) => {
                commit.problems.extend(of_skip(&skip));
                let listed = versions.get(skip.id.as_str()).copied();
                // It could not be judged, and its absence from the list proves nothing: it is read again.
                if skip.needs_attention && listed.is_none() {
                    continue;
                }
                let version = listed.unwrap_or_default();
                commit.skipped.push(SkippedAsn {
                    id: skip.id,
                    reference: words::plain(skip.reference, REFERENCE),
                    header_version: version.to_owned(),
                    verdicts: skip.verdicts.into_iter().map(convert::verdict).collect(),
                });
            }
            FetchedAsn::Absent(id) => commit.absent.push(id),
        }
    }
    if strangers > 0 {
        tracing::warn!(strangers, "fetch gave results for ids that it was not asked for, or twice; they are dropped");
    }
    for id in open {
        leave_out(&mut commit, versions, id, "fetch gave no result for it");
    }
    commit
}

/// A purchase order that stays out because the connector cannot deal with it. One that was announced before keeps its notice.
fn leave_out(commit: &mut AsnCommit, versions: &HashMap<&str, &str>, id: &str, error: &str) {
    let problem = of_item(id, id, breaking("asn.connector-failed", error));
    // Only what the source lists is put off: of one that it does not list nothing is known.
    if let Some(version) = versions.get(id) {
        commit.skipped.push(SkippedAsn {
            id: id.to_owned(),
            reference: id.to_owned(),
            header_version: (*version).to_owned(),
            verdicts: vec![Verdict {
                check: "connector-failed".into(),
                passed: false,
                found: error.to_owned(),
                remedy: problem.problem.remedy.clone(),
            }],
        });
    }
    commit.problems.push(problem);
}

/// The problem of a purchase order that stays out though nobody meant it to.
fn of_skip(skip: &Skip) -> Option<ProblemAt> {
    let verdict = skip.verdicts.iter().find(|verdict| !verdict.passed).filter(|_| skip.needs_attention)?;
    Some(ProblemAt {
        subject: skip.id.clone(),
        reference: words::plain(skip.reference.clone(), REFERENCE),
        problem: harness_wms::Problem {
            code: format!("asn.{}", words::plain(verdict.check.clone(), CODE)),
            message: words::plain(verdict.found.clone(), WORDS),
            remedy: words::plain(verdict.remedy.clone(), WORDS),
            retry: "after-a-change".into(),
            field: None,
            sku: None,
        },
    })
}

fn new_asn(asn: Asn, header_version: &str) -> NewAsn {
    NewAsn {
        id: asn.id,
        version: asn.version,
        header_version: header_version.to_owned(),
        po_reference: asn.po_reference,
        supplier: asn.supplier,
        estimated_delivery: asn.estimated_delivery,
        comments: asn.comments,
        lines: asn
            .lines
            .into_iter()
            .map(|line| NewAsnLine {
                source_line_id: line.source_line_id,
                sku: line.sku,
                quantity: line.quantity,
                ordered: line.ordered,
                delivered: line.delivered,
                product: line.product.map(product),
            })
            .collect(),
    }
}

fn product(product: Product) -> NewAsnProduct {
    NewAsnProduct {
        name: product.name,
        ean: Some(product.barcode).filter(|code| !code.is_empty()),
        weight: product.weight,
        height: product.height,
        width: product.width,
        depth: product.depth,
        warnings: product.warnings.into_iter().map(convert::problem).collect(),
    }
}

async fn write(running: &mut Running<'_, Report>, commit: AsnCommit) -> Result<(), FlowError> {
    let store = &running.platform.store;
    let decided = if running.plans() {
        store.plan_asns(&commit).await?
    } else {
        committed(running.platform, store.commit_asns(&commit)).await?
    };
    running.report.tell(&decided, &commit);
    Ok(())
}
