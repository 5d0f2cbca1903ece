-- Goods that are announced by purchase orders, and the purchase orders that no notice was made of.

ALTER TABLE products ADD COLUMN height TEXT;
ALTER TABLE products ADD COLUMN width TEXT;
ALTER TABLE products ADD COLUMN depth TEXT;

-- The source's key makes a notice the same notice; the connection is an attribute.
CREATE TABLE asns (
    id INTEGER PRIMARY KEY,
    client_id BIGINT NOT NULL REFERENCES clients (id),
    warehouse_id BIGINT NOT NULL REFERENCES warehouses (id),
    account_id BIGINT NOT NULL,
    source_id TEXT NOT NULL,
    connection_id BIGINT NOT NULL,
    po_reference TEXT NOT NULL,
    supplier TEXT NOT NULL,
    estimated_delivery BIGINT,
    comments TEXT NOT NULL,
    goods_in_type TEXT NOT NULL,
    -- Packages, not goods.
    packages BIGINT NOT NULL,
    status_id BIGINT NOT NULL,
    booked_in_date BIGINT,
    -- Digest of what was ordered when the notice was made.
    version TEXT NOT NULL,
    -- What the source's list said of it when it was read last.
    header_version TEXT NOT NULL,
    -- Whether the source awaits goods for it: 1, or 0 when it was closed, moved or deleted there.
    awaited BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_updated BIGINT NOT NULL,
    UNIQUE (client_id, account_id, source_id)
);
CREATE INDEX asns_by_connection ON asns (connection_id, status_id);

CREATE TABLE asn_lines (
    asn_id BIGINT NOT NULL REFERENCES asns (id),
    line_no BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    sku TEXT NOT NULL,
    source_line_id TEXT NOT NULL,
    -- Ordered in all, and counted as delivered by the source, when the notice was made.
    ordered BIGINT NOT NULL,
    delivered_before BIGINT NOT NULL,
    expected BIGINT NOT NULL,
    received BIGINT NOT NULL,
    booked BIGINT NOT NULL,
    -- Of the booked ones, those that the source was told of or never will be.
    settled BIGINT NOT NULL,
    PRIMARY KEY (asn_id, line_no)
) WITHOUT ROWID;

CREATE TABLE purchase_orders (
    account_id BIGINT NOT NULL,
    client_id BIGINT NOT NULL,
    source_id TEXT NOT NULL,
    connection_id BIGINT NOT NULL,
    -- 2 skipped, 3 refused, 4 absent.
    state BIGINT NOT NULL,
    reference TEXT NOT NULL,
    header_version TEXT NOT NULL,
    verdicts TEXT NOT NULL,
    -- SKUs that the client lacks.
    missing TEXT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_read BIGINT NOT NULL,
    PRIMARY KEY (account_id, client_id, source_id)
);
