/* See submission.h. */
#include "store/submission.h"

#include "base/fault.h"

#include <stdio.h>

#define COLUMNS                                                                                                        \
    "s.id, s.form_id, s.form_version, f.code, s.org_id, u.code, s.period, s.first_day, s.last_day, s.revision, "       \
    "s.reason,"                                                                                                        \
    " s.observations, s.content_digest, s.generation, s.officer_id, o.login, s.key_id, s.received_us, s.late, "        \
    "h.state,"                                                                                                         \
    " h.step, s.chain, s.position, s.chunks, s.required_cells, s.missing_cells, s.warnings"
#define TABLES                                                                                                         \
    " FROM submission s JOIN submission_head h ON h.submission_id = s.id JOIN form f ON f.id = s.form_id"              \
    " JOIN org_unit u ON u.id = s.org_id JOIN officer o ON o.id = s.officer_id"

static const nt_statement NEXT = {
    .sql =
        "SELECT coalesce((SELECT max(revision) FROM submission WHERE form_id = $1 AND org_id = $2 AND period = $3), 0),"
        " nextval(pg_get_serial_sequence('submission', 'id'))"};
static const nt_statement ADD = {
    .sql = "INSERT INTO submission (id, form_id, form_version, org_id, period, first_day, last_day, revision, reason,"
           " observations, content_digest, chunks, generation, officer_id, key_id, received_us, late, chain, position,"
           " required_cells, missing_cells, warnings) OVERRIDING SYSTEM VALUE"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, "
           "$22)"};
static const nt_statement ADD_STEP = {
    .sql = "INSERT INTO submission_transition (submission_id, step, from_state, to_state, officer_id, at_us, comment)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7)"};
static const nt_statement GET = {.sql = "SELECT " COLUMNS TABLES " WHERE s.id = $1"};
static const nt_statement SUBMISSION_ORG = {.sql = "SELECT coalesce(submission_org($1), 0)"};
static const nt_statement DRAFT_ORG = {.sql = "SELECT coalesce(draft_org($1), 0)"};
static const nt_statement STEPS = {
    .sql = "SELECT t.to_state, o.login, t.at_us, t.comment FROM submission_transition t"
           " JOIN officer o ON o.id = t.officer_id WHERE t.submission_id = $1 ORDER BY t.step"};
static const nt_statement CELLS = {
    .sql = "SELECT step, indicator, org, disaggregation, comment FROM submission_cell_comment WHERE submission_id = $1"
           " ORDER BY step, ordinal"};
/* Only of a figure that the submission has. */
static const nt_statement ADD_CELL = {
    .sql = "INSERT INTO submission_cell_comment (submission_id, step, ordinal, indicator, org, disaggregation, comment)"
           " SELECT $1, $2, $3, i.code, u.code, d.text, $7 FROM indicator i, org_unit u, disaggregation d"
           " WHERE i.code = $4 AND u.code = $5 AND d.text = $6 AND EXISTS (SELECT 1 FROM observation_seen o"
           "   WHERE o.submission_id = $1 AND o.indicator_id = i.id AND o.org_id = u.id AND o.disaggregation_id = d.id)"
           " RETURNING 1"};
static const nt_statement LIST = {.sql = "SELECT " COLUMNS TABLES
                                         " WHERE s.org_id = ANY($1::int[]) AND ($2 = '' OR f.code = $2)"
                                         " AND ($3 = '' OR s.period = $3) AND ($4::int = 0 OR h.state = $4::int) AND "
                                         "s.id < $5 ORDER BY s.id DESC LIMIT $6"};
/* As it was at $7. */
static const nt_statement LIST_THEN = {
    .sql =
        "SELECT " COLUMNS " FROM submission s JOIN LATERAL (SELECT to_state AS state, step FROM submission_transition t"
        "   WHERE t.submission_id = s.id AND t.at_us <= $7 ORDER BY t.step DESC LIMIT 1) h ON true"
        " JOIN form f ON f.id = s.form_id JOIN org_unit u ON u.id = s.org_id JOIN officer o ON o.id = s.officer_id"
        " WHERE s.org_id = ANY($1::int[]) AND ($2 = '' OR f.code = $2) AND ($3 = '' OR s.period = $3)"
        " AND ($4::int = 0 OR h.state = $4::int) AND s.id < $5 ORDER BY s.id DESC LIMIT $6"};
static const nt_statement ADD_BREAKDOWN = {
    .sql = "INSERT INTO disaggregation (text) SELECT unnest($1::text[]) EXCEPT SELECT text FROM disaggregation"
           " ON CONFLICT DO NOTHING"};
static const nt_statement FIND_BREAKDOWNS = {
    .sql = "SELECT id, text FROM disaggregation WHERE text = ANY($1::text[]) ORDER BY text"};
static const nt_statement ADD_DRAFT = {
    .sql =
        "INSERT INTO draft (form_id, org_id, period, officer_id, expires_us) VALUES ($1, $2, $3, $4, $5) RETURNING id"};
static const nt_statement DROP_EXPIRED = {.sql = "DELETE FROM draft WHERE org_id = $1 AND expires_us < $2"};
static const nt_statement GET_DRAFT = {
    .sql = "SELECT id, form_id, org_id, period, officer_id, expires_us FROM draft WHERE id = $1 AND expires_us > $2"};
static const nt_statement CHUNKS = {
    .sql = "SELECT number, observations, digest FROM draft_chunk WHERE draft_id = $1 ORDER BY number"};
static const nt_statement PUT_CHUNK = {
    .sql = "INSERT INTO draft_chunk (draft_id, number, observations, digest, payload) VALUES ($1, $2, $3, $4, $5)"
           " ON CONFLICT (draft_id, number) DO UPDATE SET observations = $3, digest = $4, payload = $5"
           " WHERE draft_chunk.digest <> $4"};
static const nt_statement GET_CHUNK = {.sql = "SELECT payload FROM draft_chunk WHERE draft_id = $1 AND number = $2",
                                       .binary = 1};
static const nt_statement DROP_DRAFT = {.sql = "DELETE FROM draft WHERE id = $1"};
static const nt_statement CLEAR_ROLLUP = {.sql =
                                              "DELETE FROM rollup WHERE period = $1 AND org_id = $2 AND form_id = $3"};
/* Of the newest revision that is accepted or published. */
static const nt_statement MAKE_ROLLUP = {
    .sql =
        "WITH newest AS (SELECT s.id FROM submission s JOIN submission_head h ON h.submission_id = s.id"
        "   WHERE s.period = $1 AND s.org_id = $2 AND s.form_id = $3 AND h.state IN (4, 5)"
        "   ORDER BY s.revision DESC LIMIT 1)"
        " INSERT INTO rollup (period, org_id, form_id, indicator_id, disaggregation_id, value, status, parts, missing,"
        "   submission_id) SELECT $1, $2, $3, r.*, n.id FROM newest n CROSS JOIN LATERAL rollup_of(n.id) r"};

static const nt_statement GET_EXTENSION = {.sql = "SELECT coalesce(max(last_day)::text, '') FROM period_extension "
                                                  "WHERE form_id = $1 AND org_id = $2 AND period = $3"};
static const nt_statement ADD_EXTENSION = {
    .sql = "INSERT INTO period_extension (form_id, org_id, period, last_day, reason, officer_id, at_us)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7)"};

static const nt_statement PAST = {
    .sql =
        "WITH newest AS (SELECT DISTINCT ON (s.period) s.id, s.period FROM submission s"
        "   JOIN submission_head h ON h.submission_id = s.id AND h.state IN (4, 5)"
        "   WHERE s.form_id = $1 AND s.org_id = $2 AND s.period = ANY($3::text[])"
        "   ORDER BY s.period, s.revision DESC)"
        " SELECT array_position($3::text[], n.period) - 1, o.indicator_id, o.org_id, d.text, o.value FROM newest n"
        " JOIN observation_seen o ON o.submission_id = n.id AND o.indicator_id = ANY($4::int[]) AND o.value IS NOT NULL"
        " JOIN disaggregation d ON d.id = o.disaggregation_id"};

static const char COPY[] =
    "COPY observation (submission_id, indicator_id, org_id, disaggregation_id, value, status, note)"
    " FROM STDIN (FORMAT binary)";

static nt_submission read_submission(nt_arena *a, const nt_rows *rows, size_t r) {
    return (nt_submission){
        .id = nt_rows_int(rows, r, 0),
        .form_id = (int32_t)nt_rows_int(rows, r, 1),
        .form_version = (unsigned)nt_rows_int(rows, r, 2),
        .form = nt_arena_strdup(a, nt_rows_text(rows, r, 3)),
        .org_id = (int32_t)nt_rows_int(rows, r, 4),
        .org = nt_arena_strdup(a, nt_rows_text(rows, r, 5)),
        .period = nt_arena_strdup(a, nt_rows_text(rows, r, 6)),
        .first_day = nt_arena_strdup(a, nt_rows_text(rows, r, 7)),
        .last_day = nt_arena_strdup(a, nt_rows_text(rows, r, 8)),
        .revision = (unsigned)nt_rows_int(rows, r, 9),
        .reason = nt_arena_strdup(a, nt_rows_text(rows, r, 10)),
        .observations = nt_rows_int(rows, r, 11),
        .content_digest = nt_rows_bytes(a, rows, r, 12),
        .generation = nt_rows_int(rows, r, 13),
        .officer_id = (int32_t)nt_rows_int(rows, r, 14),
        .officer = nt_arena_strdup(a, nt_rows_text(rows, r, 15)),
        .key_id = nt_rows_bytes(a, rows, r, 16),
        .received_us = nt_rows_int(rows, r, 17),
        .late = nt_rows_bool(rows, r, 18),
        .state = (nt_state)nt_rows_int(rows, r, 19),
        .step = (unsigned)nt_rows_int(rows, r, 20),
        .chain = nt_arena_strdup(a, nt_rows_text(rows, r, 21)),
        .position = nt_rows_int(rows, r, 22),
        .chunks = nt_rows_bytes(a, rows, r, 23),
        .completeness = {nt_rows_int(rows, r, 24), nt_rows_int(rows, r, 25), nt_rows_int(rows, r, 26)},
    };
}

static nt_status done(nt_arena *arena, nt_status st) {
    return nt_ok(st) && nt_arena_exhausted(arena) ? nt_fail_memory() : st;
}

nt_status nt_store_submission_next(nt_connection *c, nt_arena *arena, int32_t form_id, int32_t org_id,
                                   const char *period, unsigned *latest_revision, int64_t *id) {
    nt_params p = {0};
    nt_param_int(&p, form_id);
    nt_param_int(&p, org_id);
    nt_param_text(&p, period);
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, &NEXT, &p, &rows);
    if (nt_ok(st)) {
        *latest_revision = (unsigned)nt_rows_int(rows, 0, 0);
        *id = nt_rows_int(rows, 0, 1);
    }
    return st;
}

nt_status nt_store_extension_get(nt_connection *c, nt_arena *arena, int32_t form_id, int32_t org_id, const char *period,
                                 const char **last_day) {
    nt_params p = {0};
    nt_param_int(&p, form_id);
    nt_param_int(&p, org_id);
    nt_param_text(&p, period);
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, &GET_EXTENSION, &p, &rows);
    if (nt_ok(st))
        *last_day = nt_arena_strdup(arena, nt_rows_text(rows, 0, 0));
    return done(arena, st);
}

nt_status nt_store_extension_add(nt_connection *c, nt_arena *arena, int32_t form_id, int32_t org_id, const char *period,
                                 const char *last_day, const char *reason, int32_t officer_id, int64_t at_us) {
    nt_params p = {0};
    nt_param_int(&p, form_id);
    nt_param_int(&p, org_id);
    nt_param_text(&p, period);
    nt_param_text(&p, last_day);
    nt_param_text(&p, reason);
    nt_param_int(&p, officer_id);
    nt_param_int(&p, at_us);
    return nt_connection_query(c, arena, &ADD_EXTENSION, &p, NULL);
}

static void step_params(nt_params *p, int64_t id, unsigned step, nt_state from, nt_state to, int32_t officer_id,
                        int64_t at_us, const char *comment) {
    nt_param_int(p, id);
    nt_param_int(p, step);
    nt_param_int(p, (int64_t)from);
    nt_param_int(p, (int64_t)to);
    nt_param_int(p, officer_id);
    nt_param_int(p, at_us);
    nt_param_text(p, comment);
}

void nt_store_submission_commands(const nt_submission *s, nt_params params[NT_SUBMISSION_COMMANDS],
                                  nt_command commands[NT_SUBMISSION_COMMANDS]) {
    nt_params *p = &params[0];
    nt_param_int(p, s->id);
    nt_param_int(p, s->form_id);
    nt_param_int(p, s->form_version);
    nt_param_int(p, s->org_id);
    nt_param_text(p, s->period);
    nt_param_text(p, s->first_day);
    nt_param_text(p, s->last_day);
    nt_param_int(p, s->revision);
    nt_param_text(p, s->reason);
    nt_param_int(p, s->observations);
    nt_param_bytes(p, s->content_digest);
    nt_param_bytes(p, s->chunks);
    nt_param_int(p, s->generation);
    nt_param_int(p, s->officer_id);
    nt_param_bytes(p, s->key_id);
    nt_param_int(p, s->received_us);
    nt_param_text(p, s->late ? "t" : "f");
    nt_param_text(p, s->chain);
    nt_param_int(p, s->position);
    nt_param_int(p, s->completeness.required);
    nt_param_int(p, s->completeness.missing);
    nt_param_int(p, s->completeness.warnings);
    step_params(&params[1], s->id, 1, NT_STATE_DRAFT, NT_STATE_SUBMITTED, s->officer_id, s->received_us, "");
    commands[0] = (nt_command){&ADD, &params[0]};
    commands[1] = (nt_command){&ADD_STEP, &params[1]};
}

nt_status nt_store_past_figures(nt_connection *c, nt_arena *arena, const nt_past_filter *f, nt_past_figure **out,
                                size_t *count) {
    nt_params p = {0};
    nt_param_int(&p, f->form_id);
    nt_param_int(&p, f->org_id);
    nt_param_text(&p, nt_param_texts(arena, f->periods, f->period_count));
    nt_param_text(&p, nt_param_ints(arena, f->indicator_ids, f->indicator_count));
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, &PAST, &p, &rows);
    if (!nt_ok(st))
        return st;
    *count = nt_rows_count(rows);
    *out = NT_NEW_ARRAY(arena, nt_past_figure, *count + 1);
    for (size_t i = 0; *out && i < *count; i++)
        (*out)[i] = (nt_past_figure){(size_t)nt_rows_int(rows, i, 0), (int32_t)nt_rows_int(rows, i, 1),
                                     (int32_t)nt_rows_int(rows, i, 2), nt_arena_strdup(arena, nt_rows_text(rows, i, 3)),
                                     nt_rows_int(rows, i, 4)};
    return done(arena, st);
}

static nt_status read_org(nt_connection *c, nt_arena *arena, const nt_statement *of, int64_t id, int32_t *org_id) {
    nt_params p = {0};
    nt_param_int(&p, id);
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, of, &p, &rows);
    *org_id = nt_ok(st) ? (int32_t)nt_rows_int(rows, 0, 0) : 0;
    return st;
}

nt_status nt_store_submission_org(nt_connection *c, nt_arena *arena, int64_t id, int32_t *org_id) {
    return read_org(c, arena, &SUBMISSION_ORG, id, org_id);
}

nt_status nt_store_draft_org(nt_connection *c, nt_arena *arena, int64_t id, int32_t *org_id) {
    return read_org(c, arena, &DRAFT_ORG, id, org_id);
}

nt_status nt_store_submission_get(nt_connection *c, nt_arena *arena, int64_t id, nt_submission *out) {
    nt_params p = {0};
    nt_param_int(&p, id);
    nt_rows *rows = NULL;
    *out = (nt_submission){0};
    nt_status st = nt_connection_query(c, arena, &GET, &p, &rows);
    if (nt_ok(st) && nt_rows_count(rows))
        *out = read_submission(arena, rows, 0);
    return done(arena, st);
}

nt_status nt_store_submission_steps(nt_connection *c, nt_arena *arena, int64_t id, nt_submission_step **steps,
                                    size_t *count) {
    nt_params p = {0};
    nt_param_int(&p, id);
    nt_rows *both[2] = {NULL};
    nt_command commands[] = {{&STEPS, &p}, {&CELLS, &p}};
    nt_status st = nt_connection_run(c, arena, commands, 2, both);
    if (!nt_ok(st))
        return st;
    const nt_rows *rows = both[0];
    size_t cell_count = nt_rows_count(both[1]), used = 0;
    nt_cell_comment *cells = NT_NEW_ARRAY(arena, nt_cell_comment, cell_count + 1);
    *count = nt_rows_count(rows);
    *steps = NT_NEW_ARRAY(arena, nt_submission_step, *count + 1);
    for (size_t i = 0; cells && i < cell_count; i++)
        cells[i] = (nt_cell_comment){
            (unsigned)nt_rows_int(both[1], i, 0), nt_arena_strdup(arena, nt_rows_text(both[1], i, 1)),
            nt_arena_strdup(arena, nt_rows_text(both[1], i, 2)), nt_arena_strdup(arena, nt_rows_text(both[1], i, 3)),
            nt_arena_strdup(arena, nt_rows_text(both[1], i, 4))};
    for (size_t i = 0; cells && *steps && i < *count; i++) {
        (*steps)[i] = (nt_submission_step){.state = (nt_state)nt_rows_int(rows, i, 0),
                                           .officer = nt_arena_strdup(arena, nt_rows_text(rows, i, 1)),
                                           .at_us = nt_rows_int(rows, i, 2),
                                           .comment = nt_arena_strdup(arena, nt_rows_text(rows, i, 3)),
                                           .cells = &cells[used]};
        for (; used < cell_count && cells[used].step == i + 1; used++)
            (*steps)[i].cell_count++;
    }
    return done(arena, st);
}

nt_status nt_store_cell_comments(nt_connection *c, nt_arena *arena, int64_t submission_id, const nt_cell_comment *cells,
                                 size_t count) {
    nt_violations faults;
    nt_violations_init(&faults, arena);
    nt_status st = nt_success();
    for (size_t i = 0; i < count && nt_ok(st); i++) {
        nt_params p = {0};
        nt_rows *rows = NULL;
        nt_param_int(&p, submission_id);
        nt_param_int(&p, cells[i].step);
        nt_param_int(&p, (int64_t)i);
        nt_param_text(&p, cells[i].indicator);
        nt_param_text(&p, cells[i].org);
        nt_param_text(&p, cells[i].breakdown);
        nt_param_text(&p, cells[i].comment);
        st = nt_connection_query(c, arena, &ADD_CELL, &p, &rows);
        char path[32];
        snprintf(path, sizeof path, "cells[%zu]", i);
        if (nt_ok(st) && nt_rows_count(rows) == 0)
            nt_violations_add(&faults, path, "NO_SUCH_FIGURE", "the submission has no figure %.40s%s%.60s of %.40s",
                              "รายงานนี้ไม่มีข้อมูล %.40s%s%.60s ของ %.40s", cells[i].indicator,
                              *cells[i].breakdown ? " " : "", cells[i].breakdown, cells[i].org);
    }
    return nt_ok(st) ? nt_violations_status(&faults) : st;
}

nt_status nt_store_submission_list(nt_connection *c, nt_arena *arena, const nt_submission_filter *f,
                                   nt_submission **out, size_t *count) {
    nt_params p = {0};
    nt_param_text(&p, nt_param_ints(arena, f->org_ids, f->org_count));
    nt_param_text(&p, f->form);
    nt_param_text(&p, f->period);
    nt_param_int(&p, f->state);
    nt_param_int(&p, f->before);
    nt_param_int(&p, (int64_t)f->limit);
    if (f->as_of_us)
        nt_param_int(&p, f->as_of_us);
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, f->as_of_us ? &LIST_THEN : &LIST, &p, &rows);
    if (!nt_ok(st))
        return st;
    *count = nt_rows_count(rows);
    *out = NT_NEW_ARRAY(arena, nt_submission, *count + 1);
    for (size_t i = 0; *out && i < *count; i++)
        (*out)[i] = read_submission(arena, rows, i);
    return done(arena, st);
}

nt_status nt_store_submission_step(nt_connection *c, nt_arena *arena, const nt_submission *s, nt_state to,
                                   int32_t officer_id, int64_t at_us, const char *comment) {
    nt_params step = {0}, cell = {0};
    step_params(&step, s->id, s->step + 1, s->state, to, officer_id, at_us, comment);
    nt_param_text(&cell, s->period);
    nt_param_int(&cell, s->org_id);
    nt_param_int(&cell, s->form_id);
    nt_command commands[] = {{&ADD_STEP, &step}, {&CLEAR_ROLLUP, &cell}, {&MAKE_ROLLUP, &cell}};
    int changes_figures = to == NT_STATE_ACCEPTED || s->state == NT_STATE_ACCEPTED;
    return nt_connection_run(c, arena, commands, changes_figures && to != NT_STATE_PUBLISHED ? 3 : 1, NULL);
}

/* From rows of id and text, by text. Returns whether all were there. */
static int find_breakdowns(const nt_rows *rows, const char *const *texts, size_t count, int32_t *ids) {
    int all = 1;
    for (size_t i = 0; i < count; i++) {
        size_t low = 0, high = nt_rows_count(rows);
        ids[i] = 0;
        while (low < high && !ids[i]) {
            size_t middle = low + (high - low) / 2;
            int order = strcmp(nt_rows_text(rows, middle, 1), texts[i]);
            if (order == 0)
                ids[i] = (int32_t)nt_rows_int(rows, middle, 0);
            else if (order < 0)
                low = middle + 1;
            else
                high = middle;
        }
        all &= ids[i] != 0;
    }
    return all;
}

nt_status nt_store_breakdown_ids(nt_connection *c, nt_arena *arena, const nt_checked *checked, size_t count,
                                 int32_t *ids) {
    const char **texts = NT_NEW_ARRAY(arena, const char *, count + 1);
    if (!texts)
        return nt_fail_memory();
    for (size_t i = 0; i < count; i++)
        texts[i] =
            checked->breakdowns[i].canonical ? checked->breakdowns[i].canonical : ""; /* faulty, but of no figure */
    nt_params p = {0};
    nt_param_text(&p, nt_param_texts(arena, texts, count));
    if (nt_arena_exhausted(arena))
        return nt_fail_memory();
    nt_rows *rows[2] = {0};
    nt_status st = nt_connection_query(c, arena, &FIND_BREAKDOWNS, &p, rows);
    if (!nt_ok(st) || find_breakdowns(rows[0], texts, count, ids))
        return st;
    nt_command commands[] = {{&ADD_BREAKDOWN, &p}, {&FIND_BREAKDOWNS, &p}};
    rows[0] = NULL;
    st = nt_connection_run(c, arena, commands, 2, rows);
    if (!nt_ok(st) || find_breakdowns(rows[1], texts, count, ids))
        return st;
    return nt_fail_retry(arena, NT_ABORTED, 50,
                         "somebody else added the same breakdown at the same time: send it again",
                         "มีผู้อื่นเพิ่มมิติเดียวกันพร้อมกัน ให้ส่งใหม่");
}

/* PostgreSQL's binary COPY: everything big-endian.
 * Source: https://www.postgresql.org/docs/15/sql-copy.html, "Binary Format". */
enum { COPY_FLUSH = 256 * 1024, ROW_FIXED = 2 + (4 + 8) + 3 * (4 + 4) + (4 + 8) + (4 + 2) + 4 };

static uint8_t *put_be(uint8_t *at, uint64_t value, unsigned size) {
    for (unsigned i = 0; i < size; i++)
        at[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    return at + size;
}

static uint8_t *put_field(uint8_t *at, uint64_t value, unsigned size) {
    return put_be(put_be(at, size, 4), value, size);
}

nt_status nt_store_copy_begin(nt_copy *copy, nt_connection *c, nt_arena *arena, int64_t submission_id) {
    static const char signature[] = "PGCOPY\n\377\r\n";
    *copy = (nt_copy){.connection = c, .arena = arena, .submission_id = submission_id};
    nt_buffer_append(&copy->buffer, signature, 11);
    nt_buffer_append(&copy->buffer, "\0\0\0\0\0\0\0\0", 8);
    nt_status st = nt_connection_copy_begin(c, arena, COPY);
    if (!nt_ok(st))
        nt_buffer_free(&copy->buffer);
    return st;
}

static nt_status flush(nt_copy *copy) {
    if (copy->buffer.failed)
        return nt_fail_memory();
    nt_status st =
        nt_connection_copy_put(copy->connection, copy->arena, nt_bytes_of(copy->buffer.data, copy->buffer.size));
    copy->buffer.size = 0;
    return st;
}

nt_status nt_store_copy_put(nt_copy *copy, const nt_observations *set, const nt_checked *checked,
                            const int32_t *breakdown_ids, const uint32_t *order) {
    nt_status st = nt_success();
    for (size_t i = 0; i < set->count && nt_ok(st); i++) {
        size_t row = order ? order[i] : i;
        const char *note = set->notes ? set->notes[row] : NULL;
        size_t note_size = note ? strlen(note) : 0;
        uint8_t *begin = nt_buffer_reserve(&copy->buffer, ROW_FIXED + note_size), *at = begin;
        if (!begin)
            return nt_fail_memory();
        at = put_be(at, 7, 2);
        at = put_field(at, (uint64_t)copy->submission_id, 8);
        at = put_field(at, (uint32_t)checked->indicators[set->indicator[row]]->id, 4);
        at = put_field(at, (uint32_t)checked->orgs[set->org[row]]->id, 4);
        at = put_field(at, (uint32_t)breakdown_ids[set->breakdown[row]], 4);
        if (nt_status_has_value(set->status[row]))
            at = put_field(at, (uint64_t)set->value[row], 8);
        else
            at = put_be(at, UINT32_MAX, 4);
        at = put_field(at, set->status[row], 2);
        at = put_be(at, note_size ? (uint32_t)note_size : UINT32_MAX, 4);
        if (note_size)
            memcpy(at, note, note_size);
        copy->buffer.size += (size_t)(at - begin) + note_size;
        copy->sent++;
        if (copy->buffer.size > COPY_FLUSH)
            st = flush(copy);
    }
    return st;
}

nt_status nt_store_copy_end(nt_copy *copy) {
    nt_buffer_append(&copy->buffer, "\377\377", 2);
    nt_status st = flush(copy);
    int64_t rows = 0;
    if (nt_ok(st))
        st = nt_connection_copy_end(copy->connection, copy->arena, &rows);
    if (nt_ok(st) && rows != copy->sent)
        st = nt_fail(copy->arena, NT_INTERNAL, "the database took %lld figures of %lld; nothing was changed",
                     "ฐานข้อมูลรับ %lld จาก %lld รายการ ไม่มีการเปลี่ยนแปลงข้อมูล", (long long)rows, (long long)copy->sent);
    nt_buffer_free(&copy->buffer);
    nt_fault_point("copied");
    return st;
}

nt_status nt_store_draft_add(nt_connection *c, nt_arena *arena, nt_draft *draft, int64_t now_us) {
    nt_params old = {0}, p = {0};
    nt_param_int(&old, draft->org_id);
    nt_param_int(&old, now_us);
    nt_param_int(&p, draft->form_id);
    nt_param_int(&p, draft->org_id);
    nt_param_text(&p, draft->period);
    nt_param_int(&p, draft->officer_id);
    nt_param_int(&p, draft->expires_us);
    nt_rows *rows[2] = {0};
    nt_command commands[] = {{&DROP_EXPIRED, &old}, {&ADD_DRAFT, &p}};
    nt_status st = nt_connection_run(c, arena, commands, 2, rows);
    if (nt_ok(st))
        draft->id = nt_rows_int(rows[1], 0, 0);
    return st;
}

nt_status nt_store_draft_get(nt_connection *c, nt_arena *arena, int64_t id, int64_t now_us, nt_draft *out) {
    nt_params p = {0};
    nt_param_int(&p, id);
    nt_param_int(&p, now_us);
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, &GET_DRAFT, &p, &rows);
    if (!nt_ok(st))
        return st;
    if (nt_rows_count(rows) == 0) {
        char name[24];
        snprintf(name, sizeof name, "%lld", (long long)id);
        return nt_fail_resource(arena, NT_NOT_FOUND, "draft", name,
                                "there is no draft %s: it was committed, dropped, or has expired",
                                "ไม่มีร่าง %s อาจส่งแล้ว ถูกลบ หรือหมดอายุ", name);
    }
    *out = (nt_draft){.id = id,
                      .form_id = (int32_t)nt_rows_int(rows, 0, 1),
                      .org_id = (int32_t)nt_rows_int(rows, 0, 2),
                      .period = nt_arena_strdup(arena, nt_rows_text(rows, 0, 3)),
                      .officer_id = (int32_t)nt_rows_int(rows, 0, 4),
                      .expires_us = nt_rows_int(rows, 0, 5)};
    return done(arena, st);
}

nt_status nt_store_draft_chunks(nt_connection *c, nt_arena *arena, int64_t id, nt_draft_chunk **chunks, size_t *count) {
    nt_params p = {0};
    nt_param_int(&p, id);
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, &CHUNKS, &p, &rows);
    if (!nt_ok(st))
        return st;
    *count = nt_rows_count(rows);
    *chunks = NT_NEW_ARRAY(arena, nt_draft_chunk, *count + 1);
    for (size_t i = 0; *chunks && i < *count; i++)
        (*chunks)[i] = (nt_draft_chunk){(unsigned)nt_rows_int(rows, i, 0), (unsigned)nt_rows_int(rows, i, 1),
                                        nt_rows_bytes(arena, rows, i, 2)};
    return done(arena, st);
}

nt_status nt_store_draft_chunk_put(nt_connection *c, nt_arena *arena, int64_t id, const nt_draft_chunk *chunk,
                                   nt_bytes payload) {
    nt_params p = {0};
    nt_param_int(&p, id);
    nt_param_int(&p, chunk->number);
    nt_param_int(&p, chunk->observations);
    nt_param_bytes(&p, chunk->digest);
    nt_param_bytes(&p, payload);
    return nt_connection_query(c, arena, &PUT_CHUNK, &p, NULL);
}

nt_status nt_store_draft_chunk_get(nt_connection *c, nt_arena *arena, int64_t id, unsigned number, nt_rows **rows,
                                   nt_bytes *payload) {
    nt_params p = {0};
    nt_param_int(&p, id);
    nt_param_int(&p, number);
    nt_status st = nt_connection_query(c, arena, &GET_CHUNK, &p, rows);
    if (nt_ok(st) && nt_rows_count(*rows) == 0)
        return nt_fail(arena, NT_FAILED_PRECONDITION, "the draft's chunk %u is gone: send it again",
                       "ชุดข้อมูลที่ %u ของร่างหายไป ให้ส่งใหม่", number);
    if (nt_ok(st))
        *payload = nt_rows_bytes(arena, *rows, 0, 0);
    return st;
}

nt_status nt_store_draft_drop(nt_connection *c, nt_arena *arena, int64_t id) {
    nt_params p = {0};
    nt_param_int(&p, id);
    return nt_connection_query(c, arena, &DROP_DRAFT, &p, NULL);
}
