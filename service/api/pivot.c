/* AnalysisService.Pivot: rows, columns, filters, measures. A cell is an indicator, a unit, a period and a breakdown;
 * the axes say which of these each row and column fixes, and what neither does is fixed for all. */
#include "api/figures.h"
#include "api/handlers.h"
#include "api/message.h"
#include "domain/decimal.h"
#include "domain/target.h"

#include "nithet/v1/analysis.pb-c.h"

#include <stdio.h>
#include <stdlib.h>

enum { AXES_MOST = 8, PERIODS_MOST = 240, HEADERS_MOST = 20000, CELLS_MOST = 500000, PERCENTILES_MOST = 20 };

typedef struct key {
    const nt_indicator *indicator;
    const nt_org *org;
    const nt_period *period;
    const nt_dimension *dimension;
    const nt_member *member;
} key;

typedef struct axis {
    key *keys;
    size_t count;
} axis;

/* One side's axes, and what all their combinations are. */
typedef struct side {
    axis axes[AXES_MOST];
    size_t axis_count;
    size_t count;
} side;

typedef struct pivot {
    nt_call *call;
    const Nithet__V1__PivotRequest *r;
    const nt_catalogue *catalogue;
    const nt_org *root;
    const nt_indicator **indicators;
    size_t indicator_count;
    const nt_org **units; /* of the level asked for */
    size_t unit_count;
    nt_period *periods;
    size_t period_count;
    const char *filter; /* canonical */
    const nt_indicator *per;
    int64_t per_factor;
    nt_facts facts, then;
    side rows, columns;
    int has_org, has_period, has_indicator;
} pivot;

/* A cell of the cube. */
typedef struct cell {
    const nt_indicator *indicator;
    const nt_org *org;
    const nt_period *period;
    const char *breakdown;
} cell;

static nt_status read_indicators(pivot *p) {
    const Nithet__V1__PivotRequest *r = p->r;
    char path[48];
    p->indicators = NT_NEW_ARRAY(p->call->arena, const nt_indicator *, r->n_indicators + 2);
    if (!p->indicators)
        return nt_fail_memory();
    if (r->n_indicators == 0)
        return nt_fail_field(p->call->arena, "indicators", "REQUIRED", "say which indicators", "ให้ระบุตัวชี้วัด");
    for (size_t i = 0; i < r->n_indicators; i++) {
        snprintf(path, sizeof path, "indicators[%zu]", i);
        nt_status st = nt_figures_indicator(p->call, path, r->indicators[i], &p->indicators[p->indicator_count++]);
        if (!nt_ok(st))
            return st;
    }
    if (!*r->per)
        return nt_success();
    p->per_factor = NT_DECIMAL_ONE;
    if (*r->per_factor && nt_decimal_parse(nt_bytes_text(r->per_factor), &p->per_factor) != NT_DECIMAL_OK)
        return nt_fail_field(p->call->arena, "per_factor", "NOT_A_NUMBER", "\"%.40s\" is no number",
                             "\"%.40s\" ไม่ใช่ตัวเลข", r->per_factor);
    return nt_figures_indicator(p->call, "per", r->per, &p->per);
}

static nt_status add_period(pivot *p, const char *path, const char *code) {
    if (p->period_count == PERIODS_MOST)
        return nt_fail_field(p->call->arena, path, "TOO_MANY", "at most %d periods", "ไม่เกิน %d งวด", PERIODS_MOST);
    return nt_period_parse(p->call->arena, path, code, &p->periods[p->period_count++]);
}

static nt_status read_periods(pivot *p) {
    const Nithet__V1__PivotRequest *r = p->r;
    nt_arena *arena = p->call->arena;
    nt_status st = nt_success();
    char path[48];
    p->periods = NT_NEW_ARRAY(arena, nt_period, PERIODS_MOST + 1);
    if (!p->periods)
        return nt_fail_memory();
    for (size_t i = 0; i < r->n_periods && nt_ok(st); i++) {
        snprintf(path, sizeof path, "periods[%zu]", i);
        st = add_period(p, path, r->periods[i]);
    }
    if (!nt_ok(st) || (!*r->period_from && !*r->period_to)) {
        if (nt_ok(st) && p->period_count == 0)
            st = nt_fail_field(arena, "periods", "REQUIRED", "say which periods", "ให้ระบุงวด");
        return st;
    }
    nt_period first, at;
    st = nt_period_parse(arena, "period_from", r->period_from, &first);
    if (nt_ok(st))
        st = nt_period_parse(arena, "period_to", r->period_to, &at);
    if (nt_ok(st) && (first.kind != at.kind || nt_period_compare(&first, &at) > 0))
        st = nt_fail_field(arena, "period_to", "PERIOD_KIND", "from and to are of one kind, and to is not before from",
                           "งวดเริ่มและงวดสิ้นสุดต้องเป็นชนิดเดียวกันและเรียงลำดับ");
    nt_period back[PERIODS_MOST];
    size_t n = 0;
    while (nt_ok(st)) {
        if (n == PERIODS_MOST)
            return nt_fail_field(arena, "period_from", "TOO_MANY", "at most %d periods", "ไม่เกิน %d งวด", PERIODS_MOST);
        back[n++] = at;
        if (nt_period_compare(&at, &first) == 0 || !nt_period_previous(&at, &at))
            break;
    }
    while (nt_ok(st) && n && p->period_count < PERIODS_MOST)
        p->periods[p->period_count++] = back[--n];
    return st;
}

static nt_status read_filter(pivot *p) {
    nt_arena *arena = p->call->arena;
    const char *text = "";
    for (size_t i = 0; i < p->r->n_disaggregation && text; i++)
        text = nt_arena_printf(arena, "%s%s%s", text, i ? ";" : "", p->r->disaggregation[i]);
    nt_breakdown b;
    if (!text)
        return nt_fail_memory();
    nt_status st = nt_breakdown_parse(arena, p->catalogue, "disaggregation", text, &b);
    if (nt_ok(st))
        p->filter = b.canonical;
    return st;
}

static nt_status read_units(pivot *p) {
    nt_arena *arena = p->call->arena;
    const nt_catalogue *k = p->catalogue;
    nt_org_kind level = (nt_org_kind)p->r->level;
    if (level == 0) {
        p->units = nt_units_below(arena, k, p->root, &p->unit_count);
        return p->units ? nt_success() : nt_fail_memory();
    }
    if (level > NT_ORG_PROVINCE)
        return nt_fail_field(arena, "level", "WRONG_LEVEL", "figures are of provinces, regions and the country",
                             "ข้อมูลมีระดับจังหวัด ภาค และประเทศ");
    p->units = NT_NEW_ARRAY(arena, const nt_org *, k->office_count + 1);
    for (size_t i = 0; p->units && i < k->office_count; i++)
        if (k->offices[i]->kind == level && nt_org_within(k->offices[i], p->root))
            p->units[p->unit_count++] = k->offices[i];
    if (p->units)
        qsort(p->units, p->unit_count, sizeof *p->units, nt_org_by_place);
    return p->units ? nt_success() : nt_fail_memory();
}

static nt_status read_axis(pivot *p, const char *path, const char *name, axis *out) {
    nt_arena *arena = p->call->arena;
    const nt_dimension *d = nt_catalogue_dimension(p->catalogue, name);
    int *seen = strcmp(name, "indicator") == 0 ? &p->has_indicator
                : strcmp(name, "org") == 0     ? &p->has_org
                : strcmp(name, "period") == 0  ? &p->has_period
                                               : NULL;
    if (!seen && !d)
        return nt_fail_field(arena, path, "UNKNOWN_AXIS",
                             "\"%.40s\" is none: indicator, org, period, or a dimension's code",
                             "ไม่มีแกน \"%.40s\" ให้ใช้ indicator, org, period หรือรหัสมิติ", name);
    if (seen && (*seen)++)
        return nt_fail_field(arena, path, "DOUBLED", "%s stands twice", "%s ซ้ำ", name);
    size_t most = seen == &p->has_indicator ? p->indicator_count
                  : seen == &p->has_org     ? p->unit_count
                  : seen == &p->has_period  ? p->period_count
                                            : d->member_count;
    out->keys = NT_NEW_ARRAY(arena, key, most + 1);
    for (size_t i = 0; out->keys && i < most; i++) {
        key *k = &out->keys[out->count++];
        if (seen == &p->has_indicator)
            k->indicator = p->indicators[i];
        else if (seen == &p->has_org)
            k->org = p->units[i];
        else if (seen == &p->has_period)
            k->period = &p->periods[i];
        else
            *k = (key){.dimension = d, .member = &d->members[i]};
    }
    return out->keys ? nt_success() : nt_fail_memory();
}

static nt_status read_side(pivot *p, const char *name, char **axes, size_t count, side *out) {
    char path[48];
    out->count = 1;
    if (count > AXES_MOST)
        return nt_fail_field(p->call->arena, name, "TOO_MANY", "at most %d axes", "ไม่เกิน %d แกน", AXES_MOST);
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s[%zu]", name, i);
        nt_status st = read_axis(p, path, axes[i], &out->axes[out->axis_count]);
        if (!nt_ok(st))
            return st;
        out->count *= out->axes[out->axis_count++].count;
        if (out->count > HEADERS_MOST)
            return nt_fail_field(p->call->arena, path, "TOO_MANY", "over %d rows or columns", "เกิน %d แถวหรือคอลัมน์",
                                 HEADERS_MOST);
    }
    return nt_success();
}

/* The keys of one row or column, in order of its axes. */
static void keys_of(const side *s, size_t number, const key *out[AXES_MOST]) {
    for (size_t a = s->axis_count; a-- > 0;) {
        out[a] = &s->axes[a].keys[number % s->axes[a].count];
        number /= s->axes[a].count;
    }
}

static void fix(pivot *p, const side *s, size_t number, cell *c, const char **pairs) {
    const key *keys[AXES_MOST];
    keys_of(s, number, keys);
    for (size_t a = 0; a < s->axis_count; a++) {
        if (keys[a]->indicator)
            c->indicator = keys[a]->indicator;
        if (keys[a]->org)
            c->org = keys[a]->org;
        if (keys[a]->period)
            c->period = keys[a]->period;
        if (keys[a]->dimension)
            *pairs = nt_arena_printf(p->call->arena, "%s%s%s=%s", *pairs ? *pairs : "", *pairs && **pairs ? ";" : "",
                                     keys[a]->dimension->code, keys[a]->member->code);
    }
}

static cell cell_of(pivot *p, size_t row, size_t column) {
    cell c = {.indicator = p->indicators[0], .org = p->root, .period = &p->periods[0]};
    const char *pairs = p->filter;
    fix(p, &p->rows, row, &c, &pairs);
    fix(p, &p->columns, column, &c, &pairs);
    nt_breakdown b;
    c.breakdown = pairs && nt_ok(nt_breakdown_parse(p->call->arena, p->catalogue, "", pairs, &b)) ? b.canonical : NULL;
    return c;
}

static nt_answer figure(const nt_facts *facts, const cell *c) {
    if (!c->breakdown) /* the same dimension by filter and by axis, with two members */
        return (nt_answer){.absence = NT_ABSENT_MISSING, .status = NT_MISSING};
    return nt_evaluate(facts, c->indicator, c->breakdown, c->org, c->period);
}

static char *percent_text(nt_arena *arena, nt_answer above, nt_answer below, int minus_one) {
    nt_rational q;
    int64_t rounded;
    if (above.absence || below.absence ||
        !nt_rational_divide(nt_rational_of(above.value), nt_rational_of(below.value), &q))
        return nt_text("");
    if (minus_one && !nt_rational_subtract(q, (nt_rational){1, 1}, &q))
        return nt_text("");
    if (!nt_rational_multiply(q, (nt_rational){100, 1}, &q) || !nt_rational_round(q, 2, &rounded))
        return nt_text("");
    return nt_decimal_text(arena, 1, rounded);
}

/* Place and number among the units of the same kind in the request's unit. */
static char *place_text(pivot *p, const cell *c, nt_answer mine, int percentile) {
    nt_arena *arena = p->call->arena;
    const nt_catalogue *k = p->catalogue;
    int64_t *values = NT_NEW_ARRAY(arena, int64_t, k->office_count + 1);
    size_t n = 0, not_above = 0;
    if (mine.absence || !values)
        return nt_text("");
    for (size_t i = 0; i < k->office_count; i++) {
        cell other = *c;
        other.org = k->offices[i];
        if (other.org->kind != c->org->kind || !nt_org_within(other.org, p->root))
            continue;
        nt_answer a = figure(&p->facts, &other);
        if (a.absence)
            continue;
        values[n++] = a.value;
        not_above += a.value <= mine.value;
    }
    if (!percentile)
        return nt_arena_printf(arena, "%u", nt_rank_of(c->indicator->direction, values, n, mine.value));
    return nt_decimal_text(arena, n > 0,
                           n ? nt_decimal_round((int64_t)not_above * 100 * NT_DECIMAL_ONE / (int64_t)n, 2) : 0);
}

static char *measure_text(pivot *p, Nithet__V1__Measure measure, const cell *c, nt_answer now) {
    nt_arena *arena = p->call->arena;
    nt_period other_period;
    cell other = *c;
    switch (measure) {
    case NITHET__V1__MEASURE__MEASURE_CHANGE:
    case NITHET__V1__MEASURE__MEASURE_CHANGE_PERCENT:
        if (!nt_period_previous(c->period, &other_period))
            return nt_text("");
        other.period = &other_period;
        break;
    case NITHET__V1__MEASURE__MEASURE_YEAR_CHANGE_PERCENT:
        if (!nt_period_year_before(c->period, &other_period))
            return nt_text("");
        other.period = &other_period;
        break;
    case NITHET__V1__MEASURE__MEASURE_SHARE:
        other.org = p->root;
        return percent_text(arena, now, figure(&p->facts, &other), 0);
    case NITHET__V1__MEASURE__MEASURE_PER_CAPITA: {
        nt_rational q;
        int64_t rounded;
        other.indicator = p->per;
        nt_answer per = figure(&p->facts, &other);
        if (per.absence && *c->breakdown) {
            other.breakdown = "";
            per = figure(&p->facts, &other);
        }
        if (now.absence || per.absence ||
            !nt_rational_divide(nt_rational_of(now.value), nt_rational_of(per.value), &q) ||
            !nt_rational_multiply(q, nt_rational_of(p->per_factor), &q) || !nt_rational_round(q, 4, &rounded))
            return nt_text("");
        return nt_decimal_text(arena, 1, rounded);
    }
    case NITHET__V1__MEASURE__MEASURE_RANK:
        return place_text(p, c, now, 0);
    case NITHET__V1__MEASURE__MEASURE_PERCENTILE:
        return place_text(p, c, now, 1);
    case NITHET__V1__MEASURE__MEASURE_REPORTED:
        return nt_arena_printf(arena, "%zu", now.reported);
    case NITHET__V1__MEASURE__MEASURE_REVISION: {
        nt_answer then = figure(&p->then, c);
        return nt_decimal_text(arena, !now.absence && !then.absence, now.value - then.value);
    }
    default:
        return nt_figure_text(arena, now);
    }
    nt_answer before = figure(&p->facts, &other);
    if (measure == NITHET__V1__MEASURE__MEASURE_CHANGE)
        return nt_decimal_text(arena, !now.absence && !before.absence, now.value - before.value);
    return percent_text(arena, now, before, 1);
}

static Nithet__V1__PivotHeader *header(pivot *p, const side *s, size_t number) {
    nt_arena *arena = p->call->arena;
    Nithet__V1__PivotHeader *m = NT_NEW(arena, Nithet__V1__PivotHeader);
    char **codes = NT_NEW_ARRAY(arena, char *, AXES_MOST);
    Nithet__V1__LocalizedText **names = NT_NEW_ARRAY(arena, Nithet__V1__LocalizedText *, AXES_MOST);
    const key *keys[AXES_MOST];
    if (!m || !codes || !names)
        return NULL;
    nithet__v1__pivot_header__init(m);
    keys_of(s, number, keys);
    for (size_t a = 0; a < s->axis_count; a++) {
        char th[160] = "", en[160] = "";
        nt_name name = {th, en};
        if (keys[a]->indicator) {
            codes[a] = nt_text(keys[a]->indicator->code);
            name = keys[a]->indicator->name;
        } else if (keys[a]->org) {
            codes[a] = nt_text(keys[a]->org->code);
            name = keys[a]->org->name;
        } else if (keys[a]->period) {
            codes[a] = nt_text(keys[a]->period->code);
            nt_period_name(keys[a]->period, 1, th, sizeof th);
            nt_period_name(keys[a]->period, 0, en, sizeof en);
            name = (nt_name){nt_arena_strdup(arena, th), nt_arena_strdup(arena, en)};
        } else {
            codes[a] = nt_text(keys[a]->member->code);
            name = keys[a]->member->name;
        }
        names[a] = nt_message_name(arena, name);
    }
    m->keys = codes;
    m->names = names;
    m->n_keys = m->n_names = s->axis_count;
    return m;
}

/* Rows by the value in the first column; missing ones last. */
typedef struct ranked {
    size_t row;
    int has;
    int64_t value;
} ranked;

static int highest_first(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->has != y->has)
        return x->has ? -1 : 1;
    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static int lowest_first(const void *a, const void *b) {
    const ranked *x = a, *y = b;
    if (x->has != y->has || x->value == y->value)
        return highest_first(a, b);
    return x->value < y->value ? -1 : 1;
}

/* The rows to show, in order. */
static nt_status choose_rows(pivot *p, ranked **out, size_t *count) {
    ranked *rows = NT_NEW_ARRAY(p->call->arena, ranked, p->rows.count + 1);
    if (!rows)
        return nt_fail_memory();
    uint32_t most = p->r->top ? p->r->top : p->r->bottom;
    for (size_t i = 0; i < p->rows.count; i++) {
        rows[i] = (ranked){.row = i};
        if (!most)
            continue;
        cell c = cell_of(p, i, 0);
        nt_answer now = figure(&p->facts, &c);
        Nithet__V1__Measure first = p->r->n_measures ? p->r->measures[0] : NITHET__V1__MEASURE__MEASURE_VALUE;
        const char *text = measure_text(p, first, &c, now);
        rows[i].has = text && *text && nt_decimal_parse(nt_bytes_text(text), &rows[i].value) == NT_DECIMAL_OK;
    }
    if (most)
        qsort(rows, p->rows.count, sizeof *rows, p->r->top ? highest_first : lowest_first);
    *count = p->rows.count;
    while (most && *count && !rows[*count - 1].has)
        --*count; /* what has no value is neither high nor low */
    if (most && *count > most)
        *count = most;
    *out = rows;
    return nt_success();
}

static int by_number(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static nt_status add_percentiles(pivot *p, const ranked *rows, size_t count, Nithet__V1__PivotResponse *out) {
    nt_arena *arena = p->call->arena;
    const Nithet__V1__PivotRequest *r = p->r;
    out->percentiles = NT_NEW_ARRAY(arena, Nithet__V1__PivotPercentile *, r->n_percentiles + 1);
    int64_t *values = NT_NEW_ARRAY(arena, int64_t, count + 1);
    if (!out->percentiles || !values)
        return nt_fail_memory();
    for (size_t i = 0; i < r->n_percentiles; i++) {
        Nithet__V1__PivotPercentile *m = NT_NEW(arena, Nithet__V1__PivotPercentile);
        if (!m || !(m->values = NT_NEW_ARRAY(arena, char *, p->columns.count + 1)))
            return nt_fail_memory();
        char **texts = m->values;
        nithet__v1__pivot_percentile__init(m);
        m->values = texts;
        m->percentile = r->percentiles[i];
        out->percentiles[out->n_percentiles++] = m;
    }
    for (size_t c = 0; c < p->columns.count && r->n_percentiles; c++) {
        size_t n = 0;
        for (size_t i = 0; i < count; i++) {
            cell x = cell_of(p, rows[i].row, c);
            nt_answer a = figure(&p->facts, &x);
            if (!a.absence)
                values[n++] = a.value;
        }
        qsort(values, n, sizeof *values, by_number);
        for (size_t i = 0; i < r->n_percentiles; i++) {
            Nithet__V1__PivotPercentile *m = out->percentiles[i];
            size_t place = n ? (n * r->percentiles[i] + 99) / 100 : 0; /* nearest rank */
            m->values[m->n_values++] = nt_decimal_text(arena, n > 0, n ? values[place ? place - 1 : 0] : 0);
        }
    }
    return nt_success();
}

static Nithet__V1__PivotRow *pivot_row(pivot *p, size_t row) {
    nt_arena *arena = p->call->arena;
    size_t measures = p->r->n_measures ? p->r->n_measures : 1;
    Nithet__V1__PivotRow *m = NT_NEW(arena, Nithet__V1__PivotRow);
    char **cells = NT_NEW_ARRAY(arena, char *, p->columns.count *measures + 1);
    Nithet__V1__ObservationStatus *statuses = NT_NEW_ARRAY(arena, Nithet__V1__ObservationStatus, p->columns.count + 1);
    if (!m || !cells || !statuses)
        return NULL;
    nithet__v1__pivot_row__init(m);
    m->header = header(p, &p->rows, row);
    m->cells = cells;
    m->statuses = statuses;
    for (size_t c = 0; c < p->columns.count; c++) {
        cell x = cell_of(p, row, c);
        nt_answer now = figure(&p->facts, &x);
        for (size_t k = 0; k < measures; k++)
            cells[m->n_cells++] =
                measure_text(p, p->r->n_measures ? p->r->measures[k] : NITHET__V1__MEASURE__MEASURE_VALUE, &x, now);
        statuses[m->n_statuses++] = (Nithet__V1__ObservationStatus)now.status;
    }
    return m;
}

static nt_status load(pivot *p) {
    nt_arena *arena = p->call->arena;
    const Nithet__V1__PivotRequest *r = p->r;
    nt_period *periods = NT_NEW_ARRAY(arena, nt_period, p->period_count * 3 + 1);
    size_t count = 0;
    int looks_back = 0, compares = 0;
    for (size_t i = 0; i < r->n_measures; i++) {
        looks_back |= r->measures[i] == NITHET__V1__MEASURE__MEASURE_CHANGE ||
                      r->measures[i] == NITHET__V1__MEASURE__MEASURE_CHANGE_PERCENT ||
                      r->measures[i] == NITHET__V1__MEASURE__MEASURE_YEAR_CHANGE_PERCENT;
        compares |= r->measures[i] == NITHET__V1__MEASURE__MEASURE_REVISION;
        if (r->measures[i] == NITHET__V1__MEASURE__MEASURE_PER_CAPITA && !p->per)
            return nt_fail_field(arena, "per", "REQUIRED", "per what? Name an indicator", "ให้ระบุตัวชี้วัดที่เป็นตัวหาร");
    }
    if (compares && r->compare_as_of_us <= 0)
        return nt_fail_field(arena, "compare_as_of_us", "REQUIRED", "against which moment?", "ให้ระบุเวลาที่จะเทียบ");
    if (!periods)
        return nt_fail_memory();
    for (size_t i = 0; i < p->period_count; i++) {
        periods[count++] = p->periods[i];
        if (looks_back && nt_period_previous(&p->periods[i], &periods[count]))
            count++;
        if (looks_back && nt_period_year_before(&p->periods[i], &periods[count]))
            count++;
    }
    size_t n = p->indicator_count;
    if (p->per)
        p->indicators[n++] = p->per; /* there is room for it */
    nt_status st = nt_figures_load(p->call, p->root, periods, count, p->indicators, n,
                                   r->as_of_us > 0 ? r->as_of_us : 0, &p->facts);
    if (nt_ok(st) && compares)
        st = nt_figures_load(p->call, p->root, periods, count, p->indicators, n, r->compare_as_of_us, &p->then);
    return st;
}

static nt_status read_request(pivot *p) {
    const Nithet__V1__PivotRequest *r = p->r;
    nt_arena *arena = p->call->arena;
    nt_status st = nt_figures_check_unit(p->call, p->root);
    if (nt_ok(st))
        st = read_indicators(p);
    if (nt_ok(st))
        st = read_periods(p);
    if (nt_ok(st))
        st = read_filter(p);
    if (nt_ok(st))
        st = read_units(p);
    if (nt_ok(st))
        st = read_side(p, "rows", r->rows, r->n_rows, &p->rows);
    if (nt_ok(st))
        st = read_side(p, "columns", r->columns, r->n_columns, &p->columns);
    if (!nt_ok(st))
        return st;
    if (!p->has_period && p->period_count > 1)
        return nt_fail_field(arena, "periods", "NO_AXIS", "several periods need `period` in rows or columns",
                             "หลายงวดต้องมี period ในแถวหรือคอลัมน์");
    if (!p->has_indicator && p->indicator_count > 1)
        return nt_fail_field(arena, "indicators", "NO_AXIS", "several indicators need `indicator` in rows or columns",
                             "หลายตัวชี้วัดต้องมี indicator ในแถวหรือคอลัมน์");
    if (r->top && r->bottom)
        return nt_fail_field(arena, "bottom", "TOP_OR_BOTTOM", "top or bottom, not both",
                             "ใช้ top หรือ bottom อย่างใดอย่างหนึ่ง");
    for (size_t i = 0; i < r->n_percentiles; i++)
        if (r->percentiles[i] > 100 || r->n_percentiles > PERCENTILES_MOST)
            return nt_fail_field(arena, "percentiles", "OUT_OF_RANGE", "at most %d, from 0 to 100",
                                 "ไม่เกิน %d ค่า ตั้งแต่ 0 ถึง 100", PERCENTILES_MOST);
    if (p->rows.count * p->columns.count > CELLS_MOST)
        return nt_fail_field(arena, "rows", "TOO_MANY", "over %d cells: ask for fewer", "เกิน %d ช่อง ให้ถามน้อยลง",
                             CELLS_MOST);
    return st;
}

nt_status nt_pivot(nt_call *call, const void *in) {
    const Nithet__V1__PivotRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    pivot p = {.call = call, .r = r, .catalogue = w->catalogue, .root = call->scope};
    nt_status st = read_request(&p);
    if (nt_ok(st))
        st = load(&p);
    ranked *rows = NULL;
    size_t count = 0, limit = nt_page_size(r->page_size);
    if (nt_ok(st))
        st = choose_rows(&p, &rows, &count);
    if (!nt_ok(st))
        return st;
    size_t begin = (size_t)nt_cursor_number(call, 0);
    Nithet__V1__PivotResponse out = NITHET__V1__PIVOT_RESPONSE__INIT;
    out.columns = NT_NEW_ARRAY(call->arena, Nithet__V1__PivotHeader *, p.columns.count + 1);
    out.rows = NT_NEW_ARRAY(call->arena, Nithet__V1__PivotRow *, limit + 1);
    if (!out.columns || !out.rows)
        return nt_fail_memory();
    for (size_t i = 0; i < p.columns.count; i++)
        out.columns[out.n_columns++] = header(&p, &p.columns, i);
    for (size_t i = begin; i < count && out.n_rows < limit && nt_ok(st); i++) {
        out.rows[out.n_rows++] = pivot_row(&p, rows[i].row);
        st = nt_call_check_deadline(call);
    }
    if (nt_ok(st) && begin == 0)
        st = add_percentiles(&p, rows, count, &out);
    if (!nt_ok(st))
        return st;
    out.row_count = (uint32_t)count;
    if (begin + limit < count)
        nt_continue_after(call, (int64_t)(begin + limit));
    return nt_arena_exhausted(call->arena) ? nt_fail_memory() : nt_call_reply(call, &out.base);
}
