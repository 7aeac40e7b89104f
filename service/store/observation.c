/* See observation.h.
 *
 * Pages go by keyset: the order is total, and a page begins behind the last row of the one before. In the order of
 * periods each page costs what it holds, because the rows come off the primary key; the others sort what was asked for.
 */
#include "store/observation.h"

#include "store/rollup.h"

/* $1 provinces, $2 form, $3 first day, $4 last day, $5 revision selection, $6 as-of, $7 indicators, $8 orgs, $9
 * breakdown pairs, $10 totals only, $11 limit, $12 to $18 the place: a, b, v, submission, indicator, org, breakdown;
 * $19 one submission. */
#define PICKED                                                                                                         \
    "WITH known AS (SELECT s.id, s.form_id, s.org_id, s.period, s.first_day, s.revision, t.to_state AS state,"         \
    "   row_number() OVER (PARTITION BY s.form_id, s.org_id, s.period ORDER BY s.revision DESC) AS newest"             \
    " FROM submission s JOIN LATERAL (SELECT to_state FROM submission_transition t WHERE t.submission_id = s.id"       \
    "   AND t.at_us <= $6 ORDER BY t.step DESC LIMIT 1) t ON true"                                                     \
    " WHERE s.org_id = ANY($1::int[]) AND ($2::int = 0 OR s.form_id = $2::int)"                                        \
    "   AND ($3::date IS NULL OR s.first_day >= $3::date) AND ($4::date IS NULL OR s.last_day <= $4::date)"            \
    "   AND ($19::bigint = 0 OR s.id = $19::bigint)"                                                                   \
    "   AND CASE $5::int WHEN 1 THEN t.to_state IN (4, 5) WHEN 2 THEN t.to_state <> 7 ELSE true END),"                 \
    " picked AS (SELECT k.*, u.code AS province, k.first_day::text || k.period AS day"                                 \
    "   FROM known k JOIN org_unit u ON u.id = k.org_id WHERE k.newest = 1 OR $5::int = 3),"                           \
    " wanted AS (SELECT id, text FROM disaggregation d WHERE (NOT $10::boolean OR text = '')"                          \
    "   AND NOT EXISTS (SELECT 1 FROM unnest($9::text[]) w WHERE position(';' || w || ';' in ';' || d.text || ';') = " \
    "0))"

#define FIELDS                                                                                                         \
    " p.id, p.period, p.form_id, p.org_id, p.revision, p.state, o.indicator_id, o.org_id, d.text, o.value, o.status,"  \
    " coalesce(o.note, ''), o.disaggregation_id"

#define ROW_FILTER                                                                                                     \
    " AND (cardinality($7::int[]) = 0 OR o.indicator_id = ANY($7::int[]))"                                             \
    " AND ($8::int[] IS NULL OR o.org_id = ANY($8::int[]))"

#define BY_PERIOD(DIRECTION, COMPARE, SENTINEL)                                                                        \
    PICKED                                                                                                             \
    " SELECT" FIELDS ", p.day COLLATE \"C\", p.province COLLATE \"C\", $14::bigint FROM"                               \
    " (SELECT * FROM picked WHERE $12::text IS NULL"                                                                   \
    "   OR (day COLLATE \"C\", province COLLATE \"C\", id) " COMPARE "= ($12::text, $13::text, $15::bigint)) p"        \
    " CROSS JOIN LATERAL (SELECT o.* FROM observation o JOIN wanted w ON w.id = o.disaggregation_id"                   \
    "   WHERE o.submission_id = p.id" ROW_FILTER "   AND (o.indicator_id, o.org_id, o.disaggregation_id) " COMPARE     \
    "     (CASE WHEN p.id = $15::bigint THEN $16::int ELSE " SENTINEL " END, $17::int, $18::int)"                      \
    "   ORDER BY o.indicator_id " DIRECTION ", o.org_id " DIRECTION ", o.disaggregation_id " DIRECTION                 \
    "   LIMIT $11::bigint) o JOIN disaggregation d ON d.id = o.disaggregation_id"                                      \
    " ORDER BY p.day COLLATE \"C\" " DIRECTION ", p.province COLLATE \"C\" " DIRECTION ", p.id " DIRECTION             \
    ", o.indicator_id " DIRECTION ", o.org_id " DIRECTION ", o.disaggregation_id " DIRECTION " LIMIT $11::bigint"

#define BY_KEY(A, B, V, DIRECTION, COMPARE)                                                                            \
    PICKED ", placed AS (SELECT" FIELDS ", " A " COLLATE \"C\" AS a, " B " COLLATE \"C\" AS b, " V                     \
           "::bigint AS v FROM picked p JOIN observation o ON o.submission_id = p.id" ROW_FILTER                       \
           " JOIN wanted d ON d.id = o.disaggregation_id JOIN org_unit ou ON ou.id = o.org_id)"                        \
           " SELECT * FROM placed AS z(id, period, form_id, province_id, revision, state, indicator_id, org_id, text," \
           "   value, status, note, breakdown_id, a, b, v)"                                                            \
           " WHERE $12::text IS NULL OR (a, b, v, id, indicator_id, org_id, breakdown_id) " COMPARE                    \
           "   ($12::text, $13::text, $14::bigint, $15::bigint, $16::int, $17::int, $18::int)"                         \
           " ORDER BY a " DIRECTION ", b " DIRECTION ", v " DIRECTION ", id " DIRECTION ", indicator_id " DIRECTION    \
           ", org_id " DIRECTION ", breakdown_id " DIRECTION " LIMIT $11::bigint"

/* Missing values come last, whichever way. */
#define LOWEST_FIRST "coalesce(o.value, 9223372036854775807)"
#define HIGHEST_FIRST "coalesce(o.value, -9223372036854775808)"

static const nt_statement QUERIES[3][2] = {
    {{.sql = BY_PERIOD("ASC", ">", "-1")}, {.sql = BY_PERIOD("DESC", "<", "2147483647")}},
    {{.sql = BY_KEY("ou.code", "p.day", "0", "ASC", ">")}, {.sql = BY_KEY("ou.code", "p.day", "0", "DESC", "<")}},
    {{.sql = BY_KEY("''", "''", LOWEST_FIRST, "ASC", ">")}, {.sql = BY_KEY("''", "''", HIGHEST_FIRST, "DESC", "<")}},
};

static const nt_statement ROLLUPS = {.sql = "SELECT r.org_id, r.form_id, r.indicator_id, d.text, r.value FROM rollup r"
                                            " JOIN disaggregation d ON d.id = r.disaggregation_id"
                                            " WHERE r.period = $1 AND r.org_id = ANY($2::int[])"
                                            " ORDER BY r.indicator_id, d.text, r.org_id, r.form_id"};
static const nt_statement STATES = {
    .sql = "SELECT DISTINCT ON (s.org_id, s.form_id) s.org_id, s.form_id, h.state FROM submission s"
           " JOIN submission_head h ON h.submission_id = s.id"
           " WHERE s.period = $1 AND s.org_id = ANY($2::int[]) AND h.state <> 7"
           " ORDER BY s.org_id, s.form_id, s.revision DESC"};
/* What each submission's state was at $3. */
#define KNOWN_THEN                                                                                                     \
    "WITH known AS (SELECT s.id, s.org_id, s.form_id, s.revision, t.to_state AS state FROM submission s"               \
    "   JOIN LATERAL (SELECT to_state FROM submission_transition t WHERE t.submission_id = s.id AND t.at_us <= $3"     \
    "     ORDER BY t.step DESC LIMIT 1) t ON true WHERE s.period = $1 AND s.org_id = ANY($2::int[]))"
static const nt_statement ROLLUPS_THEN = {
    .sql = KNOWN_THEN
    ", newest AS (SELECT DISTINCT ON (org_id, form_id) id, org_id, form_id FROM known WHERE state IN (4, 5)"
    "   ORDER BY org_id, form_id, revision DESC), " NT_ROLLUP_RULE ", " NT_ROLLUP_TOTAL
    " SELECT z.org_id, z.form_id, z.indicator_id, d.text, z.value::bigint FROM total z"
    " JOIN disaggregation d ON d.id = z.disaggregation_id WHERE " NT_ROLLUP_IN_RANGE
    " ORDER BY z.indicator_id, d.text, z.org_id, z.form_id"};
static const nt_statement STATES_THEN = {
    .sql = KNOWN_THEN " SELECT DISTINCT ON (org_id, form_id) org_id, form_id, state FROM known WHERE state <> 7"
                      " ORDER BY org_id, form_id, revision DESC"};
static const nt_statement WAIT = {.sql = "SELECT pg_sleep($1::bigint / 1000.0)"};

nt_status nt_store_observations_query(nt_connection *c, nt_arena *arena, const nt_observation_filter *f,
                                      nt_observation_row **rows, size_t *count) {
    const nt_observation_place *after = f->after;
    nt_params p = {0};
    nt_param_text(&p, nt_param_ints(arena, f->province_ids, f->province_count));
    nt_param_int(&p, f->form_id);
    nt_param_text(&p, f->first_day);
    nt_param_text(&p, f->last_day);
    nt_param_int(&p, (int64_t)f->revision);
    nt_param_int(&p, f->as_of_us);
    nt_param_text(&p, nt_param_ints(arena, f->indicator_ids, f->indicator_count));
    nt_param_text(&p, f->org_ids ? nt_param_ints(arena, f->org_ids, f->org_count) : NULL);
    nt_param_text(&p, nt_param_texts(arena, f->breakdown, f->breakdown_count));
    nt_param_text(&p, f->totals_only ? "t" : "f");
    nt_param_int(&p, (int64_t)f->limit);
    nt_param_text(&p, after ? after->a : NULL);
    nt_param_text(&p, after ? after->b : NULL);
    nt_param_int(&p, after ? after->v : 0);
    nt_param_int(&p, after ? after->submission_id : 0);
    nt_param_int(&p, after ? after->indicator_id : 0);
    nt_param_int(&p, after ? after->org_id : 0);
    nt_param_int(&p, after ? after->breakdown_id : 0);
    nt_param_int(&p, f->submission_id);
    nt_rows *got = NULL;
    nt_status st = nt_connection_query(c, arena, &QUERIES[f->sort - 1][f->descending ? 1 : 0], &p, &got);
    if (!nt_ok(st))
        return st;
    *count = nt_rows_count(got);
    *rows = NT_NEW_ARRAY(arena, nt_observation_row, *count + 1);
    for (size_t i = 0; *rows && i < *count; i++) {
        nt_observation_row *r = &(*rows)[i];
        *r = (nt_observation_row){.submission_id = nt_rows_int(got, i, 0),
                                  .period = nt_arena_strdup(arena, nt_rows_text(got, i, 1)),
                                  .form_id = (int32_t)nt_rows_int(got, i, 2),
                                  .province_id = (int32_t)nt_rows_int(got, i, 3),
                                  .revision = (unsigned)nt_rows_int(got, i, 4),
                                  .state = (nt_state)nt_rows_int(got, i, 5),
                                  .indicator_id = (int32_t)nt_rows_int(got, i, 6),
                                  .org_id = (int32_t)nt_rows_int(got, i, 7),
                                  .breakdown = nt_arena_strdup(arena, nt_rows_text(got, i, 8)),
                                  .has_value = !nt_rows_null(got, i, 9),
                                  .value = nt_rows_int(got, i, 9),
                                  .status = (unsigned)nt_rows_int(got, i, 10),
                                  .note = nt_arena_strdup(arena, nt_rows_text(got, i, 11))};
        r->place = (nt_observation_place){.a = nt_arena_strdup(arena, nt_rows_text(got, i, 13)),
                                          .b = nt_arena_strdup(arena, nt_rows_text(got, i, 14)),
                                          .v = nt_rows_int(got, i, 15),
                                          .submission_id = r->submission_id,
                                          .indicator_id = r->indicator_id,
                                          .org_id = r->org_id,
                                          .breakdown_id = (int32_t)nt_rows_int(got, i, 12)};
    }
    return nt_arena_exhausted(arena) ? nt_fail_memory() : st;
}

nt_status nt_store_rollups(nt_connection *c, nt_arena *arena, const int32_t *province_ids, size_t province_count,
                           const char *period, int64_t as_of_us, nt_rollup **rollups, size_t *rollup_count,
                           nt_state_count **states, size_t *state_count) {
    nt_params p = {0};
    nt_param_text(&p, period);
    nt_param_text(&p, nt_param_ints(arena, province_ids, province_count));
    if (as_of_us)
        nt_param_int(&p, as_of_us);
    nt_rows *rows[2] = {0};
    nt_command commands[] = {{as_of_us ? &ROLLUPS_THEN : &ROLLUPS, &p}, {as_of_us ? &STATES_THEN : &STATES, &p}};
    nt_status st = nt_connection_run(c, arena, commands, 2, rows);
    if (!nt_ok(st))
        return st;
    *rollup_count = nt_rows_count(rows[0]);
    *state_count = nt_rows_count(rows[1]);
    *rollups = NT_NEW_ARRAY(arena, nt_rollup, *rollup_count + 1);
    *states = NT_NEW_ARRAY(arena, nt_state_count, *state_count + 1);
    if (!*rollups || !*states)
        return nt_fail_memory();
    const char *latest = "";
    for (size_t i = 0; i < *rollup_count; i++) {
        const char *text = nt_rows_text(rows[0], i, 3);
        if (strcmp(text, latest) != 0) /* they come sorted: one copy serves all that are equal */
            latest = nt_arena_strdup(arena, text);
        if (!latest)
            return nt_fail_memory();
        (*rollups)[i] = (nt_rollup){(int32_t)nt_rows_int(rows[0], i, 0), (int32_t)nt_rows_int(rows[0], i, 1),
                                    (int32_t)nt_rows_int(rows[0], i, 2), latest, nt_rows_int(rows[0], i, 4)};
    }
    for (size_t i = 0; i < *state_count; i++)
        (*states)[i] = (nt_state_count){(int32_t)nt_rows_int(rows[1], i, 0), (int32_t)nt_rows_int(rows[1], i, 1),
                                        (nt_state)nt_rows_int(rows[1], i, 2)};
    return st;
}

nt_status nt_store_wait(nt_connection *c, nt_arena *arena, unsigned ms) {
    nt_params p = {0};
    nt_param_int(&p, ms);
    return nt_connection_query(c, arena, &WAIT, &p, NULL);
}
