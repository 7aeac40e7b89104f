-- Submissions are immutable revisions; observations are append-only.

CREATE TABLE disaggregation (
    id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    text text COLLATE "C" NOT NULL UNIQUE
);
INSERT INTO disaggregation (text) VALUES ('');

CREATE TABLE draft (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    form_id    integer NOT NULL REFERENCES form,
    org_id     integer NOT NULL REFERENCES org_unit,
    period     text COLLATE "C" NOT NULL,
    officer_id integer NOT NULL REFERENCES officer,
    expires_us bigint NOT NULL
);
CREATE INDEX draft_org ON draft (org_id);

-- The figures of a chunk stay packed until the commit.
CREATE TABLE draft_chunk (
    draft_id     bigint NOT NULL REFERENCES draft ON DELETE CASCADE,
    number       integer NOT NULL CHECK (number >= 0),
    observations integer NOT NULL CHECK (observations > 0),
    digest       bytea NOT NULL,
    payload      bytea NOT NULL,
    PRIMARY KEY (draft_id, number)
);
ALTER TABLE draft_chunk ALTER COLUMN payload SET STORAGE EXTERNAL;

CREATE TABLE submission (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    form_id        integer NOT NULL REFERENCES form,
    form_version   integer NOT NULL,
    org_id         integer NOT NULL REFERENCES org_unit,
    period         text COLLATE "C" NOT NULL,
    first_day      date NOT NULL,
    last_day       date NOT NULL CHECK (last_day >= first_day),
    revision       integer NOT NULL CHECK (revision > 0),
    reason         text NOT NULL CHECK (revision = 1 OR reason <> ''),
    observations   bigint NOT NULL CHECK (observations > 0),
    content_digest bytea NOT NULL CHECK (octet_length(content_digest) = 32),
    chunks         bytea NOT NULL, -- each chunk's count (8 bytes, little-endian) and digest: what content_digest is made of
    generation     bigint NOT NULL, -- of the catalogue
    officer_id     integer NOT NULL REFERENCES officer,
    key_id         bytea NOT NULL REFERENCES officer_key,
    received_us    bigint NOT NULL,
    late           boolean NOT NULL,
    chain          text COLLATE "C" NOT NULL,
    position       bigint NOT NULL,
    UNIQUE (form_id, org_id, period, revision),
    FOREIGN KEY (form_id, form_version) REFERENCES form_version
);
CREATE INDEX submission_period ON submission (period, org_id);
CREATE INDEX submission_org ON submission (org_id, id);

-- No foreign keys: they would cost a look-up a row at a million rows a submission, into tables from which nothing is ever
-- deleted. The service resolves every code before it writes an id.
CREATE TABLE observation (
    submission_id     bigint NOT NULL,
    indicator_id      integer NOT NULL,
    org_id            integer NOT NULL,
    disaggregation_id integer NOT NULL,
    value             bigint, -- ten-thousandths
    status            smallint NOT NULL,
    note              text,
    PRIMARY KEY (submission_id, indicator_id, org_id, disaggregation_id),
    CHECK (CASE WHEN status BETWEEN 1 AND 3 THEN value IS NOT NULL ELSE status IN (4, 5) AND value IS NULL END)
);

CREATE TABLE submission_head (
    submission_id bigint PRIMARY KEY REFERENCES submission,
    state         smallint NOT NULL,
    step          integer NOT NULL
);

CREATE TABLE submission_transition (
    submission_id bigint NOT NULL REFERENCES submission,
    step          integer NOT NULL,
    from_state    smallint NOT NULL,
    to_state      smallint NOT NULL,
    officer_id    integer NOT NULL REFERENCES officer,
    at_us         bigint NOT NULL,
    comment       text NOT NULL,
    PRIMARY KEY (submission_id, step)
);

-- The same table as service/domain/workflow.c: the code that forgets a rule meets it here. A test compares the two.
CREATE FUNCTION submission_step_allowed(from_state integer, to_state integer) RETURNS boolean
    LANGUAGE sql IMMUTABLE AS $$
    SELECT (from_state, to_state) IN
           ((1, 2), (2, 3), (2, 6), (2, 7), (3, 4), (3, 6), (3, 7), (4, 5), (4, 6), (6, 7))
$$;

CREATE FUNCTION submission_take_step() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    head submission_head;
BEGIN
    IF NEW.from_state = 1 THEN
        INSERT INTO submission_head (submission_id, state, step) VALUES (NEW.submission_id, 1, 0) RETURNING * INTO head;
    ELSE
        SELECT * INTO STRICT head FROM submission_head WHERE submission_id = NEW.submission_id FOR UPDATE;
    END IF;
    IF head.state <> NEW.from_state OR NEW.step <> head.step + 1
       OR NOT submission_step_allowed(NEW.from_state, NEW.to_state) THEN
        RAISE EXCEPTION 'submission % is in state %: no step % from % to %', NEW.submission_id, head.state, NEW.step,
            NEW.from_state, NEW.to_state USING ERRCODE = 'check_violation';
    END IF;
    UPDATE submission_head SET state = NEW.to_state, step = NEW.step WHERE submission_id = NEW.submission_id;
    RETURN NEW;
END
$$;
CREATE TRIGGER submission_transition_step BEFORE INSERT ON submission_transition
    FOR EACH ROW EXECUTE FUNCTION submission_take_step();

-- What the newest accepted revision says of each province: written when it is accepted, in the same transaction.
-- Can be made again from the observations at any time, which is why it may be replaced.
CREATE TABLE rollup (
    period            text COLLATE "C" NOT NULL,
    org_id            integer NOT NULL, -- the province
    form_id           integer NOT NULL,
    indicator_id      integer NOT NULL,
    disaggregation_id integer NOT NULL,
    value             bigint NOT NULL,
    submission_id     bigint NOT NULL REFERENCES submission,
    PRIMARY KEY (period, org_id, form_id, indicator_id, disaggregation_id)
);

GRANT SELECT, INSERT ON disaggregation, submission, observation, submission_transition TO nithet_service;
GRANT SELECT, INSERT, UPDATE ON submission_head TO nithet_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON draft, draft_chunk, rollup TO nithet_service;
GRANT USAGE ON SEQUENCE submission_id_seq TO nithet_service;
