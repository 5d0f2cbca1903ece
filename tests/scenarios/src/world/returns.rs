//! Goods that come back to the warehouse.

use std::collections::BTreeMap;

use anyhow::Context as _;
use harness_wms::{NewReturnItem, StockAction};
use serde_json::Value;

use super::World;
use crate::format::{Comeback, ReturnAction};

impl World {
    /// Carries out what happens to one return.
    ///
    /// # Errors
    /// When the warehouse refuses.
    pub(super) async fn comeback(&self, comeback: &Comeback) -> anyhow::Result<()> {
        let host = self.host()?;
        let (store, now) = (&host.store, host.now());
        let id = match (&comeback.order, &comeback.reference) {
            (Some(order), None) => store.create_return(store.order(order).await?.id, now).await?,
            (None, Some(reference)) => store.find_return(reference).await?.id,
            _ => anyhow::bail!("wms.returns: name an order, whose return is begun, or a return, which is changed"),
        };
        if comeback.reopen {
            store.reopen_return(id, now).await?;
        }
        for row in &comeback.remove {
            store.remove_return_item(id, *row, now).await?;
        }
        for row in &comeback.items {
            let item = NewReturnItem {
                sku: row.sku.clone(),
                order_item_id: row.line,
                quantity: row.quantity,
                reason: row.reason.clone(),
                stock_action: row.action.map(|action| match action {
                    ReturnAction::Restock => StockAction::Restock,
                    ReturnAction::Scrap => StockAction::Scrap,
                }),
                comments: row.comments.clone(),
            };
            store.add_return_item(id, &item, now).await?;
        }
        if !comeback.open {
            store.confirm_return(id, now).await.context("confirming; say `open: true` to leave it open")?;
        }
        Ok(())
    }

    /// All returns of the warehouse as its own JSON, by reference.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn returns(&self) -> anyhow::Result<BTreeMap<String, Value>> {
        let all = self.host()?.store.returns(None, None, 0, 10_000).await?;
        all.into_iter().map(|one| Ok((one.reference.clone(), serde_json::to_value(one)?))).collect()
    }
}
