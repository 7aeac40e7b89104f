/* catalog and org: the catalogue and the organisation tree, looked at and brought to what files say. */
#include "sheet.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* A column of a file, and the field of the message that it becomes. `.` leads into a message. */
typedef struct binding {
    const char *heading;
    const char *field; /* `name.th` */
    char kind;         /* s text, n number, l list by commas, b yes or no, d date */
} binding;

typedef struct file_kind {
    const char *first;  /* the heading of its first column */
    const char *second; /* and of one that tells it from the others */
    const char *list;   /* the request's field */
    binding bindings[24];
} file_kind;

static const file_kind KINDS[] = {
    {"issue", "name_th", "issues", {{"issue", "code", 's'}, {"name_th", "name.th", 's'}, {"name_en", "name.en", 's'}}},
    {"dimension",
     "member",
     "dimensions",
     {{"dimension", "code", 's'}, {"dimension_th", "name.th", 's'}, {"dimension_en", "name.en", 's'}}},
    {"indicator",
     "aggregation",
     "indicators",
     {{"indicator", "code", 's'},
      {"issue", "issue", 's'},
      {"name_th", "name.th", 's'},
      {"name_en", "name.en", 's'},
      {"unit_th", "unit.th", 's'},
      {"unit_en", "unit.en", 's'},
      {"direction", "direction", 's'},
      {"decimals", "decimals", 'n'},
      {"aggregation", "aggregation", 's'},
      {"dimensions", "dimensions", 'l'},
      {"weight", "weight", 's'},
      {"numerator", "numerator", 's'},
      {"minimum", "minimum", 's'},
      {"maximum", "maximum", 's'},
      {"factor", "factor", 's'},
      {"missing_policy", "missing_policy", 's'},
      {"over_periods", "over_periods", 's'},
      {"over_dimensions", "over_dimensions", 's'},
      {"valid_from", "valid_from.iso", 's'}}},
    {"form",
     "period_kind",
     "forms",
     {{"form", "code", 's'},
      {"name_th", "name.th", 's'},
      {"name_en", "name.en", 's'},
      {"period_kind", "period_kind", 's'},
      {"level", "level", 's'},
      {"due_days", "due_days", 'n'},
      {"grace_days", "grace_days", 'n'},
      {"locks", "locks", 'b'}}},
    {"form",
     "indicator",
     "items",
     {{"indicator", "indicator", 's'}, {"dimensions", "dimensions", 'l'}, {"required", "required", 'b'}}},
    {"form",
     "expression",
     "rules",
     {{"rule", "code", 's'},
      {"severity", "severity", 's'},
      {"expression", "expression", 's'},
      {"name_th", "name.th", 's'},
      {"name_en", "name.en", 's'}}},
    {"org",
     "parent",
     "units",
     {{"org", "code", 's'},
      {"kind", "kind", 's'},
      {"parent", "parent", 's'},
      {"name_th", "name.th", 's'},
      {"name_en", "name.en", 's'},
      {"valid_from", "valid_from.iso", 's'}}},
};
enum { KIND_COUNT = sizeof KINDS / sizeof KINDS[0] };

static int column_named(const sheet *s, const char *name) {
    return sheet_column(s, (const char *const[]){name, NULL});
}

static const file_kind *kind_of(const sheet *s) {
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (strcasecmp(s->rows[0].cells[0], KINDS[i].first) == 0 && column_named(s, KINDS[i].second) >= 0)
            return &KINDS[i];
    return NULL;
}

static void put_value(json_t *object, const char *field, json_t *value) {
    const char *dot = strchr(field, '.');
    if (!dot) {
        json_object_set_new(object, field, value);
        return;
    }
    char head[32];
    snprintf(head, sizeof head, "%.*s", (int)(dot - field), field);
    json_t *inner = json_object_get(object, head);
    if (!inner) {
        inner = json_object();
        json_object_set_new(object, head, inner);
    }
    json_object_set_new(inner, dot + 1, value);
}

static json_t *read_cell(const char *text, char kind) {
    if (kind == 'n') {
        char *end;
        long long n = strtoll(text, &end, 10);
        return *text && !*end && n >= 0 ? json_integer(n) : NULL;
    }
    if (kind == 'b')
        return strcasecmp(text, "yes") == 0 || strcmp(text, "ใช่") == 0            ? json_true()
               : strcasecmp(text, "no") == 0 || !*text || strcmp(text, "ไม่") == 0 ? json_false()
                                                                                  : NULL;
    if (kind != 'l')
        return json_string(text);
    json_t *list = json_array();
    while (*text) {
        size_t n = strcspn(text, ", ");
        if (n)
            json_array_append_new(list, json_stringn(text, n));
        text += n + strspn(text + n, ", ");
    }
    return list;
}

static json_t *read_thing(cli *c, const sheet *s, const file_kind *kind, const sheet_row *row) {
    json_t *thing = json_object();
    for (size_t b = 0; b < 24 && kind->bindings[b].heading; b++) {
        const binding *it = &kind->bindings[b];
        int column = column_named(s, it->heading);
        const char *text = column < 0 ? "" : sheet_cell(row, (size_t)column);
        if (!*text && it->kind == 's') /* nothing said */
            continue;
        json_t *value = read_cell(text, it->kind);
        if (!value) {
            cli_complain(c, "%s:%zu: column %s: \"%s\" is no %s", "%s:%zu: คอลัมน์ %s: \"%s\" ไม่ใช่%s", s->path, row->line,
                         it->heading, text,
                         it->kind == 'n' ? T(c, "whole number", "จำนวนเต็ม") : T(c, "yes or no", "yes หรือ no"));
            json_decref(thing);
            return NULL;
        }
        put_value(thing, it->field, value);
    }
    return thing;
}

static json_t *with_code(json_t *list, const char *code) {
    size_t i;
    json_t *it;
    json_array_foreach(list, i, it) if (strcmp(json_string_value(json_object_get(it, "code"))
                                                   ? json_string_value(json_object_get(it, "code"))
                                                   : "",
                                               code) == 0) return it;
    return NULL;
}

static json_t *list_in(json_t *object, const char *name) {
    json_t *list = json_object_get(object, name);
    if (!list) {
        list = json_array();
        json_object_set_new(object, name, list);
    }
    return list;
}

/* The rows of a file become things in `request`; where each came from goes to `places`, in the same order. */
static int read_file(cli *c, const sheet *s, const file_kind *kind, json_t *request, json_t *places) {
    int is_member = strcmp(kind->list, "dimensions") == 0,
        is_item = strcmp(kind->list, "items") == 0 || strcmp(kind->list, "rules") == 0;
    for (size_t i = 1; i < s->count; i++) {
        const sheet_row *row = &s->rows[i];
        json_t *thing = read_thing(c, s, kind, row), *into = thing;
        if (!thing)
            return 0;
        const char *code = sheet_cell(row, 0);
        if (is_item) {
            json_t *form = with_code(list_in(request, "forms"), code);
            if (!form) {
                cli_complain(c, "%s:%zu: form %s is in none of the files given before: give the file of forms first",
                             "%s:%zu: ไม่พบแบบรายงาน %s ในไฟล์ก่อนหน้า ให้ระบุไฟล์แบบรายงานก่อน", s->path, row->line, code);
                json_decref(thing);
                return 0;
            }
            json_array_append_new(list_in(form, kind->list), thing);
            continue;
        }
        if (is_member) {
            json_t *known = with_code(list_in(request, "dimensions"), code);
            static const file_kind member = {
                NULL,
                NULL,
                NULL,
                {{"member", "code", 's'}, {"member_th", "name.th", 's'}, {"member_en", "name.en", 's'}}};
            json_t *one = read_thing(c, s, &member, row);
            if (known)
                into = known;
            json_array_append_new(list_in(into, "members"), one);
            if (known) {
                json_decref(thing);
                continue;
            }
        }
        json_array_append_new(list_in(request, kind->list), thing);
        json_array_append_new(list_in(places, kind->list), json_sprintf("%s:%zu", s->path, row->line));
    }
    return 1;
}

static void print_changes(cli *c, const json_t *out) {
    size_t i;
    json_t *change;
    json_array_foreach(json_object_get(out, "changes"), i, change) {
        const char *field = cli_text(c, change, "field"), *before = cli_text(c, change, "before"),
                   *after = cli_text(c, change, "after");
        if (!*field)
            printf("+ %s %s  %s\n", cli_text(c, change, "kind"), cli_text(c, change, "code"), after);
        else
            printf("~ %s %s  %s: %s -> %s\n", cli_text(c, change, "kind"), cli_text(c, change, "code"), field, before,
                   after);
    }
    printf(T(c, "%zu changes, %lld as they are\n", "เปลี่ยนแปลง %zu รายการ คงเดิม %lld รายการ\n"),
           json_array_size(json_object_get(out, "changes")), (long long)cli_number(out, "unchanged"));
}

static int confirmed(cli *c) {
    if (cli_flag(c, "yes") || !isatty(STDIN_FILENO))
        return 1;
    fputs(T(c, "Make these changes? [y/N] ", "ยืนยันการเปลี่ยนแปลง? [y/N] "), stderr);
    char line[16];
    return fgets(line, sizeof line, stdin) && (line[0] == 'y' || line[0] == 'Y');
}

enum { UNITS_AT_ONCE = 2000 };

/* A part of many units: whoever stands above comes earlier in the file, and so in an earlier part. */
static json_t *part_of(const json_t *request, size_t begin) {
    json_t *part = json_object(), *some = json_array(), *all = json_object_get(request, "units");
    for (size_t i = begin; i < json_array_size(all) && i < begin + UNITS_AT_ONCE; i++)
        json_array_append(some, json_array_get(all, i));
    json_object_set_new(part, "units", some);
    return part;
}

static int apply_in_parts(cli *c, const char *method, const json_t *request) {
    size_t count = json_array_size(json_object_get(request, "units"));
    int status = EXIT_GOOD;
    for (size_t begin = 0; begin < count && status == EXIT_GOOD; begin += UNITS_AT_ONCE) {
        json_t *part = part_of(request, begin);
        c->places_before = begin;
        status = cli_apply(c, method, part);
        json_decref(part);
    }
    return status;
}

int cli_apply(cli *c, const char *method, json_t *request) {
    int status;
    if (json_array_size(json_object_get(request, "units")) > UNITS_AT_ONCE)
        return apply_in_parts(c, method, request);
    json_object_set_new(request, "dry_run", json_true());
    json_t *out = cli_call(c, method, json_incref(request), NITHET_CALL_SIGNED, NULL, &status);
    if (!out)
        return status;
    if (c->output == OUTPUT_JSON)
        cli_print_json(out);
    else
        print_changes(c, out);
    int any = json_array_size(json_object_get(out, "changes")) > 0;
    json_decref(out);
    if (!any || cli_flag(c, "dry-run"))
        return EXIT_GOOD;
    if (!confirmed(c))
        return EXIT_FAILED;
    json_object_set_new(request, "dry_run", json_false());
    out = cli_call(c, method, json_incref(request), NITHET_CALL_SIGNED, NULL, &status);
    if (out && c->output != OUTPUT_JSON)
        puts(T(c, "Done.", "เสร็จแล้ว"));
    json_decref(out);
    return status;
}

static int by_kind(const void *a, const void *b) {
    return kind_of(a) < kind_of(b) ? -1 : kind_of(a) > kind_of(b);
}

static int apply_files(cli *c, int units) {
    size_t count = c->argument_count - 1;
    sheet *sheets = NT_NEW_ARRAY(c->arena, sheet, count + 1);
    json_t *request = json_object(), *places = json_object();
    int status = count ? EXIT_GOOD : EXIT_USAGE;
    if (!count)
        cli_complain(c, "which files? See deploy/catalogue", "ให้ระบุไฟล์ ดูตัวอย่างใน deploy/catalogue");
    size_t taken = 0;
    for (size_t i = 0; i < count && status == EXIT_GOOD; i++) {
        sheet s;
        if (!sheet_read(c, c->arguments[i + 1], NULL, &s)) {
            status = EXIT_FAULTY;
            break;
        }
        const file_kind *kind = kind_of(&s);
        if (!kind) {
            cli_complain(c, "%s: the heading tells no kind of file: see deploy/catalogue",
                         "%s: หัวตารางไม่ตรงกับชนิดไฟล์ใด ดูตัวอย่างใน deploy/catalogue", s.path);
            status = EXIT_FAULTY;
        } else if ((strcmp(kind->list, "units") == 0) != units) {
            free(s.rows); /* `catalog apply *.csv` passes over the organisations, which `org apply` takes */
            continue;
        }
        sheets[taken++] = s;
    }
    qsort(sheets, taken, sizeof *sheets, by_kind); /* forms before their items */
    for (size_t i = 0; i < taken && status == EXIT_GOOD; i++)
        if (!read_file(c, &sheets[i], kind_of(&sheets[i]), request, places))
            status = EXIT_FAULTY;
    c->places = places;
    if (status == EXIT_GOOD)
        status = cli_apply(
            c, units ? "nithet.v1.DirectoryService/ApplyOrgUnits" : "nithet.v1.CatalogueService/ApplyCatalogue",
            request);
    for (size_t i = 0; i < taken; i++)
        free(sheets[i].rows);
    c->places = NULL;
    json_decref(request);
    json_decref(places);
    return status;
}

/* Looking. */

static int list_issues(cli *c) {
    int status;
    json_t *out =
        cli_call(c, "nithet.v1.CatalogueService/ListStrategicIssues", json_object(), NITHET_CALL_READ, NULL, &status);
    if (!out)
        return status;
    static const table_field ISSUE[] = {{"code", "ISSUE", "ประเด็น", SHOW_TEXT}, {"name", "NAME", "ชื่อ", SHOW_TEXT}};
    status = table_list(c, ISSUE, sizeof ISSUE / sizeof *ISSUE, json_object_get(out, "issues"));
    json_decref(out);
    return status;
}

static int list_dimensions(cli *c) {
    int status;
    json_t *out =
        cli_call(c, "nithet.v1.CatalogueService/ListDimensions", json_object(), NITHET_CALL_READ, NULL, &status);
    if (!out)
        return status;
    table *t = table_new(c);
    table_column(t, "dimension", T(c, "DIMENSION", "มิติ"), TABLE_LEFT);
    table_column(t, "dimension_name", T(c, "NAME", "ชื่อ"), TABLE_LEFT);
    table_column(t, "member", T(c, "MEMBER", "สมาชิก"), TABLE_LEFT);
    table_column(t, "member_name", T(c, "MEMBER'S NAME", "ชื่อสมาชิก"), TABLE_LEFT);
    size_t i, k;
    json_t *d, *m;
    json_array_foreach(json_object_get(out, "dimensions"), i, d)
        json_array_foreach(json_object_get(d, "members"), k, m) {
        table_cell(t, cli_text(c, d, "code"));
        table_cell(t, cli_text(c, d, "name"));
        table_cell(t, cli_text(c, m, "code"));
        table_cell(t, cli_text(c, m, "name"));
    }
    status = table_print(t);
    json_decref(out);
    return status;
}

/* `AGGREGATION_SUM` without what all of its kind begin with. */
static const char *short_name(const char *name, const char *prefix) {
    size_t n = strlen(prefix);
    return strncmp(name, prefix, n) == 0 ? name + n : name;
}

static const char *joined(cli *c, const json_t *list) {
    const char *text = "";
    size_t i;
    json_t *it;
    json_array_foreach((json_t *)(uintptr_t)list, i, it) text =
        nt_arena_printf(c->arena, "%s%s%s", text, i ? "," : "", json_string_value(it));
    return text ? text : "";
}

static int list_indicators(cli *c) {
    int status;
    const char *issue = cli_option(c, "issue");
    json_t *out = cli_call(c, "nithet.v1.CatalogueService/ListIndicators",
                           json_pack("{s:s}", "issue", issue ? issue : ""), NITHET_CALL_READ, NULL, &status);
    if (!out)
        return status;
    if (c->output == OUTPUT_JSON) {
        cli_print_json(json_object_get(out, "indicators"));
        json_decref(out);
        return status;
    }
    table *t = table_new(c);
    table_column(t, "issue", T(c, "ISSUE", "ประเด็น"), TABLE_LEFT);
    table_column(t, "code", T(c, "CODE", "รหัส"), TABLE_LEFT);
    table_column(t, "name", T(c, "NAME", "ชื่อ"), TABLE_LEFT);
    table_column(t, "unit", T(c, "UNIT", "หน่วย"), TABLE_LEFT);
    table_column(t, "direction", T(c, "DIRECTION", "ทิศทาง"), TABLE_LEFT);
    table_column(t, "aggregation", T(c, "AGGREGATION", "การรวมค่า"), TABLE_LEFT);
    table_column(t, "dimensions", T(c, "DIMENSIONS", "มิติ"), TABLE_LEFT);
    size_t i;
    json_t *it;
    json_array_foreach(json_object_get(out, "indicators"), i, it) {
        table_cell(t, cli_text(c, it, "issue"));
        table_cell(t, cli_text(c, it, "code"));
        table_cell(t, cli_text(c, it, "name"));
        table_cell(t, cli_text(c, it, "unit"));
        table_cell(t, short_name(cli_text(c, it, "direction"), "DIRECTION_"));
        table_cell(t, short_name(cli_text(c, it, "aggregation"), "AGGREGATION_"));
        table_cell(t, joined(c, json_object_get(it, "dimensions")));
    }
    status = table_print(t);
    json_decref(out);
    return status;
}

static int list_forms(cli *c) {
    int status;
    json_t *out = cli_call(c, "nithet.v1.CatalogueService/ListForms", json_object(), NITHET_CALL_READ, NULL, &status);
    if (!out)
        return status;
    table *t = table_new(c);
    table_column(t, "form", T(c, "FORM", "แบบ"), TABLE_LEFT);
    table_column(t, "name", T(c, "NAME", "ชื่อ"), TABLE_LEFT);
    table_column(t, "period_kind", T(c, "PERIOD", "งวด"), TABLE_LEFT);
    table_column(t, "level", T(c, "LEVEL", "ระดับ"), TABLE_LEFT);
    table_column(t, "indicator", T(c, "INDICATOR", "ตัวชี้วัด"), TABLE_LEFT);
    table_column(t, "dimensions", T(c, "BY", "จำแนกตาม"), TABLE_LEFT);
    table_column(t, "required", T(c, "REQUIRED", "จำเป็น"), TABLE_LEFT);
    size_t i, k;
    json_t *f, *item;
    json_array_foreach(json_object_get(out, "forms"), i, f) json_array_foreach(json_object_get(f, "items"), k, item) {
        table_cell(t, cli_text(c, f, "code"));
        table_cell(t, cli_text(c, f, "name"));
        table_cell(t, short_name(cli_text(c, f, "period_kind"), "PERIOD_KIND_"));
        table_cell(t, short_name(cli_text(c, f, "level"), "ORG_KIND_"));
        table_cell(t, cli_text(c, item, "indicator"));
        table_cell(t, joined(c, json_object_get(item, "dimensions")));
        table_cell(t, json_is_true(json_object_get(item, "required")) ? T(c, "yes", "ใช่") : "");
    }
    status = table_print(t);
    json_decref(out);
    return status;
}

static int show_period(cli *c, const char *code) {
    int status;
    json_t *out = cli_call(c, "nithet.v1.CatalogueService/ResolvePeriod", json_pack("{s:s}", "code", code),
                           NITHET_CALL_READ, NULL, &status);
    if (!out)
        return status;
    table *t = table_new(c);
    table_column(t, "code", T(c, "PERIOD", "งวด"), TABLE_LEFT);
    table_column(t, "name", T(c, "NAME", "ชื่อ"), TABLE_LEFT);
    table_column(t, "first_day", T(c, "FIRST DAY", "วันแรก"), TABLE_LEFT);
    table_column(t, "last_day", T(c, "LAST DAY", "วันสุดท้าย"), TABLE_LEFT);
    table_cell(t, cli_text(c, out, "code"));
    table_cell(t, cli_text(c, out, "name"));
    table_cell(t, cli_text(c, json_object_get(out, "first_day"), "iso"));
    table_cell(t, cli_text(c, json_object_get(out, "last_day"), "iso"));
    status = table_print(t);
    json_decref(out);
    return status;
}

int command_catalog(cli *c) {
    const char *what = c->argument_count ? c->arguments[0] : "";
    if (strcmp(what, "apply") == 0)
        return apply_files(c, 0);
    if (strcmp(what, "issues") == 0)
        return list_issues(c);
    if (strcmp(what, "dimensions") == 0)
        return list_dimensions(c);
    if (strcmp(what, "indicators") == 0)
        return list_indicators(c);
    if (strcmp(what, "forms") == 0)
        return list_forms(c);
    if (strcmp(what, "period") == 0 && c->argument_count == 2)
        return show_period(c, c->arguments[1]);
    cli_complain(c, "catalog apply FILE... | issues | dimensions | indicators | forms | period CODE",
                 "catalog apply FILE... | issues | dimensions | indicators | forms | period CODE");
    return EXIT_USAGE;
}

static int list_orgs(cli *c) {
    int status;
    const char *under = cli_option(c, "under"), *kind = cli_option(c, "kind"), *on = cli_option(c, "on");
    json_t *in = json_object();
    if (under)
        json_object_set_new(in, "under", json_string(under));
    if (kind)
        json_object_set_new(in, "kind", json_string(kind));
    if (on)
        json_object_set_new(in, "on", json_pack("{s:s}", "iso", on));
    json_t *out = cli_call(c, "nithet.v1.DirectoryService/ListOrgUnits", in, NITHET_CALL_READ, "units", &status);
    if (!out)
        return status;
    table *t = table_new(c);
    table_column(t, "code", T(c, "CODE", "รหัส"), TABLE_LEFT);
    table_column(t, "kind", T(c, "KIND", "ชนิด"), TABLE_LEFT);
    table_column(t, "parent", T(c, "UNDER", "สังกัด"), TABLE_LEFT);
    table_column(t, "name", T(c, "NAME", "ชื่อ"), TABLE_LEFT);
    table_column(t, "valid_from", T(c, "SINCE", "ตั้งแต่"), TABLE_LEFT);
    size_t i;
    json_t *u;
    json_array_foreach(json_object_get(out, "units"), i, u) {
        table_cell(t, cli_text(c, u, "code"));
        table_cell(t, short_name(cli_text(c, u, "kind"), "ORG_KIND_"));
        table_cell(t, cli_text(c, u, "parent"));
        table_cell(t, cli_text(c, u, "name"));
        table_cell(t, cli_text(c, json_object_get(u, "valid_from"), "iso"));
    }
    status = table_print(t);
    json_decref(out);
    return status;
}

int command_org(cli *c) {
    const char *what = c->argument_count ? c->arguments[0] : "";
    if (strcmp(what, "list") == 0)
        return list_orgs(c);
    if (strcmp(what, "apply") == 0)
        return apply_files(c, 1);
    cli_complain(c, "org list | apply FILE", "org list | apply FILE");
    return EXIT_USAGE;
}
