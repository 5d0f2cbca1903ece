-- A batch that was picked.

INSERT INTO picked_batches (order_id, line_no, batch_no, quantity) VALUES (2, 1, 'B-7', 1);
