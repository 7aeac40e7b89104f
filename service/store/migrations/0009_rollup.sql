-- A province's figures, made of a submission's observations. One text for what is kept when a submission is accepted, for what is
-- computed for another moment, and for the check that the two are the same.
--
-- The rule of each indicator is the one under which the figures were submitted: the newest version of that time which is valid for the
-- period. A change of the catalogue never moves what is there. A cell that was reported as missing or withheld is kept without a value:
-- missing is not zero, and a total of which a part is missing must be seen to be so.

CREATE FUNCTION rollup_of(of_submission bigint)
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

ALTER TABLE rollup
    ALTER COLUMN value DROP NOT NULL,
    ADD COLUMN status smallint NOT NULL DEFAULT 1,
    ADD COLUMN parts integer NOT NULL DEFAULT 1,
    ADD COLUMN missing integer NOT NULL DEFAULT 0,
    ADD CONSTRAINT rollup_has_value CHECK ((value IS NULL) = (parts = 0));
CREATE INDEX rollup_org ON rollup (org_id, period);

-- Made again, with what was not kept before; of all, for this transaction.
SELECT set_config('nithet.scope', (SELECT array_agg(id)::text FROM org_unit WHERE kind <= 3), true);
CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT DISTINCT period, org_id, form_id, submission_id FROM rollup;
DELETE FROM rollup;
INSERT INTO rollup (period, org_id, form_id, indicator_id, disaggregation_id, value, status, parts, missing, submission_id)
    SELECT k.period, k.org_id, k.form_id, r.*, k.submission_id FROM kept k CROSS JOIN LATERAL rollup_of(k.submission_id) r;

REVOKE ALL ON FUNCTION rollup_of(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rollup_of(bigint) TO nithet_service;
