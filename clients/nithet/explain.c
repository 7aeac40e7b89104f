/* explain: where a number comes from. changes: what changed since. rollup: is what is kept right? concerns: whom to
 * call. */
#include "cli.h"

#include <string.h>

static const char *figure_or_why(cli *c, const json_t *thing) {
    const char *value = cli_text(c, thing, "value");
    return *value ? cli_figure(c, value) : cli_text(c, thing, "missing");
}

static void print_sources(cli *c, const json_t *out) {
    table *t = table_new(c);
    table_column(t, "submission_id", T(c, "NO.", "เลขที่"), TABLE_RIGHT);
    table_column(t, "form", T(c, "FORM", "แบบ"), TABLE_LEFT);
    table_column(t, "org", T(c, "PROVINCE", "จังหวัด"), TABLE_LEFT);
    table_column(t, "period", T(c, "PERIOD", "งวด"), TABLE_LEFT);
    table_column(t, "revision", T(c, "REV.", "ฉบับ"), TABLE_RIGHT);
    table_column(t, "officer", T(c, "SIGNED BY", "ผู้ลงนาม"), TABLE_LEFT);
    table_column(t, "received", T(c, "RECEIVED", "รับเมื่อ"), TABLE_LEFT);
    table_column(t, "endorsed", T(c, "ENDORSED", "ผู้รับรอง"), TABLE_LEFT);
    table_column(t, "accepted", T(c, "ACCEPTED", "ผู้รับข้อมูล"), TABLE_LEFT);
    table_column(t, "audit_position", T(c, "AUDIT", "หลักฐาน"), TABLE_RIGHT);
    size_t i;
    json_t *s;
    json_array_foreach(json_object_get(out, "sources"), i, s) {
        char number[32];
        snprintf(number, sizeof number, "%lld", (long long)cli_number(s, "submission_id"));
        table_cell(t, number);
        table_cell(t, cli_text(c, s, "form"));
        table_cell(t, cli_text(c, s, "org"));
        table_cell(t, cli_text(c, s, "period"));
        snprintf(number, sizeof number, "%lld", (long long)cli_number(s, "revision"));
        table_cell(t, number);
        table_cell(t, cli_text(c, s, "officer"));
        table_cell(t, cli_time(c, cli_number(s, "received_at_us")));
        table_cell(t, nt_arena_printf(c->arena, "%s %s", cli_text(c, s, "endorsed_by"),
                                      cli_time(c, cli_number(s, "endorsed_at_us"))));
        table_cell(t, nt_arena_printf(c->arena, "%s %s", cli_text(c, s, "accepted_by"),
                                      cli_time(c, cli_number(s, "accepted_at_us"))));
        snprintf(number, sizeof number, "%lld", (long long)cli_number(s, "audit_position"));
        table_cell(t, number);
    }
    table_print(t);
}

static void print_parts(cli *c, const json_t *out) {
    table *t = table_new(c);
    table_column(t, "org", T(c, "PROVINCE", "จังหวัด"), TABLE_LEFT);
    table_column(t, "name", T(c, "NAME", "ชื่อ"), TABLE_LEFT);
    table_column(t, "value", T(c, "VALUE", "ค่า"), TABLE_RIGHT);
    table_column(t, "shown", T(c, "MADE OF", "คำนวณจาก"), TABLE_LEFT);
    size_t i;
    json_t *part;
    json_array_foreach(json_object_get(out, "parts"), i, part) {
        table_cell(t, cli_text(c, part, "org"));
        table_cell(t, cli_text(c, part, "name"));
        table_cell(t, figure_or_why(c, part));
        table_cell(t, cli_text(c, part, "shown"));
    }
    table_print(t);
}

static void print_missing(cli *c, const json_t *out) {
    const char *missing = "";
    size_t i;
    json_t *part;
    json_array_foreach(json_object_get(out, "parts"), i, part) if (!*cli_text(c, part, "value")) missing =
        nt_arena_printf(c->arena, "%s%s%s", missing, *missing ? ", " : "", cli_text(c, part, "name"));
    if (missing && *missing)
        printf(T(c, "\nMissing: %s\n", "\nยังขาด: %s\n"), missing);
}

int command_explain(cli *c) {
    int64_t as_of_us = 0;
    if (c->argument_count != 3 || !cli_moment(c, "as-of", &as_of_us)) {
        if (c->argument_count != 3)
            cli_complain(c, "explain INDICATOR ORG PERIOD; see --help", "explain ตัวชี้วัด หน่วยงาน งวด ดูได้จาก --help");
        return EXIT_USAGE;
    }
    const char *dim = cli_option(c, "dim");
    int status;
    json_t *out =
        cli_call(c, "nithet.v1.AnalysisService/Explain",
                 json_pack("{s:s,s:s,s:s,s:s,s:I}", "indicator", c->arguments[0], "org", c->arguments[1], "period",
                           c->arguments[2], "disaggregation", dim ? dim : "", "as_of_us", (json_int_t)as_of_us),
                 NITHET_CALL_READ, NULL, &status);
    if (!out)
        return status;
    if (c->output != OUTPUT_TABLE) {
        status = cli_print_json(out);
        json_decref(out);
        return status;
    }
    printf("%s (%s, %s %lld), %s, %s\n", cli_text(c, out, "name"), cli_text(c, out, "indicator"),
           T(c, "version", "รุ่นที่"), (long long)cli_number(out, "version"), cli_text(c, out, "org_name"),
           cli_text(c, out, "period_name"));
    printf("\n  %s %s   (%lld/%lld)\n", figure_or_why(c, out), cli_text(c, out, "unit"),
           (long long)cli_number(out, "reported"), (long long)cli_number(out, "expected"));
    if (*cli_text(c, out, "formula"))
        printf("  = %s\n  = %s\n", cli_text(c, out, "formula"), cli_text(c, out, "shown"));
    puts("");
    print_parts(c, out);
    puts("");
    print_sources(c, out);
    print_missing(c, out);
    json_decref(out);
    return EXIT_GOOD;
}

int command_changes(cli *c) {
    const char *period = cli_need(c, "period");
    int64_t since = 0, until = 0;
    if (!period || !cli_need(c, "since") || c->argument_count > 1 || !cli_moment(c, "since", &since) ||
        !cli_moment(c, "until", &until))
        return EXIT_USAGE;
    int status;
    json_t *out = cli_call(c, "nithet.v1.AnalysisService/ListChanges",
                           json_pack("{s:s,s:s,s:I,s:I}", "org", c->argument_count ? c->arguments[0] : "", "period",
                                     period, "since_us", (json_int_t)since, "until_us", (json_int_t)until),
                           NITHET_CALL_READ, NULL, &status);
    if (!out)
        return status;
    static const table_field CHANGE[] = {{"org", "PROVINCE", "จังหวัด", SHOW_TEXT},
                                         {"indicator", "INDICATOR", "ตัวชี้วัด", SHOW_TEXT},
                                         {"disaggregation", "BREAKDOWN", "จำแนก", SHOW_TEXT},
                                         {"before", "BEFORE", "เดิม", SHOW_FIGURE},
                                         {"after", "AFTER", "ใหม่", SHOW_FIGURE},
                                         {"submission_id", "NO.", "เลขที่", SHOW_NUMBER},
                                         {"revision", "REV.", "ฉบับ", SHOW_NUMBER},
                                         {"reason", "REASON", "เหตุผล", SHOW_TEXT}};
    status = table_list(c, CHANGE, sizeof CHANGE / sizeof *CHANGE, json_object_get(out, "changes"));
    json_decref(out);
    return status;
}

int command_rollup(cli *c) {
    if (c->argument_count < 1 || c->argument_count > 2 || strcmp(c->arguments[0], "check") != 0) {
        cli_complain(c, "rollup check [ORG] [--period P]", "rollup check [ORG] [--period P]");
        return EXIT_USAGE;
    }
    const char *period = cli_option(c, "period");
    int status;
    json_t *out = cli_call(
        c, "nithet.v1.AnalysisService/CheckRollups",
        json_pack("{s:s,s:s}", "org", c->argument_count > 1 ? c->arguments[1] : "", "period", period ? period : ""),
        NITHET_CALL_READ, NULL, &status);
    if (!out)
        return status;
    size_t i, count = json_array_size(json_object_get(out, "differences"));
    json_t *it;
    if (c->output == OUTPUT_JSON)
        cli_print_json(out);
    else
        printf(T(c, "%lld sums compared, %zu differ\n", "ตรวจผลรวม %lld รายการ ต่างกัน %zu รายการ\n"),
               (long long)cli_number(out, "compared"), count);
    json_array_foreach(json_object_get(out, "differences"), i, it) if (c->output != OUTPUT_JSON)
        printf("  %s %s %s %s %s: %s | %s\n", cli_text(c, it, "org"), cli_text(c, it, "period"),
               cli_text(c, it, "form"), cli_text(c, it, "indicator"), cli_text(c, it, "disaggregation"),
               cli_text(c, it, "kept"), cli_text(c, it, "made"));
    json_decref(out);
    return count ? EXIT_FAULTY : EXIT_GOOD;
}

const char *cli_concern_kind(const cli *c, const char *kind) {
    static const char *const names[][3] = {{"OUTLIER", "outlier", "ค่าผิดปกติ"},
                                           {"JUMP", "jump", "เปลี่ยนมาก"},
                                           {"HEAPING", "heaping", "ปัดตัวเลข"},
                                           {"LATE", "late", "ล่าช้า"},
                                           {"NOT_RECEIVED", "not received", "ยังไม่ได้รับ"},
                                           {"CHANGED", "corrected", "แก้ไขภายหลัง"},
                                           {"INCONSISTENT", "contradiction", "ขัดแย้งกัน"},
                                           {"EXPLAINED", "explained", "มีคำชี้แจง"},
                                           {"MISSING", "missing", "ขาดข้อมูล"}};
    const char *own = strncmp(kind, "CONCERN_KIND_", 13) == 0 ? kind + 13 : kind;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i][0], own) == 0)
            return names[i][c->thai ? 2 : 1];
    return own;
}

int command_concerns(cli *c) {
    const char *period = cli_need(c, "period");
    if (!period || c->argument_count > 1)
        return EXIT_USAGE;
    int status;
    json_t *out = cli_call(c, "nithet.v1.MonitoringService/ListConcerns",
                           json_pack("{s:s,s:s}", "org", c->argument_count ? c->arguments[0] : "", "period", period),
                           NITHET_CALL_READ, NULL, &status);
    if (!out)
        return status;
    if (c->output == OUTPUT_JSON) {
        status = cli_print_json(out);
        json_decref(out);
        return status;
    }
    size_t i;
    json_t *it;
    if (c->output == OUTPUT_TABLE) {
        json_array_foreach(json_object_get(out, "provinces"), i, it) if (cli_number(it, "concerns"))
            printf("%s %s: %lld (%lld)\n", cli_text(c, it, "org"), cli_text(c, it, "name"),
                   (long long)cli_number(it, "concerns"), (long long)cli_number(it, "weight"));
        puts("");
    }
    table *t = table_new(c);
    table_column(t, "weight", T(c, "WEIGHT", "น้ำหนัก"), TABLE_RIGHT);
    table_column(t, "org", T(c, "PROVINCE", "จังหวัด"), TABLE_LEFT);
    table_column(t, "kind", T(c, "WHAT", "เรื่อง"), TABLE_LEFT);
    table_column(t, "message", T(c, "WHAT TO ASK", "สิ่งที่ควรสอบถาม"), TABLE_LEFT);
    json_array_foreach(json_object_get(out, "concerns"), i, it) {
        char number[16];
        snprintf(number, sizeof number, "%lld", (long long)cli_number(it, "weight"));
        table_cell(t, number);
        table_cell(t, cli_text(c, it, "org"));
        table_cell(t, cli_concern_kind(c, cli_text(c, it, "kind")));
        table_cell(t, cli_text(c, it, "message"));
    }
    status = table_print(t);
    json_decref(out);
    return status;
}
