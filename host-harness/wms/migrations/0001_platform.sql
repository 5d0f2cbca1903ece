-- Portable between SQLite and PostgreSQL: BIGINT, TEXT and BYTEA only. Flags are 0 or 1, instants Unix milliseconds in
-- UTC, money and weights decimals as text, documents JSON as text. `INTEGER PRIMARY KEY` and `WITHOUT ROWID` save SQLite a
-- second tree per table; for PostgreSQL `store.rs` makes them `BIGINT PRIMARY KEY` and nothing.

CREATE TABLE sequences (name TEXT PRIMARY KEY, next_id BIGINT NOT NULL);

-- The warehouse.

CREATE TABLE clients (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    active BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE warehouses (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    active BIGINT NOT NULL
);

CREATE TABLE channels (
    id INTEGER PRIMARY KEY,
    client_id BIGINT NOT NULL REFERENCES clients (id),
    name TEXT NOT NULL,
    active BIGINT NOT NULL,
    UNIQUE (client_id, name)
);

CREATE TABLE courier_services (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    tracking_url TEXT,
    active BIGINT NOT NULL
);

CREATE TABLE products (
    id INTEGER PRIMARY KEY,
    client_id BIGINT NOT NULL REFERENCES clients (id),
    sku TEXT NOT NULL,
    -- The SKU without case and spaces, for hints about near misses.
    sku_key TEXT NOT NULL,
    name TEXT NOT NULL,
    ean TEXT,
    weight TEXT,
    created_at BIGINT NOT NULL,
    last_updated BIGINT NOT NULL,
    UNIQUE (client_id, sku)
);
CREATE INDEX products_by_key ON products (client_id, sku_key);

CREATE TABLE stock (
    product_id BIGINT NOT NULL REFERENCES products (id),
    warehouse_id BIGINT NOT NULL REFERENCES warehouses (id),
    -- Free to be sold.
    level BIGINT NOT NULL,
    allocated BIGINT NOT NULL,
    quarantine BIGINT NOT NULL,
    last_updated BIGINT NOT NULL,
    PRIMARY KEY (product_id, warehouse_id)
) WITHOUT ROWID;

-- Connections to other systems.

CREATE TABLE accounts (
    id INTEGER PRIMARY KEY,
    source_system TEXT NOT NULL,
    account TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (source_system, account)
);

CREATE TABLE plugins (
    digest TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    manifest TEXT NOT NULL,
    component_path TEXT NOT NULL,
    settings_version BIGINT NOT NULL,
    storage_version BIGINT NOT NULL,
    current BIGINT NOT NULL,
    added_at BIGINT NOT NULL
);
CREATE INDEX plugins_by_name ON plugins (name);

CREATE TABLE platform_secrets (
    plugin TEXT NOT NULL,
    name TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (plugin, name)
) WITHOUT ROWID;

CREATE TABLE connections (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    client_id BIGINT NOT NULL REFERENCES clients (id),
    warehouse_id BIGINT NOT NULL REFERENCES warehouses (id),
    channel_id BIGINT NOT NULL REFERENCES channels (id),
    plugin TEXT NOT NULL,
    plugin_digest TEXT,
    account_id BIGINT REFERENCES accounts (id),
    settings TEXT NOT NULL,
    sealed_secrets BYTEA,
    state TEXT NOT NULL,
    attention TEXT,
    go_live TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE plugin_namespaces (
    connection_id BIGINT NOT NULL,
    flow TEXT NOT NULL,
    generation BIGINT NOT NULL,
    storage_version BIGINT NOT NULL,
    PRIMARY KEY (connection_id, flow)
) WITHOUT ROWID;

CREATE TABLE plugin_storage (
    connection_id BIGINT NOT NULL,
    flow TEXT NOT NULL,
    item_key TEXT NOT NULL,
    item_value BYTEA NOT NULL,
    PRIMARY KEY (connection_id, flow, item_key)
);

-- Orders. The source's key makes an order the same order; the connection is an attribute.

CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    client_id BIGINT NOT NULL REFERENCES clients (id),
    warehouse_id BIGINT NOT NULL REFERENCES warehouses (id),
    channel_id BIGINT NOT NULL REFERENCES channels (id),
    account_id BIGINT NOT NULL,
    source_order_id TEXT NOT NULL,
    connection_id BIGINT NOT NULL,
    order_number TEXT NOT NULL,
    external_order_reference TEXT NOT NULL,
    source_reference TEXT NOT NULL,
    status_id BIGINT NOT NULL,
    held_from BIGINT,
    order_date BIGINT NOT NULL,
    source_order_date BIGINT,
    required_despatch_date TEXT,
    despatch_date BIGINT,
    courier_service TEXT,
    tracking_number TEXT,
    number_of_parcels BIGINT NOT NULL,
    total_items BIGINT NOT NULL,
    total_weight TEXT,
    currency TEXT NOT NULL,
    order_value TEXT NOT NULL,
    totals TEXT NOT NULL,
    -- Address, notes and whatever else names a person; emptied as one when the order is erased.
    personal TEXT NOT NULL,
    name_values TEXT NOT NULL,
    tags TEXT NOT NULL,
    warnings TEXT NOT NULL,
    pii_removed BIGINT NOT NULL,
    last_updated BIGINT NOT NULL,
    UNIQUE (client_id, account_id, source_order_id),
    UNIQUE (client_id, order_number)
);
CREATE INDEX orders_by_status ON orders (client_id, status_id);

CREATE TABLE order_lines (
    order_id BIGINT NOT NULL REFERENCES orders (id),
    line_no BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    sku TEXT NOT NULL,
    source_line_id TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    allocated BIGINT NOT NULL,
    details TEXT NOT NULL,
    unit_price TEXT NOT NULL,
    unit_price_vat TEXT NOT NULL,
    discount TEXT NOT NULL,
    name_values TEXT NOT NULL,
    PRIMARY KEY (order_id, line_no)
) WITHOUT ROWID;

CREATE TABLE shipments (
    order_id BIGINT NOT NULL REFERENCES orders (id),
    parcel_no BIGINT NOT NULL,
    tracking_number TEXT,
    courier_service TEXT NOT NULL,
    shipped_at BIGINT NOT NULL,
    PRIMARY KEY (order_id, parcel_no)
) WITHOUT ROWID;

CREATE TABLE timeline (
    order_id BIGINT NOT NULL,
    entry_no BIGINT NOT NULL,
    at BIGINT NOT NULL,
    side TEXT NOT NULL,
    event TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (order_id, entry_no)
) WITHOUT ROWID;

-- What the host remembers of each source id. State: 1 imported, 2 skipped, 3 refused, 4 absent.

CREATE TABLE ledger (
    account_id BIGINT NOT NULL,
    client_id BIGINT NOT NULL,
    source_id TEXT NOT NULL,
    state BIGINT NOT NULL,
    connection_id BIGINT NOT NULL,
    order_id BIGINT,
    reference TEXT NOT NULL,
    version TEXT,
    verdicts TEXT NOT NULL,
    remote_id TEXT,
    first_seen BIGINT NOT NULL,
    last_read BIGINT NOT NULL,
    -- When state or verdicts last differed from those of the reading before.
    changed_at BIGINT NOT NULL,
    retry_at BIGINT NOT NULL,
    -- Where in the hour its turn comes once it has not changed for a day, in milliseconds.
    slot BIGINT NOT NULL,
    PRIMARY KEY (account_id, client_id, source_id)
);

CREATE TABLE acknowledgements (
    order_id INTEGER PRIMARY KEY,
    connection_id BIGINT NOT NULL,
    source_id TEXT NOT NULL,
    done_at BIGINT,
    attempts BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    queued_at BIGINT NOT NULL
);
CREATE INDEX acknowledgements_due ON acknowledgements (connection_id, next_at) WHERE done_at IS NULL;

-- Running.

CREATE TABLE leases (
    connection_id BIGINT NOT NULL,
    flow TEXT NOT NULL,
    owner TEXT,
    lease_until BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    PRIMARY KEY (connection_id, flow)
) WITHOUT ROWID;

CREATE TABLE due_times (
    connection_id BIGINT NOT NULL,
    beat TEXT NOT NULL,
    client_id BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    owner TEXT,
    lease_until BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    claimed_at BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    PRIMARY KEY (connection_id, beat)
) WITHOUT ROWID;
CREATE INDEX due_times_by_due ON due_times (due_at);

CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    connection_id BIGINT NOT NULL,
    flow TEXT NOT NULL,
    mode TEXT NOT NULL,
    state TEXT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    fence BIGINT NOT NULL,
    counts TEXT NOT NULL,
    report TEXT
);
CREATE INDEX runs_by_connection ON runs (connection_id, id);

CREATE TABLE problems (
    id INTEGER PRIMARY KEY,
    connection_id BIGINT NOT NULL,
    flow TEXT NOT NULL,
    code TEXT NOT NULL,
    subject TEXT NOT NULL,
    reference TEXT NOT NULL,
    message TEXT NOT NULL,
    remedy TEXT NOT NULL,
    retry TEXT NOT NULL,
    field TEXT,
    sku TEXT,
    run_id BIGINT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    seen_count BIGINT NOT NULL,
    cleared_at BIGINT,
    UNIQUE (connection_id, code, subject)
);
CREATE INDEX problems_open ON problems (connection_id, flow, cleared_at);

CREATE TABLE request_log (
    id INTEGER PRIMARY KEY,
    connection_id BIGINT NOT NULL,
    run_id BIGINT NOT NULL,
    at BIGINT NOT NULL,
    operation TEXT NOT NULL,
    outcome TEXT NOT NULL,
    status BIGINT,
    duration_ms BIGINT NOT NULL,
    bytes_out BIGINT NOT NULL,
    bytes_in BIGINT NOT NULL
);
CREATE INDEX request_log_by_run ON request_log (run_id);
CREATE INDEX request_log_by_time ON request_log (at);

-- Day: days since 1970-01-01, UTC.
CREATE TABLE usage_by_day (
    client_id BIGINT NOT NULL,
    day BIGINT NOT NULL,
    invocations BIGINT NOT NULL,
    cpu_us BIGINT NOT NULL,
    calls BIGINT NOT NULL,
    bytes_out BIGINT NOT NULL,
    bytes_in BIGINT NOT NULL,
    PRIMARY KEY (client_id, day)
) WITHOUT ROWID;
