/* status: of each form of a period, what is expected, received, on time, late, returned, accepted; the quality of each
 * province's data; and whom to remind. */
#include "cli.h"

#include <string.h>

static void number_cell(table *t, const json_t *count, const char *key) {
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)cli_number(count, key));
    table_cell(t, text);
}

static const char *const COUNTS[][3] = {{"expected", "EXPECTED", "ต้องส่ง"},          {"received", "RECEIVED", "ส่งแล้ว"},
                                        {"on_time", "ON TIME", "ทันเวลา"},           {"late", "LATE", "ล่าช้า"},
                                        {"returned", "RETURNED", "ส่งคืน"},           {"accepted", "ACCEPTED", "รับแล้ว"},
                                        {"missing_cells", "EMPTY CELLS", "ช่องที่ขาด"}};
static const char *const PARTS[][3] = {
    {"score", "SCORE", "คะแนน"},   {"completeness", "COMPLETE", "ครบ"},    {"timeliness", "TIMELY", "ทันเวลา"},
    {"cells", "CELLS", "ช่องข้อมูล"}, {"plausibility", "PLAUSIBLE", "น่าเชื่อ"}, {"stability", "STABLE", "ไม่แก้ไข"}};
enum { COUNT_COUNT = sizeof COUNTS / sizeof COUNTS[0], PART_COUNT = sizeof PARTS / sizeof PARTS[0] };

static void count_columns(table *t, const cli *c) {
    for (int i = 0; i < COUNT_COUNT; i++)
        table_column(t, COUNTS[i][0], T(c, COUNTS[i][1], COUNTS[i][2]), TABLE_RIGHT);
}

static void count_cells(table *t, const json_t *count) {
    for (int i = 0; i < COUNT_COUNT; i++)
        number_cell(t, count, COUNTS[i][0]);
}

static int print_forms(cli *c, const json_t *out) {
    table *t = table_new(c);
    table_column(t, "form", T(c, "FORM", "แบบ"), TABLE_LEFT);
    table_column(t, "name", T(c, "NAME", "ชื่อ"), TABLE_LEFT);
    count_columns(t, c);
    size_t i;
    json_t *form;
    json_array_foreach(json_object_get(out, "forms"), i, form) {
        table_cell(t, cli_text(c, form, "form"));
        table_cell(t, cli_text(c, form, "name"));
        count_cells(t, json_object_get(form, "count"));
    }
    return table_print(t);
}

static int of_kind(const cli *c, const json_t *unit, const char *kind) {
    return strcmp(cli_text(c, unit, "kind"), kind) == 0;
}

static int print_units(cli *c, const json_t *out, const char *kind) {
    table *t = table_new(c);
    table_column(t, "org", T(c, "OFFICE", "หน่วยงาน"), TABLE_LEFT);
    table_column(t, "name", T(c, "NAME", "ชื่อ"), TABLE_LEFT);
    count_columns(t, c);
    for (int i = 0; i < PART_COUNT; i++)
        table_column(t, PARTS[i][0], T(c, PARTS[i][1], PARTS[i][2]), TABLE_RIGHT);
    size_t i;
    json_t *unit;
    json_array_foreach(json_object_get(out, "units"), i, unit) {
        if (!of_kind(c, unit, kind))
            continue;
        table_cell(t, cli_text(c, unit, "org"));
        table_cell(t, cli_text(c, unit, "name"));
        count_cells(t, json_object_get(unit, "count"));
        for (int k = 0; k < PART_COUNT; k++)
            table_cell(t, cli_text(c, json_object_get(unit, "quality"), PARTS[k][0]));
    }
    return table_print(t);
}

static void print_reminders(cli *c, const json_t *out) {
    size_t i, k;
    json_t *unit, *form;
    puts(T(c, "\nTo remind:", "\nต้องเตือน:"));
    json_array_foreach(json_object_get(out, "units"), i, unit) {
        const char *missing = "";
        json_array_foreach(json_object_get(unit, "forms"), k, form) {
            const char *state = cli_text(c, form, "state");
            int returned = strcmp(state, "SUBMISSION_STATE_RETURNED") == 0;
            if (missing && (returned || !*state || strcmp(state, "SUBMISSION_STATE_UNSPECIFIED") == 0))
                missing = nt_arena_printf(c->arena, "%s%s%s%s", missing, *missing ? ", " : "",
                                          cli_text(c, form, "form"), returned ? T(c, " (returned)", " (ส่งคืน)") : "");
        }
        if (missing && *missing)
            printf("  %s %s: %s\n", cli_text(c, unit, "org"), cli_text(c, unit, "name"), missing);
    }
}

int command_status(cli *c) {
    const char *period = cli_need(c, "period"), *org = cli_option(c, "org"), *form = cli_option(c, "form"),
               *by = cli_option(c, "by");
    int64_t as_of_us = 0;
    if (!period || c->argument_count || !cli_moment(c, "as-of", &as_of_us))
        return EXIT_USAGE;
    if (by && strcmp(by, "form") != 0 && strcmp(by, "province") != 0 && strcmp(by, "region") != 0) {
        cli_complain(c, "--by form, province or region", "--by form, province หรือ region");
        return EXIT_USAGE;
    }
    int status;
    json_t *out = cli_call(c, "nithet.v1.MonitoringService/GetStatus",
                           json_pack("{s:s,s:s,s:s,s:I}", "period", period, "org", org ? org : "", "form",
                                     form ? form : "", "as_of_us", (json_int_t)as_of_us),
                           NITHET_CALL_READ, NULL, &status);
    if (!out)
        return status;
    if (c->output == OUTPUT_JSON) {
        status = cli_print_json(out);
    } else {
        if (c->output == OUTPUT_TABLE)
            printf("%s\n\n", cli_text(c, out, "period_name"));
        if (!by || strcmp(by, "form") == 0)
            status = print_forms(c, out);
        else
            status = print_units(c, out, strcmp(by, "region") == 0 ? "ORG_KIND_REGION" : "ORG_KIND_PROVINCE");
        if (c->output == OUTPUT_TABLE && !by) {
            puts("");
            print_units(c, out, "ORG_KIND_PROVINCE");
        }
        if (c->output == OUTPUT_TABLE)
            print_reminders(c, out);
    }
    json_decref(out);
    return status;
}
