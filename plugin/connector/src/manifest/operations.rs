//! The table of operations: every call that the connector can make. A request is built from a row of it, so a call that is not
//! in the table cannot be written.
use crate::contract::manifest::{self, Base, Effect, Encoding, Method};

/// One row: an endpoint of Linnworks with its effect, quota and limits.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// `Orders/GetOrdersById`: the path after `/api/`, and the name of its rate group, since Linnworks counts per endpoint.
    pub name: &'static str,
    method: Method,
    effect: Effect,
    moves_stock: bool,
    encoding: Encoding,
    calls_per_minute: u32,
    time_limit: u32,
    size_limit: u64,
}

const MIB: u64 = 1024 * 1024;

impl Operation {
    const fn new(name: &'static str, method: Method, effect: Effect, calls_per_minute: u32) -> Self {
        Operation {
            name,
            method,
            effect,
            moves_stock: false,
            encoding: Encoding::Json,
            calls_per_minute,
            time_limit: 30_000,
            size_limit: 4 * MIB,
        }
    }

    /// For operations that take goods off the shelf or put them there.
    const fn moving_stock(mut self) -> Self {
        self.moves_stock = true;
        self
    }

    /// For the few that are proven only with a form as body.
    const fn form(mut self) -> Self {
        self.encoding = Encoding::Form;
        self
    }

    /// For answers that hold whole orders or the ids of all of them.
    const fn large(mut self) -> Self {
        self.time_limit = 60_000;
        self.size_limit = 16 * MIB;
        self
    }

    /// Whether doing it twice does harm.
    pub fn is_write(&self) -> bool {
        matches!(self.effect, Write)
    }

    /// As the contract says it.
    pub(super) fn describe(&self) -> manifest::Operation {
        manifest::Operation {
            name: self.name.to_owned(),
            method: self.method,
            base: Base::Session,
            path: format!("/api/{}", self.name),
            effect: self.effect,
            moves_stock: self.moves_stock,
            encoding: self.encoding,
            rate_group: self.name.to_owned(),
            calls_per_minute: self.calls_per_minute,
            time_limit: self.time_limit,
            size_limit: self.size_limit,
        }
    }
}

macro_rules! table {
    ($($(#[$doc:meta])* $id:ident = $operation:expr;)*) => {
        $($(#[$doc])* pub const $id: Operation = $operation;)*
        /// All rows, in the order in which a person reads them best.
        pub const TABLE: &[Operation] = &[$($id),*];
    };
}

use Effect::{IdempotentWrite, Read, Write};
use Method::{Get, Post};

table! {
    /// Ids of all open orders of a location, in one call.
    GET_ALL_OPEN_ORDERS = Operation::new("Orders/GetAllOpenOrders", Post, Read, 250).large();
    /// Whole orders by id, open or processed.
    GET_ORDERS_BY_ID = Operation::new("Orders/GetOrdersById", Post, Read, 250).large();
    /// The views of the account: one of them is needed to ask for ids by view.
    GET_VIEW_STATS = Operation::new("OpenOrders/GetViewStats", Post, Read, 150);
    /// Ids of the open orders that a view shows.
    GET_OPEN_ORDER_IDS = Operation::new("OpenOrders/GetOpenOrderIds", Post, Read, 150).large();
    /// Whole open orders, page by page: the last resort for a list of ids.
    GET_OPEN_ORDERS = Operation::new("Orders/GetOpenOrders", Post, Read, 250).large();
    /// One order by its number.
    GET_ORDER_BY_NUMBER = Operation::new("Orders/GetOrderDetailsByNumOrderId", Get, Read, 250);
    /// Orders by the channel's reference.
    GET_ORDERS_BY_REFERENCE = Operation::new("Orders/GetOrderDetailsByReferenceId", Get, Read, 250);
    /// Orders by anything that Linnworks' own search knows.
    SEARCH_ORDERS = Operation::new("OpenOrders/SearchOrders", Post, Read, 150);
    /// What an order was merged or split into.
    GET_ORDER_RELATIONS = Operation::new("Orders/GetOrderRelations", Get, Read, 250);
    /// Open orders by id in any number: a second look for orders that the first did not give.
    GET_OPEN_ORDERS_DETAILS = Operation::new("OpenOrders/GetOpenOrdersDetails", Post, Read, 150).large();
    /// One order by its id, open or processed: the last look before an order is called gone.
    GET_ORDER_BY_ID = Operation::new("Orders/GetOrderById", Get, Read, 150);
    /// Locations of the account.
    GET_STOCK_LOCATIONS = Operation::new("Inventory/GetStockLocations", Get, Read, 150);
    /// Countries with their codes.
    GET_COUNTRIES = Operation::new("Inventory/GetCountries", Get, Read, 150);
    /// Some products, for the check of the unit of weights.
    GET_STOCK_ITEMS = Operation::new("Stock/GetStockItems", Get, Read, 150);
    /// Folders that orders can be put into.
    GET_AVAILABLE_FOLDERS = Operation::new("Orders/GetAvailableFolders", Get, Read, 150);
    /// Identifiers that orders can be marked with.
    GET_IDENTIFIERS = Operation::new("OpenOrders/GetIdentifiers", Get, Read, 150);
    /// Postal services, for the check of the courier mapping.
    GET_POSTAL_SERVICES = Operation::new("PostalServices/GetPostalServices", Get, Read, 150);
    /// Marks orders as taken, by a folder.
    ASSIGN_TO_FOLDER = Operation::new("Orders/AssignToFolder", Post, IdempotentWrite, 250);
    /// Marks orders as taken, by an identifier.
    ASSIGN_ORDER_IDENTIFIER = Operation::new("OpenOrders/AssignOrderIdentifier", Post, IdempotentWrite, 250);
    /// Marks invoices as printed.
    SET_INVOICES_PRINTED = Operation::new("Orders/SetInvoicesPrinted", Post, IdempotentWrite, 150);
    /// Batches of a product, for lines whose batch has to be told at despatch.
    GET_BATCHES = Operation::new("Inventory/GetBatchesByStockItemId", Get, Read, 250);
    /// Tracking number and postal service of an order.
    SET_ORDER_SHIPPING_INFO = Operation::new("Orders/SetOrderShippingInfo", Post, IdempotentWrite, 250);
    /// Unparks orders.
    CHANGE_ORDER_TAG = Operation::new("Orders/ChangeOrderTag", Post, IdempotentWrite, 250).form();
    /// Which batches went into an order.
    ASSIGN_BATCHES = Operation::new("Orders/ProcessOrder_RequiredBatchScans", Post, IdempotentWrite, 150);
    /// Despatches orders.
    PROCESS_ORDERS = Operation::new("Orders/ProcessOrdersInBatch", Post, Write, 250).large().moving_stock();
    /// Despatches one order whose goods were scanned.
    PROCESS_ORDER = Operation::new("Orders/ProcessOrder", Post, Write, 250).moving_stock();
    /// Makes an order of its own of the lines that left first.
    SPLIT_ORDER = Operation::new("Orders/SplitOrder", Post, Write, 150);
    /// Ids of stock items by SKU.
    GET_STOCK_ITEM_IDS_BY_SKU = Operation::new("Inventory/GetStockItemIdsBySKU", Post, Read, 250);
    /// Stock items in short: which of them are parents of variations.
    GET_STOCK_ITEMS_BY_IDS = Operation::new("Stock/GetStockItemsByIds", Post, Read, 150);
    /// Stock items with their kinds and their levels at every location.
    GET_STOCK_ITEMS_FULL_BY_IDS = Operation::new("Stock/GetStockItemsFullByIds", Post, Read, 250).large();
    /// Levels alone, to see what a write has done.
    GET_STOCK_LEVEL_BATCH = Operation::new("Stock/GetStockLevel_Batch", Post, Read, 250).large();
    /// Sets levels, absolutely.
    SET_STOCK_LEVEL = Operation::new("Stock/SetStockLevel", Post, IdempotentWrite, 250);
    /// Headers of purchase orders, page by page.
    SEARCH_PURCHASE_ORDERS = Operation::new("PurchaseOrder/Search_PurchaseOrders2", Post, Read, 150).large();
    /// The same by its older name, for accounts that refuse the newer one.
    SEARCH_PURCHASE_ORDERS_OLD = Operation::new("PurchaseOrder/Search_PurchaseOrders", Post, Read, 250).large();
    /// A whole purchase order.
    GET_PURCHASE_ORDER = Operation::new("PurchaseOrder/Get_PurchaseOrder", Post, Read, 250);
    /// Names of suppliers.
    GET_SUPPLIERS = Operation::new("Inventory/GetSuppliers", Get, Read, 150);
    /// Books in what was received for a line of a purchase order.
    DELIVER_PURCHASE_ITEM = Operation::new("PurchaseOrder/Deliver_PurchaseItem", Post, Write, 250).moving_stock();
    /// What is booked as returned of an order.
    GET_RMA_HEADERS_BY_ORDER_ID = Operation::new("ReturnsRefunds/GetRMAHeadersByOrderId", Post, Read, 150);
    /// Books a return. Its stock moves when it is actioned; that it never does before is not stated anywhere.
    CREATE_RMA_BOOKING = Operation::new("ReturnsRefunds/CreateRMABooking", Post, Write, 150).moving_stock();
    /// Carries out a booked return: what is not scrapped goes to stock.
    ACTION_RMA_BOOKING = Operation::new("ReturnsRefunds/ActionRMABooking", Post, Write, 150).moving_stock();
}
