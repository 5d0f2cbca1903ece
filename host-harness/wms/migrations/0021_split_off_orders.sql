-- What our own despatch split off at a source is found by its id there: it is no new order.

CREATE INDEX queue_by_remote_id ON queue (remote_id) WHERE remote_id IS NOT NULL;
