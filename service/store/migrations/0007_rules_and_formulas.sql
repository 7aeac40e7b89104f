-- Validation rules of forms; formulas, validity and more aggregations of indicators; what is known of a submission's completeness.

CREATE TABLE form_rule (
    form_id    integer NOT NULL,
    version    integer NOT NULL,
    ordinal    integer NOT NULL,
    code       text COLLATE "C" NOT NULL,
    severity   smallint NOT NULL CHECK (severity IN (1, 2)),
    expression text NOT NULL CHECK (length(expression) <= 2000),
    name_th    text NOT NULL,
    name_en    text NOT NULL,
    PRIMARY KEY (form_id, version, ordinal),
    UNIQUE (form_id, version, code),
    FOREIGN KEY (form_id, version) REFERENCES form_version
);

ALTER TABLE indicator_version
    DROP CONSTRAINT indicator_version_aggregation_check,
    ADD CONSTRAINT indicator_version_aggregation_check CHECK (aggregation BETWEEN 1 AND 10),
    ADD COLUMN factor bigint NOT NULL DEFAULT 0,
    ADD COLUMN missing_policy smallint NOT NULL DEFAULT 1 CHECK (missing_policy BETWEEN 1 AND 3),
    ADD COLUMN over_periods smallint NOT NULL DEFAULT 7 CHECK (over_periods BETWEEN 1 AND 10),
    ADD COLUMN over_dimensions smallint NOT NULL DEFAULT 7 CHECK (over_dimensions BETWEEN 1 AND 10),
    ADD COLUMN valid_from date NOT NULL DEFAULT DATE '1900-01-01';
-- As it was understood until now.
UPDATE indicator_version SET over_dimensions = 1 WHERE aggregation = 1;
UPDATE indicator_version SET over_periods = aggregation WHERE aggregation IN (3, 4, 5, 6);

-- Of the cells that the form requires: how many there are, how many have no value; and how many warnings were explained.
ALTER TABLE submission
    ADD COLUMN required_cells bigint NOT NULL DEFAULT 0,
    ADD COLUMN missing_cells bigint NOT NULL DEFAULT 0,
    ADD COLUMN warnings bigint NOT NULL DEFAULT 0;

-- What was said of single figures when a submission was sent back.
CREATE TABLE submission_cell_comment (
    submission_id  bigint NOT NULL,
    step           integer NOT NULL,
    ordinal        integer NOT NULL,
    indicator      text COLLATE "C" NOT NULL,
    org            text COLLATE "C" NOT NULL,
    disaggregation text COLLATE "C" NOT NULL,
    comment        text NOT NULL CHECK (comment <> ''),
    PRIMARY KEY (submission_id, step, ordinal),
    FOREIGN KEY (submission_id, step) REFERENCES submission_transition
);

GRANT SELECT, INSERT ON form_rule, submission_cell_comment TO nithet_service;
