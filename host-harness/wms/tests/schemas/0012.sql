-- An order that was edited at the source, and one that it may have been merged with.

INSERT INTO order_reviews (order_id, reviewed_at, urgent, unlisted, missing_since, missing_run, finding, detail, stopped, overruled,
    watched) VALUES (4, 2700, 0, 0, NULL, NULL, 'edited', NULL, 1, 0, 0), (3, 2700, 0, 0, NULL, NULL, NULL, NULL, 0, 0, 1);
INSERT INTO order_links (account_id, client_id, source_id, order_id, kind, standing, made_at) VALUES (1, 1, 'a9', 4, 'related', 1, 2700);
