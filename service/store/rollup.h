/* The SQL that makes a province's figures of a submission's observations: by each indicator's rule where they were
 * given for its districts or schools. One text for what is kept when a submission is accepted (submission.c) and what
 * is computed for another moment (observation.c), so that the two cannot differ. */
#ifndef NT_STORE_ROLLUP_H
#define NT_STORE_ROLLUP_H

/* Of `newest` (id, org_id, ...): one row a submission, indicator and breakdown. */
#define NT_ROLLUP_RULE                                                                                                 \
    "rule AS (SELECT DISTINCT ON (v.indicator_id) v.indicator_id, v.aggregation, w.id AS weight_id"                    \
    "   FROM indicator_version v LEFT JOIN indicator w ON w.code = v.weight ORDER BY v.indicator_id, v.version DESC)"
#define NT_ROLLUP_TOTAL                                                                                                \
    "total AS (SELECT n.id, n.org_id, n.form_id, o.indicator_id, o.disaggregation_id, CASE"                            \
    "     WHEN count(*) = 1 AND bool_and(o.org_id = n.org_id) THEN sum(o.value)"                                       \
    "     WHEN r.aggregation = 1 THEN sum(o.value)"                                                                    \
    "     WHEN r.aggregation = 4 THEN min(o.value)"                                                                    \
    "     WHEN r.aggregation = 5 THEN max(o.value)"                                                                    \
    "     WHEN r.aggregation = 2 AND count(w.value) = count(*)"                                                        \
    "       THEN round(sum(o.value::numeric * w.value) / nullif(sum(w.value), 0)) END AS value"                        \
    "   FROM newest n JOIN observation o ON o.submission_id = n.id AND o.value IS NOT NULL"                            \
    "   JOIN rule r ON r.indicator_id = o.indicator_id"                                                                \
    "   LEFT JOIN observation w ON w.submission_id = n.id AND w.indicator_id = r.weight_id AND w.org_id = o.org_id"    \
    "     AND w.disaggregation_id = o.disaggregation_id"                                                               \
    "   GROUP BY n.id, n.org_id, n.form_id, o.indicator_id, o.disaggregation_id, r.aggregation)"
#define NT_ROLLUP_IN_RANGE "value BETWEEN -999999999999999999 AND 999999999999999999"

#endif
