/* Rows and columns, as a table for people (aligned by display width: Thai vowels and tone marks take none), as CSV, or
 * as JSON. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>
#include <xlsxwriter.h>

enum { COLUMNS_MAX = 128 };

struct table {
    const cli *c;
    const char *keys[COLUMNS_MAX];
    const char *titles[COLUMNS_MAX];
    int align[COLUMNS_MAX];
    size_t columns;
    const char **cells;
    size_t count, capacity;
    int failed;
};

table *table_new(const cli *c) {
    table *t = calloc(1, sizeof *t);
    if (t)
        t->c = c;
    return t;
}

void table_column(table *t, const char *key, const char *title, int align) {
    if (!t || t->columns == COLUMNS_MAX)
        return;
    t->keys[t->columns] = nt_arena_strdup(t->c->arena, key);
    t->titles[t->columns] = nt_arena_strdup(t->c->arena, title);
    t->align[t->columns++] = align;
}

void table_cell(table *t, const char *text) {
    if (!t)
        return;
    if (t->count == t->capacity) {
        size_t capacity = t->capacity ? t->capacity * 2 : 256;
        const char **grown = realloc(t->cells, capacity * sizeof *grown);
        if (!grown) {
            t->failed = 1;
            return;
        }
        t->cells = grown;
        t->capacity = capacity;
    }
    const char *copy = nt_arena_strdup(t->c->arena, text ? text : "");
    t->failed |= !copy;
    t->cells[t->count++] = copy ? copy : "";
}

size_t text_width(const char *text) {
    size_t width = 0;
    utf8proc_int32_t point;
    while (*text) {
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text, -1, &point);
        if (n <= 0)
            break;
        int w = utf8proc_charwidth(point);
        width += w > 0 ? (size_t)w : 0;
        text += n;
    }
    return width;
}

static void print_padded(const char *text, size_t width, int align, int last) {
    size_t own = text_width(text), gap = own < width ? width - own : 0;
    if (align == TABLE_RIGHT)
        printf("%*s", (int)gap, "");
    fputs(text, stdout);
    if (align == TABLE_LEFT && !last)
        printf("%*s", (int)gap, "");
    fputs(last ? "\n" : "  ", stdout);
}

static void print_table(const table *t) {
    size_t widths[COLUMNS_MAX];
    for (size_t k = 0; k < t->columns; k++)
        widths[k] = text_width(t->titles[k]);
    for (size_t i = 0; i < t->count; i++) {
        size_t w = text_width(t->cells[i]);
        if (w > widths[i % t->columns])
            widths[i % t->columns] = w;
    }
    if (t->c->color)
        fputs("\033[1m", stdout);
    for (size_t k = 0; k < t->columns; k++)
        print_padded(t->titles[k], widths[k], t->align[k], k + 1 == t->columns);
    if (t->c->color)
        fputs("\033[0m", stdout);
    for (size_t i = 0; i < t->count; i++)
        print_padded(t->cells[i], widths[i % t->columns], t->align[i % t->columns], (i + 1) % t->columns == 0);
}

/* RFC 4180; a spreadsheet takes a text that begins so for a formula, hence the apostrophe. */
static void print_csv_cell(const char *text, int last, int align) {
    const char *guard = align == TABLE_LEFT && strchr("=+-@\t\r", *text) && *text ? "'" : "";
    if (strpbrk(text, ",\"\r\n") || *guard) {
        printf("\"%s", guard);
        for (; *text; text++) {
            if (*text == '"')
                putchar('"');
            putchar(*text);
        }
        putchar('"');
    } else {
        fputs(text, stdout);
    }
    fputs(last ? "\r\n" : ",", stdout);
}

void table_csv_cell(const char *text, int last) {
    print_csv_cell(text, last, TABLE_LEFT);
}

static void print_csv(const table *t) {
    for (size_t k = 0; k < t->columns; k++)
        print_csv_cell(t->keys[k], k + 1 == t->columns, TABLE_RIGHT);
    for (size_t i = 0; i < t->count; i++)
        print_csv_cell(t->cells[i], (i + 1) % t->columns == 0, t->align[i % t->columns]);
}

static void print_json(const table *t) {
    json_t *rows = json_array();
    for (size_t i = 0; i + t->columns <= t->count; i += t->columns) {
        json_t *row = json_object();
        for (size_t k = 0; k < t->columns; k++)
            json_object_set_new(row, t->keys[k], json_string(t->cells[i + k]));
        json_array_append_new(rows, row);
    }
    cli_print_json(rows);
    json_decref(rows);
}

static int is_number(const char *text) {
    size_t n = *text == '-', digits = strspn(text + n, "0123456789"), rest = n + digits;
    if (text[rest] == '.')
        rest += 1 + strspn(text + rest + 1, "0123456789");
    return digits && !text[rest];
}

static int write_workbook(const table *t, const char *path) {
    lxw_workbook *book = workbook_new(path);
    lxw_worksheet *sheet = workbook_add_worksheet(book, NULL);
    lxw_format *head = workbook_add_format(book);
    format_set_bold(head);
    format_set_bg_color(head, 0xD9E2F3);
    format_set_text_wrap(head);
    for (size_t k = 0; k < t->columns; k++) {
        worksheet_write_string(sheet, 0, (lxw_col_t)k, t->titles[k], head);
        size_t width = text_width(t->titles[k]);
        for (size_t i = k; i < t->count; i += t->columns)
            if (text_width(t->cells[i]) > width)
                width = text_width(t->cells[i]);
        worksheet_set_column(sheet, (lxw_col_t)k, (lxw_col_t)k, (double)(width > 60 ? 60 : width) + 2, NULL);
    }
    for (size_t i = 0; i < t->count; i++) {
        lxw_row_t row = (lxw_row_t)(i / t->columns + 1);
        lxw_col_t column = (lxw_col_t)(i % t->columns);
        if (t->align[column] == TABLE_RIGHT && is_number(t->cells[i]))
            worksheet_write_number(sheet, row, column, strtod(t->cells[i], NULL), NULL);
        else if (*t->cells[i])
            worksheet_write_string(sheet, row, column, t->cells[i], NULL);
    }
    worksheet_freeze_panes(sheet, 1, 0);
    if (t->count)
        worksheet_autofilter(sheet, 0, 0, (lxw_row_t)(t->count / t->columns), (lxw_col_t)(t->columns - 1));
    lxw_error rv = workbook_close(book);
    if (rv != LXW_NO_ERROR)
        cli_complain(t->c, "%s: %s", "%s: %s", path, lxw_strerror(rv));
    return rv == LXW_NO_ERROR;
}

int table_print(table *t) {
    int good = t && !t->failed && t->columns;
    if (good && t->c->output == OUTPUT_JSON)
        print_json(t);
    else if (good && t->c->output == OUTPUT_CSV)
        print_csv(t);
    else if (good && t->c->output == OUTPUT_XLSX)
        good = write_workbook(t, cli_option(t->c, "out"));
    else if (good && t->c->output == OUTPUT_SDMX)
        good = (cli_complain(t->c, "--output sdmx is for `nithet query`", "--output sdmx ใช้กับ `nithet query`"), 0);
    else if (good)
        print_table(t);
    if (t)
        free(t->cells);
    free(t);
    return good ? EXIT_GOOD : EXIT_FAILED;
}

static const char *shown(const cli *c, const table_field *f, const json_t *row) {
    switch (f->show) {
    case SHOW_FIGURE:
        return cli_figure(c, cli_text(c, row, f->field));
    case SHOW_NUMBER:
        return nt_arena_printf(c->arena, "%lld", (long long)cli_number(row, f->field));
    case SHOW_TIME:
        return cli_time(c, cli_number(row, f->field));
    case SHOW_TEXT:
    default:
        return cli_text(c, row, f->field);
    }
}

int table_list(const cli *c, const table_field *fields, size_t field_count, const json_t *rows) {
    table *t = table_new(c);
    for (size_t i = 0; i < field_count; i++) {
        const table_field *f = &fields[i];
        size_t length = strlen(f->field), cut = f->show == SHOW_TIME ? strlen("_at_us") : 0;
        table_column(t, nt_arena_printf(c->arena, "%.*s", (int)(length - cut), f->field), T(c, f->en, f->th),
                     f->show == SHOW_FIGURE || f->show == SHOW_NUMBER ? TABLE_RIGHT : TABLE_LEFT);
    }
    for (size_t r = 0; r < json_array_size(rows); r++)
        for (size_t i = 0; i < field_count; i++)
            table_cell(t, shown(c, &fields[i], json_array_get(rows, r)));
    return table_print(t);
}
