-- How long a buyer is named.

-- Days after an order left, or was cancelled, at which the buyers of this client are erased; 0 for never, none for what the host's
-- configuration says.
ALTER TABLE clients ADD COLUMN erase_after_days BIGINT;

-- Orders that still name somebody, for the daily look. New orders do not pay for it.
CREATE INDEX orders_naming_somebody ON orders (client_id, last_updated) WHERE status_id IN (3, 4, 5, 6) AND pii_removed = 0;
