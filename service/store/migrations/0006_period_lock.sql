-- A form may lock its periods: after the due date and the days of grace nothing more is taken, unless the region has granted one province
-- more time, with a reason and an end.

ALTER TABLE form_version ADD COLUMN locks boolean NOT NULL DEFAULT false;

CREATE TABLE period_extension (
    form_id    integer NOT NULL REFERENCES form,
    org_id     integer NOT NULL REFERENCES org_unit,
    period     text COLLATE "C" NOT NULL,
    last_day   date NOT NULL,
    reason     text NOT NULL CHECK (reason <> ''),
    officer_id integer NOT NULL REFERENCES officer,
    at_us      bigint NOT NULL
);
CREATE INDEX period_extension_cell ON period_extension (form_id, org_id, period);

GRANT SELECT, INSERT ON period_extension TO nithet_service;
