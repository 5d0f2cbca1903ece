//! An order that was cancelled here is taken in again, because a person says so: the same order, with what the source gives of it
//! now, and its stock reserved anew.
use super::edit::{self, Edited};
use crate::commit::{Decision, ImportCommit, ImportResult, Place};
use crate::orders::OrderStatus;
use crate::store::Tx;
use crate::{StoreResult, timeline};

/// Takes those orders of the batch in again that the warehouse has and has cancelled; their decision becomes that of a new order.
pub(crate) async fn take_in(
    tx: &mut Tx,
    commit: &ImportCommit,
    place: &Place,
    result: &mut ImportResult,
) -> StoreResult<()> {
    for decided in &mut result.orders {
        let Decision::AlreadyImported { order_id, .. } = decided.decision else { continue };
        let Some(new) = commit.ready.iter().find(|order| order.id == decided.id) else { continue };
        let (status, warehouse, number, channel): (i64, i64, String, String) = sqlx::query_as(
            "SELECT o.status_id, o.warehouse_id, o.order_number, c.name FROM orders o JOIN channels c ON c.id = o.channel_id \
             WHERE o.id = $1",
        )
        .bind(order_id)
        .fetch_one(&mut **tx)
        .await?;
        if status != OrderStatus::Cancelled.id() {
            continue;
        }
        let of = Edited { id: order_id, number: &number, channel: &channel, status: OrderStatus::New };
        let mut edit = edit::prepare(tx, commit, &place.at(warehouse), &of, new).await?;
        if !edit.refused.is_empty() {
            decided.decision = Decision::Refused(edit.refused);
            continue;
        }
        // It is to be shipped, so it needs its address, also where the buyer was erased.
        edit.bring_buyer_back();
        edit::apply(tx, &edit, &of, warehouse, commit.now).await?;
        sqlx::query("UPDATE orders SET held_from = NULL, pii_removed = 0, connection_id = $1, source_location = $2 WHERE id = $3")
            .bind(commit.connection)
            .bind(commit.location.clone())
            .bind(order_id)
            .execute(&mut **tx)
            .await?;
        sqlx::query("DELETE FROM order_reviews WHERE order_id = $1").bind(order_id).execute(&mut **tx).await?;
        timeline::add(tx, order_id, "warehouse", "imported-again", "", commit.now).await?;
        decided.order_number = number;
        decided.decision = Decision::Created { order_id };
    }
    Ok(())
}
