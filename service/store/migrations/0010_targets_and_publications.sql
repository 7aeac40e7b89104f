-- What is to be reached, and what was frozen. Both are only ever added to.

CREATE TABLE target (
    indicator_id integer NOT NULL REFERENCES indicator,
    org_id       integer NOT NULL REFERENCES org_unit,
    year         text COLLATE "C" NOT NULL CHECK (year ~ '^(FY|AY)[0-9]{4}$'),
    revision     integer NOT NULL CHECK (revision > 0),
    value        bigint, -- ten-thousandths; NULL: there is none any more
    at_risk      bigint NOT NULL CHECK (at_risk BETWEEN 0 AND 1000000), -- percent, ten-thousandths
    officer_id   integer NOT NULL REFERENCES officer,
    at_us        bigint NOT NULL,
    PRIMARY KEY (indicator_id, org_id, year, revision)
);

CREATE TABLE publication (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text COLLATE "C" NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$'),
    org_id     integer NOT NULL REFERENCES org_unit,
    period     text COLLATE "C" NOT NULL,
    note       text NOT NULL,
    figures    bigint NOT NULL,
    digest     bytea NOT NULL CHECK (octet_length(digest) = 32),
    signature  bytea NOT NULL CHECK (octet_length(signature) = 64),
    at_us      bigint NOT NULL,
    officer_id integer NOT NULL REFERENCES officer,
    position   bigint NOT NULL
);

CREATE TABLE publication_figure (
    publication_id bigint NOT NULL REFERENCES publication,
    ordinal        integer NOT NULL,
    indicator      text COLLATE "C" NOT NULL,
    org            text COLLATE "C" NOT NULL,
    disaggregation text COLLATE "C" NOT NULL,
    value          bigint,
    status         smallint NOT NULL,
    reported       integer NOT NULL,
    expected       integer NOT NULL,
    PRIMARY KEY (publication_id, ordinal)
);

GRANT SELECT, INSERT ON target, publication, publication_figure TO nithet_service;
