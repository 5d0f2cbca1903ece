-- What became of imported orders at the source.

-- Where at the source an order was when it was imported; empty where sources have no locations.
ALTER TABLE orders ADD COLUMN source_location TEXT NOT NULL DEFAULT '';

-- Orders that share the channel's reference may be parts of one another. Only orders that are not final are looked for.
CREATE INDEX orders_by_reference ON orders (client_id, external_order_reference) WHERE status_id NOT IN (3, 4, 5, 6);

CREATE TABLE order_reviews (
    order_id INTEGER PRIMARY KEY REFERENCES orders (id),
    -- When the source was last asked for it.
    reviewed_at BIGINT NOT NULL,
    -- To be reviewed before all others.
    urgent BIGINT NOT NULL,
    -- Absent from the list and yet there: its absence is no news.
    unlisted BIGINT NOT NULL,
    -- When, and in which run, it was first not found.
    missing_since BIGINT,
    missing_run BIGINT,
    -- The finding that stands, and what distinguishes it from another of its kind.
    finding TEXT,
    detail TEXT,
    -- The review stopped the order, and lets it go on when the finding is gone.
    stopped BIGINT NOT NULL,
    -- A person let it go on in spite of this finding.
    overruled BIGINT NOT NULL,
    -- Cancelled here: 1 until it is closed at the source, 2 only told when the source lists it again.
    watched BIGINT NOT NULL
);
CREATE INDEX order_reviews_watched ON order_reviews (watched) WHERE watched > 0;

CREATE INDEX order_reviews_finding ON order_reviews (finding) WHERE finding IS NOT NULL;
CREATE INDEX order_reviews_urgent ON order_reviews (urgent) WHERE urgent = 1;

-- An order at the source and an order of the warehouse that it was made from, or may have been.
CREATE TABLE order_links (
    account_id BIGINT NOT NULL,
    client_id BIGINT NOT NULL,
    source_id TEXT NOT NULL,
    order_id BIGINT NOT NULL REFERENCES orders (id),
    -- `merged`, `split`, or `related` until that is known.
    kind TEXT NOT NULL,
    -- 1 while both together would ship something twice.
    standing BIGINT NOT NULL,
    made_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, client_id, source_id, order_id)
) WITHOUT ROWID;
CREATE INDEX order_links_by_order ON order_links (order_id);
CREATE INDEX order_links_standing ON order_links (account_id, client_id) WHERE standing = 1;
