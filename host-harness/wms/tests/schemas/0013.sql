-- A notice of which a part has come, and a purchase order that no notice was made of.

INSERT INTO asns (id, client_id, warehouse_id, account_id, source_id, connection_id, po_reference, supplier, estimated_delivery,
    comments, goods_in_type, packages, status_id, booked_in_date, version, header_version, awaited, created_at, last_updated) VALUES
    (1, 1, 1, 1, 'p1', 1, 'PO-1', 'Pottery Ltd', 5000, '', 'Pallets', 1, 2, NULL, 'v', 'h', 1, 2000, 2600);
INSERT INTO asn_lines (asn_id, line_no, product_id, sku, source_line_id, ordered, delivered_before, expected, received, booked,
    settled) VALUES (1, 1, 1, 'MUG', 'p1-1', 40, 10, 30, 12, 7, 7);
INSERT INTO purchase_orders (account_id, client_id, source_id, connection_id, state, reference, header_version, verdicts, missing,
    first_seen, last_read) VALUES (1, 1, 'p2', 1, 3, 'PO-2', 'h', '[]', '["CUP"]', 2000, 2600);
INSERT INTO sequences (name, next_id) VALUES ('asn', 2);
