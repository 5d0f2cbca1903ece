-- A return that was confirmed, who is written to, and what was written.

INSERT INTO returns (id, order_id, client_id, warehouse_id, reference, confirmed_at, created_at, last_updated) VALUES
    (1, 2, 1, 1, 'RET-1', 2900, 2800, 2900);
INSERT INTO return_items (return_id, item_no, line_no, product_id, sku, source_line_id, quantity, stock_action, reason_id, reason,
    comments) VALUES (1, 1, 1, 2, 'TEE', 'a2-1', 1, 'RESTOCK', 1, 'Unwanted', '');
INSERT INTO request_logging (connection_id, since) VALUES (1, 2000);
INSERT INTO notified_users (client_id, email) VALUES (1, 'orders@example.com');
INSERT INTO notices (connection_id, code, client_id, told_at) VALUES (1, 'sku-unknown', 1, 2900);
INSERT INTO sequences (name, next_id) VALUES ('return', 2);
