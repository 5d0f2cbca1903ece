//! The products of an account, with indexes by id and SKU.

use super::StockItem;
use serde::{Serialize, Serializer};
use std::collections::HashMap;
use uuid::Uuid;

/// All products, in the sequence in which they came. SKUs are compared without regard to case.
#[derive(Debug, Clone, Default)]
pub struct Items {
    rows: Vec<StockItem>,
    by_id: HashMap<Uuid, usize>,
    by_sku: HashMap<String, usize>,
}

impl Items {
    /// How many there are, archived ones too.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Adds a product, or replaces the one with its id. A missing number is given.
    pub fn insert(&mut self, mut item: StockItem) {
        if item.stock_item_int_id == 0 {
            item.stock_item_int_id = i32::try_from(self.rows.len()).unwrap_or(i32::MAX).saturating_add(1001);
        }
        let at = *self.by_id.entry(item.stock_item_id).or_insert(self.rows.len());
        if let Some(old) = self.rows.get(at) {
            self.by_sku.remove(&old.item_number.to_lowercase());
        }
        self.by_sku.insert(item.item_number.to_lowercase(), at);
        match self.rows.get_mut(at) {
            Some(row) => *row = item,
            None => self.rows.push(item),
        }
    }

    /// Takes a product out.
    pub fn remove(&mut self, id: Uuid) -> Option<StockItem> {
        let at = *self.by_id.get(&id)?;
        let item = self.rows.remove(at);
        let rows = std::mem::take(&mut self.rows);
        *self = rows.into_iter().collect();
        Some(item)
    }

    /// The product with this id.
    pub fn get(&self, id: Uuid) -> Option<&StockItem> {
        self.rows.get(*self.by_id.get(&id)?)
    }

    /// The product with this id, to change anything but id and SKU.
    pub fn get_mut(&mut self, id: Uuid) -> Option<&mut StockItem> {
        self.rows.get_mut(*self.by_id.get(&id)?)
    }

    /// The product with this SKU, archived or not.
    pub fn by_sku(&self, sku: &str) -> Option<&StockItem> {
        self.rows.get(*self.by_sku.get(&sku.trim().to_lowercase())?)
    }

    /// All products.
    pub fn iter(&self) -> impl Iterator<Item = &StockItem> {
        self.rows.iter()
    }
}

impl FromIterator<StockItem> for Items {
    fn from_iter<I: IntoIterator<Item = StockItem>>(items: I) -> Self {
        let mut all = Self::default();
        for item in items {
            all.insert(item);
        }
        all
    }
}

impl Serialize for Items {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.rows)
    }
}
