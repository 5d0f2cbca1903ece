//! What an account holds: the types that seeds are written in, that the generator fills and that `/_sim/state` shows.
//!
//! Here live the records with their invariants (index, reservations, numbering) and the completion of sparse seeds.
//! Not here: what endpoints make of them (`endpoints`), business rules (`rules`), sessions, limits and logs (`http`).

mod account;
mod build;
pub mod complete;
mod defaults;
mod items;
mod location;
mod order;
mod order_item;
mod order_parts;
mod orders;
mod purchase_order;
mod purchase_orders;
mod records;
pub mod render;
mod returns;
mod stamp;
mod stock_item;
mod supplier;

pub use account::{Account, SessionStatus};
pub use complete::SeedError;
pub use defaults::{countries, identifiers, postal_services};
pub use items::Items;
pub use location::Location;
pub use order::Order;
pub use order_item::{BinRack, ItemOption, OrderItem};
pub use order_parts::{
    Address, CustomerInfo, ExtendedProperty, GeneralInfo, Identifier, Note, ScheduledDelivery, ShippingInfo, TotalsInfo,
};
pub use orders::Orders;
pub use purchase_order::{
    DeliveredRecord, PurchaseAudit, PurchaseItem, PurchaseNote, PurchaseOrder, PurchaseProperty, PurchaseStatus,
};
pub use purchase_orders::PurchaseOrders;
pub use records::{Application, AuditEntry, Country, Folder, PostalService, Relation};
pub use returns::{
    AfterSales, ChannelReason, PostSale, PostSaleError, Refund, RefundLine, ReturnCategory, Rma, RmaKind, RmaLine,
};
pub use stamp::Stamp;
pub use stock_item::{Batch, Component, ProductIdentifier, StockChange, StockItem, StockLevel};
pub use supplier::{ItemSupplier, Supplier};
