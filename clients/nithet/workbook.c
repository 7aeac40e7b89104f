/* See workbook.h. libzip opens the package, expat reads its parts; both bounded, since nobody vouches for a file. */
#include "workbook.h"

#include <expat.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

enum {
    PART_MAX = 64 << 20,
    CELLS_MAX = 5000000,
    COLUMNS_MAX = 512,
    SHEETS_MAX = 64,
    TEXT_MAX = 1 << 20,
    PATH_SIZE = 512
};

void workbook_column(size_t column, char letters[8]) {
    char turned[8];
    size_t n = 0, k = 0;
    for (size_t rest = column + 1; rest && n < 7; rest = (rest - 1) / 26)
        turned[n++] = (char)('A' + (rest - 1) % 26);
    while (n)
        letters[k++] = turned[--n];
    letters[k] = '\0';
}

typedef struct worksheet {
    const char *name;
    const char *relation; /* its id in the relations */
    const char *target;   /* its part */
    int hidden;
} worksheet;

/* One parse of one part. */
typedef struct reading {
    cli *c;
    XML_Parser parser;
    int failed;
    int too_large;
    nt_buffer text; /* of the element at hand */
    int in_text;
    int phonetic; /* inside rPh: how a text is read, not what it says */
    /* Workbook and relations. */
    worksheet sheets[SHEETS_MAX];
    size_t sheet_count;
    /* Shared strings. */
    const char **strings;
    size_t string_count, string_capacity;
    /* A worksheet. */
    const char *const *shared;
    size_t shared_count;
    sheet_row *rows;
    size_t row_count, row_capacity;
    const char *cells[COLUMNS_MAX];
    size_t width, column, row, cell_total;
    char type;
} reading;

/* Names without their prefix: `x:row` is a row. */
static const char *local(const char *name) {
    const char *colon = strrchr(name, ':');
    return colon ? colon + 1 : name;
}

static const char *attribute(const char **attributes, const char *name) {
    for (size_t i = 0; attributes[i]; i += 2)
        if (strcmp(local(attributes[i]), name) == 0)
            return attributes[i + 1];
    return NULL;
}

static void stop(reading *r, int too_large) {
    r->failed = 1;
    r->too_large |= too_large;
    XML_StopParser(r->parser, XML_FALSE);
}

static void on_text(void *user, const char *text, int size) {
    reading *r = user;
    if (!r->in_text || r->phonetic)
        return;
    if (r->text.size + (size_t)size > TEXT_MAX) {
        stop(r, 1);
        return;
    }
    nt_buffer_append(&r->text, text, (size_t)size);
}

static const char *take_text(reading *r) {
    const char *copy = nt_arena_strndup(r->c->arena, r->text.data ? (const char *)r->text.data : "", r->text.size);
    r->text.size = 0;
    if (!copy)
        stop(r, 1);
    return copy ? copy : "";
}

static int parse_part(reading *r, const char *xml, size_t size, XML_StartElementHandler start,
                      XML_EndElementHandler end) {
    r->parser = XML_ParserCreate(NULL);
    if (!r->parser)
        return 0;
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, start, end);
    XML_SetCharacterDataHandler(r->parser, on_text);
    int ok = XML_Parse(r->parser, xml, (int)size, 1) == XML_STATUS_OK && !r->failed;
    XML_ParserFree(r->parser);
    nt_buffer_free(&r->text);
    return ok;
}

static void nothing_ends(void *user, const char *name) {
    (void)user;
    (void)name;
}

static void workbook_start(void *user, const char *name, const char **a) {
    reading *r = user;
    if (strcmp(local(name), "sheet") != 0 || r->sheet_count == SHEETS_MAX)
        return;
    const char *title = attribute(a, "name"), *id = NULL, *state = attribute(a, "state");
    for (size_t i = 0; a[i]; i += 2) /* r:id, and not sheetId */
        if (strcmp(local(a[i]), "id") == 0 && a[i] != local(a[i]))
            id = a[i + 1];
    if (title && id)
        r->sheets[r->sheet_count++] = (worksheet){nt_arena_strdup(r->c->arena, title), nt_arena_strdup(r->c->arena, id),
                                                  NULL, state && strcmp(state, "visible") != 0};
}

static void relations_start(void *user, const char *name, const char **a) {
    reading *r = user;
    const char *id = attribute(a, "Id"), *target = attribute(a, "Target");
    if (strcmp(local(name), "Relationship") != 0 || !id || !target)
        return;
    for (size_t i = 0; i < r->sheet_count; i++)
        if (r->sheets[i].relation && strcmp(r->sheets[i].relation, id) == 0)
            r->sheets[i].target = *target == '/' ? nt_arena_strdup(r->c->arena, target + 1)
                                                 : nt_arena_printf(r->c->arena, "xl/%s", target);
}

static void strings_start(void *user, const char *name, const char **a) {
    reading *r = user;
    (void)a;
    const char *what = local(name);
    if (strcmp(what, "si") == 0)
        r->text.size = 0;
    else if (strcmp(what, "t") == 0)
        r->in_text = 1;
    else if (strcmp(what, "rPh") == 0)
        r->phonetic = 1;
}

static void strings_end(void *user, const char *name) {
    reading *r = user;
    const char *what = local(name);
    if (strcmp(what, "t") == 0) {
        r->in_text = 0;
    } else if (strcmp(what, "rPh") == 0) {
        r->phonetic = 0;
    } else if (strcmp(what, "si") == 0) {
        if (r->string_count == r->string_capacity) {
            size_t capacity = r->string_capacity ? r->string_capacity * 2 : 256;
            const char **grown = capacity > CELLS_MAX ? NULL : realloc(r->strings, capacity * sizeof *grown);
            if (!grown) {
                stop(r, 1);
                return;
            }
            r->strings = grown;
            r->string_capacity = capacity;
        }
        r->strings[r->string_count++] = take_text(r);
    }
}

/* A cell's number as Excel shows it: its 15 digits, without an exponent. What is no number stays as it is. */
static const char *number_text(reading *r, const char *raw) {
    char *end, digits[400];
    double value = strtod(raw, &end);
    if (end == raw || *end || !isfinite(value) || fabs(value) >= 1e15)
        return raw;
    int decimals = value == 0 ? 0 : 14 - (int)floor(log10(fabs(value)));
    snprintf(digits, sizeof digits, "%.*f", decimals < 0 ? 0 : decimals > 30 ? 30 : decimals, value);
    if (strchr(digits, '.')) {
        size_t n = strlen(digits);
        while (digits[n - 1] == '0')
            digits[--n] = '\0';
        if (digits[n - 1] == '.')
            digits[--n] = '\0';
    }
    const char *text = nt_arena_strdup(r->c->arena, strcmp(digits, "-0") == 0 ? "0" : digits);
    return text ? text : raw;
}

static size_t column_of(const char *reference, size_t otherwise) {
    size_t column = 0, n = 0;
    for (; reference && reference[n] >= 'A' && reference[n] <= 'Z' && n < 4; n++)
        column = column * 26 + (size_t)(reference[n] - 'A' + 1);
    return n ? column - 1 : otherwise;
}

static void sheet_start(void *user, const char *name, const char **a) {
    reading *r = user;
    const char *what = local(name), *value;
    if (strcmp(what, "row") == 0) {
        value = attribute(a, "r");
        size_t row = value ? strtoul(value, NULL, 10) : 0;
        r->row = row > r->row ? row : r->row + 1;
        r->width = 0;
        r->column = 0;
    } else if (strcmp(what, "c") == 0) {
        value = attribute(a, "t");
        r->column = column_of(attribute(a, "r"), r->column);
        r->type = !value                    ? 'n'
                  : strcmp(value, "s") == 0 ? 's'
                  : strcmp(value, "b") == 0 ? 'b'
                  : strcmp(value, "n") == 0 ? 'n'
                                            : 't';
        r->text.size = 0;
    } else if (strcmp(what, "v") == 0 || strcmp(what, "t") == 0) {
        r->in_text = 1;
    } else if (strcmp(what, "rPh") == 0) {
        r->phonetic = 1;
    }
}

/* Without the blanks around it. */
static const char *trimmed(reading *r, const char *text) {
    size_t n;
    text += strspn(text, " \t\r\n");
    n = strlen(text);
    while (n && strchr(" \t\r\n", text[n - 1]))
        n--;
    if (!text[n])
        return text;
    const char *copy = nt_arena_strndup(r->c->arena, text, n);
    return copy ? copy : "";
}

static void end_cell(reading *r) {
    const char *text = take_text(r);
    if (r->type == 's') {
        char *end;
        unsigned long i = strtoul(text, &end, 10);
        text = *text && !*end && i < r->shared_count ? r->shared[i] : "";
    } else if (r->type == 'n' && *text) {
        text = number_text(r, text);
    }
    if (*text && r->column < COLUMNS_MAX) {
        while (r->width <= r->column)
            r->cells[r->width++] = "";
        r->cells[r->column] = trimmed(r, text);
    }
    r->column++;
    if (++r->cell_total > CELLS_MAX)
        stop(r, 1);
}

static void end_row(reading *r) {
    if (r->width == 0)
        return;
    if (r->row_count == r->row_capacity) {
        size_t capacity = r->row_capacity ? r->row_capacity * 2 : 256;
        sheet_row *grown = realloc(r->rows, capacity * sizeof *grown);
        if (!grown) {
            stop(r, 1);
            return;
        }
        r->rows = grown;
        r->row_capacity = capacity;
    }
    const char **cells = nt_arena_memdup(r->c->arena, r->cells, r->width * sizeof *cells);
    if (!cells) {
        stop(r, 1);
        return;
    }
    r->rows[r->row_count++] = (sheet_row){cells, r->width, r->row};
}

static void sheet_end(void *user, const char *name) {
    reading *r = user;
    const char *what = local(name);
    if (strcmp(what, "v") == 0 || strcmp(what, "t") == 0)
        r->in_text = 0;
    else if (strcmp(what, "rPh") == 0)
        r->phonetic = 0;
    else if (strcmp(what, "c") == 0)
        end_cell(r);
    else if (strcmp(what, "row") == 0)
        end_row(r);
}

/* A part's bytes, to be freed; NULL if there is none, or it is too large. */
static char *load(zip_t *zip, const char *name, size_t *size) {
    zip_stat_t about;
    zip_stat_init(&about);
    if (zip_stat(zip, name, 0, &about) != 0 || !(about.valid & ZIP_STAT_SIZE) || about.size > PART_MAX)
        return NULL;
    zip_file_t *f = zip_fopen(zip, name, 0);
    char *data = f ? malloc(about.size + 1) : NULL;
    zip_int64_t got = data ? zip_fread(f, data, about.size) : -1;
    if (f)
        zip_fclose(f);
    if (got != (zip_int64_t)about.size) {
        free(data);
        return NULL;
    }
    *size = (size_t)got;
    return data;
}

static int read_part(reading *r, zip_t *zip, const char *name, XML_StartElementHandler start,
                     XML_EndElementHandler end) {
    size_t size;
    char *xml = load(zip, name, &size);
    int ok = xml && parse_part(r, xml, size, start, end);
    free(xml);
    return ok;
}

static int read_worksheet(reading *r, zip_t *zip, const worksheet *w, sheet *out) {
    reading own = {.c = r->c, .shared = r->strings, .shared_count = r->string_count};
    int ok = w->target && read_part(&own, zip, w->target, sheet_start, sheet_end);
    r->too_large |= own.too_large;
    if (!ok) {
        free(own.rows);
        return 0;
    }
    out->rows = own.rows;
    out->count = own.row_count;
    out->name = w->name;
    return 1;
}

/* A row a thing: `form` GRAD_M6, `period` AY2566, `org` TH-50. */
static void read_about(const sheet *about, sheet *out) {
    for (size_t i = 0; i < about->count; i++) {
        const char *key = sheet_cell(&about->rows[i], 0), *value = sheet_cell(&about->rows[i], 1);
        if (!*value)
            continue;
        if (strcmp(key, "form") == 0)
            out->form = value;
        else if (strcmp(key, "period") == 0)
            out->period = value;
        else if (strcmp(key, "org") == 0)
            out->org = value;
    }
}

static const worksheet *choose(const reading *r, const char *name) {
    const worksheet *first = NULL;
    for (size_t i = 0; i < r->sheet_count; i++) {
        if (strcmp(r->sheets[i].name, name) == 0)
            return &r->sheets[i];
        if (!first && !r->sheets[i].hidden)
            first = &r->sheets[i];
    }
    return strcmp(name, WORKBOOK_ABOUT) == 0 ? NULL : first;
}

static int read_all(reading *r, zip_t *zip, sheet *out) {
    sheet about = {0};
    if (!read_part(r, zip, "xl/workbook.xml", workbook_start, nothing_ends) ||
        !read_part(r, zip, "xl/_rels/workbook.xml.rels", relations_start, nothing_ends))
        return 0;
    if (zip_name_locate(zip, "xl/sharedStrings.xml", 0) >= 0 &&
        !read_part(r, zip, "xl/sharedStrings.xml", strings_start, strings_end))
        return 0;
    const worksheet *data = choose(r, WORKBOOK_DATA), *says = choose(r, WORKBOOK_ABOUT);
    if (!data || !read_worksheet(r, zip, data, out))
        return 0;
    if (says && read_worksheet(r, zip, says, &about))
        read_about(&about, out);
    free(about.rows);
    return 1;
}

int workbook_read(cli *c, const char *path, const void *data, size_t size, sheet *out) {
    zip_error_t error;
    zip_error_init(&error);
    reading *r = calloc(1, sizeof *r);
    zip_source_t *source = r ? zip_source_buffer_create(data, size, 0, &error) : NULL;
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    if (source && !zip)
        zip_source_free(source);
    if (r)
        r->c = c;
    int ok = zip && read_all(r, zip, out);
    if (zip)
        zip_discard(zip);
    zip_error_fini(&error);
    if (!ok && r && r->too_large)
        cli_complain(c, "%s: the workbook is too large: %d cells are the most", "%s: ไฟล์ใหญ่เกินไป ได้ไม่เกิน %d ช่อง", path,
                     CELLS_MAX);
    else if (!ok)
        cli_complain(c, "%s: this is no Excel workbook (.xlsx), or it is damaged: open it and save it again",
                     "%s: ไม่ใช่ไฟล์ Excel (.xlsx) หรือไฟล์เสียหาย ให้เปิดแล้วบันทึกใหม่", path);
    if (r)
        free(r->strings);
    free(r);
    return ok;
}
