//! One Linnworks account.

use super::{
    Address, AfterSales, Application, AuditEntry, Country, Folder, Identifier, Items, Location, Order, Orders,
    PostalService, PurchaseOrders, Relation, SeedError, Stamp, StockChange, Supplier, complete, defaults,
};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::Value;
use uuid::Uuid;

/// Everything that one account holds. Read from seeds by [`Account::from_seed`], which fills what a seed leaves out.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Account {
    /// The `Id` of the session answer.
    pub id: Uuid,
    /// Company name.
    pub name: String,
    /// E-mail of the account's user.
    pub email: String,
    /// `EU`, `US` or `AS`.
    pub locality: String,
    /// State that the session answer shows.
    pub status: SessionStatus,
    /// Who may log in.
    pub applications: Vec<Application>,
    /// Locations; the first is "Default".
    pub locations: Vec<Location>,
    /// Products.
    pub items: Items,
    /// Orders.
    pub orders: Orders,
    /// Folders.
    pub folders: Vec<Folder>,
    /// Shipping methods.
    pub postal_services: Vec<PostalService>,
    /// Countries.
    pub countries: Vec<Country>,
    /// Identifiers that orders can carry.
    pub identifiers: Vec<Identifier>,
    /// Audit trail of all orders, oldest first.
    pub audit: Vec<AuditEntry>,
    /// Ties between orders.
    pub relations: Vec<Relation>,
    /// Stock history of all items, oldest first.
    pub stock_changes: Vec<StockChange>,
    /// Suppliers; the first is "Default".
    pub suppliers: Vec<Supplier>,
    /// Purchase orders.
    pub purchase_orders: PurchaseOrders,
    /// Returns and refunds.
    #[serde(flatten)]
    pub after_sales: AfterSales,
    /// Counter for the ids that the account gives out; makes them repeatable.
    pub ids_given: u64,
}

/// `Status` of the session answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct SessionStatus {
    /// `AVAILABLE`, `LOCKED_BASIC`, `LOCKED_FULL` or `MAINTENANCE`.
    pub state: String,
    /// Why.
    pub reason: String,
}

impl Default for SessionStatus {
    fn default() -> Self {
        Self { state: "AVAILABLE".to_owned(), reason: String::new() }
    }
}

impl Default for Account {
    /// An account with the location "Default", the example application, countries, postal services and nothing else.
    fn default() -> Self {
        Self {
            id: Uuid::from_u128(0x5eed_0000_0000_4000_8000_0000_0000_0001),
            name: "Example Trading Ltd".to_owned(),
            email: "owner@example.test".to_owned(),
            locality: "EU".to_owned(),
            status: SessionStatus::default(),
            applications: vec![Application::example()],
            locations: vec![Location::default_location()],
            items: Items::default(),
            orders: Orders::default(),
            folders: Vec::new(),
            postal_services: defaults::postal_services(),
            countries: defaults::countries(),
            identifiers: defaults::identifiers(),
            audit: Vec::new(),
            relations: Vec::new(),
            stock_changes: Vec::new(),
            suppliers: vec![Supplier::default_supplier()],
            purchase_orders: PurchaseOrders::default(),
            after_sales: AfterSales::default(),
            ids_given: 0,
        }
    }
}

impl Account {
    /// Reads a seed: an object with any of the fields of this type. Orders and items may be sparse, see
    /// [`complete`]. Names are matched without regard to case and underscores.
    ///
    /// # Errors
    /// When a field has an unknown name or a value that cannot be read; the message says which, and what is known.
    pub fn from_seed(seed: Value, now: Stamp) -> Result<Self, SeedError> {
        complete::account(seed, now)
    }

    /// A new id, the same in every run from the same seed and the same calls.
    pub fn new_id(&mut self) -> Uuid {
        self.ids_given += 1;
        Uuid::new_v5(&self.id, format!("row/{}", self.ids_given).as_bytes())
    }

    /// A new number for rows that have no other id, repeatable too.
    pub fn new_number(&mut self) -> i32 {
        self.ids_given += 1;
        i32::try_from(self.ids_given).unwrap_or(i32::MAX)
    }

    /// What is due of an item at a location: by purchase orders, and beside them.
    pub fn due(&self, item: Uuid, location: Uuid) -> i32 {
        let beside = self.items.get(item).and_then(|item| item.level(location)).map_or(0, |row| row.due);
        beside.saturating_add(self.purchase_orders.due(item, location))
    }

    /// The supplier with this name (any case) or id.
    pub fn supplier_by_key(&self, key: &str) -> Option<&Supplier> {
        let id = Uuid::parse_str(key.trim()).ok();
        self.suppliers.iter().find(|known| Some(known.id) == id || known.supplier_name.eq_ignore_ascii_case(key.trim()))
    }

    /// The location with this id.
    pub fn location(&self, id: Uuid) -> Option<&Location> {
        self.locations.iter().find(|location| location.stock_location_id == id)
    }

    /// The location with this name (any case) or id.
    pub fn location_by_key(&self, key: &str) -> Option<&Location> {
        let id = Uuid::parse_str(key.trim()).ok();
        self.locations.iter().find(|location| {
            Some(location.stock_location_id) == id || location.location_name.eq_ignore_ascii_case(key.trim())
        })
    }

    /// The order with this id, number or reference (the first open one, else the last).
    pub fn order_by_key(&self, key: &str) -> Option<&Order> {
        let key = key.trim();
        if let Some(order) = Uuid::parse_str(key).ok().and_then(|id| self.orders.get(id)) {
            return Some(order);
        }
        if let Some(order) = key.parse().ok().and_then(|number| self.orders.by_number(number)) {
            return Some(order);
        }
        let named = || self.orders.iter().filter(|order| order.general_info.reference_num == key);
        named().find(|order| order.is_open()).or_else(|| named().next_back())
    }

    /// Writes a row of an order's audit trail.
    pub fn audit(&mut self, order_id: Uuid, now: Stamp, user: &str, kind: &str, note: impl Into<String>) {
        let (kind, user, note) = (kind.to_owned(), user.to_owned(), note.into());
        self.audit.push(AuditEntry { order_id, date: now, kind, note, user });
    }

    /// Fills country id and continent of an address whose country is known by name.
    pub fn locate(&self, address: &mut Address) {
        let Some(name) = address.country.as_deref() else { return };
        if let Some(country) = self.countries.iter().find(|country| country.country_name.eq_ignore_ascii_case(name)) {
            address.country_id = country.country_id;
            address.continent.get_or_insert_with(|| country.continent.clone());
        }
    }
}

impl<'de> Deserialize<'de> for Account {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_seed(Value::deserialize(deserializer)?, Stamp::wall()).map_err(D::Error::custom)
    }
}
