-- Goods that come back. A return is of one despatched order; its items say which line, how many, why, and whether they go back to
-- the shelf or are scrapped. Stock moves when it is confirmed.

CREATE TABLE return_reasons (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    -- RESTOCK or SCRAP: what is usually done with what comes back for this reason.
    stock_action TEXT NOT NULL,
    active BIGINT NOT NULL
);
INSERT INTO return_reasons (id, name, stock_action, active) VALUES
    (1, 'Unwanted', 'RESTOCK', 1),
    (2, 'Wrong item', 'RESTOCK', 1),
    (3, 'Undelivered', 'RESTOCK', 1),
    (4, 'Damaged', 'SCRAP', 1),
    (5, 'Faulty', 'SCRAP', 1);
INSERT INTO sequences (name, next_id) VALUES ('return reason', 6);

CREATE TABLE returns (
    id INTEGER PRIMARY KEY,
    order_id BIGINT NOT NULL REFERENCES orders (id),
    client_id BIGINT NOT NULL,
    warehouse_id BIGINT NOT NULL,
    -- What it is known by outside, at the source too.
    reference TEXT NOT NULL UNIQUE,
    -- When its stock moved; null while it is being put together.
    confirmed_at BIGINT,
    created_at BIGINT NOT NULL,
    last_updated BIGINT NOT NULL
);
CREATE INDEX returns_by_order ON returns (order_id);

CREATE TABLE return_items (
    return_id BIGINT NOT NULL REFERENCES returns (id),
    item_no BIGINT NOT NULL,
    line_no BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    sku TEXT NOT NULL,
    source_line_id TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    stock_action TEXT NOT NULL,
    reason_id BIGINT NOT NULL,
    reason TEXT NOT NULL,
    -- Free text: emptied when the order is erased.
    comments TEXT NOT NULL,
    PRIMARY KEY (return_id, item_no)
) WITHOUT ROWID;

-- Since when the requests of a connection are kept. The row is there while the switch is on: editing anything else does not move it.
CREATE TABLE request_logging (
    connection_id INTEGER PRIMARY KEY,
    since BIGINT NOT NULL
);

-- Who of a client is written to about orders that do not come in ("Connect Notifications").
CREATE TABLE notified_users (
    client_id BIGINT NOT NULL REFERENCES clients (id),
    email TEXT NOT NULL,
    PRIMARY KEY (client_id, email)
) WITHOUT ROWID;

-- What was written last, per connection and cause.
CREATE TABLE notices (
    connection_id BIGINT NOT NULL,
    code TEXT NOT NULL,
    client_id BIGINT NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (connection_id, code)
) WITHOUT ROWID;
