-- An order may leave in parts, and the batches of what was picked are known.

-- The order that this one was split off; none for an order as it was imported.
ALTER TABLE orders ADD COLUMN split_from BIGINT;
ALTER TABLE orders ADD COLUMN part BIGINT NOT NULL DEFAULT 1;
ALTER TABLE orders ADD COLUMN number_of_parts BIGINT NOT NULL DEFAULT 1;
-- How its leaving is told to the source: 1 as a part of the imported order, 2 as all that is left of it.
ALTER TABLE orders ADD COLUMN told_as BIGINT;
CREATE INDEX orders_by_split ON orders (split_from) WHERE split_from IS NOT NULL;

CREATE TABLE picked_batches (
    order_id BIGINT NOT NULL REFERENCES orders (id),
    line_no BIGINT NOT NULL,
    batch_no TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    PRIMARY KEY (order_id, line_no, batch_no)
) WITHOUT ROWID;
