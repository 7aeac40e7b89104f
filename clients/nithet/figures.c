/* See figures.h. */
#include "figures.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { DIMENSIONS_MOST = 16, WIDE_MOST = 512, BREAKDOWN_MOST = 512 };

static const char *const ORG[] = {"org",        "organisation", "province", "province_code", "หน่วยงาน",
                                  "รหัสหน่วยงาน", "จังหวัด",        "รหัสจังหวัด", "สถานศึกษา",      NULL};
static const char *const INDICATOR[] = {"indicator", "ตัวชี้วัด", "รหัสตัวชี้วัด", NULL};
static const char *const VALUE[] = {"value", "ค่า", "จำนวน", "ข้อมูล", NULL};
static const char *const STATUS[] = {"status", "สถานะ", NULL};
static const char *const NOTE[] = {"note", "หมายเหตุ", NULL};
/* For people alone: what a template says beside the codes. */
static const char *const ASIDE[] = {"ชื่อหน่วยงาน", "ชื่อตัวชี้วัด", "หน่วย", "org_name", "indicator_name", "unit", NULL};

/* A column of a wide sheet: one cell of the form. */
typedef struct wide_column {
    size_t column;
    const char *indicator;
    const char *breakdown;
} wide_column;

typedef struct layout {
    cli *c;
    figures *out;
    const json_t *dimensions;
    const json_t *form;
    const char *org;            /* where there is no column for it */
    const char *only_indicator; /* likewise; NULL if the form has several */
    int org_column, indicator_column, value_column, status_column, note_column;
    const json_t *by_column[WIDE_MOST]; /* dimension of each column, NULL for none */
    wide_column wide[WIDE_MOST];
    size_t wide_count;
} layout;

static void complain(layout *l, size_t line, const char *column, const char *en, const char *th, ...)
    __attribute__((format(printf, 4, 6), format(printf, 5, 6)));

/* `column` is a heading, or what one would have been called. */
static const char *place_of(const cli *c, const sheet *s, size_t line, const char *column) {
    size_t k = 0;
    while (k < s->rows[0].count && strcmp(s->rows[0].cells[k], column) != 0)
        k++;
    return sheet_place(c, s, line, k, s->name && k == s->rows[0].count ? NULL : column);
}

static void complain(layout *l, size_t line, const char *column, const char *en, const char *th, ...) {
    va_list args;
    va_start(args, th);
    fprintf(stderr, "%s: ", place_of(l->c, l->out->sheet, line, column));
    vfprintf(stderr, T(l->c, en, th), args);
    fputc('\n', stderr);
    va_end(args);
    l->out->faults++;
}

/* By code or by name in either language. */
static int is_called(const json_t *thing, const char *text) {
    const json_t *name = json_object_get(thing, "name");
    const char *code = json_string_value(json_object_get(thing, "code")),
               *th = json_string_value(json_object_get(name, "th")),
               *en = json_string_value(json_object_get(name, "en"));
    return (code && strcasecmp(code, text) == 0) || (th && strcmp(th, text) == 0) || (en && strcasecmp(en, text) == 0);
}

static const json_t *find_called(const json_t *list, const char *text) {
    size_t i;
    json_t *it;
    json_array_foreach((json_t *)(uintptr_t)list, i, it) if (is_called(it, text)) return it;
    return NULL;
}

static int take_wide_heading(layout *l, const json_t *form, size_t column, const char *heading) {
    char code[64];
    size_t n = strcspn(heading, "["), length = strlen(heading), i;
    json_t *item;
    if (n == 0 || n >= sizeof code || (heading[n] && heading[length - 1] != ']') || l->wide_count == WIDE_MOST)
        return 0;
    memcpy(code, heading, n);
    code[n] = '\0';
    json_array_foreach(json_object_get(form, "items"), i,
                       item) if (strcmp(cli_text(l->c, item, "indicator"), code) == 0) {
        wide_column *w = &l->wide[l->wide_count++];
        *w = (wide_column){column, nt_arena_strdup(l->c->arena, code),
                           heading[n] ? nt_arena_strndup(l->c->arena, heading + n + 1, length - n - 2) : ""};
        return 1;
    }
    return 0;
}

static const char *heading_of(const layout *l, int column, const char *otherwise) {
    return column >= 0 ? l->out->sheet->rows[0].cells[column] : otherwise;
}

static int read_heading(layout *l, const json_t *form) {
    const sheet *s = l->out->sheet;
    const sheet_row *head = &s->rows[0];
    l->org_column = sheet_column(s, ORG);
    l->indicator_column = sheet_column(s, INDICATOR);
    l->value_column = sheet_column(s, VALUE);
    l->status_column = sheet_column(s, STATUS);
    l->note_column = sheet_column(s, NOTE);
    l->out->org_heading = heading_of(l, l->org_column, "org");
    l->out->indicator_heading = heading_of(l, l->indicator_column, "indicator");
    l->out->status_heading = heading_of(l, l->status_column, "status");
    l->out->note_heading = heading_of(l, l->note_column, "note");
    const json_t *items = json_object_get(form, "items");
    l->only_indicator = json_array_size(items) == 1 ? cli_text(l->c, json_array_get(items, 0), "indicator") : NULL;
    for (size_t k = 0; k < head->count && k < WIDE_MOST; k++) {
        int aside = 0;
        for (size_t a = 0; ASIDE[a]; a++)
            aside |= strcasecmp(head->cells[k], ASIDE[a]) == 0;
        int known = aside || (int)k == l->org_column || (int)k == l->indicator_column || (int)k == l->value_column ||
                    (int)k == l->status_column || (int)k == l->note_column || !*head->cells[k];
        if (known || (l->by_column[k] = find_called(l->dimensions, head->cells[k])) ||
            take_wide_heading(l, form, k, head->cells[k]))
            continue;
        complain(l, head->line, head->cells[k],
                 "there is no such column: org, indicator, value, status, note, a dimension, or a cell such as "
                 "GRAD_M6[sex=male]",
                 "ไม่รู้จักคอลัมน์นี้ ให้ใช้ org, indicator, value, status, note, ชื่อมิติ หรือช่องข้อมูลเช่น GRAD_M6[sex=male]");
    }
    if (l->wide_count && l->value_column >= 0) {
        complain(l, head->line, head->cells[l->value_column],
                 "a sheet has a column value, or columns for cells, not both",
                 "ใช้คอลัมน์ value หรือคอลัมน์ช่องข้อมูลอย่างใดอย่างหนึ่ง");
        return 0;
    }
    if (!l->wide_count && l->value_column < 0) {
        complain(l, head->line, "value", "there is no column with the figures: name it value",
                 "ไม่มีคอลัมน์ตัวเลข ให้ตั้งชื่อว่า value หรือ ค่า");
        return 0;
    }
    if (!l->wide_count && l->indicator_column < 0 && !l->only_indicator) {
        complain(l, head->line, "indicator", "the form asks for several indicators: a column indicator must say which",
                 "แบบรายงานนี้มีหลายตัวชี้วัด ต้องมีคอลัมน์ indicator");
        return 0;
    }
    return 1;
}

typedef struct pair {
    const char *dimension, *member;
} pair;

static int by_dimension(const void *a, const void *b) {
    return strcmp(((const pair *)a)->dimension, ((const pair *)b)->dimension);
}

/* `level=M6;sex=male` of a row's dimension columns, in order of code. An empty cell, or รวม, is the total. */
static int row_breakdown(layout *l, const sheet_row *row, char out[BREAKDOWN_MOST]) {
    pair pairs[DIMENSIONS_MOST];
    size_t count = 0, length = 0;
    out[0] = '\0';
    for (size_t k = 0; k < row->count && k < WIDE_MOST; k++) {
        const char *text = sheet_cell(row, k);
        if (!l->by_column[k] || !*text || strcmp(text, "รวม") == 0 || strcasecmp(text, "total") == 0)
            continue;
        const json_t *member = find_called(json_object_get(l->by_column[k], "members"), text);
        if (!member || count == DIMENSIONS_MOST) {
            complain(l, row->line, l->out->sheet->rows[0].cells[k],
                     "\"%s\" is no member of it; see `nithet catalog dimensions`",
                     "\"%s\" ไม่ใช่สมาชิกของมิตินี้ ดูได้จาก `nithet catalog dimensions`", text);
            return 0;
        }
        pairs[count++] = (pair){cli_text(l->c, l->by_column[k], "code"), cli_text(l->c, member, "code")};
    }
    qsort(pairs, count, sizeof *pairs, by_dimension);
    for (size_t i = 0; i < count; i++)
        length += (size_t)snprintf(out + length, BREAKDOWN_MOST - length, "%s%s=%s", i ? ";" : "", pairs[i].dimension,
                                   pairs[i].member);
    return 1;
}

static int read_status(layout *l, const sheet_row *row, nithet_status *status) {
    static const struct {
        const char *name, *th;
        nithet_status status;
    } names[] = {{"normal", "ปกติ", NITHET_NORMAL},
                 {"estimated", "ประมาณการ", NITHET_ESTIMATED},
                 {"provisional", "เบื้องต้น", NITHET_PROVISIONAL},
                 {"missing", "ไม่มีข้อมูล", NITHET_MISSING},
                 {"suppressed", "ปกปิด", NITHET_SUPPRESSED}};
    const char *text = l->status_column >= 0 ? sheet_cell(row, (size_t)l->status_column) : "";
    *status = NITHET_NORMAL;
    if (!*text)
        return 1;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(names[i].name, text) == 0 || strcmp(names[i].th, text) == 0) {
            *status = names[i].status;
            return 1;
        }
    complain(l, row->line, heading_of(l, l->status_column, "status"),
             "\"%s\" is no status: normal, estimated, provisional, missing, suppressed",
             "ไม่มีสถานะ \"%s\" ให้ใช้ ปกติ ประมาณการ เบื้องต้น ไม่มีข้อมูล ปกปิด", text);
    return 0;
}

static int remember_place(layout *l, size_t line, const char *column) {
    figures *f = l->out;
    size_t at = nithet_submission_count(f->submission) - 1;
    if (at >= f->place_capacity) {
        size_t capacity = f->place_capacity ? f->place_capacity * 2 : 1024;
        figure_place *grown = realloc(f->places, capacity * sizeof *grown);
        if (!grown)
            return 0;
        f->places = grown;
        f->place_capacity = capacity;
    }
    f->places[at] = (figure_place){line, column};
    return 1;
}

static int add_figure(layout *l, const sheet_row *row, const char *column, const char *indicator, const char *breakdown,
                      const char *value, nithet_status status, const char *note) {
    nithet_error *error = NULL;
    const char *org = l->org_column >= 0 ? sheet_cell(row, (size_t)l->org_column) : l->org;
    nithet_code code =
        nithet_submission_add(l->out->submission, indicator, org, breakdown, value, status, note, &error);
    if (code == NITHET_OK)
        return remember_place(l, row->line, column);
    if (error && error->violation_count)
        complain(l, row->line, column, "%s%.0s", "%.0s%s", error->violations[0].en, error->violations[0].th);
    nithet_error_free(error);
    return code == NITHET_INVALID_ARGUMENT;
}

static int by_code(const void *a, const void *b) {
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Does the form require this cell? */
static int is_required(const layout *l, const char *indicator, const char *breakdown) {
    size_t i, k;
    json_t *item, *dimension;
    json_array_foreach(json_object_get(l->form, "items"), i, item) {
        const char *codes[DIMENSIONS_MOST];
        size_t count = 0;
        if (strcmp(cli_text(l->c, item, "indicator"), indicator) != 0 ||
            !json_is_true(json_object_get(item, "required")))
            continue;
        json_array_foreach(json_object_get(item, "dimensions"), k, dimension) if (count < DIMENSIONS_MOST)
            codes[count++] = json_string_value(dimension);
        qsort(codes, count, sizeof *codes, by_code);
        const char *at = breakdown;
        for (k = 0; k < count && *at; k++) {
            size_t n = strlen(codes[k]);
            if (strncmp(at, codes[k], n) != 0 || at[n] != '=')
                break;
            at += strcspn(at, ";");
            at += *at == ';';
        }
        if (k == count && !*at)
            return 1;
    }
    return 0;
}

/* A row of a template that nobody filled in: not reported, unless the form requires it. */
static int left_empty(layout *l, const sheet_row *row, const char *indicator, const char *breakdown) {
    if (*sheet_cell(row, (size_t)l->value_column) ||
        (l->status_column >= 0 && *sheet_cell(row, (size_t)l->status_column)) ||
        (l->note_column >= 0 && *sheet_cell(row, (size_t)l->note_column)))
        return 0;
    if (is_required(l, indicator, breakdown))
        complain(
            l, row->line, heading_of(l, l->value_column, "value"),
            "there is no figure, and the form requires it: write it, or the status missing and the reason in the note",
            "ไม่มีค่า แต่แบบรายงานกำหนดให้ต้องมี ให้ใส่ค่า หรือสถานะ ไม่มีข้อมูล พร้อมเหตุผลในหมายเหตุ");
    return 1;
}

static int read_row(layout *l, const sheet_row *row) {
    const char *note = l->note_column >= 0 ? sheet_cell(row, (size_t)l->note_column) : "";
    nithet_status status;
    char breakdown[BREAKDOWN_MOST];
    if (row->count > l->out->sheet->rows[0].count) {
        complain(l, row->line, "-", "the row has %zu cells, and the heading %zu: put a figure with commas in quotes",
                 "แถวนี้มี %zu ช่อง แต่หัวตารางมี %zu ช่อง ตัวเลขที่มีจุลภาคต้องอยู่ในเครื่องหมายคำพูด", row->count,
                 l->out->sheet->rows[0].count);
        return 1;
    }
    if (!read_status(l, row, &status) || !row_breakdown(l, row, breakdown))
        return 1;
    if (!l->wide_count) {
        const char *indicator =
            l->indicator_column >= 0 ? sheet_cell(row, (size_t)l->indicator_column) : l->only_indicator;
        if (left_empty(l, row, indicator, breakdown))
            return 1;
        return add_figure(l, row, heading_of(l, l->value_column, "value"), indicator, breakdown,
                          sheet_cell(row, (size_t)l->value_column), status, note);
    }
    for (size_t i = 0; i < l->wide_count; i++) {
        const wide_column *w = &l->wide[i];
        const char *text = sheet_cell(row, w->column);
        if (*text && !add_figure(l, row, l->out->sheet->rows[0].cells[w->column], w->indicator, w->breakdown, text,
                                 status, note))
            return 0;
    }
    return 1;
}

int figures_read(cli *c, const sheet *s, const json_t *form, const json_t *dimensions, const char *org, figures *out) {
    out->sheet = s;
    layout *l = NT_NEW(c->arena, layout);
    if (!l)
        return 0;
    l->c = c;
    l->out = out;
    l->dimensions = dimensions;
    l->form = form;
    l->org = org;
    if (!read_heading(l, form))
        return 0;
    for (size_t i = 1; i < s->count; i++)
        if (!read_row(l, &s->rows[i])) {
            cli_complain(c, "out of memory", "หน่วยความจำไม่พอ");
            return 0;
        }
    return 1;
}

/* The column that a path's last part is about. */
static const char *column_of(const figures *f, const char *path, const char *value_column) {
    const char *field = strrchr(path, '.');
    const struct {
        const char *field, *heading;
    } columns[] = {{".org", f->org_heading},
                   {".indicator", f->indicator_heading},
                   {".status", f->status_heading},
                   {".note", f->note_heading}};
    for (size_t i = 0; field && i < sizeof columns / sizeof columns[0]; i++)
        if (strcmp(field, columns[i].field) == 0)
            return columns[i].heading;
    return value_column;
}

void figures_print_violation(const cli *c, const figures *f, const nithet_violation *v) {
    static const char prefix[] = "observations[";
    const char *warning = v->warning ? T(c, "warning: ", "คำเตือน: ") : "";
    char *rest = NULL;
    unsigned long i =
        strncmp(v->path, prefix, sizeof prefix - 1) == 0 ? strtoul(v->path + sizeof prefix - 1, &rest, 10) : 0;
    if (rest && i < nithet_submission_count(f->submission))
        fprintf(stderr, "%s: %s%s [%s]\n",
                place_of(c, f->sheet, f->places[i].line, column_of(f, v->path, f->places[i].column)), warning,
                T(c, v->en, v->th), v->rule);
    else
        fprintf(stderr, "%s: %s: %s%s [%s]\n", f->sheet->path, v->path, warning, T(c, v->en, v->th), v->rule);
}

int figures_print_error(const cli *c, const figures *f, nithet_error *error) {
    if (!error->violation_count)
        return cli_fail(c, error);
    for (size_t i = 0; i < error->violation_count; i++)
        figures_print_violation(c, f, &error->violations[i]);
    if (error->violations_omitted)
        fprintf(stderr, T(c, "... and %zu more faults\n", "... และอีก %zu แห่ง\n"), error->violations_omitted);
    int status = cli_exit_status(error->code);
    nithet_error_free(error);
    return status;
}

void figures_free(figures *f) {
    nithet_submission_free(f->submission);
    free(f->places);
}
