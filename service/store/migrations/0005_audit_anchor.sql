-- The heads of all chains at one moment, signed by the service: who cuts the end off a chain contradicts an anchor.

CREATE TABLE audit_anchor (
    number    bigint PRIMARY KEY CHECK (number > 0),
    at_us     bigint NOT NULL,
    signature bytea NOT NULL CHECK (octet_length(signature) = 64)
);

CREATE TABLE audit_anchor_head (
    number   bigint NOT NULL REFERENCES audit_anchor,
    chain    text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    hash     bytea NOT NULL,
    PRIMARY KEY (number, chain)
);

GRANT SELECT, INSERT ON audit_anchor, audit_anchor_head TO nithet_service;
