/* The same as a workbook: a sheet each for indicators, units, completeness, concerns. */
#include "report.h"

#include <stdlib.h>
#include <string.h>
#include <xlsxwriter.h>

typedef struct book {
    const report *r;
    lxw_workbook *file;
    lxw_worksheet *sheet;
    lxw_format *head;
    lxw_row_t row;
    lxw_col_t column;
} book;

static void begin_sheet(book *b, const char *name, const char *const *titles, const double *widths) {
    b->sheet = workbook_add_worksheet(b->file, name);
    for (lxw_col_t k = 0; titles[k]; k++) {
        worksheet_set_column(b->sheet, k, k, widths[k], NULL);
        worksheet_write_string(b->sheet, 0, k, titles[k], b->head);
    }
    worksheet_freeze_panes(b->sheet, 1, 1);
    worksheet_set_landscape(b->sheet);
    worksheet_set_paper(b->sheet, 9);
    worksheet_fit_to_pages(b->sheet, 1, 0);
    worksheet_repeat_rows(b->sheet, 0, 0);
    b->row = 0;
}

static void new_row(book *b) {
    b->row++;
    b->column = 0;
}

static void words(book *b, const char *text) {
    worksheet_write_string(b->sheet, b->row, b->column++, text, NULL);
}

static void number(book *b, const json_t *thing, const char *key) {
    const json_t *v = json_object_get(thing, key);
    const char *text = json_string_value(v);
    if (json_is_integer(v))
        worksheet_write_number(b->sheet, b->row, b->column, (double)json_integer_value(v), NULL);
    else if (text && *text)
        worksheet_write_number(b->sheet, b->row, b->column, strtod(text, NULL), NULL);
    b->column++;
}

static void scores(book *b, const report_score *all, size_t count) {
    for (size_t i = 0; i < count; i++) {
        new_row(b);
        words(b, report_text(all[i].row, "name", 1));
        words(b, report_text(all[i].row, "name", 0));
        words(b, cli_text(b->r->c, all[i].score, "org"));
        words(b, report_text(all[i].row, "unit", 1));
        number(b, all[i].score, "value");
        number(b, all[i].score, "target");
        words(b, REPORT_LIGHTS[all[i].status].th);
        number(b, all[i].score, "distance");
        number(b, all[i].score, "change");
        number(b, all[i].score, "year_change");
        number(b, all[i].score, "slope");
        number(b, all[i].score, "rank_in_region");
        number(b, all[i].score, "rank_in_country");
    }
}

static const char *const SCORE_TITLES[] = {"ตัวชี้วัด",   "Indicator", "หน่วยงาน",    "หน่วย",      "ค่า",
                                           "เป้าหมาย", "สถานะ",     "ห่างเป้า",     "จากงวดก่อน", "จากปีก่อน",
                                           "แนวโน้ม",  "อันดับในภาค", "อันดับประเทศ", NULL};
static const double SCORE_WIDTHS[] = {44, 40, 12, 12, 14, 14, 14, 12, 12, 12, 12, 12, 12};

static void completeness_sheet(book *b) {
    static const char *const titles[] = {"หน่วยงาน", "ชื่อ",    "ต้องส่ง", "ส่งแล้ว",    "ทันเวลา",  "ล่าช้า",  "ส่งคืน",   "รับแล้ว",
                                         "ช่องที่ขาด", "คะแนน", "ครบ",   "ทันเวลา %", "ช่องข้อมูล", "น่าเชื่อ", "ไม่แก้ไข", NULL};
    static const double widths[] = {12, 30, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10};
    static const char *const counts[] = {"expected", "received", "on_time",      "late",
                                         "returned", "accepted", "missing_cells"};
    static const char *const parts[] = {"score", "completeness", "timeliness", "cells", "plausibility", "stability"};
    size_t i;
    json_t *unit;
    begin_sheet(b, "ความครบถ้วน", titles, widths);
    json_array_foreach(json_object_get(b->r->status, "units"), i, unit) {
        new_row(b);
        words(b, cli_text(b->r->c, unit, "org"));
        words(b, report_text(unit, "name", 1));
        for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++)
            number(b, json_object_get(unit, "count"), counts[k]);
        for (size_t k = 0; k < sizeof parts / sizeof parts[0]; k++)
            number(b, json_object_get(unit, "quality"), parts[k]);
    }
}

static void concerns_sheet(book *b) {
    static const char *const titles[] = {"น้ำหนัก", "หน่วยงาน", "เรื่อง", "รายละเอียด", "Detail", NULL};
    static const double widths[] = {10, 12, 16, 80, 80};
    size_t i;
    json_t *it;
    cli thai = *b->r->c;
    thai.thai = 1;
    begin_sheet(b, "ควรสอบถาม", titles, widths);
    json_array_foreach(json_object_get(b->r->concerns, "concerns"), i, it) {
        new_row(b);
        number(b, it, "weight");
        words(b, cli_text(b->r->c, it, "org"));
        words(b, cli_concern_kind(&thai, cli_text(b->r->c, it, "kind")));
        words(b, report_text(it, "message", 1));
        words(b, report_text(it, "message", 0));
    }
}

int report_xlsx(const report *r, const char *path) {
    book b = {.r = r, .file = workbook_new(path)};
    b.head = workbook_add_format(b.file);
    format_set_bold(b.head);
    format_set_bg_color(b.head, 0xD9E2F3);
    format_set_text_wrap(b.head);
    begin_sheet(&b, "ตัวชี้วัด", SCORE_TITLES, SCORE_WIDTHS);
    scores(&b, r->totals, r->total_count);
    begin_sheet(&b, "รายหน่วย", SCORE_TITLES, SCORE_WIDTHS);
    scores(&b, r->parts, r->part_count);
    completeness_sheet(&b);
    concerns_sheet(&b);
    lxw_error rv = workbook_close(b.file);
    if (rv != LXW_NO_ERROR)
        cli_complain(r->c, "%s: %s", "%s: %s", path, lxw_strerror(rv));
    return rv == LXW_NO_ERROR;
}
