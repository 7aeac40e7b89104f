-- The second line: the daemon checks every call before its handler runs (service/api/access.c); should a handler forget a filter, the
-- database shows it nothing of other provinces all the same. Before each call's first statement the daemon sets `nithet.scope` to the
-- units (country, regions, provinces) in the caller's subtree; without it nothing is seen. The owner, who migrates, sees all.

CREATE FUNCTION nithet_scope() RETURNS integer[] LANGUAGE sql STABLE AS $$
    SELECT nullif(current_setting('nithet.scope', true), '')::integer[]
$$;

-- (SELECT nithet_scope()) is computed once a statement, not once a row.
ALTER TABLE submission ENABLE ROW LEVEL SECURITY;
CREATE POLICY subtree ON submission TO nithet_service USING (org_id = ANY ((SELECT nithet_scope())::integer[]));
ALTER TABLE draft ENABLE ROW LEVEL SECURITY;
CREATE POLICY subtree ON draft TO nithet_service USING (org_id = ANY ((SELECT nithet_scope())::integer[]));
ALTER TABLE rollup ENABLE ROW LEVEL SECURITY;
CREATE POLICY subtree ON rollup TO nithet_service USING (org_id = ANY ((SELECT nithet_scope())::integer[]));
ALTER TABLE period_extension ENABLE ROW LEVEL SECURITY;
CREATE POLICY subtree ON period_extension TO nithet_service USING (org_id = ANY ((SELECT nithet_scope())::integer[]));

-- What hangs from these: seen where they are.
ALTER TABLE submission_head ENABLE ROW LEVEL SECURITY;
CREATE POLICY subtree ON submission_head TO nithet_service USING (EXISTS (SELECT 1 FROM submission s WHERE s.id = submission_id));
ALTER TABLE submission_transition ENABLE ROW LEVEL SECURITY;
CREATE POLICY subtree ON submission_transition TO nithet_service USING (EXISTS (SELECT 1 FROM submission s WHERE s.id = submission_id));
ALTER TABLE submission_cell_comment ENABLE ROW LEVEL SECURITY;
CREATE POLICY subtree ON submission_cell_comment TO nithet_service
    USING (EXISTS (SELECT 1 FROM submission s WHERE s.id = submission_id));
ALTER TABLE draft_chunk ENABLE ROW LEVEL SECURITY;
CREATE POLICY subtree ON draft_chunk TO nithet_service USING (EXISTS (SELECT 1 FROM draft d WHERE d.id = draft_id));

-- Events are written to the chain that the daemon has locked; they are read by whoever has the chain's unit in their subtree.
ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY written ON audit_event FOR INSERT TO nithet_service WITH CHECK (true);
CREATE POLICY subtree ON audit_event FOR SELECT TO nithet_service
    USING (chain IN (SELECT u.code FROM org_unit u WHERE u.id = ANY ((SELECT nithet_scope())::integer[])));
ALTER TABLE signed_request ENABLE ROW LEVEL SECURITY;
CREATE POLICY written ON signed_request FOR INSERT TO nithet_service WITH CHECK (true);
CREATE POLICY subtree ON signed_request FOR SELECT TO nithet_service
    USING (chain IN (SELECT u.code FROM org_unit u WHERE u.id = ANY ((SELECT nithet_scope())::integer[])));

-- COPY does not go into a table with row-level security, and a million figures must: observations are read through this instead.
CREATE VIEW observation_seen AS
    SELECT o.* FROM observation o JOIN submission s ON s.id = o.submission_id AND s.org_id = ANY ((SELECT nithet_scope())::integer[]);
REVOKE SELECT ON observation FROM nithet_service;
GRANT SELECT ON observation_seen TO nithet_service;

-- Whose a thing is, so that a refusal can say "not yours" instead of "not there".
CREATE FUNCTION submission_org(of_submission bigint) RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT org_id FROM submission WHERE id = of_submission
$$;
CREATE FUNCTION draft_org(of_draft bigint) RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
    SELECT org_id FROM draft WHERE id = of_draft
$$;
REVOKE ALL ON FUNCTION submission_org(bigint), draft_org(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION submission_org(bigint), draft_org(bigint) TO nithet_service;

-- As before, but the first step writes the head once.
CREATE OR REPLACE FUNCTION submission_take_step() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    head submission_head := ROW (NEW.submission_id, 1, 0);
BEGIN
    IF NEW.from_state <> 1 THEN
        SELECT * INTO STRICT head FROM submission_head WHERE submission_id = NEW.submission_id FOR UPDATE;
    END IF;
    IF head.state <> NEW.from_state OR NEW.step <> head.step + 1
       OR NOT submission_step_allowed(NEW.from_state, NEW.to_state) THEN
        RAISE EXCEPTION 'submission % is in state %: no step % from % to %', NEW.submission_id, head.state, NEW.step,
            NEW.from_state, NEW.to_state USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.from_state = 1 THEN
        INSERT INTO submission_head (submission_id, state, step) VALUES (NEW.submission_id, NEW.to_state, NEW.step);
    ELSE
        UPDATE submission_head SET state = NEW.to_state, step = NEW.step WHERE submission_id = NEW.submission_id;
    END IF;
    RETURN NEW;
END
$$;
