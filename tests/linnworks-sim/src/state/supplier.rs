//! Suppliers, and what they call the products that they supply.

use super::render;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A supplier. The zero GUID is the one named "Default", which every account has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct Supplier {
    /// Id.
    #[serde(rename = "pkSupplierID")]
    pub id: Uuid,
    /// Name.
    pub supplier_name: String,
    /// Whom to ask for.
    pub contact_name: String,
    /// First address line.
    pub address: String,
    /// Second address line.
    pub alternative_address: String,
    /// Town.
    pub city: String,
    /// County.
    pub region: String,
    /// Country name.
    pub country: String,
    /// Postcode.
    pub post_code: String,
    /// Telephone.
    pub telephone_number: String,
    /// Second telephone.
    pub secondary_tel_number: String,
    /// Fax.
    pub fax_number: String,
    /// E-mail.
    pub email: String,
    /// Web page.
    pub web_page: String,
    /// Currency of its prices.
    pub currency: String,
}

impl Supplier {
    /// The supplier that every account has.
    pub fn default_supplier() -> Self {
        Self { supplier_name: "Default".to_owned(), currency: "GBP".to_owned(), ..Self::default() }
    }
}

/// A product as one of its suppliers has it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct ItemSupplier {
    /// The supplier.
    #[serde(rename = "SupplierID")]
    pub supplier_id: Uuid,
    /// The one that is asked first.
    pub is_default: bool,
    /// The supplier's code for the product.
    pub code: String,
    /// The supplier's barcode for it.
    pub supplier_barcode: String,
    /// Days until it comes.
    pub lead_time: i32,
    /// Price of one.
    #[serde(serialize_with = "render::money")]
    pub purchase_price: f64,
    /// Least quantity.
    pub supplier_min_order_qty: i32,
    /// Size of a pack.
    pub supplier_pack_size: i32,
}
