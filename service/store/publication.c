/* See publication.h. */
#include "store/publication.h"

#define COLUMNS                                                                                                        \
    "SELECT p.id, p.name, p.org_id, p.period, p.note, p.figures, p.digest, p.signature, p.at_us, p.officer_id, "       \
    "o.login,"                                                                                                         \
    " p.position FROM publication p JOIN officer o ON o.id = p.officer_id"
static const nt_statement GET = {.sql = COLUMNS " WHERE p.name = $1"};
static const nt_statement LIST = {.sql = COLUMNS
                                  " WHERE p.org_id = ANY($1::int[]) AND p.id < $2 ORDER BY p.id DESC LIMIT $3"};
static const nt_statement ADD = {
    .sql =
        "INSERT INTO publication (name, org_id, period, note, figures, digest, signature, at_us, officer_id, position)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id"};
static const nt_statement ADD_FIGURES = {
    .sql =
        "INSERT INTO publication_figure (publication_id, ordinal, indicator, org, disaggregation, value, status, "
        "reported,"
        " expected) SELECT $1, n - 1, i, u, d, v, s, r, e FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[],"
        " $6::smallint[], $7::int[], $8::int[]) WITH ORDINALITY AS x(i, u, d, v, s, r, e, n)"};
static const nt_statement FIGURES = {
    .sql = "SELECT indicator, org, disaggregation, value, status, reported, expected FROM publication_figure"
           " WHERE publication_id = $1 ORDER BY ordinal"};

static const char *text(nt_arena *arena, const nt_rows *rows, size_t row, int column) {
    const char *copy = nt_arena_strdup(arena, nt_rows_text(rows, row, column));
    return copy ? copy : "";
}

static nt_publication read_one(nt_arena *arena, const nt_rows *rows, size_t i) {
    return (nt_publication){
        nt_rows_int(rows, i, 0),          text(arena, rows, i, 1),          (int32_t)nt_rows_int(rows, i, 2),
        text(arena, rows, i, 3),          text(arena, rows, i, 4),          nt_rows_int(rows, i, 5),
        nt_rows_bytes(arena, rows, i, 6), nt_rows_bytes(arena, rows, i, 7), nt_rows_int(rows, i, 8),
        (int32_t)nt_rows_int(rows, i, 9), text(arena, rows, i, 10),         nt_rows_int(rows, i, 11)};
}

nt_status nt_store_publication_get(nt_connection *c, nt_arena *arena, const char *name, nt_publication *out) {
    nt_params p = {0};
    nt_param_text(&p, name);
    nt_rows *rows = NULL;
    *out = (nt_publication){0};
    nt_status st = nt_connection_query(c, arena, &GET, &p, &rows);
    if (nt_ok(st) && nt_rows_count(rows))
        *out = read_one(arena, rows, 0);
    return nt_ok(st) && nt_arena_exhausted(arena) ? nt_fail_memory() : st;
}

nt_status nt_store_publications(nt_connection *c, nt_arena *arena, const int32_t *org_ids, size_t org_count,
                                int64_t before, size_t limit, nt_publication **out, size_t *count) {
    nt_params p = {0};
    nt_param_text(&p, nt_param_ints(arena, org_ids, org_count));
    nt_param_int(&p, before);
    nt_param_int(&p, (int64_t)limit);
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, &LIST, &p, &rows);
    if (!nt_ok(st))
        return st;
    *count = nt_rows_count(rows);
    *out = NT_NEW_ARRAY(arena, nt_publication, *count + 1);
    for (size_t i = 0; *out && i < *count; i++)
        (*out)[i] = read_one(arena, rows, i);
    return nt_arena_exhausted(arena) ? nt_fail_memory() : st;
}

nt_status nt_store_publication_figures(nt_connection *c, nt_arena *arena, int64_t id, nt_published_figure **out,
                                       size_t *count) {
    nt_params p = {0};
    nt_param_int(&p, id);
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, &FIGURES, &p, &rows);
    if (!nt_ok(st))
        return st;
    *count = nt_rows_count(rows);
    *out = NT_NEW_ARRAY(arena, nt_published_figure, *count + 1);
    for (size_t i = 0; *out && i < *count; i++)
        (*out)[i] = (nt_published_figure){text(arena, rows, i, 0),           text(arena, rows, i, 1),
                                          text(arena, rows, i, 2),           !nt_rows_null(rows, i, 3),
                                          nt_rows_int(rows, i, 3),           (unsigned)nt_rows_int(rows, i, 4),
                                          (uint32_t)nt_rows_int(rows, i, 5), (uint32_t)nt_rows_int(rows, i, 6)};
    return nt_arena_exhausted(arena) ? nt_fail_memory() : st;
}

/* An array of numbers as SQL's text; `column` picks one. */
static const char *numbers(nt_arena *arena, const nt_published_figure *f, size_t count, int column) {
    nt_buffer b = {0};
    nt_buffer_byte(&b, '{');
    for (size_t i = 0; i < count; i++) {
        if (i)
            nt_buffer_byte(&b, ',');
        if (column == 0 && !f[i].has_value)
            nt_buffer_text(&b, "NULL");
        else
            nt_buffer_printf(&b, "%lld",
                             column == 0   ? (long long)f[i].value
                             : column == 1 ? (long long)f[i].status
                             : column == 2 ? (long long)f[i].reported
                                           : (long long)f[i].expected);
    }
    nt_buffer_byte(&b, '}');
    const char *out = b.failed ? NULL : nt_arena_strndup(arena, (const char *)b.data, b.size);
    nt_buffer_free(&b);
    return out;
}

nt_status nt_store_publication_add(nt_connection *c, nt_arena *arena, const nt_publication *pub,
                                   const nt_published_figure *figures, size_t count) {
    const char **codes[3];
    for (int k = 0; k < 3; k++) {
        codes[k] = NT_NEW_ARRAY(arena, const char *, count + 1);
        if (!codes[k])
            return nt_fail_memory();
    }
    for (size_t i = 0; i < count; i++) {
        codes[0][i] = figures[i].indicator;
        codes[1][i] = figures[i].org;
        codes[2][i] = figures[i].breakdown;
    }
    nt_params p = {0}, all = {0};
    nt_param_text(&p, pub->name);
    nt_param_int(&p, pub->org_id);
    nt_param_text(&p, pub->period);
    nt_param_text(&p, pub->note);
    nt_param_int(&p, pub->figures);
    nt_param_bytes(&p, pub->digest);
    nt_param_bytes(&p, pub->signature);
    nt_param_int(&p, pub->at_us);
    nt_param_int(&p, pub->officer_id);
    nt_param_int(&p, pub->position);
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, &ADD, &p, &rows);
    if (st.code == NT_ALREADY_EXISTS)
        return nt_fail_resource(arena, NT_ALREADY_EXISTS, "publication", pub->name,
                                "\"%s\" was published already, and never moves: choose another name",
                                "\"%s\" เผยแพร่ไปแล้วและแก้ไขไม่ได้ ให้ใช้ชื่ออื่น", pub->name);
    if (!nt_ok(st))
        return st;
    nt_param_int(&all, nt_rows_int(rows, 0, 0));
    for (int k = 0; k < 3; k++)
        nt_param_text(&all, nt_param_texts(arena, codes[k], count));
    for (int k = 0; k < 4; k++)
        nt_param_text(&all, numbers(arena, figures, count, k));
    if (nt_arena_exhausted(arena))
        return nt_fail_memory();
    return nt_connection_query(c, arena, &ADD_FIGURES, &all, NULL);
}
