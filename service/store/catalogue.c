/* See catalogue.h. */
#include "store/catalogue.h"

#include "base/clock.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SNAPSHOT_CAP = 512 << 20 };

/* Sorted by code, as bytes. */
static const nt_statement GET_GENERATION = {.sql = "SELECT generation FROM catalogue_state"};
static const nt_statement GET_ORGS = {
    .sql =
        "SELECT u.id, u.code, u.kind, v.parent_id, v.name_th, v.name_en, v.valid_from, coalesce(v.valid_to::text, '')"
        " FROM org_unit u JOIN org_unit_version v ON v.org_id = u.id"
        " WHERE v.valid_from <= $1::date AND (v.valid_to IS NULL OR v.valid_to > $1::date) ORDER BY u.code"};
static const nt_statement GET_ISSUES = {.sql = "SELECT code, name_th, name_en FROM strategic_issue ORDER BY code"};
static const nt_statement GET_DIMENSIONS = {.sql = "SELECT code, name_th, name_en FROM dimension ORDER BY code"};
static const nt_statement GET_MEMBERS = {
    .sql = "SELECT dimension, code, name_th, name_en FROM dimension_member ORDER BY dimension, ordinal"};
static const nt_statement GET_INDICATORS = {
    .sql = "SELECT i.id, i.code, v.issue, v.name_th, v.name_en, v.unit_th, v.unit_en, v.direction,"
           " v.decimals, v.aggregation, v.dimensions, v.weight, v.numerator, v.minimum, v.maximum, v.version,"
           " v.factor, v.missing_policy, v.over_periods, v.over_dimensions, v.valid_from"
           " FROM indicator i JOIN indicator_version v ON v.indicator_id = i.id ORDER BY i.code, v.version DESC"};
static const nt_statement GET_FORMS = {
    .sql = "SELECT DISTINCT ON (f.code) f.id, f.code, v.name_th, v.name_en, v.period_kind, v.level, v.due_days,"
           " v.grace_days, v.version, v.locks FROM form f JOIN form_version v ON v.form_id = f.id ORDER BY f.code, "
           "v.version DESC"};
static const nt_statement GET_ITEMS = {
    .sql = "SELECT i.form_id, i.version, i.indicator_id, i.dimensions, i.required FROM form_item i"
           " ORDER BY i.form_id, i.version, i.ordinal"};
static const nt_statement GET_RULES = {
    .sql = "SELECT form_id, version, code, severity, expression, name_th, name_en FROM form_rule"
           " ORDER BY form_id, version, ordinal"};
static const nt_statement BEGIN_SNAPSHOT = {.sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"};

static const nt_statement LOCK_STATE = {.sql = "SELECT generation FROM catalogue_state FOR UPDATE"};
static const nt_statement PUT_ISSUE = {.sql = "INSERT INTO strategic_issue (code, name_th, name_en) VALUES ($1, $2, $3)"
                                              " ON CONFLICT (code) DO UPDATE SET name_th = $2, name_en = $3"};
static const nt_statement PUT_DIMENSION = {.sql = "INSERT INTO dimension (code, name_th, name_en) VALUES ($1, $2, $3)"
                                                  " ON CONFLICT (code) DO UPDATE SET name_th = $2, name_en = $3"};
static const nt_statement PUT_MEMBER = {
    .sql = "INSERT INTO dimension_member (dimension, code, ordinal, name_th, name_en) VALUES ($1, $2, $3, $4, $5)"
           " ON CONFLICT (dimension, code) DO UPDATE SET ordinal = $3, name_th = $4, name_en = $5"};
static const nt_statement ADD_INDICATOR = {.sql = "INSERT INTO indicator (code) VALUES ($1) ON CONFLICT DO NOTHING"};
static const nt_statement ADD_INDICATOR_VERSION = {
    .sql =
        "INSERT INTO indicator_version (indicator_id, version, generation, issue, name_th, name_en, unit_th, unit_en,"
        " direction, decimals, aggregation, dimensions, weight, numerator, minimum, maximum, factor, missing_policy,"
        " over_periods, over_dimensions, valid_from)"
        " SELECT i.id, coalesce((SELECT max(version) FROM indicator_version v WHERE v.indicator_id = i.id), 0) + 1,"
        " $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20::date FROM indicator i "
        "WHERE i.code = $1"};
static const nt_statement ADD_FORM = {.sql = "INSERT INTO form (code) VALUES ($1) ON CONFLICT DO NOTHING"};
static const nt_statement ADD_FORM_VERSION = {
    .sql = "INSERT INTO form_version (form_id, version, generation, name_th, name_en, period_kind, level, due_days,"
           " grace_days, locks) SELECT f.id, coalesce((SELECT max(version) FROM form_version v WHERE v.form_id = "
           "f.id), 0) + 1,"
           " $2, $3, $4, $5, $6, $7, $8, $9 FROM form f WHERE f.code = $1 RETURNING form_id, version"};
static const nt_statement ADD_ITEM = {
    .sql = "INSERT INTO form_item (form_id, version, ordinal, indicator_id, dimensions, required)"
           " SELECT $1, $2, $3, id, $5, $6 FROM indicator WHERE code = $4"};
static const nt_statement ADD_RULE = {
    .sql = "INSERT INTO form_rule (form_id, version, ordinal, code, severity, expression, name_th, name_en)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"};
static const nt_statement ADD_ORG = {.sql = "INSERT INTO org_unit (code, kind) VALUES ($1, $2) ON CONFLICT DO NOTHING"};
static const nt_statement END_ORG_VERSION = {.sql = "UPDATE org_unit_version SET valid_to = $2::date FROM org_unit u"
                                                    " WHERE org_id = u.id AND u.code = $1 AND valid_to IS NULL"};
static const nt_statement ADD_ORG_VERSION = {
    .sql = "INSERT INTO org_unit_version (org_id, parent_id, name_th, name_en, valid_from)"
           " SELECT u.id, p.id, $3, $4, $5::date FROM org_unit u, org_unit p WHERE u.code = $1 AND p.code = $2"};
static const nt_statement SET_GENERATION = {.sql = "UPDATE catalogue_state SET generation = $1"};
static const nt_statement ADD_CHANGE = {
    .sql = "INSERT INTO catalogue_change (generation, ordinal, at_us, officer, kind, code, field, before, after)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"};

typedef struct snapshot {
    nt_catalogue catalogue; /* first: handed out as nt_catalogue */
    nt_day day;
    unsigned users;
} snapshot;

struct nt_catalogue_cache {
    pthread_mutex_t lock;
    snapshot *current;
    uint64_t invalidations; /* counts; what was loaded before one is not kept after it */
    int stale;
    int trusted;
};

nt_catalogue_cache *nt_catalogue_cache_new(void) {
    nt_catalogue_cache *cache = calloc(1, sizeof *cache);
    if (cache)
        pthread_mutex_init(&cache->lock, NULL);
    return cache;
}

static void drop(snapshot *s) {
    if (s && --s->users == 0) {
        nt_arena_free(s->catalogue.arena);
        free(s);
    }
}

void nt_catalogue_cache_free(nt_catalogue_cache *cache) {
    if (!cache)
        return;
    drop(cache->current);
    pthread_mutex_destroy(&cache->lock);
    free(cache);
}

void nt_catalogue_invalidate(nt_catalogue_cache *cache) {
    pthread_mutex_lock(&cache->lock);
    cache->stale = 1;
    cache->invalidations++;
    pthread_mutex_unlock(&cache->lock);
}

void nt_catalogue_trust(nt_catalogue_cache *cache, int on) {
    pthread_mutex_lock(&cache->lock);
    cache->trusted = on;
    cache->stale = 1;
    cache->invalidations++;
    pthread_mutex_unlock(&cache->lock);
}

void nt_catalogue_release(nt_catalogue_cache *cache, const nt_catalogue *catalogue) {
    if (!catalogue)
        return;
    pthread_mutex_lock(&cache->lock);
    drop((snapshot *)(void *)catalogue);
    pthread_mutex_unlock(&cache->lock);
}

static nt_name copy_name(nt_arena *a, const nt_rows *rows, size_t row, int column) {
    return (nt_name){nt_arena_strdup(a, nt_rows_text(rows, row, column)),
                     nt_arena_strdup(a, nt_rows_text(rows, row, column + 1))};
}

static const char *copy_text(nt_arena *a, const nt_rows *rows, size_t row, int column) {
    return nt_rows_null(rows, row, column) ? NULL : nt_arena_strdup(a, nt_rows_text(rows, row, column));
}

static void fill_orgs(nt_catalogue *k, const nt_rows *rows) {
    nt_arena *a = k->arena;
    k->org_count = nt_rows_count(rows);
    k->orgs = NT_NEW_ARRAY(a, nt_org, k->org_count + 1);
    if (!k->orgs)
        return;
    for (size_t i = 0; i < k->org_count; i++)
        k->orgs[i] = (nt_org){.id = (int32_t)nt_rows_int(rows, i, 0),
                              .code = copy_text(a, rows, i, 1),
                              .kind = (nt_org_kind)nt_rows_int(rows, i, 2),
                              .name = copy_name(a, rows, i, 4),
                              .valid_from = copy_text(a, rows, i, 6),
                              .valid_to = copy_text(a, rows, i, 7)};
    if (nt_arena_exhausted(a) || !nt_catalogue_index(k))
        return;
    for (size_t i = 0; i < k->org_count; i++)
        if (!nt_rows_null(rows, i, 3))
            k->orgs[i].parent = nt_catalogue_org_by_id(k, (int32_t)nt_rows_int(rows, i, 3));
}

/* `level,sex` into pointers. */
static size_t split_codes(nt_arena *a, const char *text, const char *out[NT_DIMENSIONS_MAX]) {
    size_t n = 0;
    while (*text && n < NT_DIMENSIONS_MAX) {
        size_t length = strcspn(text, ",");
        out[n++] = nt_arena_strndup(a, text, length);
        text += length + (text[length] == ',');
    }
    return n;
}

static void fill_dimensions(nt_catalogue *k, const nt_rows *issues, const nt_rows *dimensions, const nt_rows *members) {
    nt_arena *a = k->arena;
    k->issue_count = nt_rows_count(issues);
    k->issues = NT_NEW_ARRAY(a, nt_issue, k->issue_count + 1);
    k->dimension_count = nt_rows_count(dimensions);
    k->dimensions = NT_NEW_ARRAY(a, nt_dimension, k->dimension_count + 1);
    nt_member *all = NT_NEW_ARRAY(a, nt_member, nt_rows_count(members) + 1);
    if (!k->issues || !k->dimensions || !all)
        return;
    for (size_t i = 0; i < k->issue_count; i++)
        k->issues[i] = (nt_issue){copy_text(a, issues, i, 0), copy_name(a, issues, i, 1)};
    size_t m = 0;
    for (size_t i = 0; i < k->dimension_count; i++) {
        nt_dimension *d = &k->dimensions[i];
        *d = (nt_dimension){copy_text(a, dimensions, i, 0), copy_name(a, dimensions, i, 1), &all[m], 0};
        for (; m < nt_rows_count(members) && strcmp(nt_rows_text(members, m, 0), nt_rows_text(dimensions, i, 0)) == 0;
             m++) {
            all[m] = (nt_member){copy_text(a, members, m, 1), copy_name(a, members, m, 2)};
            d->member_count++;
        }
    }
}

static void fill_indicators(nt_catalogue *k, const nt_rows *rows) {
    nt_arena *a = k->arena;
    size_t count = nt_rows_count(rows);
    k->indicators = NT_NEW_ARRAY(a, nt_indicator, count + 1);
    nt_indicator *earlier = NT_NEW_ARRAY(a, nt_indicator, count + 1), *latest = NULL;
    for (size_t i = 0; k->indicators && earlier && i < count; i++) { /* by code; of one, the newest version first */
        int newest = i == 0 || nt_rows_int(rows, i, 0) != nt_rows_int(rows, i - 1, 0);
        nt_indicator *x = newest ? &k->indicators[k->indicator_count++] : earlier++;
        if (!newest)
            latest->earlier = x;
        latest = x;
        *x = (nt_indicator){.id = (int32_t)nt_rows_int(rows, i, 0),
                            .code = copy_text(a, rows, i, 1),
                            .issue = copy_text(a, rows, i, 2),
                            .name = copy_name(a, rows, i, 3),
                            .unit = copy_name(a, rows, i, 5),
                            .direction = (nt_direction)nt_rows_int(rows, i, 7),
                            .decimals = (unsigned)nt_rows_int(rows, i, 8),
                            .aggregation = (nt_aggregation)nt_rows_int(rows, i, 9),
                            .weight = copy_text(a, rows, i, 11),
                            .numerator = copy_text(a, rows, i, 12),
                            .has_minimum = !nt_rows_null(rows, i, 13),
                            .minimum = nt_rows_int(rows, i, 13),
                            .has_maximum = !nt_rows_null(rows, i, 14),
                            .maximum = nt_rows_int(rows, i, 14),
                            .version = (unsigned)nt_rows_int(rows, i, 15),
                            .factor = nt_rows_int(rows, i, 16),
                            .missing_policy = (nt_missing_policy)nt_rows_int(rows, i, 17),
                            .over_periods = (nt_aggregation)nt_rows_int(rows, i, 18),
                            .over_dimensions = (nt_aggregation)nt_rows_int(rows, i, 19)};
        nt_day_parse(nt_rows_text(rows, i, 20), &x->valid_from);
        x->dimension_count = split_codes(a, nt_rows_text(rows, i, 10), x->dimensions);
    }
}

static void fill_rules(nt_catalogue *k, nt_form *f, const nt_rows *rules, nt_form_rule *all, size_t *used) {
    nt_arena *a = k->arena;
    f->rules = &all[*used];
    for (size_t r = 0; r < nt_rows_count(rules); r++)
        if (nt_rows_int(rules, r, 0) == f->id && nt_rows_int(rules, r, 1) == (int64_t)f->version) {
            all[(*used)++] = (nt_form_rule){.code = copy_text(a, rules, r, 2),
                                            .severity = (nt_severity)nt_rows_int(rules, r, 3),
                                            .text = copy_text(a, rules, r, 4),
                                            .name = copy_name(a, rules, r, 5)};
            f->rule_count++;
        }
}

static void fill_forms(nt_catalogue *k, const nt_rows *forms, const nt_rows *items, const nt_rows *rules) {
    nt_arena *a = k->arena;
    size_t count = nt_rows_count(items);
    k->form_count = nt_rows_count(forms);
    k->forms = NT_NEW_ARRAY(a, nt_form, k->form_count + 1);
    nt_form_item *all = NT_NEW_ARRAY(a, nt_form_item, count + 1);
    nt_form_rule *all_rules = NT_NEW_ARRAY(a, nt_form_rule, nt_rows_count(rules) + 1);
    if (!k->forms || !all || !all_rules || nt_arena_exhausted(a))
        return;
    size_t used = 0, rules_used = 0;
    for (size_t i = 0; i < k->form_count; i++) {
        nt_form *f = &k->forms[i];
        *f = (nt_form){.id = (int32_t)nt_rows_int(forms, i, 0),
                       .code = copy_text(a, forms, i, 1),
                       .name = copy_name(a, forms, i, 2),
                       .period_kind = (nt_period_kind)nt_rows_int(forms, i, 4),
                       .level = (nt_org_kind)nt_rows_int(forms, i, 5),
                       .due_days = (unsigned)nt_rows_int(forms, i, 6),
                       .grace_days = (unsigned)nt_rows_int(forms, i, 7),
                       .items = &all[used],
                       .version = (unsigned)nt_rows_int(forms, i, 8),
                       .locks = nt_rows_bool(forms, i, 9)};
        fill_rules(k, f, rules, all_rules, &rules_used);
        for (size_t r = 0; r < count; r++) {
            if (nt_rows_int(items, r, 0) != f->id || nt_rows_int(items, r, 1) != (int64_t)f->version)
                continue;
            nt_form_item *item = &all[used++];
            f->item_count++;
            item->indicator = nt_catalogue_indicator_by_id(k, (int32_t)nt_rows_int(items, r, 2));
            item->required = nt_rows_bool(items, r, 4);
            const char *codes[NT_DIMENSIONS_MAX];
            item->dimension_count = split_codes(a, nt_rows_text(items, r, 3), codes);
            for (size_t d = 0; d < item->dimension_count && codes[d]; d++)
                item->dimensions[d] = nt_catalogue_dimension(k, codes[d]);
        }
    }
}

static nt_status load(nt_connection *c, nt_arena *arena, const char *today, snapshot **out) {
    enum { COUNT = 11 };
    nt_rows *rows[COUNT] = {0};
    nt_params on = {0};
    nt_param_text(&on, today);
    nt_command commands[COUNT] = {{&BEGIN_SNAPSHOT, NULL}, {&GET_GENERATION, NULL}, {&GET_ORGS, &on},
                                  {&GET_ISSUES, NULL},     {&GET_DIMENSIONS, NULL}, {&GET_MEMBERS, NULL},
                                  {&GET_INDICATORS, NULL}, {&GET_FORMS, NULL},      {&GET_ITEMS, NULL},
                                  {&GET_RULES, NULL},      {&NT_COMMIT, NULL}};
    nt_status st = nt_connection_run(c, arena, commands, COUNT, rows);
    if (!nt_ok(st))
        return st;
    snapshot *s = calloc(1, sizeof *s);
    if (s)
        s->catalogue.arena = nt_arena_new(SNAPSHOT_CAP);
    if (!s || !s->catalogue.arena) {
        free(s);
        return nt_fail_memory();
    }
    s->users = 1;
    s->catalogue.generation = nt_rows_int(rows[1], 0, 0);
    fill_orgs(&s->catalogue, rows[2]);
    fill_dimensions(&s->catalogue, rows[3], rows[4], rows[5]);
    fill_indicators(&s->catalogue, rows[6]);
    fill_forms(&s->catalogue, rows[7], rows[8], rows[9]);
    for (int i = 1; i < COUNT - 1; i++)
        nt_rows_free(c, rows[i]);
    if (nt_arena_exhausted(s->catalogue.arena) || !nt_ok(nt_catalogue_bind(&s->catalogue))) {
        drop(s);
        return nt_fail_memory();
    }
    *out = s;
    return st;
}

/* While no news arrive: is what we hold still the newest? */
static nt_status confirm(nt_catalogue_cache *cache, nt_connection *c, nt_arena *arena) {
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, &GET_GENERATION, NULL, &rows);
    if (!nt_ok(st))
        return st;
    int64_t newest = nt_rows_int(rows, 0, 0);
    pthread_mutex_lock(&cache->lock);
    if (cache->current && cache->current->catalogue.generation != newest)
        cache->stale = 1;
    pthread_mutex_unlock(&cache->lock);
    return st;
}

nt_status nt_catalogue_acquire(nt_catalogue_cache *cache, nt_connection *c, nt_arena *arena, const nt_catalogue **out) {
    nt_day day = nt_day_in_thailand(nt_clock_wall_us());
    *out = NULL;
    pthread_mutex_lock(&cache->lock);
    int trusted = cache->trusted;
    pthread_mutex_unlock(&cache->lock);
    nt_status st = trusted ? nt_success() : confirm(cache, c, arena);
    if (!nt_ok(st))
        return st;
    pthread_mutex_lock(&cache->lock);
    uint64_t invalidations = cache->invalidations;
    if (cache->current && !cache->stale && cache->current->day == day) {
        cache->current->users++;
        *out = &cache->current->catalogue;
    }
    pthread_mutex_unlock(&cache->lock);
    if (*out)
        return st;
    char today[NT_DATE_TEXT];
    nt_day_format(day, today);
    snapshot *fresh = NULL;
    st = load(c, arena, today, &fresh);
    if (!nt_ok(st))
        return st;
    fresh->day = day;
    fresh->users = 2; /* the cache's, and the caller's */
    pthread_mutex_lock(&cache->lock);
    snapshot *old = cache->current;
    cache->current = fresh;
    cache->stale = cache->invalidations != invalidations;
    drop(old);
    pthread_mutex_unlock(&cache->lock);
    *out = &fresh->catalogue;
    return st;
}

nt_status nt_store_orgs_on(nt_connection *c, nt_arena *arena, const char *day, nt_catalogue *out) {
    nt_params on = {0};
    nt_param_text(&on, day);
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, &GET_ORGS, &on, &rows);
    if (!nt_ok(st))
        return st;
    *out = (nt_catalogue){.arena = arena};
    fill_orgs(out, rows);
    return nt_arena_exhausted(arena) ? nt_fail_memory() : st;
}

nt_status nt_store_catalogue_lock(nt_connection *c, nt_arena *arena, const nt_catalogue *snapshot_used) {
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, &LOCK_STATE, NULL, &rows);
    if (nt_ok(st) && nt_rows_int(rows, 0, 0) != snapshot_used->generation)
        st = nt_fail_retry(arena, NT_ABORTED, 50, "the catalogue was changed at the same time: send it again",
                           "ทะเบียนถูกแก้ไขพร้อมกัน ให้ส่งใหม่");
    return st;
}

nt_status nt_store_issue_put(nt_connection *c, nt_arena *arena, const nt_issue *issue) {
    nt_params p = {0};
    nt_param_text(&p, issue->code);
    nt_param_text(&p, issue->name.th);
    nt_param_text(&p, issue->name.en);
    return nt_connection_query(c, arena, &PUT_ISSUE, &p, NULL);
}

nt_status nt_store_dimension_put(nt_connection *c, nt_arena *arena, const nt_dimension *d) {
    nt_params p = {0};
    nt_param_text(&p, d->code);
    nt_param_text(&p, d->name.th);
    nt_param_text(&p, d->name.en);
    nt_status st = nt_connection_query(c, arena, &PUT_DIMENSION, &p, NULL);
    for (size_t i = 0; i < d->member_count && nt_ok(st); i++) {
        nt_params m = {0};
        nt_param_text(&m, d->code);
        nt_param_text(&m, d->members[i].code);
        nt_param_int(&m, (int64_t)i);
        nt_param_text(&m, d->members[i].name.th);
        nt_param_text(&m, d->members[i].name.en);
        st = nt_connection_query(c, arena, &PUT_MEMBER, &m, NULL);
    }
    return st;
}

nt_status nt_store_indicator_put(nt_connection *c, nt_arena *arena, const nt_indicator *i, int64_t generation) {
    const char *dimensions[NT_DIMENSIONS_MAX];
    memcpy(dimensions, i->dimensions, sizeof dimensions);
    nt_params code = {0}, p = {0};
    nt_param_text(&code, i->code);
    nt_param_text(&p, i->code);
    nt_param_int(&p, generation);
    nt_param_text(&p, i->issue);
    nt_param_text(&p, i->name.th);
    nt_param_text(&p, i->name.en);
    nt_param_text(&p, i->unit.th);
    nt_param_text(&p, i->unit.en);
    nt_param_int(&p, (int64_t)i->direction);
    nt_param_int(&p, i->decimals);
    nt_param_int(&p, (int64_t)i->aggregation);
    nt_param_text(&p, nt_dimension_list(arena, dimensions, i->dimension_count));
    nt_param_text(&p, i->weight);
    nt_param_text(&p, i->numerator);
    nt_param_int_or_null(&p, i->has_minimum, i->minimum);
    nt_param_int_or_null(&p, i->has_maximum, i->maximum);
    char valid_from[NT_DATE_TEXT];
    nt_day_format(i->valid_from, valid_from);
    nt_param_int(&p, i->factor);
    nt_param_int(&p, (int64_t)i->missing_policy);
    nt_param_int(&p, (int64_t)i->over_periods);
    nt_param_int(&p, (int64_t)i->over_dimensions);
    nt_param_text(&p, valid_from);
    nt_command commands[] = {{&ADD_INDICATOR, &code}, {&ADD_INDICATOR_VERSION, &p}};
    return nt_connection_run(c, arena, commands, 2, NULL);
}

nt_status nt_store_form_put(nt_connection *c, nt_arena *arena, const nt_form *f, int64_t generation) {
    nt_params code = {0}, p = {0};
    nt_param_text(&code, f->code);
    nt_param_text(&p, f->code);
    nt_param_int(&p, generation);
    nt_param_text(&p, f->name.th);
    nt_param_text(&p, f->name.en);
    nt_param_int(&p, (int64_t)f->period_kind);
    nt_param_int(&p, (int64_t)f->level);
    nt_param_int(&p, f->due_days);
    nt_param_int(&p, f->grace_days);
    nt_param_text(&p, f->locks ? "t" : "f");
    nt_command commands[] = {{&ADD_FORM, &code}, {&ADD_FORM_VERSION, &p}};
    nt_rows *rows[2] = {0};
    nt_status st = nt_connection_run(c, arena, commands, 2, rows);
    for (size_t i = 0; i < f->item_count && nt_ok(st); i++) {
        nt_params item = {0};
        nt_param_int(&item, nt_rows_int(rows[1], 0, 0));
        nt_param_int(&item, nt_rows_int(rows[1], 0, 1));
        nt_param_int(&item, (int64_t)i);
        nt_param_text(&item, f->items[i].indicator->code);
        nt_param_text(&item, nt_form_item_dimensions(arena, &f->items[i]));
        nt_param_text(&item, f->items[i].required ? "t" : "f");
        st = nt_connection_query(c, arena, &ADD_ITEM, &item, NULL);
    }
    for (size_t i = 0; i < f->rule_count && nt_ok(st); i++) {
        nt_params rule = {0};
        nt_param_int(&rule, nt_rows_int(rows[1], 0, 0));
        nt_param_int(&rule, nt_rows_int(rows[1], 0, 1));
        nt_param_int(&rule, (int64_t)i);
        nt_param_text(&rule, f->rules[i].code);
        nt_param_int(&rule, (int64_t)f->rules[i].severity);
        nt_param_text(&rule, f->rules[i].text);
        nt_param_text(&rule, f->rules[i].name.th);
        nt_param_text(&rule, f->rules[i].name.en);
        st = nt_connection_query(c, arena, &ADD_RULE, &rule, NULL);
    }
    return st;
}

nt_status nt_store_org_put(nt_connection *c, nt_arena *arena, const nt_org *org) {
    nt_params unit = {0}, end = {0}, version = {0};
    nt_param_text(&unit, org->code);
    nt_param_int(&unit, (int64_t)org->kind);
    nt_param_text(&end, org->code);
    nt_param_text(&end, org->valid_from);
    nt_param_text(&version, org->code);
    nt_param_text(&version, org->parent ? org->parent->code : "");
    nt_param_text(&version, org->name.th);
    nt_param_text(&version, org->name.en);
    nt_param_text(&version, org->valid_from);
    nt_command commands[] = {{&ADD_ORG, &unit}, {&END_ORG_VERSION, &end}, {&ADD_ORG_VERSION, &version}};
    return nt_connection_run(c, arena, commands, 3, NULL);
}

nt_status nt_store_catalogue_changed(nt_connection *c, nt_arena *arena, const nt_changes *changes, int64_t generation,
                                     const char *officer, int64_t at_us) {
    nt_params p = {0};
    nt_param_int(&p, generation);
    nt_status st = nt_connection_query(c, arena, &SET_GENERATION, &p, NULL);
    int64_t ordinal = 0;
    for (const nt_change *change = changes->first; change && nt_ok(st); change = change->next) {
        nt_params line = {0};
        nt_param_int(&line, generation);
        nt_param_int(&line, ++ordinal);
        nt_param_int(&line, at_us);
        nt_param_text(&line, officer);
        nt_param_text(&line, change->kind);
        nt_param_text(&line, change->code);
        nt_param_text(&line, change->field);
        nt_param_text(&line, change->before);
        nt_param_text(&line, change->after);
        st = nt_connection_query(c, arena, &ADD_CHANGE, &line, NULL);
    }
    return st;
}
