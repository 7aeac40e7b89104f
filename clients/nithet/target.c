/* target: what is to be reached, from a file or shown. */
#include "sheet.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const FIELDS[] = {"indicator", "org", "year", "value", "at_risk"};
static const char *const NAMES[][4] = {{"indicator", "ตัวชี้วัด", NULL},
                                       {"org", "หน่วยงาน", NULL},
                                       {"year", "ปี", NULL},
                                       {"value", "target", "เป้าหมาย", NULL},
                                       {"at_risk", "เสี่ยง", NULL}};
enum { FIELD_COUNT = sizeof FIELDS / sizeof FIELDS[0] };

static int read_targets(cli *c, const sheet *s, json_t *targets, json_t *places) {
    int columns[FIELD_COUNT];
    for (size_t f = 0; f < FIELD_COUNT; f++) {
        columns[f] = sheet_column(s, NAMES[f]);
        if (columns[f] < 0 && f < 4) {
            cli_complain(c, "%s: there is no column %s", "%s: ไม่มีคอลัมน์ %s", s->path, FIELDS[f]);
            return 0;
        }
    }
    for (size_t i = 1; i < s->count; i++) {
        json_t *target = json_object();
        for (size_t f = 0; f < FIELD_COUNT; f++)
            json_object_set_new(target, FIELDS[f],
                                json_string(columns[f] < 0 ? "" : sheet_cell(&s->rows[i], (size_t)columns[f])));
        json_array_append_new(targets, target);
        json_array_append_new(places, json_string(sheet_place(c, s, s->rows[i].line, 0, NULL)));
    }
    return 1;
}

static int apply(cli *c, const char *path) {
    sheet s;
    if (!sheet_read(c, path, NULL, &s))
        return EXIT_FAULTY;
    json_t *targets = json_array(), *places = json_array(), *all = json_object();
    const char *org = cli_option(c, "org");
    json_object_set_new(all, "targets", places);
    json_t *request = json_pack("{s:s,s:o}", "org", org ? org : "", "targets", targets);
    int status = read_targets(c, &s, targets, places) ? EXIT_GOOD : EXIT_FAULTY;
    c->places = all;
    if (status == EXIT_GOOD)
        status = cli_apply(c, "nithet.v1.TargetService/ApplyTargets", request);
    c->places = NULL;
    json_decref(request);
    json_decref(all);
    free(s.rows);
    return status;
}

static int list(cli *c) {
    int status;
    const char *org = cli_option(c, "org"), *year = cli_option(c, "year"), *indicator = cli_option(c, "indicator");
    json_t *out = cli_call(c, "nithet.v1.TargetService/ListTargets",
                           json_pack("{s:s,s:s,s:s}", "org", org ? org : "", "year", year ? year : "", "indicator",
                                     indicator ? indicator : ""),
                           NITHET_CALL_READ, NULL, &status);
    if (!out)
        return status;
    static const table_field TARGET[] = {{"indicator", "INDICATOR", "ตัวชี้วัด", SHOW_TEXT},
                                         {"org", "OFFICE", "หน่วยงาน", SHOW_TEXT},
                                         {"year", "YEAR", "ปี", SHOW_TEXT},
                                         {"value", "TARGET", "เป้าหมาย", SHOW_FIGURE},
                                         {"at_risk", "AT RISK TO %", "เสี่ยงถึงร้อยละ", SHOW_FIGURE}};
    status = table_list(c, TARGET, sizeof TARGET / sizeof *TARGET, json_object_get(out, "targets"));
    json_decref(out);
    return status;
}

int command_target(cli *c) {
    const char *what = c->argument_count ? c->arguments[0] : "";
    if (strcmp(what, "apply") == 0 && c->argument_count == 2)
        return apply(c, c->arguments[1]);
    if (strcmp(what, "list") == 0 && c->argument_count == 1)
        return list(c);
    cli_complain(c, "target apply FILE.csv | list; see --help", "target apply FILE.csv | list ดูได้จาก --help");
    return EXIT_USAGE;
}
