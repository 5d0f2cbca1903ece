-- An imported id is known by its order. The ledger keeps the ids that are no order yet, so that an order is one random place in
-- the file and not two.

ALTER TABLE orders ADD COLUMN version TEXT;
UPDATE orders SET version = (
    SELECT ledger.version FROM ledger
    WHERE ledger.account_id = orders.account_id AND ledger.client_id = orders.client_id
    AND ledger.source_id = orders.source_order_id
);
DELETE FROM ledger WHERE state = 1;
ALTER TABLE ledger DROP COLUMN order_id;
ALTER TABLE ledger DROP COLUMN version;
ALTER TABLE ledger DROP COLUMN remote_id;
