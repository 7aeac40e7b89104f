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

-- As before, of what is seen.
CREATE OR REPLACE FUNCTION rollup_of(of_submission bigint)
    RETURNS TABLE (indicator_id integer, disaggregation_id integer, value bigint, status smallint, parts integer, missing integer)
    LANGUAGE sql STABLE AS $$
    WITH s AS (SELECT * FROM submission WHERE id = of_submission),
    rule AS (
        SELECT DISTINCT ON (v.indicator_id) v.indicator_id, v.aggregation, w.id AS weight_id
        FROM s JOIN form_item i ON i.form_id = s.form_id AND i.version = s.form_version
        JOIN indicator_version v ON v.indicator_id = i.indicator_id
        LEFT JOIN indicator w ON w.code = v.weight
        ORDER BY v.indicator_id, (v.generation <= s.generation) DESC, (v.valid_from <= s.last_day) DESC, v.version DESC),
    made AS (
        SELECT o.indicator_id, o.disaggregation_id,
            CASE WHEN count(*) = 1 AND bool_and(o.org_id = s.org_id) THEN sum(o.value)
                 WHEN r.aggregation = 1 THEN sum(o.value)
                 WHEN r.aggregation = 4 THEN min(o.value)
                 WHEN r.aggregation = 5 THEN max(o.value)
                 WHEN r.aggregation = 2 AND count(w.value) FILTER (WHERE o.value IS NOT NULL) = count(o.value)
                     THEN round(sum(o.value::numeric * w.value) / nullif(sum(w.value) FILTER (WHERE o.value IS NOT NULL), 0))
                 WHEN r.aggregation = 8 THEN round(((percentile_disc(0.5) WITHIN GROUP (ORDER BY o.value))::numeric
                     - (percentile_disc(0.5) WITHIN GROUP (ORDER BY -o.value))) / 2)
                 WHEN r.aggregation = 9 THEN count(o.value) * 10000
            END AS value,
            coalesce(max(o.status) FILTER (WHERE o.value IS NOT NULL), max(o.status)) AS status,
            count(o.value) AS parts, count(*) - count(o.value) AS missing
        FROM s JOIN observation_seen o ON o.submission_id = s.id
        JOIN rule r ON r.indicator_id = o.indicator_id
        LEFT JOIN observation_seen w ON w.submission_id = s.id AND w.indicator_id = r.weight_id AND w.org_id = o.org_id
            AND w.disaggregation_id = o.disaggregation_id
        GROUP BY o.indicator_id, o.disaggregation_id, r.aggregation)
    SELECT indicator_id, disaggregation_id, value::bigint, status, parts::integer, missing::integer FROM made
    WHERE CASE WHEN parts > 0 THEN value BETWEEN -999999999999999999 AND 999999999999999999 ELSE true END
$$;
