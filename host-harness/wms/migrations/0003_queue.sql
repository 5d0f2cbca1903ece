-- What is to be told to a source, item by item: despatches, returns, receipts. What an item holds is read from the warehouse when
-- its turn comes. State: 1 pending, 2 done, 3 given up (a person has to decide).

CREATE TABLE queue (
    connection_id BIGINT NOT NULL,
    flow TEXT NOT NULL,
    item_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    order_id BIGINT,
    state BIGINT NOT NULL,
    -- Counts up when the item changes after it was queued: an outcome of what it was before does not settle it.
    revision BIGINT NOT NULL,
    in_doubt BIGINT NOT NULL,
    remote_id TEXT,
    attempts BIGINT NOT NULL,
    queued_at BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    settled_at BIGINT,
    PRIMARY KEY (connection_id, flow, item_id)
);
CREATE INDEX queue_due ON queue (connection_id, flow, next_at) WHERE state = 1;
CREATE INDEX queue_by_order ON queue (order_id);
