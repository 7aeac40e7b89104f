-- Officers, their keys, their sessions.

CREATE TABLE officer (
    id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    login      text COLLATE "C" NOT NULL UNIQUE CHECK (login ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
    name       text NOT NULL,
    role       smallint NOT NULL CHECK (role BETWEEN 1 AND 5),
    org_id     integer NOT NULL REFERENCES org_unit,
    created_us bigint NOT NULL
);

CREATE TABLE officer_key (
    key_id         bytea PRIMARY KEY CHECK (octet_length(key_id) = 16),
    officer_id     integer NOT NULL REFERENCES officer,
    public_key     bytea NOT NULL UNIQUE CHECK (octet_length(public_key) = 32),
    registered_us  bigint NOT NULL,
    revoked_us     bigint,
    revoked_reason text
);
CREATE INDEX officer_key_officer ON officer_key (officer_id);

-- The session's key is sealed with a key of the service: who reads the database cannot speak for an officer.
CREATE TABLE session (
    id            bytea PRIMARY KEY CHECK (octet_length(id) = 32),
    key_id        bytea NOT NULL REFERENCES officer_key,
    sealed_key    bytea NOT NULL,
    client_public bytea NOT NULL UNIQUE,
    opened_us     bigint NOT NULL,
    expires_us    bigint NOT NULL,
    ended_us      bigint
);
CREATE INDEX session_key ON session (key_id) WHERE ended_us IS NULL;
CREATE INDEX session_expiry ON session (expires_us);

CREATE FUNCTION notify_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NOTIFY nithet_session;
    RETURN NULL;
END
$$;
CREATE TRIGGER session_notify AFTER UPDATE ON session FOR EACH STATEMENT EXECUTE FUNCTION notify_session();
CREATE TRIGGER officer_key_notify AFTER UPDATE ON officer_key FOR EACH STATEMENT EXECUTE FUNCTION notify_session();

GRANT SELECT, INSERT ON officer, officer_key TO nithet_service;
GRANT UPDATE (revoked_us, revoked_reason) ON officer_key TO nithet_service;
GRANT SELECT, INSERT, DELETE ON session TO nithet_service;
GRANT UPDATE (ended_us) ON session TO nithet_service;
