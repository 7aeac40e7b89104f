/* See observation.h.
 *
 * Pages go by keyset: the order is total, and a page begins behind the last row of the one before. In the order of
 * periods each page costs what it holds, because the rows come off the primary key; the others sort what was asked for.
 */
#include "store/observation.h"

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
    " CROSS JOIN LATERAL (SELECT o.* FROM observation_seen o JOIN wanted w ON w.id = o.disaggregation_id"              \
    "   WHERE o.submission_id = p.id" ROW_FILTER "   AND (o.indicator_id, o.org_id, o.disaggregation_id) " COMPARE     \
    "     (CASE WHEN p.id = $15::bigint THEN $16::int ELSE " SENTINEL " END, $17::int, $18::int)"                      \
    "   ORDER BY o.indicator_id " DIRECTION ", o.org_id " DIRECTION ", o.disaggregation_id " DIRECTION                 \
    "   LIMIT $11::bigint) o JOIN disaggregation d ON d.id = o.disaggregation_id"                                      \
    " ORDER BY p.day COLLATE \"C\" " DIRECTION ", p.province COLLATE \"C\" " DIRECTION ", p.id " DIRECTION             \
    ", o.indicator_id " DIRECTION ", o.org_id " DIRECTION ", o.disaggregation_id " DIRECTION " LIMIT $11::bigint"

#define BY_KEY(A, B, V, DIRECTION, COMPARE)                                                                            \
    PICKED ", placed AS (SELECT" FIELDS ", " A " COLLATE \"C\" AS a, " B " COLLATE \"C\" AS b, " V                     \
           "::bigint AS v FROM picked p JOIN observation_seen o ON o.submission_id = p.id" ROW_FILTER                  \
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

/* $1 periods, $2 provinces, $3 indicators (none: all). */
#define FACT_ORDER " ORDER BY 1, 2, 3, 4, d.text"
static const nt_statement FACTS = {
    .sql = "SELECT r.indicator_id, r.org_id, array_position($1::text[], r.period) - 1, r.form_id, d.text, r.value, "
           "r.status,"
           " r.parts, r.missing, r.submission_id FROM rollup r JOIN disaggregation d ON d.id = r.disaggregation_id"
           " WHERE r.period = ANY($1::text[]) AND r.org_id = ANY($2::int[])"
           " AND (cardinality($3::int[]) = 0 OR r.indicator_id = ANY($3::int[]))" FACT_ORDER};
static const nt_statement STATES = {
    .sql = "SELECT DISTINCT ON (s.org_id, s.form_id) s.org_id, s.form_id, h.state FROM submission s"
           " JOIN submission_head h ON h.submission_id = s.id"
           " WHERE s.period = $1 AND s.org_id = ANY($2::int[]) AND h.state <> 7"
           " ORDER BY s.org_id, s.form_id, s.revision DESC"};
/* What each submission's state was at $3. */
#define KNOWN_THEN(PERIODS, MOMENT)                                                                                    \
    "WITH known AS (SELECT s.id, s.org_id, s.form_id, s.period, s.revision, t.to_state AS state FROM submission s"     \
    "   JOIN LATERAL (SELECT to_state FROM submission_transition t WHERE t.submission_id = s.id AND t.at_us "          \
    "<= " MOMENT "     ORDER BY t.step DESC LIMIT 1) t ON true WHERE s.period " PERIODS                                \
    " AND s.org_id = ANY($2::int[]))"
static const nt_statement FACTS_THEN = {
    .sql = KNOWN_THEN("= ANY($1::text[])",
                      "$4") ", newest AS (SELECT DISTINCT ON (org_id, form_id, period) id, org_id, form_id, period "
                            "FROM known WHERE state IN (4, 5)"
                            "   ORDER BY org_id, form_id, period, revision DESC)"
                            " SELECT r.indicator_id, n.org_id, array_position($1::text[], n.period) - 1, n.form_id, "
                            "d.text, r.value, r.status,"
                            " r.parts, r.missing, n.id FROM newest n CROSS JOIN LATERAL rollup_of(n.id) r"
                            " JOIN disaggregation d ON d.id = r.disaggregation_id"
                            " WHERE cardinality($3::int[]) = 0 OR r.indicator_id = ANY($3::int[])" FACT_ORDER};
static const nt_statement STATES_THEN = {
    .sql = KNOWN_THEN("= $1",
                      "$3") " SELECT DISTINCT ON (org_id, form_id) org_id, form_id, state FROM known WHERE state <> 7"
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

nt_status nt_store_facts(nt_connection *c, nt_arena *arena, const nt_fact_filter *f, nt_facts *out) {
    const char **codes = NT_NEW_ARRAY(arena, const char *, f->period_count + 1);
    if (!codes)
        return nt_fail_memory();
    for (size_t i = 0; i < f->period_count; i++)
        codes[i] = f->periods[i].code;
    nt_params p = {0};
    nt_param_text(&p, nt_param_texts(arena, codes, f->period_count));
    nt_param_text(&p, nt_param_ints(arena, f->province_ids, f->province_count));
    nt_param_text(&p, nt_param_ints(arena, f->indicator_ids, f->indicator_count));
    if (f->as_of_us)
        nt_param_int(&p, f->as_of_us);
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, f->as_of_us ? &FACTS_THEN : &FACTS, &p, &rows);
    if (!nt_ok(st))
        return st;
    size_t count = nt_rows_count(rows);
    nt_fact *all = NT_NEW_ARRAY(arena, nt_fact, count + 1);
    const char *latest = "";
    for (size_t i = 0; all && i < count; i++) {
        const char *text = nt_rows_text(rows, i, 4);
        if (*text && strcmp(text, latest) != 0)
            latest = nt_arena_strdup(arena, text);
        all[i] = (nt_fact){.indicator_id = (int32_t)nt_rows_int(rows, i, 0),
                           .org_id = (int32_t)nt_rows_int(rows, i, 1),
                           .period = (uint32_t)nt_rows_int(rows, i, 2),
                           .form_id = (int32_t)nt_rows_int(rows, i, 3),
                           .breakdown = *text ? latest : "",
                           .has_value = !nt_rows_null(rows, i, 5),
                           .value = nt_rows_int(rows, i, 5),
                           .status = (unsigned)nt_rows_int(rows, i, 6),
                           .parts = (int32_t)nt_rows_int(rows, i, 7),
                           .missing = (int32_t)nt_rows_int(rows, i, 8),
                           .submission_id = nt_rows_int(rows, i, 9)};
    }
    nt_rows_free(c, rows);
    *out =
        (nt_facts){.arena = arena, .periods = f->periods, .period_count = f->period_count, .all = all, .count = count};
    return nt_arena_exhausted(arena) ? nt_fail_memory() : st;
}

nt_status nt_store_states(nt_connection *c, nt_arena *arena, const int32_t *province_ids, size_t province_count,
                          const char *period, int64_t as_of_us, nt_state_count **states, size_t *state_count) {
    nt_params p = {0};
    nt_param_text(&p, period);
    nt_param_text(&p, nt_param_ints(arena, province_ids, province_count));
    if (as_of_us)
        nt_param_int(&p, as_of_us);
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, as_of_us ? &STATES_THEN : &STATES, &p, &rows);
    if (!nt_ok(st))
        return st;
    *state_count = nt_rows_count(rows);
    *states = NT_NEW_ARRAY(arena, nt_state_count, *state_count + 1);
    for (size_t i = 0; *states && i < *state_count; i++)
        (*states)[i] = (nt_state_count){(int32_t)nt_rows_int(rows, i, 0), (int32_t)nt_rows_int(rows, i, 1),
                                        (nt_state)nt_rows_int(rows, i, 2)};
    return nt_arena_exhausted(arena) ? nt_fail_memory() : st;
}

nt_status nt_store_wait(nt_connection *c, nt_arena *arena, unsigned ms) {
    nt_params p = {0};
    nt_param_int(&p, ms);
    return nt_connection_query(c, arena, &WAIT, &p, NULL);
}
