-- What a connection has told of each product's stock. State: 1 to be told again, 2 told, 3 not taken by the source.

CREATE TABLE stock_told (
    connection_id BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    state BIGINT NOT NULL,
    -- The warehouse's numbers and the settings at that time; others are to be told.
    digest TEXT NOT NULL,
    -- Whether the source offers any of it, as far as is known.
    offered BIGINT NOT NULL,
    -- Not before: a write of it may still be under way.
    next_at BIGINT NOT NULL,
    told_at BIGINT NOT NULL,
    PRIMARY KEY (connection_id, product_id)
) WITHOUT ROWID;

-- What left lately. Orders that have not left are not in it, so an import does not pay for it.
CREATE INDEX orders_by_despatch ON orders (client_id, despatch_date) WHERE despatch_date IS NOT NULL;

CREATE TABLE stock_feeds (
    connection_id INTEGER PRIMARY KEY,
    -- When its first plan was released, and when all of its stock was compared last.
    released_at BIGINT,
    compared_at BIGINT
);

-- Levels that somebody else had changed at the source, and that were set right.
CREATE TABLE stock_drift (
    id INTEGER PRIMARY KEY,
    connection_id BIGINT NOT NULL,
    run_id BIGINT NOT NULL,
    sku TEXT NOT NULL,
    at BIGINT NOT NULL,
    old TEXT,
    new TEXT,
    changed_by TEXT
);
CREATE INDEX stock_drift_by_connection ON stock_drift (connection_id, id);

-- Counts up before and after each call that can move stock at the source.
CREATE TABLE stock_moves (
    source_system TEXT NOT NULL,
    account TEXT NOT NULL,
    moves BIGINT NOT NULL,
    PRIMARY KEY (source_system, account)
) WITHOUT ROWID;

-- What people changed on the shelf by hand.
CREATE TABLE stock_adjustments (
    id INTEGER PRIMARY KEY,
    product_id BIGINT NOT NULL,
    warehouse_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    reason TEXT NOT NULL,
    at BIGINT NOT NULL
);
CREATE INDEX stock_adjustments_by_product ON stock_adjustments (product_id, warehouse_id, id);

-- Plans that a guard held back until a person has seen them. State: 1 held, 2 approved, 3 carried out, 4 out of date.

CREATE TABLE held_plans (
    id INTEGER PRIMARY KEY,
    connection_id BIGINT NOT NULL,
    flow TEXT NOT NULL,
    guard TEXT NOT NULL,
    hash TEXT NOT NULL,
    -- The latest run that came to it.
    run_id BIGINT NOT NULL,
    items TEXT NOT NULL,
    state BIGINT NOT NULL,
    held_at BIGINT NOT NULL,
    approved_at BIGINT,
    settled_at BIGINT
);
CREATE INDEX held_plans_open ON held_plans (connection_id, flow, guard) WHERE state <= 2;
CREATE INDEX held_plans_by_run ON held_plans (run_id);
