-- Stock that the source was told of, one level that somebody else had changed, and a plan that waits for a person.

INSERT INTO stock_told (connection_id, product_id, state, digest, offered, next_at, told_at) VALUES (1, 1, 2, 'd1', 1, 0, 2400);
INSERT INTO stock_feeds (connection_id, released_at, compared_at) VALUES (1, 2300, 2400);
INSERT INTO stock_drift (id, connection_id, run_id, sku, at, old, new, changed_by) VALUES (1, 1, 1, 'MUG', 2400, '40', '37', 'a person');
INSERT INTO stock_moves (source_system, account, moves) VALUES ('linnworks', 'account-1', 6);
INSERT INTO stock_adjustments (id, product_id, warehouse_id, kind, quantity, reason, at) VALUES (1, 1, 1, 'adjust', -1, 'broken', 2200);
INSERT INTO held_plans (id, connection_id, flow, guard, hash, run_id, items, state, held_at, approved_at, settled_at) VALUES
    (1, 1, 'sync-stock', 'mass-zero', 'h1', 1, '[]', 1, 2300, NULL, NULL);
INSERT INTO sequences (name, next_id) VALUES ('stock drift', 2), ('stock adjustment', 2), ('held plan', 2);
