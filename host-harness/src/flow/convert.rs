//! The contract's records as the warehouse's own.

use harness_contract::import_orders::{Address, Order, OrderLine, Totals};
use harness_contract::types::{NameValue, Problem, Retry, Verdict};
use harness_wms as wms;

use super::words::{self, CODE, SHORT, WORDS};

/// An order of the contract as a new order of the warehouse. `digest` hides what the version was made from.
pub(super) fn new_order(order: Order, digest: impl Fn(&str) -> String) -> wms::NewOrder {
    wms::NewOrder {
        version: digest(&order.version),
        id: order.id,
        order_number: order.order_number,
        external_order_reference: order.external_order_reference,
        source_reference: order.source_reference,
        channel: order.channel,
        source_order_date: order.source_order_date,
        required_despatch: order.required_despatch,
        delivery_address: address(order.delivery_address),
        courier_service: order.courier_service,
        currency: order.currency,
        totals: totals(order.totals),
        comments: order.comments,
        delivery_notes: order.delivery_notes,
        gift_messages: order.gift_messages,
        vat_number: order.vat_number,
        total_weight: order.total_weight,
        lines: order.lines.into_iter().map(line).collect(),
        name_values: order.name_values.into_iter().map(name_value).collect(),
        tags: order.tags,
        warnings: order.warnings.into_iter().map(problem).collect(),
        acknowledge: order.acknowledge,
    }
}

fn address(address: Address) -> wms::Address {
    wms::Address {
        full_name: address.full_name,
        company: address.company,
        address1: address.address1,
        address2: address.address2,
        address3: address.address3,
        town: address.town,
        county: address.county,
        post_code: address.post_code,
        country: address.country,
        email: address.email,
        phone: address.phone,
    }
}

fn totals(totals: Totals) -> wms::Totals {
    wms::Totals {
        order_value: totals.order_value,
        shipping_total_ex_vat: totals.shipping_total_ex_vat,
        shipping_total_vat: totals.shipping_total_vat,
        discount_total_ex_vat: totals.discount_total_ex_vat,
        discount_total_vat: totals.discount_total_vat,
        total_vat: totals.total_vat,
    }
}

fn line(line: OrderLine) -> wms::NewOrderLine {
    wms::NewOrderLine {
        source_line_id: line.source_line_id,
        sku: line.sku,
        quantity: line.quantity,
        details: line.details,
        unit_price: line.unit_price,
        unit_price_vat: line.unit_price_vat,
        discount: line.discount,
        name_values: line.name_values.into_iter().map(name_value).collect(),
    }
}

fn name_value(pair: NameValue) -> wms::NameValue {
    wms::NameValue { name: pair.name, value: pair.value }
}

/// A verdict of the contract as the ledger keeps it.
pub(super) fn verdict(verdict: Verdict) -> wms::Verdict {
    wms::Verdict {
        check: words::plain(verdict.check, CODE),
        passed: verdict.passed,
        found: words::plain(verdict.found, WORDS),
        remedy: words::plain(verdict.remedy, WORDS),
    }
}

/// A problem of the contract as the platform reports it.
pub(super) fn problem(problem: Problem) -> wms::Problem {
    wms::Problem {
        code: words::plain(problem.code, CODE),
        message: words::plain(problem.message, WORDS),
        remedy: words::plain(problem.remedy, WORDS),
        retry: match problem.retry {
            Retry::Now => "now",
            Retry::Later => "later",
            Retry::AfterAChange => "after-a-change",
            Retry::Never => "never",
        }
        .into(),
        field: problem.field.map(|field| words::plain(field, SHORT)),
        sku: problem.sku.map(|sku| words::plain(sku, SHORT)),
    }
}

/// What is told of a record that breaks the contract: its first faults.
pub(super) fn breach(faults: &[String]) -> String {
    const SHOWN: usize = 3;
    let shown = faults.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ");
    match faults.len().checked_sub(SHOWN) {
        None | Some(0) => format!("what it gave breaks the contract: {shown}"),
        Some(more) => format!("what it gave breaks the contract: {shown}; and {more} more"),
    }
}
