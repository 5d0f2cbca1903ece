//! An order as `Orders/GetOrdersById` and its siblings give it: the members that are used, borrowed from the answer.

use super::value::{Flag, Guid, Int, List, Number, Record, Text};

/// Declares records of which every member is optional and every unknown member ignored.
macro_rules! records {
    ($($(#[$doc:meta])* $name:ident { $($(#[$meta:meta])* $field:ident: $type:ty = $member:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Default, serde::Deserialize)]
        #[serde(default, bound(deserialize = "'de: 'a"))]
        pub struct $name<'a> {
            $($(#[$meta])* #[serde(rename = $member)] pub $field: $type,)*
        }
    )*};
}
pub(super) use records;

records! {
    /// One order, open or processed.
    OrderDetails {
        /// pkOrderID: stable until the order is merged.
        id: Guid<'a> = "OrderId",
        /// The number that people see, unique in the account.
        number: Int = "NumOrderId",
        /// Despatched or cancelled: no longer open.
        processed: Flag = "Processed",
        /// Where it is to be fulfilled from.
        location: Guid<'a> = "FulfilmentLocationId",
        /// Status, references, dates.
        general: Record<General<'a>> = "GeneralInfo",
        /// Courier service, weight, tracking.
        shipping: Record<Shipping<'a>> = "ShippingInfo",
        /// Who gets it.
        customer: Record<Customer<'a>> = "CustomerInfo",
        /// Money.
        totals: Record<Totals<'a>> = "TotalsInfo",
        /// Free properties.
        properties: List<Property<'a>> = "ExtendedProperties",
        /// Names of the folders it is in; `[""]` means none.
        folders: List<Text<'a>> = "FolderName",
        /// What was bought.
        items: List<Item<'a>> = "Items",
        /// Notes of people and channels.
        notes: List<Note<'a>> = "Notes",
        /// The buyer's tax number.
        tax_id: Text<'a> = "TaxId",
    }
    /// `GeneralInfo`.
    General {
        /// 0 unpaid, 1 paid, 2 return, 3 pending, 4 resend.
        status: Int = "Status",
        /// 0 none, 1 to 6 tags, 7 parked.
        marker: Int = "Marker",
        /// Says the same as `marker` 7.
        parked: Flag = "IsParked",
        /// Locked, or on a processed order: cancelled.
        hold_or_cancel: Flag = "HoldOrCancel",
        /// Whether the invoice is marked as printed.
        invoice_printed: Flag = "InvoicePrinted",
        /// Marks such as `AMAZON_PRIME`.
        identifiers: List<Identifier<'a>> = "Identifiers",
        /// The channel's reference.
        reference: Text<'a> = "ReferenceNum",
        /// A further one of some channels.
        secondary_reference: Text<'a> = "SecondaryReference",
        /// A further one, eBay's for example.
        external_reference: Text<'a> = "ExternalReferenceNum",
        /// When it was placed.
        received: Text<'a> = "ReceivedDate",
        /// The channel, `AMAZON`.
        source: Text<'a> = "Source",
        /// The account on the channel.
        sub_source: Text<'a> = "SubSource",
        /// The site of the channel, `UK`.
        site: Text<'a> = "SiteCode",
        /// Despatch by.
        despatch_by: Text<'a> = "DespatchByDate",
        /// The location again; the only one in the open-order shape.
        location: Guid<'a> = "Location",
    }
    /// One of `GeneralInfo.Identifiers`.
    Identifier {
        /// What it is known by to the API.
        tag: Text<'a> = "Tag",
        /// What people see.
        name: Text<'a> = "Name",
    }
    /// `ShippingInfo`.
    Shipping {
        /// `Royal Mail`.
        vendor: Text<'a> = "Vendor",
        /// `Royal Mail 48`.
        service: Text<'a> = "PostalServiceName",
        /// Set by whoever despatched it or made its label.
        tracking_number: Text<'a> = "TrackingNumber",
        /// Without unit.
        total_weight: Number = "TotalWeight",
        /// VAT included.
        cost: Number = "PostageCost",
        /// Without VAT.
        cost_ex_tax: Number = "PostageCostExTax",
    }
    /// `CustomerInfo`.
    Customer {
        /// Where it goes.
        address: Record<Address<'a>> = "Address",
    }
    /// An address.
    Address {
        /// E-mail.
        email: Text<'a> = "EmailAddress",
        /// First line.
        address1: Text<'a> = "Address1",
        /// Second line.
        address2: Text<'a> = "Address2",
        /// Third line.
        address3: Text<'a> = "Address3",
        /// Town.
        town: Text<'a> = "Town",
        /// County or state.
        region: Text<'a> = "Region",
        /// Post code.
        post_code: Text<'a> = "PostCode",
        /// English name, or `UNKNOWN`.
        country: Text<'a> = "Country",
        /// First name and surname.
        full_name: Text<'a> = "FullName",
        /// Company.
        company: Text<'a> = "Company",
        /// Telephone.
        phone: Text<'a> = "PhoneNumber",
        /// The country's id in the account.
        country_id: Guid<'a> = "CountryId",
    }
    /// `TotalsInfo`.
    Totals {
        /// Net, without postage.
        subtotal: Number = "Subtotal",
        /// Postage with VAT.
        postage: Number = "PostageCost",
        /// Postage without VAT.
        postage_ex_tax: Number = "PostageCostExTax",
        /// All VAT.
        tax: Number = "Tax",
        /// What the buyer paid.
        charge: Number = "TotalCharge",
        /// Discount on the order.
        discount: Number = "TotalDiscount",
        /// ISO 4217, or `UNK`.
        currency: Text<'a> = "Currency",
    }
    /// One of `ExtendedProperties`.
    Property {
        /// Name.
        name: Text<'a> = "Name",
        /// Value.
        value: Text<'a> = "Value",
    }
    /// One line, or one part of a composite line.
    Item {
        /// Id of the line.
        row: Guid<'a> = "RowId",
        /// Id of the stock item; zero when the line is linked to none.
        stock_item: Guid<'a> = "StockItemId",
        /// The channel's id of the line.
        channel_line: Text<'a> = "ItemNumber",
        /// SKU at Linnworks.
        sku: Text<'a> = "SKU",
        /// Title at Linnworks.
        title: Text<'a> = "Title",
        /// Title on the channel.
        channel_title: Text<'a> = "ChannelTitle",
        /// In all; of a part, too, the parent's quantity being counted in.
        quantity: Number = "Quantity",
        /// Price of one, with or without VAT (`tax_included`); may be 0 although `cost` is set.
        price: Number = "PricePerUnit",
        /// Percentage taken off.
        discount: Number = "Discount",
        /// Amount taken off.
        discount_value: Number = "DiscountValue",
        /// VAT percentage.
        tax_rate: Number = "TaxRate",
        /// Whole line without VAT.
        cost: Number = "Cost",
        /// Whole line with VAT.
        cost_inc_tax: Number = "CostIncTax",
        /// Whether `price` includes VAT.
        tax_included: Flag = "TaxCostInclusive",
        /// Parts of a composite.
        parts: List<Item<'a>> = "CompositeSubItems",
        /// A charge without goods.
        service: Flag = "IsService",
        /// Linked to no stock item.
        unlinked: Flag = "IsUnlinked",
        /// Options of the line.
        options: List<Choice<'a>> = "AdditionalInfo",
        /// Where it lies.
        bin_rack: Text<'a> = "BinRack",
    }
    /// One of `AdditionalInfo`.
    Choice {
        /// `Gift wrap`
        property: Text<'a> = "Property",
        /// `Yes`
        value: Text<'a> = "Value",
    }
    /// One of `Notes`.
    Note {
        /// Id.
        id: Guid<'a> = "OrderNoteId",
        /// When.
        date: Text<'a> = "NoteDate",
        /// Not for the buyer's eyes.
        internal: Flag = "Internal",
        /// What.
        text: Text<'a> = "Note",
    }
}

impl OrderDetails<'_> {
    /// Id of the location, in lower case; the zero GUID is the default location.
    pub fn location(&self) -> String {
        if self.location.is_set() { self.location.or_zero() } else { self.general.0.location.or_zero() }
    }

    /// Whether it is parked.
    pub fn is_parked(&self) -> bool {
        self.general.0.parked.0 || self.general.0.marker.0 == 7
    }

    /// What a person calls it: its number, or its channel reference when it has none.
    pub fn called(&self) -> String {
        match self.number.0 {
            0 => self.general.0.reference.trimmed().to_owned(),
            number => number.to_string(),
        }
    }

    /// Whether the source is the channel `name`.
    pub fn is_from(&self, name: &str) -> bool {
        self.general.0.source.trimmed().eq_ignore_ascii_case(name)
    }

    /// Names of the folders it is in.
    pub fn folders(&self) -> impl Iterator<Item = &str> + Clone {
        self.folders.0.iter().map(Text::trimmed).filter(|name| !name.is_empty())
    }
}
