-- Exactly once, and who did it: written in the transaction of every effect.

-- The same key with the same request gets the same reply.
CREATE TABLE idempotency (
    key        text COLLATE "C" PRIMARY KEY CHECK (length(key) = 26),
    officer_id integer NOT NULL REFERENCES officer,
    method     text NOT NULL,
    digest     bytea NOT NULL,
    reply      bytea NOT NULL,
    at_us      bigint NOT NULL
);

-- One chain a province (and one for each region and the country): every event holds the hash of the one before.
CREATE TABLE audit_chain (
    chain    text COLLATE "C" PRIMARY KEY,
    position bigint NOT NULL,
    hash     bytea NOT NULL CHECK (octet_length(hash) = 32)
);

CREATE TABLE audit_event (
    chain           text COLLATE "C" NOT NULL REFERENCES audit_chain,
    position        bigint NOT NULL CHECK (position > 0),
    at_us           bigint NOT NULL,
    officer         text NOT NULL,
    method          text NOT NULL,
    idempotency_key text NOT NULL,
    subject         text NOT NULL,
    payload_digest  bytea NOT NULL,
    signature       bytea NOT NULL,
    previous_hash   bytea NOT NULL,
    hash            bytea NOT NULL,
    PRIMARY KEY (chain, position)
);

-- What the officer signed, to the byte, so that the signature can be checked by anyone at any time.
CREATE TABLE signed_request (
    chain      text COLLATE "C" NOT NULL,
    position   bigint NOT NULL,
    audience   text NOT NULL,
    sent_at_us bigint NOT NULL,
    key_id     bytea NOT NULL REFERENCES officer_key,
    payload    bytea NOT NULL,
    PRIMARY KEY (chain, position),
    FOREIGN KEY (chain, position) REFERENCES audit_event
);

GRANT SELECT, INSERT ON idempotency, audit_event, signed_request TO nithet_service;
GRANT SELECT, INSERT, UPDATE ON audit_chain TO nithet_service;
