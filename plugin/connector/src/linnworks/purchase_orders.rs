//! Purchase orders: their headers by search, whole ones by id, and booking in what came.
//!
//! The search takes its request bare. Wrapped, as most others take it, it was seen to accept the call and ignore every filter;
//! an account that refuses the bare form is asked in the other ones. So no filter is ever relied on.
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::error::CallError;
use super::post;
use super::value::{Flag, Guid, Int, List, Number, Record, Text};
use crate::host::Host;
use crate::manifest::operations::{
    DELIVER_PURCHASE_ITEM, GET_PURCHASE_ORDER, Operation, SEARCH_PURCHASE_ORDERS, SEARCH_PURCHASE_ORDERS_OLD,
};

/// Rows of one page of the search.
pub const PAGE: usize = 200;

/// How the search takes its request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// As the description has it.
    #[default]
    Bare,
    /// Inside a member `request`.
    Wrapped,
    /// By the operation's older name, inside `searchParameter`.
    Old,
}

impl Way {
    /// All, the likeliest first.
    pub const ALL: [Way; 3] = [Way::Bare, Way::Wrapped, Way::Old];

    fn operation(self) -> &'static Operation {
        match self {
            Way::Bare | Way::Wrapped => &SEARCH_PURCHASE_ORDERS,
            Way::Old => &SEARCH_PURCHASE_ORDERS_OLD,
        }
    }

    /// The operation's name.
    pub fn name(self) -> &'static str {
        self.operation().name
    }
}

/// A header.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
#[allow(missing_docs)]
pub struct Header<'a> {
    #[serde(rename = "pkPurchaseID")]
    pub id: Guid<'a>,
    #[serde(rename = "fkSupplierId")]
    pub supplier: Guid<'a>,
    #[serde(rename = "fkLocationId")]
    pub location: Guid<'a>,
    #[serde(rename = "ExternalInvoiceNumber")]
    pub number: Text<'a>,
    #[serde(rename = "SupplierReferenceNumber")]
    pub supplier_reference: Text<'a>,
    #[serde(rename = "Status")]
    pub status: Text<'a>,
    #[serde(rename = "Currency")]
    pub currency: Text<'a>,
    #[serde(rename = "LineCount")]
    pub lines: Int,
    #[serde(rename = "DeliveredLinesCount")]
    pub delivered_lines: Int,
    #[serde(rename = "DateOfPurchase")]
    pub purchased: Text<'a>,
    #[serde(rename = "QuotedDeliveryDate")]
    pub expected: Text<'a>,
    #[serde(rename = "TotalCost")]
    pub total: Number,
    #[serde(rename = "taxPaid")]
    pub tax: Number,
}

/// The states of a purchase order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// A draft.
    Pending,
    /// Ordered, nothing came yet.
    Open,
    /// Some came.
    Partial,
    /// Finished.
    Delivered,
}

impl Header<'_> {
    /// Its state, written as a word or as its number; `None` when it is neither.
    pub fn status(&self) -> Option<Status> {
        match self.status.trimmed().to_ascii_uppercase().as_str() {
            "PENDING" | "0" => Some(Status::Pending),
            "OPEN" | "1" => Some(Status::Open),
            "PARTIAL" | "2" => Some(Status::Partial),
            "DELIVERED" | "3" => Some(Status::Delivered),
            _ => None,
        }
    }

    /// Whether goods are awaited for it.
    pub fn is_awaited(&self) -> bool {
        matches!(self.status(), Some(Status::Open | Status::Partial))
    }
}

/// A line.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
#[allow(missing_docs)]
pub struct Item<'a> {
    #[serde(rename = "pkPurchaseItemId")]
    pub id: Guid<'a>,
    #[serde(rename = "fkStockItemId")]
    pub stock_item: Guid<'a>,
    #[serde(rename = "SKU")]
    pub sku: Text<'a>,
    #[serde(rename = "ItemTitle")]
    pub title: Text<'a>,
    #[serde(rename = "Quantity")]
    pub quantity: Int,
    #[serde(rename = "Delivered")]
    pub delivered: Int,
    #[serde(rename = "BarcodeNumber")]
    pub barcode: Text<'a>,
    #[serde(rename = "DimHeight")]
    pub height: Number,
    #[serde(rename = "DimWidth")]
    pub width: Number,
    #[serde(rename = "DimDepth")]
    pub depth: Number,
    #[serde(rename = "InventoryTrackingType")]
    pub tracking: Int,
    #[serde(rename = "IsDeleted")]
    pub deleted: Flag,
}

impl Item<'_> {
    /// Whether Linnworks keeps its stock in batches.
    pub fn is_batched(&self) -> bool {
        self.tracking.0 != 0
    }
}

/// A whole purchase order.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct PurchaseOrder<'a> {
    #[serde(rename = "PurchaseOrderHeader")]
    header: Record<Header<'a>>,
    #[serde(rename = "PurchaseOrderItem")]
    items: List<Item<'a>>,
}

impl<'a> PurchaseOrder<'a> {
    /// Its header.
    pub fn header(&self) -> &Header<'a> {
        &self.header.0
    }

    /// Its lines, those that were deleted left out.
    pub fn items(&self) -> impl Iterator<Item = &Item<'a>> {
        self.items.0.iter().filter(|item| !item.deleted.0)
    }
}

/// One page of the search.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub struct Page<'a> {
    #[serde(rename = "Result")]
    rows: List<Header<'a>>,
    #[serde(rename = "TotalPages")]
    total: Int,
}

impl<'a> Page<'a> {
    /// Its headers.
    pub fn rows(&self) -> &[Header<'a>] {
        &self.rows.0
    }

    /// Whether there is a page after the one with this number.
    pub fn goes_on(&self, number: usize) -> bool {
        // Where the count is missing, a page that is not full is the last.
        let known = usize::try_from(self.total.0).unwrap_or_default();
        !self.rows.0.is_empty() && if known > 0 { number < known } else { self.rows.0.len() >= PAGE }
    }
}

/// The text of an answer, kept so that what is read can borrow from it.
#[derive(Debug)]
pub struct Answer(String);

impl Answer {
    fn new(body: Vec<u8>) -> Result<Self, CallError> {
        let text = String::from_utf8(body);
        text.map(Answer).map_err(|_| CallError::Unreadable("the answer is not UTF-8".to_owned()))
    }

    /// Reads it.
    ///
    /// # Errors
    /// It has another shape.
    pub fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, CallError> {
        serde_json::from_str(&self.0).map_err(|error| CallError::unreadable(&error))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Search<'a> {
    status: &'a str,
    entries_per_page: usize,
    page_number: usize,
    location: [&'a str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Wrapped<T> {
    Request(T),
    SearchParameter(T),
    DeliverItemParameter(T),
}

/// One page of the headers in one state, from page 1, as the filters say; they may be ignored.
///
/// # Errors
/// Why there is no usable answer.
pub async fn search<H: Host>(
    host: &H,
    way: Way,
    status: &str,
    location: &str,
    page: usize,
) -> Result<Answer, CallError> {
    let search = Search { status, entries_per_page: PAGE, page_number: page, location: [location] };
    let operation = way.operation();
    let body = match way {
        Way::Bare => post(host, operation, &search).await?,
        Way::Wrapped => post(host, operation, &Wrapped::Request(search)).await?,
        Way::Old => post(host, operation, &Wrapped::SearchParameter(search)).await?,
    };
    Answer::new(body)
}

#[derive(Serialize)]
struct ById<'a> {
    #[serde(rename = "pkPurchaseId")]
    id: &'a str,
}

/// A whole purchase order.
///
/// # Errors
/// Why there is no usable answer; one that does not exist is refused.
pub async fn by_id<H: Host>(host: &H, id: &str) -> Result<Answer, CallError> {
    Answer::new(post(host, &GET_PURCHASE_ORDER, &ById { id }).await?)
}

/// Whether this is how Linnworks says that there is no such purchase order.
pub fn is_absent(error: &CallError) -> bool {
    matches!(error, CallError::Refused(_, message) if message.to_ascii_lowercase().contains("does not exist"))
}

#[derive(Serialize)]
struct Delivery<'a> {
    #[serde(rename = "pkPurchaseId")]
    order: &'a str,
    #[serde(rename = "pkPurchaseItemId")]
    item: &'a str,
    #[serde(rename = "Delivered")]
    delivered: u32,
}

/// Sets what of a line was delivered in all, which moves stock by the difference.
///
/// # Errors
/// Why there is no usable answer.
pub async fn deliver<H: Host>(host: &H, order: &str, item: &str, delivered: u32) -> Result<(), CallError> {
    let delivery = Wrapped::DeliverItemParameter(Delivery { order, item, delivered });
    let answer = post(host, &DELIVER_PURCHASE_ITEM, &delivery).await?;
    // What it holds is read from the purchase order itself; but what is no JSON is no answer of Linnworks'.
    let read = serde_json::from_slice::<IgnoredAny>(&answer);
    read.map(|_| ()).map_err(|error| CallError::unreadable(&error).of_write())
}
