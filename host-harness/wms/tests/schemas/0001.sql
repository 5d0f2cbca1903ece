-- What a host of the first schema held: a client with two products, and an order in each of four states.

INSERT INTO sequences (name, next_id) VALUES
    ('client', 2), ('warehouse', 2), ('channel', 2), ('courier service', 2), ('product', 3), ('account', 2), ('connection', 2),
    ('order', 5), ('run', 3), ('problem', 3), ('request', 2);
INSERT INTO clients (id, code, name, active, created_at) VALUES (1, 'ACME', 'Acme', 1, 1000);
INSERT INTO warehouses (id, code, name, time_zone, active) VALUES (1, 'MAIN', 'Main', 'Europe/London', 1);
INSERT INTO channels (id, client_id, name, active) VALUES (1, 1, 'eBay', 1);
INSERT INTO courier_services (id, name, tracking_url, active) VALUES (1, 'Royal Mail 24', NULL, 1);
INSERT INTO products (id, client_id, sku, sku_key, name, ean, weight, created_at, last_updated) VALUES
    (1, 1, 'MUG', 'mug', 'Mug', '5012345678900', '0.350', 1000, 1000),
    (2, 1, 'TEE', 'tee', 'Tee', NULL, NULL, 1000, 1000);
INSERT INTO stock (product_id, warehouse_id, level, allocated, quarantine, last_updated) VALUES
    (1, 1, 37, 3, 1, 2000), (2, 1, 9, 1, 0, 2000);
INSERT INTO accounts (id, source_system, account, created_at) VALUES (1, 'linnworks', 'account-1', 1000);
INSERT INTO plugins (digest, name, version, manifest, component_path, settings_version, storage_version, current, added_at) VALUES
    ('00ff', 'linnworks', '0.1.0', '{}', 'plugins/00ff.wasm', 1, 1, 1, 1000);
INSERT INTO platform_secrets (plugin, name, sealed, updated_at) VALUES ('linnworks', 'ApplicationId', X'5ea1ed', 1000);
INSERT INTO connections (id, name, client_id, warehouse_id, channel_id, plugin, plugin_digest, account_id, settings, sealed_secrets,
    state, attention, go_live, created_at, updated_at) VALUES
    (1, 'first', 1, 1, 1, 'linnworks', '00ff', 1, '{"OrderPrefix":"LW-"}', X'5ea1ed02', 'active', NULL, NULL, 1000, 1500);
INSERT INTO plugin_namespaces (connection_id, flow, generation, storage_version) VALUES (1, 'import-orders', 4, 1);
INSERT INTO plugin_storage (connection_id, flow, item_key, item_value) VALUES (1, 'import-orders', 'seen', X'31');
INSERT INTO orders (id, client_id, warehouse_id, channel_id, account_id, source_order_id, connection_id, order_number,
    external_order_reference, source_reference, status_id, held_from, order_date, source_order_date, required_despatch_date,
    despatch_date, courier_service, tracking_number, number_of_parcels, total_items, total_weight, currency, order_value, totals,
    personal, name_values, tags, warnings, pii_removed, last_updated) VALUES
    (1, 1, 1, 1, 1, 'a1', 1, 'LW-100001', 'ref-1', '100001', 1, NULL, 2000, 1900, '2026-03-02', NULL, NULL, NULL, 1, 3, '1.050',
        'GBP', '30.00', '{}', '{}', '[]', '[]', '[]', 0, 2000),
    (2, 1, 1, 1, 1, 'a2', 1, 'LW-100002', 'ref-2', '100002', 4, NULL, 2000, 1900, NULL, 2500, 'Royal Mail 24', 'T-2', 1, 1, NULL,
        'GBP', '10.00', '{}', '{}', '[]', '[]', '[]', 0, 2500),
    (3, 1, 1, 1, 1, 'a3', 1, 'LW-100003', 'ref-3', '100003', 3, NULL, 2000, NULL, NULL, NULL, NULL, NULL, 1, 1, NULL,
        'EUR', '10.00', '{}', '{}', '[]', '[]', '[]', 0, 2600),
    (4, 1, 1, 1, 1, 'a4', 1, 'LW-100004', 'ref-4', '100004', 7, 1, 2000, NULL, NULL, NULL, NULL, NULL, 1, 1, NULL,
        'GBP', '10.00', '{}', '{}', '[]', '[]', '[]', 0, 2000);
INSERT INTO order_lines (order_id, line_no, product_id, sku, source_line_id, quantity, allocated, details, unit_price,
    unit_price_vat, discount, name_values) VALUES
    (1, 1, 1, 'MUG', 'a1-1', 3, 3, '', '10.00', '2.00', '0', '[]'),
    (2, 1, 2, 'TEE', 'a2-1', 1, 0, '', '10.00', '2.00', '0', '[]'),
    (3, 1, 2, 'TEE', 'a3-1', 1, 0, '', '10.00', '2.00', '0', '[]'),
    (4, 1, 2, 'TEE', 'a4-1', 1, 1, '', '10.00', '2.00', '0', '[]');
INSERT INTO shipments (order_id, parcel_no, tracking_number, courier_service, shipped_at) VALUES (2, 1, 'T-2', 'Royal Mail 24', 2500);
INSERT INTO timeline (order_id, entry_no, at, side, event, detail) VALUES (1, 1, 2000, 'wms', 'imported', '');
INSERT INTO ledger (account_id, client_id, source_id, state, connection_id, order_id, reference, version, verdicts, remote_id,
    first_seen, last_read, changed_at, retry_at, slot) VALUES
    (1, 1, 'a1', 1, 1, 1, 'ref-1', 'v-1', '[]', NULL, 1900, 2000, 2000, 0, 0),
    (1, 1, 'a2', 1, 1, 2, 'ref-2', 'v-2', '[]', NULL, 1900, 2000, 2000, 0, 0),
    (1, 1, 'a3', 1, 1, 3, 'ref-3', 'v-3', '[]', NULL, 1900, 2000, 2000, 0, 0),
    (1, 1, 'a4', 1, 1, 4, 'ref-4', 'v-4', '[]', NULL, 1900, 2000, 2000, 0, 0),
    (1, 1, 'a5', 2, 1, NULL, 'ref-5', NULL, '[]', NULL, 1900, 2000, 2000, 0, 7);
INSERT INTO acknowledgements (order_id, connection_id, source_id, done_at, attempts, next_at, queued_at) VALUES
    (1, 1, 'a1', NULL, 1, 3000, 2000), (2, 1, 'a2', 2100, 1, 2000, 2000);
INSERT INTO leases (connection_id, flow, owner, lease_until, fence) VALUES (1, 'import-orders', NULL, 0, 2);
INSERT INTO due_times (connection_id, beat, client_id, due_at, owner, lease_until, fence, claimed_at, failures) VALUES
    (1, 'orders', 1, 3000, NULL, 0, 2, 2000, 0);
INSERT INTO runs (id, connection_id, flow, mode, state, started_at, ended_at, fence, counts, report) VALUES
    (1, 1, 'import-orders', 'apply', 'done', 1950, 2000, 1, '{"imported":4}', NULL),
    (2, 1, 'import-orders', 'apply', 'failed', 2900, 2950, 2, '{}', NULL);
INSERT INTO problems (id, connection_id, flow, code, subject, reference, message, remedy, retry, field, sku, run_id, first_seen,
    last_seen, seen_count, cleared_at) VALUES
    (1, 1, 'import-orders', 'sku-unknown', 'a5', 'ref-5', 'there is no such SKU', 'add it', 'after-change', NULL, 'CUP', 1, 2000, 2900, 2, NULL);
INSERT INTO request_log (id, connection_id, run_id, at, operation, outcome, status, duration_ms, bytes_out, bytes_in) VALUES
    (1, 1, 1, 1960, 'get-orders', 'status', 200, 12, 40, 900);
INSERT INTO usage_by_day (client_id, day, invocations, cpu_us, calls, bytes_out, bytes_in) VALUES (1, 20513, 3, 900, 4, 160, 3600);
