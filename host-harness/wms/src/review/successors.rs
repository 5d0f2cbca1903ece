//! Orders that were made from an order of the warehouse: what a merge made of several, and what a split took off one. While
//! such an order and the one that it was made from could both be shipped, it waits.
use crate::model::{NewOrder, Problem};
use crate::orders::OrderStatus;
use crate::problems::ProblemAt;
use crate::sql::{in_list, insert_many, list};
use crate::store::Tx;
use crate::{StoreResult, timeline};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The finding of an order that waits for one that it was made from.
pub(super) const SUCCESSOR: &str = "successor";

/// Whose orders.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    pub(crate) account: i64,
    pub(crate) client: i64,
}

/// An order at the source and the one that it was made from.
pub(crate) struct Link<'a> {
    pub(crate) source_id: &'a str,
    pub(crate) order_id: i64,
    pub(crate) kind: &'static str,
    pub(crate) standing: bool,
}

/// Writes links; one that there is takes the new kind.
pub(crate) async fn link(tx: &mut Tx, owner: Owner, links: &[Link<'_>], now: i64) -> StoreResult<()> {
    insert_many(
        tx,
        "INSERT INTO order_links (account_id, client_id, source_id, order_id, kind, standing, made_at)",
        7,
        "ON CONFLICT (account_id, client_id, source_id, order_id) DO UPDATE SET kind = excluded.kind, \
         standing = excluded.standing",
        links,
        |args, one| {
            args.push(owner.account).push(owner.client).push(one.source_id.to_owned()).push(one.order_id);
            args.push(one.kind.to_owned()).push(i64::from(one.standing)).push(now);
        },
    )
    .await
}

/// What stood in the way of an order stands in the way of those that took its place.
pub(crate) async fn pass_on(tx: &mut Tx, owner: Owner, from: &str, into: &[String], now: i64) -> StoreResult<()> {
    for id in into {
        sqlx::query(
            "INSERT INTO order_links (account_id, client_id, source_id, order_id, kind, standing, made_at) \
             SELECT account_id, client_id, $1, order_id, kind, 1, $2 FROM order_links \
             WHERE account_id = $3 AND client_id = $4 AND source_id = $5 AND standing = 1 AND kind <> 'related' \
             ON CONFLICT (account_id, client_id, source_id, order_id) DO NOTHING",
        )
        .bind(id.clone())
        .bind(now)
        .bind(owner.account)
        .bind(owner.client)
        .bind(from.to_owned())
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// The order has been looked at and is no part of what came in with its reference; or it does not stand in the way any more.
pub(super) async fn unlink(tx: &mut Tx, order_id: i64, only_related: bool) -> StoreResult<()> {
    let sql = if only_related {
        "UPDATE order_links SET standing = 0 WHERE order_id = $1 AND kind = 'related'"
    } else {
        "UPDATE order_links SET standing = 0 WHERE order_id = $1"
    };
    sqlx::query(sql).bind(order_id).execute(&mut **tx).await?;
    Ok(())
}

/// Which of these new orders have to wait: those that are known to have been made from an order of the warehouse, and those
/// that share the channel's reference with one that is not final, or of which the source is still to be told. Source id to the
/// orders that it waits for.
pub(crate) async fn waiting(tx: &mut Tx, owner: Owner, new: &[&NewOrder]) -> StoreResult<HashMap<String, Vec<i64>>> {
    let mut waits: HashMap<String, Vec<i64>> = HashMap::new();
    if new.is_empty() {
        return Ok(waits);
    }
    let engine = tx.engine();
    let ids: Vec<&str> = new.iter().map(|order| order.id.as_str()).collect();
    let head = "SELECT source_id, order_id FROM order_links WHERE account_id = $1 AND client_id = $2 AND standing = 1 \
                AND source_id";
    let rows: Vec<(String, i64)> = sqlx::query_as(in_list(engine, head, 3))
        .bind(owner.account)
        .bind(owner.client)
        .bind(list(engine, &ids)?)
        .fetch_all(&mut **tx)
        .await?;
    for (source_id, order) in rows {
        waits.entry(source_id).or_default().push(order);
    }
    let references: BTreeSet<&str> =
        new.iter().map(|order| order.external_order_reference.as_str()).filter(|text| !text.is_empty()).collect();
    let references: Vec<&str> = references.into_iter().collect();
    // The account is looked at here: named in the conditions, it has SQLite walk all orders of the account by its index. The
    // second sequence of tables is kept by CROSS JOIN: what is queued is little.
    let heads = [
        "SELECT o.external_order_reference, o.id, o.source_order_id, o.account_id FROM orders o \
         WHERE o.client_id = $1 AND o.status_id NOT IN (3, 4, 5, 6) AND o.split_from IS NULL AND o.external_order_reference",
        "SELECT o.external_order_reference, o.id, o.source_order_id, o.account_id FROM connections c \
         CROSS JOIN queue q CROSS JOIN orders o \
         WHERE c.client_id = $1 AND q.connection_id = c.id AND q.flow = 'push-despatch' AND q.state = 1 AND o.id = q.order_id \
         AND o.client_id = c.client_id AND o.status_id <> 3 AND o.split_from IS NULL AND o.external_order_reference",
    ];
    let mut rows: Vec<(String, i64, String, i64)> = Vec::new();
    for head in heads {
        let found = sqlx::query_as(in_list(engine, head, 2)).bind(owner.client).bind(list(engine, &references)?);
        rows.extend(found.fetch_all(&mut **tx).await?);
    }
    let mut by_reference: HashMap<&str, Vec<(i64, &str)>> = HashMap::new();
    for (reference, id, source_id, _) in rows.iter().filter(|(.., account)| *account == owner.account) {
        by_reference.entry(reference).or_default().push((*id, source_id));
    }
    for order in new {
        for (id, source_id) in by_reference.get(order.external_order_reference.as_str()).into_iter().flatten() {
            if *source_id != order.id {
                let others = waits.entry(order.id.clone()).or_default();
                if !others.contains(id) {
                    others.push(*id);
                }
            }
        }
    }
    Ok(waits)
}

/// A new order that waits.
pub(crate) struct Waiting<'a> {
    pub(crate) order_id: i64,
    pub(crate) source_id: &'a str,
    /// The orders that it waits for.
    pub(crate) others: &'a [i64],
    /// It was held for that, and not for another reason.
    pub(crate) stopped: bool,
    /// It waits until it is known what became of orders that have vanished.
    pub(crate) unsettled: bool,
}

/// What distinguishes an order that waits until it is known what became of orders that have vanished.
const UNSETTLED: &str = "unsettled";

/// Remembers that these new orders wait, and has the orders that they wait for looked at before all others.
pub(crate) async fn note_waiting(tx: &mut Tx, owner: Owner, waiting: &[Waiting<'_>], now: i64) -> StoreResult<()> {
    for one in waiting {
        for other in one.others {
            sqlx::query(
                "INSERT INTO order_links (account_id, client_id, source_id, order_id, kind, standing, made_at) \
                 VALUES ($1, $2, $3, $4, 'related', 1, $5) ON CONFLICT (account_id, client_id, source_id, order_id) DO NOTHING",
            )
            .bind(owner.account)
            .bind(owner.client)
            .bind(one.source_id.to_owned())
            .bind(*other)
            .bind(now)
            .execute(&mut **tx)
            .await?;
            sqlx::query(
                "INSERT INTO order_reviews (order_id, reviewed_at, urgent, unlisted, stopped, overruled, watched) \
                 VALUES ($1, 0, 1, 0, 0, 0, 0) ON CONFLICT (order_id) DO UPDATE SET urgent = 1",
            )
            .bind(*other)
            .execute(&mut **tx)
            .await?;
        }
        sqlx::query(
            "INSERT INTO order_reviews (order_id, reviewed_at, urgent, unlisted, finding, detail, stopped, overruled, watched) \
             VALUES ($1, $2, 0, 0, $3, $4, $5, 0, 0)",
        )
        .bind(one.order_id)
        .bind(now)
        .bind(SUCCESSOR.to_owned())
        .bind(if one.unsettled { UNSETTLED } else { "" }.to_owned())
        .bind(i64::from(one.stopped))
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

/// An order that waits, or need not any more.
struct Successor {
    id: i64,
    source_id: String,
    number: String,
    reference: String,
    status: OrderStatus,
    connection: i64,
    stopped: bool,
    overruled: bool,
    /// It waits until it is known what became of orders that have vanished.
    unsettled: bool,
    /// It is known, and not only likely, that it was made from another.
    known: bool,
    /// Numbers of the orders that it waits for, with their status.
    waits_for: Vec<(String, OrderStatus)>,
}

/// Has orders wait that have to, and lets those go that need not any more; answers what is told of those that wait, and how many
/// were let go; `whole` says that nothing is left to be found out about orders that have vanished. Of those that came in by another connection, that one's own review tells.
pub(super) async fn settle(
    tx: &mut Tx,
    owner: Owner,
    connection: i64,
    whole: bool,
    now: i64,
) -> StoreResult<(Vec<ProblemAt>, usize)> {
    // Whoever cancelled it: it stands in nobody's way.
    sqlx::query(
        "UPDATE order_links SET standing = 0 WHERE account_id = $1 AND client_id = $2 AND standing = 1 \
         AND order_id IN (SELECT id FROM orders WHERE client_id = $2 AND status_id = 3)",
    )
    .bind(owner.account)
    .bind(owner.client)
    .execute(&mut **tx)
    .await?;
    let (mut told, mut released) = (Vec::new(), 0);
    for successor in successors(tx, owner).await? {
        if successor.waits_for.is_empty() {
            if successor.unsettled && !whole {
                continue;
            }
            if successor.stopped {
                super::commit::let_go(tx, successor.id, now).await?;
                timeline::add(tx, successor.id, "warehouse", "released", "waits for no other order any more", now)
                    .await?;
                released += 1;
            }
            sqlx::query("UPDATE order_reviews SET finding = NULL, detail = NULL, stopped = 0, overruled = 0 WHERE order_id = $1")
                .bind(successor.id)
                .execute(&mut **tx)
                .await?;
            continue;
        }
        if successor.overruled {
            continue;
        }
        let names: Vec<String> =
            successor.waits_for.iter().map(|(number, status)| format!("{number} ({})", status.name())).collect();
        if !successor.stopped && successor.status != OrderStatus::Holding {
            super::commit::stop(tx, successor.id, successor.status, now).await?;
            sqlx::query(
                "INSERT INTO order_reviews (order_id, reviewed_at, urgent, unlisted, finding, detail, stopped, overruled, watched) \
                 VALUES ($1, $2, 0, 0, $3, '', 1, 0, 0) ON CONFLICT (order_id) DO UPDATE SET finding = excluded.finding, \
                 detail = excluded.detail, stopped = 1, overruled = 0",
            )
            .bind(successor.id)
            .bind(now)
            .bind(SUCCESSOR.to_owned())
            .execute(&mut **tx)
            .await?;
            let detail = format!("made at the source from {}", names.join(", "));
            timeline::add(tx, successor.id, "warehouse", "stopped", &detail, now).await?;
        }
        // What is only likely is looked into at once.
        if !successor.known || successor.connection != connection {
            continue;
        }
        told.push(ProblemAt {
            subject: successor.source_id,
            reference: successor.reference,
            problem: Problem {
                code: "review.made-from-another".into(),
                message: format!(
                    "Order {} was made at the source from {}: both together would ship the same goods twice, so it waits.",
                    successor.number,
                    names.join(", ")
                ),
                remedy: "Cancel the older order here while it can be, and this one goes on by itself; else cancel this one, or release \
                         it for what is still to be shipped."
                    .into(),
                retry: "after-a-change".into(),
                field: None,
                sku: None,
            },
        });
    }
    Ok((told, released))
}

/// Orders that are not final and wait by a link, or are noted to.
async fn successors(tx: &mut Tx, owner: Owner) -> StoreResult<Vec<Successor>> {
    type Row = (i64, String, String, String, i64, i64, i64, i64, String, String, i64);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT o.id, o.source_order_id, o.order_number, o.source_reference, o.status_id, o.connection_id, \
         COALESCE(r.stopped, 0), COALESCE(CASE WHEN r.finding = 'successor' THEN r.overruled ELSE 0 END, 0), l.kind, p.order_number, p.status_id \
         FROM order_links l JOIN orders p ON p.id = l.order_id \
         JOIN orders o ON o.client_id = l.client_id AND o.account_id = l.account_id AND o.source_order_id = l.source_id \
         LEFT JOIN order_reviews r ON r.order_id = o.id \
         WHERE l.account_id = $1 AND l.client_id = $2 AND l.standing = 1 AND o.status_id NOT IN (3, 4, 5, 6) ORDER BY o.id, p.id",
    )
    .bind(owner.account)
    .bind(owner.client)
    .fetch_all(&mut **tx)
    .await?;
    let mut found: BTreeMap<i64, Successor> = BTreeMap::new();
    for (id, source_id, number, reference, status, connection, stopped, overruled, kind, other, other_status) in rows {
        let status_of = |id| OrderStatus::from_id(id).unwrap_or(OrderStatus::Failed);
        let successor = found.entry(id).or_insert_with(|| Successor {
            id,
            source_id,
            number,
            reference,
            status: status_of(status),
            connection,
            stopped: stopped != 0,
            overruled: overruled != 0,
            unsettled: false,
            known: false,
            waits_for: Vec::new(),
        });
        successor.known |= kind != "related";
        successor.waits_for.push((other, status_of(other_status)));
    }
    let noted: Vec<(i64, String, String, String, i64, i64, String)> = sqlx::query_as(
        "SELECT o.id, o.source_order_id, o.order_number, o.source_reference, o.status_id, r.stopped, COALESCE(r.detail, '') \
         FROM order_reviews r JOIN orders o ON o.id = r.order_id \
         WHERE r.finding = 'successor' AND o.client_id = $1 AND o.account_id = $2 AND o.status_id NOT IN (3, 4, 5, 6)",
    )
    .bind(owner.client)
    .bind(owner.account)
    .fetch_all(&mut **tx)
    .await?;
    for (id, source_id, number, reference, status, stopped, detail) in noted {
        found.entry(id).or_insert_with(|| Successor {
            id,
            source_id,
            number,
            reference,
            status: OrderStatus::from_id(status).unwrap_or(OrderStatus::Failed),
            connection: 0,
            stopped: stopped != 0,
            overruled: false,
            unsettled: detail == UNSETTLED,
            known: false,
            waits_for: Vec::new(),
        });
    }
    Ok(found.into_values().collect())
}

const _: () = assert!(SUCCESSOR.len() == 9, "as written in the statements above");
