/* query and overview: what the figures say. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

static int revision_number(const char *name) {
    return !name || strcmp(name, "accepted") == 0 ? 1
           : strcmp(name, "submitted") == 0       ? 2
           : strcmp(name, "all") == 0             ? 3
                                                  : -1;
}

static int sort_number(const char *name) {
    return !name || strcmp(name, "period") == 0 ? 1
           : strcmp(name, "org") == 0           ? 2
           : strcmp(name, "value") == 0         ? 3
                                                : -1;
}

static const char *status_name(const cli *c, nithet_status status) {
    static const char *const names[][2] = {{"", ""},
                                           {"", ""},
                                           {"estimated", "ประมาณการ"},
                                           {"provisional", "เบื้องต้น"},
                                           {"missing", "ไม่มีข้อมูล"},
                                           {"suppressed", "ปกปิด"}};
    return names[status <= NITHET_SUPPRESSED ? status : 0][c->thai ? 1 : 0];
}

static const char *const *option_list(cli *c, const char *name) {
    const char **list = NT_NEW_ARRAY(c->arena, const char *, OPTIONS_MAX + 1);
    for (size_t i = 0; list && cli_option_at(c, name, i); i++)
        list[i] = cli_option_at(c, name, i);
    return list;
}

/* SDMX-CSV 1.0 (https://github.com/sdmx-twg/sdmx-csv): codes instead of names, statuses of CL_OBS_STATUS 2.2, Gregorian
 * days in TIME_PERIOD's place would lose what the period is: its own code stands there. A dimension of the catalogue is
 * a column, `_T` is its total (CL_... convention of the cross-domain code lists). */
static int print_sdmx(cli *c, nithet_query *q, long long limit, nithet_error **error) {
    static const char *const statuses[] = {"A", "A", "E", "P", "O", "Q"}; /* O missing, Q suppressed */
    int status;
    json_t *out =
        cli_call(c, "nithet.v1.CatalogueService/ListDimensions", json_object(), NITHET_CALL_READ, NULL, &status);
    json_t *indicators =
        out ? cli_call(c, "nithet.v1.CatalogueService/ListIndicators", json_object(), NITHET_CALL_READ, NULL, &status)
            : NULL;
    if (!indicators) {
        json_decref(out);
        return -2;
    }
    const json_t *dimensions = json_object_get(out, "dimensions");
    size_t i, k;
    json_t *d, *indicator;
    fputs("DATAFLOW,INDICATOR,REF_AREA", stdout);
    json_array_foreach((json_t *)(uintptr_t)dimensions, i, d) {
        putchar(',');
        for (const char *at = cli_text(c, d, "code"); *at; at++)
            putchar(*at >= 'a' && *at <= 'z' ? *at - 32 : *at);
    }
    fputs(",TIME_PERIOD,OBS_VALUE,OBS_STATUS,UNIT_MEASURE,COMMENT_OBS\r\n", stdout);
    nithet_row row;
    int more = 0;
    while (limit-- != 0 && (more = nithet_query_next(q, &row, error)) > 0) {
        printf("NITHET:%s(1.0),%s,%s", row.form, row.indicator, row.org);
        json_array_foreach((json_t *)(uintptr_t)dimensions, i, d) {
            const char *code = cli_text(c, d, "code"), *at = row.disaggregation, *member = "_T";
            size_t n = strlen(code), length = 2;
            for (; *at; at += strcspn(at, ";"), at += *at == ';')
                if (strncmp(at, code, n) == 0 && at[n] == '=') {
                    member = at + n + 1;
                    length = strcspn(member, ";");
                }
            printf(",%.*s", (int)length, member);
        }
        const char *unit = "";
        json_array_foreach(json_object_get(indicators, "indicators"), k,
                           indicator) if (strcmp(cli_text(c, indicator, "code"), row.indicator) == 0) unit =
            json_string_value(json_object_get(json_object_get(indicator, "unit"), "en"));
        printf(",%s,%s,%s,", row.period, row.value, statuses[row.status <= NITHET_SUPPRESSED ? row.status : 0]);
        table_csv_cell(unit ? unit : "", 0);
        table_csv_cell(row.note, 1);
    }
    json_decref(out);
    json_decref(indicators);
    return more;
}

int command_query(cli *c) {
    const char *limit_text = cli_option(c, "limit");
    nithet_filter f = {.form = cli_option(c, "form"),
                       .indicators = option_list(c, "indicator"),
                       .org = cli_option(c, "org"),
                       .period_from = cli_option(c, "from"),
                       .period_to = cli_option(c, "to"),
                       .disaggregation = option_list(c, "dim"),
                       .totals_only = cli_flag(c, "totals"),
                       .revision = revision_number(cli_option(c, "revision")),
                       .sort = sort_number(cli_option(c, "sort")),
                       .descending = cli_flag(c, "desc")};
    if (f.revision < 0 || f.sort < 0 || !cli_moment(c, "as-of", &f.as_of_us) || c->argument_count) {
        cli_complain(c, "--revision accepted|submitted|all, --sort period|org|value, --as-of 2026-01-31T09:00",
                     "--revision accepted|submitted|all, --sort period|org|value, --as-of 2026-01-31T09:00");
        return EXIT_USAGE;
    }
    if (!cli_connect(c))
        return EXIT_USAGE;
    long long limit = limit_text ? strtoll(limit_text, NULL, 10) : -1;
    nithet_query *q = nithet_query_new(c->client, &f);
    nithet_row row;
    nithet_error *error = NULL;
    if (c->output == OUTPUT_SDMX) {
        int rv = q ? print_sdmx(c, q, limit, &error) : -1;
        nithet_query_free(q);
        return rv == -2 ? EXIT_FAILED : rv < 0 ? cli_fail(c, error) : EXIT_GOOD;
    }
    table *t = table_new(c);
    table_column(t, "period", T(c, "PERIOD", "งวด"), TABLE_LEFT);
    table_column(t, "org", T(c, "OFFICE", "หน่วยงาน"), TABLE_LEFT);
    table_column(t, "indicator", T(c, "INDICATOR", "ตัวชี้วัด"), TABLE_LEFT);
    table_column(t, "disaggregation", T(c, "BREAKDOWN", "จำแนก"), TABLE_LEFT);
    table_column(t, "value", T(c, "VALUE", "ค่า"), TABLE_RIGHT);
    table_column(t, "status", T(c, "STATUS", "สถานะ"), TABLE_LEFT);
    table_column(t, "form", T(c, "FORM", "แบบ"), TABLE_LEFT);
    table_column(t, "submission_id", T(c, "NO.", "เลขที่"), TABLE_RIGHT);
    table_column(t, "revision", T(c, "REV.", "ฉบับ"), TABLE_RIGHT);
    table_column(t, "note", T(c, "NOTE", "หมายเหตุ"), TABLE_LEFT);
    int more = q ? 1 : -1;
    while (limit-- != 0 && q && (more = nithet_query_next(q, &row, &error)) > 0) {
        char number[32];
        table_cell(t, row.period);
        table_cell(t, row.org);
        table_cell(t, row.indicator);
        table_cell(t, row.disaggregation);
        table_cell(t, cli_figure(c, row.value));
        table_cell(t, status_name(c, row.status));
        table_cell(t, row.form);
        snprintf(number, sizeof number, "%llu", (unsigned long long)row.submission_id);
        table_cell(t, number);
        snprintf(number, sizeof number, "%u", row.revision);
        table_cell(t, number);
        table_cell(t, row.note);
    }
    nithet_query_free(q);
    if (more < 0) {
        free(t);
        return cli_fail(c, error);
    }
    return table_print(t);
}

/* Shown in the columns: provinces by their name, regions by their code. */
static const char *column_title(const cli *c, const json_t *column) {
    const char *code = cli_text(c, column, "org");
    return strncmp(code, "REO", 3) == 0 ? code : cli_text(c, column, "name");
}

static void print_intake(cli *c, const json_t *columns) {
    int64_t waiting = 0, endorsed = 0, accepted = 0, returned = 0;
    size_t i, none = 0;
    json_t *column;
    json_array_foreach((json_t *)(uintptr_t)columns, i, column) {
        waiting += cli_number(column, "submitted");
        endorsed += cli_number(column, "endorsed");
        accepted += cli_number(column, "accepted");
        returned += cli_number(column, "returned");
        none += !cli_number(column, "submitted") && !cli_number(column, "endorsed") &&
                !cli_number(column, "accepted") && !cli_number(column, "returned");
    }
    printf(T(c,
             "Submissions: %lld accepted, %lld endorsed, %lld submitted, %lld returned; nothing yet from %zu of %zu "
             "units\n\n",
             "รายงาน: รับแล้ว %lld รับรองแล้ว %lld ส่งแล้ว %lld ส่งคืน %lld ยังไม่ส่ง %zu จาก %zu หน่วย\n\n"),
           (long long)accepted, (long long)endorsed, (long long)waiting, (long long)returned, none,
           json_array_size(columns));
}

static int print_overview(cli *c, const json_t *out) {
    const json_t *columns = json_object_get(out, "columns");
    size_t i, k;
    json_t *row, *column, *cell;
    if (c->output == OUTPUT_TABLE) {
        printf("%s (%s), %s\n", cli_text(c, out, "name"), cli_text(c, out, "org"), cli_text(c, out, "period_name"));
        print_intake(c, columns);
    }
    table *t = table_new(c);
    table_column(t, "indicator", T(c, "INDICATOR", "ตัวชี้วัด"), TABLE_LEFT);
    table_column(t, "disaggregation", T(c, "BREAKDOWN", "จำแนก"), TABLE_LEFT);
    table_column(t, "unit", T(c, "UNIT", "หน่วย"), TABLE_LEFT);
    table_column(t, "total", T(c, "TOTAL", "รวม"), TABLE_RIGHT);
    table_column(t, "reported", T(c, "REPORTED", "รายงานแล้ว"), TABLE_RIGHT);
    json_array_foreach((json_t *)(uintptr_t)columns, k, column)
        table_column(t, cli_text(c, column, "org"), column_title(c, column), TABLE_RIGHT);
    json_array_foreach(json_object_get(out, "rows"), i, row) {
        char reported[48];
        snprintf(reported, sizeof reported, "%lld/%lld", (long long)cli_number(row, "reported"),
                 (long long)cli_number(row, "expected"));
        table_cell(t, c->output == OUTPUT_TABLE ? cli_text(c, row, "name") : cli_text(c, row, "indicator"));
        table_cell(t, c->output == OUTPUT_TABLE ? cli_text(c, row, "disaggregation_name")
                                                : cli_text(c, row, "disaggregation"));
        table_cell(t, cli_text(c, row, "unit"));
        table_cell(t, cli_figure(c, cli_text(c, row, "total")));
        table_cell(t, reported);
        json_array_foreach(json_object_get(row, "cells"), k, cell)
            table_cell(t, cli_figure(c, cli_text(c, cell, "value")));
    }
    return table_print(t);
}

int command_overview(cli *c) {
    const char *period = cli_need(c, "period");
    if (!period || c->argument_count > 1)
        return EXIT_USAGE;
    int status;
    int64_t as_of_us = 0;
    if (!cli_moment(c, "as-of", &as_of_us))
        return EXIT_USAGE;
    json_t *in = json_pack("{s:s,s:s,s:b,s:I}", "org", c->argument_count ? c->arguments[0] : "", "period", period,
                           "breakdowns", cli_flag(c, "breakdowns"), "as_of_us", (json_int_t)as_of_us);
    json_t *out = cli_call(c, "nithet.v1.QueryService/GetOverview", in, NITHET_CALL_READ, NULL, &status);
    if (!out)
        return status;
    status = c->output == OUTPUT_JSON ? cli_print_json(out) : print_overview(c, out);
    json_decref(out);
    return status;
}
