/* See lineage.h. */
#include "store/lineage.h"

static const nt_statement LINEAGE = {
    .sql = "SELECT s.id, s.form_id, s.org_id, s.period, s.revision, s.reason, o.login, s.key_id, s.received_us,"
           " coalesce(eo.login, ''), coalesce(e.at_us, 0), coalesce(ao.login, ''), coalesce(a.at_us, 0), s.position"
           " FROM submission s JOIN officer o ON o.id = s.officer_id JOIN org_unit u ON u.id = s.org_id"
           " LEFT JOIN submission_transition e ON e.submission_id = s.id AND e.to_state = 3"
           " LEFT JOIN officer eo ON eo.id = e.officer_id"
           " LEFT JOIN submission_transition a ON a.submission_id = s.id AND a.to_state = 4"
           " LEFT JOIN officer ao ON ao.id = a.officer_id"
           " WHERE s.id = ANY($1::bigint[]) ORDER BY u.code, s.form_id, s.first_day"};
/* What is kept, against what the newest accepted revision of each form, province and period makes. */
static const nt_statement CHECK = {
    .sql =
        "WITH newest AS (SELECT DISTINCT ON (s.form_id, s.org_id, s.period) s.id, s.form_id, s.org_id, s.period"
        "   FROM submission s JOIN submission_head h ON h.submission_id = s.id AND h.state IN (4, 5)"
        "   WHERE s.org_id = ANY($1::int[]) AND ($2 = '' OR s.period = $2)"
        "   ORDER BY s.form_id, s.org_id, s.period, s.revision DESC),"
        " made AS (SELECT n.period, n.org_id, n.form_id, n.id, r.* FROM newest n CROSS JOIN LATERAL rollup_of(n.id) r),"
        " both_sides AS (SELECT coalesce(k.period, m.period) AS period, coalesce(k.org_id, m.org_id) AS org_id,"
        "   coalesce(k.form_id, m.form_id) AS form_id, coalesce(k.indicator_id, m.indicator_id) AS indicator_id,"
        "   coalesce(k.disaggregation_id, m.disaggregation_id) AS disaggregation_id,"
        "   CASE WHEN k.period IS NULL THEN '-' ELSE concat_ws(' ', coalesce(k.value::text, 'none'), k.status, k.parts,"
        "     k.missing, k.submission_id) END AS kept,"
        "   CASE WHEN m.period IS NULL THEN '-' ELSE concat_ws(' ', coalesce(m.value::text, 'none'), m.status, m.parts,"
        "     m.missing, m.id) END AS made"
        "   FROM (SELECT * FROM rollup WHERE org_id = ANY($1::int[]) AND ($2 = '' OR period = $2)) k"
        "   FULL JOIN made m USING (period, org_id, form_id, indicator_id, disaggregation_id)),"
        " counted AS (SELECT count(*) AS n FROM both_sides)"
        " SELECT c.n, b.org_id, b.form_id, b.indicator_id, b.period, d.text, b.kept, b.made FROM counted c"
        " LEFT JOIN (SELECT * FROM both_sides WHERE kept <> made ORDER BY org_id, period, form_id, indicator_id,"
        "   disaggregation_id LIMIT $3) b ON true LEFT JOIN disaggregation d ON d.id = b.disaggregation_id"};

static const char *param_bigints(nt_arena *arena, const int64_t *values, size_t count) {
    nt_buffer b = {0};
    nt_buffer_byte(&b, '{');
    for (size_t i = 0; i < count; i++)
        nt_buffer_printf(&b, "%s%lld", i ? "," : "", (long long)values[i]);
    nt_buffer_byte(&b, '}');
    const char *text = b.failed ? NULL : nt_arena_strndup(arena, (const char *)b.data, b.size);
    nt_buffer_free(&b);
    return text;
}

static const char *text(nt_arena *arena, const nt_rows *rows, size_t row, int column) {
    const char *copy = nt_arena_strdup(arena, nt_rows_text(rows, row, column));
    return copy ? copy : "";
}

nt_status nt_store_lineage(nt_connection *c, nt_arena *arena, const int64_t *submission_ids, size_t id_count,
                           nt_lineage **out, size_t *count) {
    nt_params p = {0};
    const char *ids = param_bigints(arena, submission_ids, id_count);
    nt_rows *rows = NULL;
    if (!ids)
        return nt_fail_memory();
    nt_param_text(&p, ids);
    nt_status st = nt_connection_query(c, arena, &LINEAGE, &p, &rows);
    if (!nt_ok(st))
        return st;
    *count = nt_rows_count(rows);
    *out = NT_NEW_ARRAY(arena, nt_lineage, *count + 1);
    for (size_t i = 0; *out && i < *count; i++)
        (*out)[i] = (nt_lineage){.submission_id = nt_rows_int(rows, i, 0),
                                 .form_id = (int32_t)nt_rows_int(rows, i, 1),
                                 .org_id = (int32_t)nt_rows_int(rows, i, 2),
                                 .period = text(arena, rows, i, 3),
                                 .revision = (unsigned)nt_rows_int(rows, i, 4),
                                 .reason = text(arena, rows, i, 5),
                                 .officer = text(arena, rows, i, 6),
                                 .key_id = nt_rows_bytes(arena, rows, i, 7),
                                 .received_us = nt_rows_int(rows, i, 8),
                                 .endorsed_by = text(arena, rows, i, 9),
                                 .endorsed_us = nt_rows_int(rows, i, 10),
                                 .accepted_by = text(arena, rows, i, 11),
                                 .accepted_us = nt_rows_int(rows, i, 12),
                                 .position = nt_rows_int(rows, i, 13)};
    return nt_arena_exhausted(arena) ? nt_fail_memory() : st;
}

nt_status nt_store_rollup_check(nt_connection *c, nt_arena *arena, const int32_t *province_ids, size_t province_count,
                                const char *period, size_t most, nt_rollup_difference **out, size_t *count,
                                int64_t *compared) {
    nt_params p = {0};
    nt_param_text(&p, nt_param_ints(arena, province_ids, province_count));
    nt_param_text(&p, period);
    nt_param_int(&p, (int64_t)most);
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, &CHECK, &p, &rows);
    if (!nt_ok(st))
        return st;
    size_t n = nt_rows_count(rows);
    *compared = n ? nt_rows_int(rows, 0, 0) : 0;
    *count = 0;
    *out = NT_NEW_ARRAY(arena, nt_rollup_difference, n + 1);
    for (size_t i = 0; *out && i < n; i++)
        if (!nt_rows_null(rows, i, 1))
            (*out)[(*count)++] = (nt_rollup_difference){
                (int32_t)nt_rows_int(rows, i, 1), (int32_t)nt_rows_int(rows, i, 2), (int32_t)nt_rows_int(rows, i, 3),
                text(arena, rows, i, 4),          text(arena, rows, i, 5),          text(arena, rows, i, 6),
                text(arena, rows, i, 7)};
    return nt_arena_exhausted(arena) ? nt_fail_memory() : st;
}
