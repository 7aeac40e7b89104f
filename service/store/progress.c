/* See progress.h. */
#include "store/progress.h"

static const nt_statement PROGRESS = {
    .sql =
        "SELECT DISTINCT ON (s.form_id, s.org_id) s.form_id, s.org_id, s.id, s.revision, t.to_state, s.late,"
        " s.required_cells, s.missing_cells, s.warnings, EXISTS (SELECT 1 FROM submission q"
        "   JOIN submission_transition r ON r.submission_id = q.id WHERE q.form_id = s.form_id AND q.org_id = s.org_id"
        "   AND q.period = s.period AND r.to_state = 6 AND r.at_us <= $3), EXISTS (SELECT 1 FROM submission q"
        "   JOIN submission_transition r ON r.submission_id = q.id WHERE q.form_id = s.form_id AND q.org_id = s.org_id"
        "   AND q.period = s.period AND q.revision < s.revision AND r.to_state = 4 AND r.at_us <= $3)"
        " FROM submission s JOIN LATERAL (SELECT to_state FROM submission_transition t WHERE t.submission_id = s.id"
        "   AND t.at_us <= $3 ORDER BY t.step DESC LIMIT 1) t ON true"
        " WHERE s.period = $1 AND s.org_id = ANY($2::int[]) AND t.to_state <> 7"
        " ORDER BY s.form_id, s.org_id, s.revision DESC"};

nt_status nt_store_progress(nt_connection *c, nt_arena *arena, const char *period, const int32_t *province_ids,
                            size_t province_count, int64_t as_of_us, nt_progress **out, size_t *count) {
    nt_params p = {0};
    nt_param_text(&p, period);
    nt_param_text(&p, nt_param_ints(arena, province_ids, province_count));
    nt_param_int(&p, as_of_us);
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, &PROGRESS, &p, &rows);
    if (!nt_ok(st))
        return st;
    *count = nt_rows_count(rows);
    *out = NT_NEW_ARRAY(arena, nt_progress, *count + 1);
    for (size_t i = 0; *out && i < *count; i++)
        (*out)[i] = (nt_progress){
            (int32_t)nt_rows_int(rows, i, 0),  (int32_t)nt_rows_int(rows, i, 1),  nt_rows_int(rows, i, 2),
            (unsigned)nt_rows_int(rows, i, 3), (nt_state)nt_rows_int(rows, i, 4), nt_rows_bool(rows, i, 5),
            nt_rows_int(rows, i, 6),           nt_rows_int(rows, i, 7),           nt_rows_int(rows, i, 8),
            nt_rows_bool(rows, i, 9),          nt_rows_bool(rows, i, 10)};
    return nt_arena_exhausted(arena) ? nt_fail_memory() : st;
}
