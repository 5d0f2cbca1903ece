-- A despatch that the source is still to be told of.

INSERT INTO queue (connection_id, flow, item_id, reference, order_id, state, revision, in_doubt, remote_id, attempts, queued_at,
    next_at, settled_at) VALUES (1, 'push-despatch', 'a2', 'LW-100002', 2, 1, 1, 0, NULL, 1, 2500, 3000, NULL);
