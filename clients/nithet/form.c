/* form: an Excel template of a form, which `nithet submit` reads back. */
#include "known.h"
#include "workbook.h"

#include <stdlib.h>
#include <string.h>
#include <xlsxwriter.h>

enum { DIMENSIONS_MOST = 8, ROWS_MOST = 200000 };

/* The columns, in order; the dimensions stand between INDICATOR_NAME and UNIT. */
typedef struct columns {
    lxw_col_t org, org_name, indicator, indicator_name, dimensions, unit, value, status, note;
} columns;

typedef struct template {
    cli *c;
    lxw_workbook *book;
    lxw_worksheet *data;
    lxw_format *head, *fixed, *open, *number;
    const json_t *dimensions[DIMENSIONS_MOST]; /* all that some line of the form breaks down by */
    size_t dimension_count;
    columns at;
    lxw_row_t row;
}
template;

static const json_t *with_code(const json_t *list, const char *code) {
    size_t i;
    json_t *it;
    json_array_foreach((json_t *)(uintptr_t)list, i, it) {
        const char *own = json_string_value(json_object_get(it, "code"));
        if (own && strcmp(own, code) == 0)
            return it;
    }
    return NULL;
}

static void find_dimensions(template *t, const json_t *form, const json_t *all) {
    size_t i, k;
    json_t *item, *code;
    json_array_foreach(json_object_get(form, "items"), i, item)
        json_array_foreach(json_object_get(item, "dimensions"), k, code) {
        const json_t *d = with_code(all, json_string_value(code));
        size_t n = 0;
        while (n < t->dimension_count && t->dimensions[n] != d)
            n++;
        if (d && n == t->dimension_count && n < DIMENSIONS_MOST)
            t->dimensions[t->dimension_count++] = d;
    }
}

static void make_formats(template *t) {
    t->head = workbook_add_format(t->book);
    format_set_bold(t->head);
    format_set_bg_color(t->head, 0xD9E2F3);
    format_set_border(t->head, LXW_BORDER_THIN);
    format_set_text_wrap(t->head);
    format_set_align(t->head, LXW_ALIGN_VERTICAL_CENTER);
    t->fixed = workbook_add_format(t->book);
    format_set_bg_color(t->fixed, 0xF2F2F2);
    format_set_border(t->fixed, LXW_BORDER_HAIR);
    t->open = workbook_add_format(t->book);
    format_set_unlocked(t->open);
    format_set_border(t->open, LXW_BORDER_THIN);
    t->number = workbook_add_format(t->book);
    format_set_unlocked(t->number);
    format_set_border(t->number, LXW_BORDER_THIN);
    format_set_num_format(t->number, "#,##0.####");
}

static void write_heading(template *t) {
    lxw_col_t k = 0;
    t->at.org = k++;
    t->at.org_name = k++;
    t->at.indicator = k++;
    t->at.indicator_name = k++;
    t->at.dimensions = k;
    k = (lxw_col_t)(k + t->dimension_count);
    t->at.unit = k++;
    t->at.value = k++;
    t->at.status = k++;
    t->at.note = k++;
    const struct {
        lxw_col_t column;
        const char *title;
        double width;
    } heads[] = {{t->at.org, "หน่วยงาน", 12},     {t->at.org_name, "ชื่อหน่วยงาน", 22},
                 {t->at.indicator, "ตัวชี้วัด", 20}, {t->at.indicator_name, "ชื่อตัวชี้วัด", 44},
                 {t->at.unit, "หน่วย", 12},       {t->at.value, "ค่า", 16},
                 {t->at.status, "สถานะ", 14},    {t->at.note, "หมายเหตุ", 40}};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        worksheet_set_column(t->data, heads[i].column, heads[i].column, heads[i].width, NULL);
        worksheet_write_string(t->data, 0, heads[i].column, heads[i].title, t->head);
    }
    for (size_t d = 0; d < t->dimension_count; d++) {
        lxw_col_t column = (lxw_col_t)(t->at.dimensions + d);
        worksheet_set_column(t->data, column, column, 18, NULL);
        worksheet_write_string(t->data, 0, column,
                               json_string_value(json_object_get(json_object_get(t->dimensions[d], "name"), "th")),
                               t->head);
    }
    worksheet_set_row(t->data, 0, 24, NULL);
    worksheet_freeze_panes(t->data, 1, t->at.value);
    t->row = 1;
}

static const char *thai(const json_t *thing, const char *key) {
    const char *text = json_string_value(json_object_get(json_object_get(thing, key), "th"));
    return text ? text : "";
}

/* One cell to fill in. `pick` are the members of the line's dimensions. */
static void write_row(template *t, const json_t *org, const json_t *indicator, const json_t *const *dimensions,
                      const json_t *const *pick, size_t count) {
    const cli *c = t->c;
    worksheet_write_string(t->data, t->row, t->at.org, cli_text(c, org, "code"), t->fixed);
    worksheet_write_string(t->data, t->row, t->at.org_name, thai(org, "name"), t->fixed);
    worksheet_write_string(t->data, t->row, t->at.indicator, cli_text(c, indicator, "code"), t->fixed);
    worksheet_write_string(t->data, t->row, t->at.indicator_name, thai(indicator, "name"), t->fixed);
    for (size_t d = 0; d < t->dimension_count; d++) {
        size_t k = 0;
        while (k < count && dimensions[k] != t->dimensions[d])
            k++;
        worksheet_write_string(t->data, t->row, (lxw_col_t)(t->at.dimensions + d),
                               k < count ? thai(pick[k], "name") : "", t->fixed);
    }
    worksheet_write_string(t->data, t->row, t->at.unit, thai(indicator, "unit"), t->fixed);
    worksheet_write_blank(t->data, t->row, t->at.value, t->number);
    worksheet_write_blank(t->data, t->row, t->at.status, t->open);
    worksheet_write_blank(t->data, t->row, t->at.note, t->open);
    t->row++;
}

static void write_line(template *t, const json_t *org, const json_t *item, const json_t *indicators) {
    const json_t *indicator = with_code(indicators, cli_text(t->c, item, "indicator"));
    const json_t *dimensions[DIMENSIONS_MOST], *pick[DIMENSIONS_MOST];
    size_t count = 0, combinations = 1, i;
    json_t *code;
    json_array_foreach(json_object_get(item, "dimensions"), i,
                       code) for (size_t d = 0; d < t->dimension_count && count < DIMENSIONS_MOST;
                                  d++) if (strcmp(cli_text(t->c, t->dimensions[d], "code"), json_string_value(code)) ==
                                           0) dimensions[count++] = t->dimensions[d];
    for (size_t d = 0; d < count; d++)
        combinations *= json_array_size(json_object_get(dimensions[d], "members"));
    for (size_t n = 0; indicator && n < combinations && t->row < ROWS_MOST; n++) {
        size_t rest = n;
        for (size_t d = count; d-- > 0;) {
            const json_t *members = json_object_get(dimensions[d], "members");
            pick[d] = json_array_get(members, rest % json_array_size(members));
            rest /= json_array_size(members);
        }
        write_row(t, org, indicator, dimensions, pick, count);
    }
}

/* What may be typed: figures within the indicator's limits are the service's to judge; here only that it is a number.
 */
static void add_checks(template *t) {
    static const char *const statuses[] = {"ปกติ", "ประมาณการ", "เบื้องต้น", "ไม่มีข้อมูล", "ปกปิด", NULL};
    lxw_data_validation number = {.validate = LXW_VALIDATION_TYPE_DECIMAL,
                                  .criteria = LXW_VALIDATION_CRITERIA_BETWEEN,
                                  .minimum_number = -99999999999999.0,
                                  .maximum_number = 99999999999999.0,
                                  .error_title = "ค่าไม่ถูกต้อง",
                                  .error_message = "ให้ใส่ตัวเลข ถ้าไม่มีข้อมูลให้เว้นว่างและเลือกสถานะ"};
    lxw_data_validation status = {.validate = LXW_VALIDATION_TYPE_LIST,
                                  .value_list = (char **)(uintptr_t)statuses,
                                  .input_title = "สถานะ",
                                  .input_message = "เว้นว่างคือ ปกติ; ไม่มีข้อมูล ต้องมีเหตุผลในหมายเหตุ"};
    if (t->row == 1)
        return;
    worksheet_data_validation_range(t->data, 1, t->at.value, t->row - 1, t->at.value, &number);
    worksheet_data_validation_range(t->data, 1, t->at.status, t->row - 1, t->at.status, &status);
    lxw_protection options = {.format_columns = 1, .format_rows = 1};
    worksheet_protect(t->data, NULL, &options); /* against slips, not against people: without a password */
    worksheet_set_landscape(t->data);
    worksheet_set_paper(t->data, 9); /* A4 */
    worksheet_fit_to_pages(t->data, 1, 0);
    worksheet_repeat_rows(t->data, 0, 0);
    worksheet_autofilter(t->data, 0, 0, t->row - 1, t->at.note);
}

static void write_about(template *t, const json_t *form, const char *org, const char *period) {
    lxw_worksheet *about = workbook_add_worksheet(t->book, WORKBOOK_ABOUT);
    const struct {
        const char *key, *value;
    } lines[] = {
        {"form", cli_text(t->c, form, "code")},
        {"org", org},
        {"period", period},
        {"แบบรายงาน", thai(form, "name")},
        {"วิธีใช้", "กรอกเฉพาะช่อง ค่า สถานะ หมายเหตุ ในชีต " WORKBOOK_DATA " แล้วสั่ง nithet submit ไฟล์นี้"},
        {"how", "Fill in the columns value, status and note of the first sheet, then: nithet submit THIS.xlsx"}};
    worksheet_set_column(about, 0, 0, 14, NULL);
    worksheet_set_column(about, 1, 1, 90, NULL);
    for (lxw_row_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        worksheet_write_string(about, i, 0, lines[i].key, t->head);
        worksheet_write_string(about, i, 1, lines[i].value, strcmp(lines[i].key, "period") == 0 ? t->open : NULL);
    }
    worksheet_protect(about, NULL, NULL);
}

static json_t *organisations(cli *c, const json_t *form, const char *org, int *status) {
    const char *level = cli_text(c, form, "level");
    const char *kind = strncmp(level, "ORG_KIND_", 9) == 0 ? level + 9 : level;
    return cli_call(c, "nithet.v1.DirectoryService/ListOrgUnits", json_pack("{s:s,s:s}", "under", org, "kind", kind),
                    NITHET_CALL_READ, "units", status);
}

static int write_template(cli *c, const char *path, const json_t *form, const known *k, const char *org) {
    int status;
    json_t *units = organisations(c, form, org, &status);
    json_t *indicators =
        units ? cli_call(c, "nithet.v1.CatalogueService/ListIndicators", json_object(), NITHET_CALL_READ, NULL, &status)
              : NULL;
    if (!indicators) {
        json_decref(units);
        return status;
    }
    template t = {.c = c, .book = workbook_new(path)};
    find_dimensions(&t, form, k->dimensions);
    t.data = workbook_add_worksheet(t.book, WORKBOOK_DATA);
    make_formats(&t);
    write_heading(&t);
    size_t u, i;
    json_t *unit, *item;
    json_array_foreach(json_object_get(units, "units"), u, unit)
        json_array_foreach(json_object_get(form, "items"), i, item)
            write_line(&t, unit, item, json_object_get(indicators, "indicators"));
    add_checks(&t);
    const char *period = cli_option(c, "period");
    write_about(&t, form, org, period ? period : "");
    lxw_error rv = workbook_close(t.book);
    json_decref(units);
    json_decref(indicators);
    if (rv != LXW_NO_ERROR) {
        cli_complain(c, "%s: %s", "%s: %s", path, lxw_strerror(rv));
        return EXIT_FAILED;
    }
    printf(T(c, "%s: form %s, %u cells to fill in\n", "%s: แบบรายงาน %s มี %u ช่องให้กรอก\n"), path,
           cli_text(c, form, "code"), t.row - 1);
    return EXIT_GOOD;
}

int command_form(cli *c) {
    const char *path = cli_need(c, "out");
    if (!path || c->argument_count != 2 || strcmp(c->arguments[0], "template") != 0) {
        cli_complain(c, "form template FORM -o FILE.xlsx; see --help", "form template FORM -o FILE.xlsx ดูได้จาก --help");
        return EXIT_USAGE;
    }
    known k;
    int status = known_fetch(c, &k);
    const json_t *form = status == EXIT_GOOD ? known_form(c, &k, c->arguments[1], &status) : NULL;
    const char *org = cli_option(c, "org");
    if (form)
        status = write_template(c, path, form, &k, org ? org : k.org);
    known_free(&k);
    return status;
}
