//! The business in a canonical form: two histories that lead to the same state give the same text, whatever ids and times
//! they had.

use crate::{Store, StoreResult};
use serde_json::{Value, json};
use sqlx::Row;

/// Name of the section, and the query; all columns are text or numbers.
const SECTIONS: &[(&str, &str)] = &[
    (
        "orders",
        "SELECT c.code AS client, w.code AS warehouse, ch.name AS channel, a.source_system AS source, \
         a.account AS account, o.source_order_id AS source_order_id, o.order_number AS order_number, \
         o.external_order_reference AS external_order_reference, o.source_reference AS source_reference, \
         o.status_id AS status_id, o.held_from AS held_from, o.required_despatch_date AS required_despatch_date, \
         o.courier_service AS courier_service, o.tracking_number AS tracking_number, \
         o.number_of_parcels AS number_of_parcels, o.total_items AS total_items, o.total_weight AS total_weight, \
         o.currency AS currency, o.order_value AS order_value, o.totals AS totals, o.personal AS personal, \
         o.name_values AS name_values, o.tags AS tags, o.warnings AS warnings, o.pii_removed AS pii_removed, \
         o.version AS version, o.part AS part, o.number_of_parts AS number_of_parts, o.told_as AS told_as \
         FROM orders o JOIN clients c ON c.id = o.client_id JOIN warehouses w ON w.id = o.warehouse_id \
         JOIN channels ch ON ch.id = o.channel_id JOIN accounts a ON a.id = o.account_id",
    ),
    (
        "lines",
        "SELECT o.source_order_id AS source_order_id, l.line_no AS line_no, l.sku AS sku, \
         l.source_line_id AS source_line_id, l.quantity AS quantity, l.allocated AS allocated, l.details AS details, \
         l.unit_price AS unit_price, l.unit_price_vat AS unit_price_vat, l.discount AS discount, \
         l.name_values AS name_values FROM order_lines l JOIN orders o ON o.id = l.order_id",
    ),
    (
        "shipments",
        "SELECT o.source_order_id AS source_order_id, s.parcel_no AS parcel_no, s.tracking_number AS tracking_number, \
         s.courier_service AS courier_service FROM shipments s JOIN orders o ON o.id = s.order_id",
    ),
    (
        "returns",
        "SELECT o.source_order_id AS source_order_id, i.item_no AS item_no, i.line_no AS line_no, i.sku AS sku, \
         i.quantity AS quantity, i.stock_action AS stock_action, i.reason AS reason, i.comments AS comments, \
         CASE WHEN r.confirmed_at IS NULL THEN 'open' ELSE 'confirmed' END AS state \
         FROM return_items i JOIN returns r ON r.id = i.return_id JOIN orders o ON o.id = r.order_id",
    ),
    (
        "products",
        "SELECT c.code AS client, p.sku AS sku, p.name AS name, p.ean AS barcode, p.weight AS weight, p.height AS height, \
         p.width AS width, p.depth AS depth FROM products p JOIN clients c ON c.id = p.client_id",
    ),
    (
        "stock",
        "SELECT c.code AS client, w.code AS warehouse, p.sku AS sku, s.level AS level, s.allocated AS allocated, \
         s.quarantine AS quarantine FROM stock s JOIN products p ON p.id = s.product_id \
         JOIN clients c ON c.id = p.client_id JOIN warehouses w ON w.id = s.warehouse_id",
    ),
    (
        "asns",
        "SELECT c.code AS client, w.code AS warehouse, a.account AS account, n.source_id AS source_id, \
         n.po_reference AS po_reference, n.supplier AS supplier, n.status_id AS status_id, n.version AS version, \
         n.awaited AS awaited FROM asns n JOIN clients c ON c.id = n.client_id \
         JOIN warehouses w ON w.id = n.warehouse_id JOIN accounts a ON a.id = n.account_id",
    ),
    (
        "asn_lines",
        "SELECT n.source_id AS source_id, l.line_no AS line_no, l.sku AS sku, l.source_line_id AS source_line_id, \
         l.expected AS expected, l.received AS received, l.booked AS booked, l.settled AS settled \
         FROM asn_lines l JOIN asns n ON n.id = l.asn_id",
    ),
    (
        "purchase_orders",
        "SELECT c.code AS client, a.account AS account, p.source_id AS source_id, p.state AS state, \
         p.reference AS reference, p.verdicts AS verdicts \
         FROM purchase_orders p JOIN clients c ON c.id = p.client_id JOIN accounts a ON a.id = p.account_id",
    ),
    (
        "ledger",
        "SELECT c.code AS client, a.account AS account, l.source_id AS source_id, l.state AS state, \
         l.reference AS reference, l.verdicts AS verdicts \
         FROM ledger l JOIN clients c ON c.id = l.client_id JOIN accounts a ON a.id = l.account_id",
    ),
    (
        "problems",
        "SELECT n.name AS connection, p.flow AS flow, p.code AS code, p.subject AS subject, p.message AS message \
         FROM problems p JOIN connections n ON n.id = p.connection_id WHERE p.cleared_at IS NULL",
    ),
    (
        "reviews",
        "SELECT o.source_order_id AS source_order_id, r.finding AS finding, r.detail AS detail, r.stopped AS stopped, \
         r.overruled AS overruled, r.watched AS watched, CASE WHEN r.missing_since IS NULL THEN 0 ELSE 1 END AS missing \
         FROM order_reviews r JOIN orders o ON o.id = r.order_id \
         WHERE r.finding IS NOT NULL OR r.watched > 0 OR r.missing_since IS NOT NULL",
    ),
    (
        "links",
        "SELECT l.source_id AS source_id, o.source_order_id AS made_from, l.kind AS kind, l.standing AS standing \
         FROM order_links l JOIN orders o ON o.id = l.order_id",
    ),
];

impl Store {
    /// Orders, lines, shipments, returns, products, stock, notices, ledger, standing problems and acknowledgements without
    /// ids, times, logs and runs, sorted. For tests that compare a history with crashes to one without.
    pub async fn canonical_dump(&self) -> StoreResult<Value> {
        let mut dump = serde_json::Map::new();
        for (name, sql) in SECTIONS {
            dump.insert((*name).into(), self.section(sql).await?);
        }
        let acknowledgements = "SELECT n.name AS connection, k.source_id AS source_id, \
             CASE WHEN k.done_at IS NULL THEN 'pending' ELSE 'done' END AS state \
             FROM acknowledgements k JOIN connections n ON n.id = k.connection_id";
        dump.insert("acknowledgements".into(), self.section(acknowledgements).await?);
        Ok(Value::Object(dump))
    }

    async fn section(&self, sql: &'static str) -> StoreResult<Value> {
        use sqlx::Column;
        let rows = sqlx::query(sql).fetch_all(self.reader()).await?;
        let mut lines: Vec<(String, Value)> = Vec::with_capacity(rows.len());
        for row in &rows {
            let mut line = serde_json::Map::new();
            for column in row.columns() {
                let at = column.ordinal();
                let value = match row.try_get::<Option<i64>, _>(at) {
                    Ok(number) => json!(number),
                    Err(_) => json!(row.try_get::<Option<String>, _>(at)?),
                };
                line.insert(column.name().to_owned(), value);
            }
            let line = Value::Object(line);
            lines.push((line.to_string(), line));
        }
        lines.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(Value::Array(lines.into_iter().map(|(_, line)| line).collect()))
    }
}
