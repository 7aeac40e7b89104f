-- Who reports, and what is asked for.
--
-- The daemon works as nithet_service, which owns nothing; the owner's role is for migrations alone. Times are
-- microseconds since 1970-01-01 UTC, as in the protocol and in what is signed. Codes are compared as bytes.

DO $$
BEGIN
    CREATE ROLE nithet_service NOLOGIN;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
DO $$
BEGIN
    EXECUTE format('GRANT nithet_service TO %I', current_user);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO nithet_service', current_schema);
END
$$;

CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE COLLATION thai (provider = icu, locale = 'th-TH');

CREATE TABLE org_unit (
    id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text COLLATE "C" NOT NULL UNIQUE,
    kind smallint NOT NULL CHECK (kind BETWEEN 1 AND 6)
);

-- The tree with its history: which name and parent a unit had on a day. valid_to is exclusive; NULL is still.
CREATE TABLE org_unit_version (
    org_id     integer NOT NULL REFERENCES org_unit,
    parent_id  integer REFERENCES org_unit,
    name_th    text COLLATE thai NOT NULL,
    name_en    text NOT NULL,
    valid_from date NOT NULL,
    valid_to   date CHECK (valid_to > valid_from),
    CONSTRAINT one_version_a_day EXCLUDE USING gist (org_id WITH =, daterange(valid_from, valid_to) WITH &&)
);
CREATE UNIQUE INDEX org_unit_version_current ON org_unit_version (org_id) WHERE valid_to IS NULL;

CREATE TABLE strategic_issue (
    code    text COLLATE "C" PRIMARY KEY,
    name_th text NOT NULL,
    name_en text NOT NULL
);

CREATE TABLE dimension (
    code    text COLLATE "C" PRIMARY KEY,
    name_th text NOT NULL,
    name_en text NOT NULL
);

CREATE TABLE dimension_member (
    dimension text COLLATE "C" NOT NULL REFERENCES dimension,
    code      text COLLATE "C" NOT NULL,
    ordinal   integer NOT NULL,
    name_th   text NOT NULL,
    name_en   text NOT NULL,
    PRIMARY KEY (dimension, code)
);

CREATE TABLE indicator (
    id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text COLLATE "C" NOT NULL UNIQUE
);

-- A change is a new version; what was submitted keeps the one it was submitted under.
CREATE TABLE indicator_version (
    indicator_id integer NOT NULL REFERENCES indicator,
    version      integer NOT NULL CHECK (version > 0),
    generation   bigint NOT NULL,
    issue        text COLLATE "C" NOT NULL REFERENCES strategic_issue,
    name_th      text NOT NULL,
    name_en      text NOT NULL,
    unit_th      text NOT NULL,
    unit_en      text NOT NULL,
    direction    smallint NOT NULL CHECK (direction BETWEEN 1 AND 3),
    decimals     smallint NOT NULL CHECK (decimals BETWEEN 0 AND 4),
    aggregation  smallint NOT NULL CHECK (aggregation BETWEEN 1 AND 7),
    dimensions   text NOT NULL,
    weight       text COLLATE "C",
    numerator    text COLLATE "C",
    minimum      bigint,
    maximum      bigint CHECK (maximum >= minimum),
    PRIMARY KEY (indicator_id, version)
);

CREATE TABLE form (
    id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE form_version (
    form_id     integer NOT NULL REFERENCES form,
    version     integer NOT NULL CHECK (version > 0),
    generation  bigint NOT NULL,
    name_th     text NOT NULL,
    name_en     text NOT NULL,
    period_kind smallint NOT NULL CHECK (period_kind BETWEEN 1 AND 6),
    level       smallint NOT NULL CHECK (level BETWEEN 3 AND 5),
    due_days    integer NOT NULL CHECK (due_days BETWEEN 0 AND 3660),
    grace_days  integer NOT NULL CHECK (grace_days BETWEEN 0 AND 3660),
    PRIMARY KEY (form_id, version)
);

CREATE TABLE form_item (
    form_id      integer NOT NULL,
    version      integer NOT NULL,
    ordinal      integer NOT NULL,
    indicator_id integer NOT NULL REFERENCES indicator,
    dimensions   text NOT NULL,
    required     boolean NOT NULL,
    PRIMARY KEY (form_id, version, ordinal),
    FOREIGN KEY (form_id, version) REFERENCES form_version
);

-- One row: counts up with every change, so that daemons know when what they hold in memory is old.
CREATE TABLE catalogue_state (
    only_one   boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    generation bigint NOT NULL
);
INSERT INTO catalogue_state (generation) VALUES (1);

-- What changed, when, by whom: also for what has no versions of its own.
CREATE TABLE catalogue_change (
    generation bigint NOT NULL,
    ordinal    integer NOT NULL,
    at_us      bigint NOT NULL,
    officer    text NOT NULL,
    kind       text NOT NULL,
    code       text NOT NULL,
    field      text NOT NULL,
    before     text NOT NULL,
    after      text NOT NULL,
    PRIMARY KEY (generation, ordinal)
);

CREATE FUNCTION notify_catalogue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('nithet_catalogue', NEW.generation::text);
    RETURN NULL;
END
$$;
CREATE TRIGGER catalogue_state_notify AFTER UPDATE ON catalogue_state
    FOR EACH ROW EXECUTE FUNCTION notify_catalogue();

-- The country, from which everything hangs.
INSERT INTO org_unit (code, kind) VALUES ('TH', 1);
INSERT INTO org_unit_version (org_id, parent_id, name_th, name_en, valid_from)
    SELECT id, NULL, 'ประเทศไทย', 'Thailand', DATE '1939-06-24' FROM org_unit WHERE code = 'TH';

GRANT SELECT, INSERT ON org_unit, org_unit_version, indicator, indicator_version, form, form_version, form_item,
    catalogue_change TO nithet_service;
GRANT UPDATE (valid_to) ON org_unit_version TO nithet_service;
GRANT SELECT, INSERT, UPDATE ON strategic_issue, dimension, dimension_member TO nithet_service;
GRANT SELECT, UPDATE ON catalogue_state TO nithet_service;
