//! The fields by which open orders are filtered and sorted.

use crate::{
    endpoints::view::fulfilment_state,
    state::{Account, Address, Order, OrderItem, Stamp},
};

/// A field's value on one order. Fields of lines have a value per line.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Field {
    Text(Vec<String>),
    Number(Vec<f64>),
    Boolean(bool),
    Date(Stamp),
}

/// Numbers of the field codes that are understood, with their names; clients send either.
const CODES: &[(i64, &str)] = &[
    (2, "GENERAL_INFO_ORDER_ID"),
    (3, "GENERAL_INFO_REFERENCE_NUMBER"),
    (4, "GENERAL_INFO_CHANNEL_REFERENCE_NUMBER"),
    (5, "GENERAL_INFO_EXTERNAL_REFERENCE_NUMBER"),
    (6, "GENERAL_INFO_DATE"),
    (7, "GENERAL_INFO_SOURCE"),
    (8, "GENERAL_INFO_SUBSOURCE"),
    (9, "GENERAL_INFO_LABEL_PRINTED"),
    (10, "GENERAL_INFO_INVOICE_PRINTED"),
    (11, "GENERAL_INFO_PICK_LIST_PRINTED"),
    (12, "GENERAL_INFO_IS_RULE_RUN"),
    (13, "GENERAL_INFO_NOTES"),
    (14, "GENERAL_INFO_LOCKED"),
    (15, "GENERAL_INFO_PARKED"),
    (16, "GENERAL_INFO_PART_SHIPPED"),
    (17, "GENERAL_INFO_TAG"),
    (18, "GENERAL_INFO_IDENTIFIER"),
    (19, "GENERAL_INFO_STATUS"),
    (20, "GENERAL_INFO_DESPATCHBYDATE"),
    (21, "GENERAL_INFO_ITEMS_COUNT"),
    (22, "GENERAL_INFO_SHIPPING_LABEL_ERROR"),
    (23, "GENERAL_INFO_HAS_SHIPPING_LABEL_ERROR"),
    (25, "SHIPPING_INFORMATION_VENDOR"),
    (26, "SHIPPING_INFORMATION_SERVICE"),
    (27, "SHIPPING_INFORMATION_WEIGHT"),
    (28, "SHIPPING_INFORMATION_PACKAGING_GROUP"),
    (29, "SHIPPING_INFORMATION_PACKAGING_TYPE"),
    (30, "SHIPPING_INFORMATION_COST"),
    (31, "SHIPPING_INFORMATION_TRACKING_NUMBER"),
    (32, "SHIPPING_INFORMATION_SERVICE_ID"),
    (33, "SHIPPING_SCHEDULED_DELIVERY_START"),
    (34, "SHIPPING_SCHEDULED_DELIVERY_END"),
    (36, "CUSTOMER_ADDRESS_ADDRESS"),
    (37, "CUSTOMER_ADDRESS_FULL_NAME"),
    (38, "CUSTOMER_ADDRESS_COMPANY"),
    (39, "CUSTOMER_ADDRESS_POSTCODE"),
    (40, "CUSTOMER_ADDRESS_COUNTY"),
    (41, "CUSTOMER_ADDRESS_COUNTRY"),
    (43, "CUSTOMER_ADDRESS_ADDRESS1"),
    (44, "CUSTOMER_ADDRESS_ADDRESS2"),
    (45, "CUSTOMER_ADDRESS_ADDRESS3"),
    (46, "CUSTOMER_ADDRESS_TOWN"),
    (47, "CUSTOMER_EMAIL"),
    (48, "CUSTOMER_CHANNEL_BUYER_NAME"),
    (49, "CUSTOMER_PHONE"),
    (51, "CUSTOMER_BILLING_ADDRESS_NAME"),
    (52, "CUSTOMER_BILLING_ADDRESS_COMPANY"),
    (58, "CUSTOMER_BILLING_ADDRESS_POSTCODE"),
    (59, "CUSTOMER_BILLING_ADDRESS_COUNTRY"),
    (63, "TOTALS_SUBTOTAL"),
    (64, "TOTALS_SHIPPING"),
    (65, "TOTALS_TAX"),
    (66, "TOTALS_TOTAL"),
    (67, "TOTALS_DISCOUNT"),
    (68, "TOTALS_CURRENCY"),
    (69, "TOTALS_PAYMENT_METHOD"),
    (70, "TOTALS_COUNTRY_TAX_RATE"),
    (72, "ORDER_TOTAL_TOTAL"),
    (73, "ORDER_TOTAL_CURRENCY"),
    (75, "ORDER_TAX_TOTAL"),
    (77, "FOLDER"),
    (78, "FOLDERS"),
    (82, "ITEMS_SKU"),
    (83, "ITEMS_ORIGINAL_SKU"),
    (84, "ITEMS_TITLE"),
    (85, "ITEMS_ORIGINAL_TITLE"),
    (86, "ITEMS_ITEM_NUMBER"),
    (87, "ITEMS_IS_SERVICE"),
    (88, "ITEMS_QUANTITY"),
    (89, "ITEMS_SOURCE"),
    (91, "ITEMS_COST_INC_TAX"),
    (92, "ITEMS_COST"),
    (96, "ITEMS_CATEGORY"),
    (97, "ITEMS_BINRACK"),
    (100, "ITEMS_SUM_QUANTITY"),
    (101, "ITEMS_WEIGHT"),
    (102, "ITEMS_UNIT_COST"),
    (103, "ITEMS_PRICE_PER_UNIT"),
    (104, "ITEMS_BATCHED"),
    (106, "ITEMS_BARCODE_NUMBER"),
    (108, "CAN_FULFIL"),
    (112, "LOCATION_ID"),
    (113, "ITEMS_STOCKITEM_ID"),
    (116, "GENERAL_INFO_NOTE"),
    (117, "GENERAL_INFO_NOTE_COUNT"),
    (120, "FULFILLMENT_STATE"),
];

/// The name of a field code sent as a number.
pub(crate) fn name_of(number: i64) -> Option<&'static str> {
    CODES.iter().find(|(code, _)| *code == number).map(|(_, name)| *name)
}

/// The value of a field, or `None` when the code is not known: a filter on it is silently ignored, as live.
pub(crate) fn value(order: &Order, account: &Account, code: &str) -> Option<Field> {
    let (info, shipping, totals) = (&order.general_info, &order.shipping_info, &order.totals_info);
    let (customer, address) = (&order.customer_info, &order.customer_info.address);
    let billing = customer.billing_address.as_ref();
    Some(match code {
        "GENERAL_INFO_ORDER_ID" => Field::Number(vec![f64::from(order.num_order_id)]),
        "GENERAL_INFO_REFERENCE_NUMBER" => text(Some(&info.reference_num)),
        "GENERAL_INFO_CHANNEL_REFERENCE_NUMBER" => text(info.secondary_reference.as_deref()),
        "GENERAL_INFO_EXTERNAL_REFERENCE_NUMBER" => text(info.external_reference_num.as_deref()),
        "GENERAL_INFO_DATE" => Field::Date(info.received_date),
        "GENERAL_INFO_SOURCE" => text(Some(&info.source)),
        "GENERAL_INFO_SUBSOURCE" => text(info.sub_source.as_deref()),
        "GENERAL_INFO_LABEL_PRINTED" => Field::Boolean(info.label_printed),
        "GENERAL_INFO_INVOICE_PRINTED" => Field::Boolean(info.invoice_printed),
        "GENERAL_INFO_PICK_LIST_PRINTED" => Field::Boolean(info.pick_list_printed),
        "GENERAL_INFO_IS_RULE_RUN" => Field::Boolean(info.is_rule_run),
        "GENERAL_INFO_NOTES" | "GENERAL_INFO_NOTE_COUNT" => count(order.notes.len()),
        "GENERAL_INFO_NOTE" => Field::Text(order.notes.iter().map(|note| note.text.clone()).collect()),
        "GENERAL_INFO_LOCKED" => Field::Boolean(order.is_locked()),
        "GENERAL_INFO_PARKED" => Field::Boolean(order.is_parked()),
        "GENERAL_INFO_PART_SHIPPED" => Field::Boolean(info.part_shipped),
        "GENERAL_INFO_TAG" => Field::Number(vec![f64::from(info.marker)]),
        "GENERAL_INFO_IDENTIFIER" => Field::Text(info.identifiers.iter().map(|known| known.tag.clone()).collect()),
        "GENERAL_INFO_STATUS" => Field::Number(vec![f64::from(info.status)]),
        "GENERAL_INFO_DESPATCHBYDATE" => Field::Date(info.despatch_by_date),
        "GENERAL_INFO_ITEMS_COUNT" => count(order.items.len()),
        "GENERAL_INFO_SHIPPING_LABEL_ERROR" => text(info.label_error.as_deref()),
        "GENERAL_INFO_HAS_SHIPPING_LABEL_ERROR" => {
            Field::Boolean(info.label_error.as_deref().is_some_and(|error| !error.is_empty()))
        }
        "SHIPPING_INFORMATION_VENDOR" => text(Some(&shipping.vendor)),
        "SHIPPING_INFORMATION_SERVICE" => text(Some(&shipping.postal_service_name)),
        "SHIPPING_INFORMATION_SERVICE_ID" => text(Some(&shipping.postal_service_id.to_string())),
        "SHIPPING_INFORMATION_WEIGHT" => Field::Number(vec![shipping.total_weight]),
        "SHIPPING_INFORMATION_PACKAGING_GROUP" => text(shipping.package_category.as_deref()),
        "SHIPPING_INFORMATION_PACKAGING_TYPE" => text(shipping.package_type.as_deref()),
        "SHIPPING_INFORMATION_COST" => Field::Number(vec![shipping.postage_cost]),
        "SHIPPING_INFORMATION_TRACKING_NUMBER" => text(shipping.tracking_number.as_deref()),
        "SHIPPING_SCHEDULED_DELIVERY_START" => Field::Date(info.scheduled_delivery.as_ref()?.from.unwrap_or_default()),
        "SHIPPING_SCHEDULED_DELIVERY_END" => Field::Date(info.scheduled_delivery.as_ref()?.to.unwrap_or_default()),
        "CUSTOMER_ADDRESS_ADDRESS" => Field::Text(lines(address)),
        "CUSTOMER_ADDRESS_FULL_NAME" => text(address.full_name.as_deref()),
        "CUSTOMER_ADDRESS_COMPANY" => text(address.company.as_deref()),
        "CUSTOMER_ADDRESS_POSTCODE" => text(address.post_code.as_deref()),
        "CUSTOMER_ADDRESS_COUNTY" => text(address.region.as_deref()),
        "CUSTOMER_ADDRESS_COUNTRY" => text(address.country.as_deref()),
        "CUSTOMER_ADDRESS_ADDRESS1" => text(address.address1.as_deref()),
        "CUSTOMER_ADDRESS_ADDRESS2" => text(address.address2.as_deref()),
        "CUSTOMER_ADDRESS_ADDRESS3" => text(address.address3.as_deref()),
        "CUSTOMER_ADDRESS_TOWN" => text(address.town.as_deref()),
        "CUSTOMER_EMAIL" => text(address.email_address.as_deref()),
        "CUSTOMER_CHANNEL_BUYER_NAME" => text(customer.channel_buyer_name.as_deref()),
        "CUSTOMER_PHONE" => text(address.phone_number.as_deref()),
        "CUSTOMER_BILLING_ADDRESS_NAME" => text(billing.and_then(|address| address.full_name.as_deref())),
        "CUSTOMER_BILLING_ADDRESS_COMPANY" => text(billing.and_then(|address| address.company.as_deref())),
        "CUSTOMER_BILLING_ADDRESS_POSTCODE" => text(billing.and_then(|address| address.post_code.as_deref())),
        "CUSTOMER_BILLING_ADDRESS_COUNTRY" => text(billing.and_then(|address| address.country.as_deref())),
        "TOTALS_SUBTOTAL" => Field::Number(vec![totals.subtotal]),
        "TOTALS_SHIPPING" => Field::Number(vec![totals.postage_cost]),
        "TOTALS_TAX" | "ORDER_TAX_TOTAL" => Field::Number(vec![totals.tax]),
        "TOTALS_TOTAL" | "ORDER_TOTAL_TOTAL" => Field::Number(vec![totals.total_charge]),
        "TOTALS_DISCOUNT" => Field::Number(vec![totals.total_discount]),
        "TOTALS_CURRENCY" | "ORDER_TOTAL_CURRENCY" => text(Some(&totals.currency)),
        "TOTALS_PAYMENT_METHOD" => text(totals.payment_method.as_deref()),
        "TOTALS_COUNTRY_TAX_RATE" => Field::Number(vec![totals.country_tax_rate]),
        "FOLDER" | "FOLDERS" => Field::Text(order.folder_name.clone()),
        "ITEMS_SKU" => texts(order, |line| Some(line.sku.clone())),
        "ITEMS_ORIGINAL_SKU" => texts(order, |line| line.channel_sku.clone()),
        "ITEMS_TITLE" => texts(order, |line| Some(line.title.clone())),
        "ITEMS_ORIGINAL_TITLE" => texts(order, |line| line.channel_title.clone()),
        "ITEMS_ITEM_NUMBER" => texts(order, |line| Some(line.item_number.clone())),
        "ITEMS_SOURCE" => texts(order, |line| line.item_source.clone()),
        "ITEMS_CATEGORY" => texts(order, |line| line.category_name.clone()),
        "ITEMS_BINRACK" => texts(order, |line| line.bin_rack.clone()),
        "ITEMS_BARCODE_NUMBER" => texts(order, |line| line.barcode_number.clone()),
        "ITEMS_STOCKITEM_ID" => texts(order, |line| Some(line.stock_item_id.to_string())),
        "ITEMS_IS_SERVICE" => Field::Boolean(order.items.iter().any(|line| line.is_service)),
        "ITEMS_BATCHED" => Field::Boolean(order.items.iter().any(|line| line.inventory_tracking_type != 0)),
        "ITEMS_QUANTITY" => numbers(order, |line| f64::from(line.quantity)),
        "ITEMS_SUM_QUANTITY" => Field::Number(vec![order.items.iter().map(|line| f64::from(line.quantity)).sum()]),
        "ITEMS_COST_INC_TAX" => numbers(order, |line| line.cost_inc_tax),
        "ITEMS_COST" => numbers(order, |line| line.cost),
        "ITEMS_WEIGHT" => numbers(order, |line| line.weight),
        "ITEMS_UNIT_COST" => numbers(order, |line| line.unit_cost),
        "ITEMS_PRICE_PER_UNIT" => numbers(order, |line| line.price_per_unit),
        "CAN_FULFIL" => Field::Boolean(fulfilment_state(order, account) == "Sufficient_Stock"),
        "FULFILLMENT_STATE" => text(Some(fulfilment_state(order, account))),
        "LOCATION_ID" => text(Some(&order.fulfilment_location_id.to_string())),
        _ => return None,
    })
}

fn text(value: Option<&str>) -> Field {
    Field::Text(vec![value.unwrap_or_default().to_owned()])
}

fn count(value: usize) -> Field {
    Field::Number(vec![value as f64])
}

fn texts(order: &Order, of: impl Fn(&OrderItem) -> Option<String>) -> Field {
    Field::Text(order.items.iter().map(|line| of(line).unwrap_or_default()).collect())
}

fn numbers(order: &Order, of: impl Fn(&OrderItem) -> f64) -> Field {
    Field::Number(order.items.iter().map(of).collect())
}

fn lines(address: &Address) -> Vec<String> {
    [&address.address1, &address.address2, &address.address3, &address.town, &address.region, &address.post_code]
        .into_iter()
        .filter_map(Clone::clone)
        .collect()
}
