//! Products of a client.

use crate::model::loose;
use crate::sql::insert_many;
use crate::{Store, StoreError, StoreResult};
use serde::{Deserialize, Serialize};

/// A product that is to be added.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewProduct {
    /// Unique per client, exact.
    pub sku: String,
    /// For people.
    pub name: String,
    /// Bar code.
    pub ean: Option<String>,
    /// Kilograms, decimal.
    pub weight: Option<String>,
}

/// A product of a client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Product {
    /// Id.
    pub id: i64,
    /// Whose.
    pub client_id: i64,
    /// Unique per client, exact.
    pub sku: String,
    /// For people.
    pub name: String,
    /// Bar code.
    pub ean: Option<String>,
    /// Kilograms, decimal.
    pub weight: Option<String>,
}

impl Store {
    /// Adds products; those whose SKU the client has already are left as they are. Answers how many were added.
    pub async fn add_products(&self, client_id: i64, products: &[NewProduct], now: i64) -> StoreResult<usize> {
        let mut tx = self.begin().await?;
        tx.lock_client(client_id).await?;
        let mut id = self.next_ids("product", products.len(), &mut tx).await?;
        let count = "SELECT count(*) FROM products WHERE client_id = $1";
        let before: i64 = sqlx::query_scalar(count).bind(client_id).fetch_one(&mut *tx).await?;
        insert_many(
            &mut tx,
            "INSERT INTO products (id, client_id, sku, sku_key, name, ean, weight, created_at, last_updated)",
            9,
            "ON CONFLICT (client_id, sku) DO NOTHING",
            products,
            |args, p| {
                args.push(id).push(client_id).push(p.sku.clone()).push(loose(&p.sku)).push(p.name.clone());
                args.push(p.ean.clone()).push(p.weight.clone()).push(now).push(now);
                id += 1;
            },
        )
        .await?;
        let after: i64 = sqlx::query_scalar(count).bind(client_id).fetch_one(&mut *tx).await?;
        tx.commit().await?;
        Ok(usize::try_from(after - before).unwrap_or_default())
    }

    /// A client's products, by SKU.
    pub async fn products(&self, client_id: i64) -> StoreResult<Vec<Product>> {
        let mut all: Vec<Product> =
            sqlx::query_as("SELECT id, client_id, sku, name, ean, weight FROM products WHERE client_id = $1")
                .bind(client_id)
                .fetch_all(self.reader())
                .await?;
        all.sort_by(|a, b| a.sku.cmp(&b.sku));
        Ok(all)
    }

    /// The client's product of that SKU.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], with the SKU that differs in case or spaces only, where there is one.
    pub async fn product(&self, client_id: i64, sku: &str) -> StoreResult<Product> {
        let near: Vec<Product> = sqlx::query_as(
            "SELECT id, client_id, sku, name, ean, weight FROM products WHERE client_id = $1 AND sku_key = $2",
        )
        .bind(client_id)
        .bind(loose(sku))
        .fetch_all(self.reader())
        .await?;
        let hint = near.first().map(|p| format!("did you mean `{}`?", p.sku));
        near.into_iter().find(|p| p.sku == sku).ok_or_else(|| StoreError::not_found("product", sku, hint))
    }
}
