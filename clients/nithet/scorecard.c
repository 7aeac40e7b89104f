/* scorecard: figures against targets, with trend and rank. pivot: rows and columns as asked. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

const char *cli_target_status(const cli *c, const char *status) {
    static const char *const names[][3] = {{"TARGET_STATUS_ON_TRACK", "on track", "ตามเป้า"},
                                           {"TARGET_STATUS_AT_RISK", "at risk", "เสี่ยง"},
                                           {"TARGET_STATUS_OFF_TRACK", "off track", "ไม่ถึงเป้า"},
                                           {"TARGET_STATUS_NO_DATA", "no data", "ไม่มีข้อมูล"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i][0], status) == 0)
            return names[i][c->thai ? 2 : 1];
    return "";
}

json_t *cli_scorecard(cli *c, const char *org, const char *period, int64_t as_of_us, int *status) {
    return cli_call(c, "nithet.v1.AnalysisService/GetScorecard",
                    json_pack("{s:s,s:s,s:I}", "org", org, "period", period, "as_of_us", (json_int_t)as_of_us),
                    NITHET_CALL_READ, NULL, status);
}

static void rank_cell(cli *c, table *t, const json_t *score, const char *rank, const char *of) {
    int64_t place = cli_number(score, rank);
    table_cell(t,
               place ? nt_arena_printf(c->arena, "%lld/%lld", (long long)place, (long long)cli_number(score, of)) : "");
}

static void score_row(cli *c, table *t, const json_t *row, const json_t *score) {
    table_cell(t, c->output == OUTPUT_TABLE ? cli_text(c, row, "name") : cli_text(c, row, "indicator"));
    table_cell(t, cli_text(c, score, "org"));
    table_cell(t, cli_text(c, row, "unit"));
    table_cell(t, cli_figure(c, cli_text(c, score, "value")));
    table_cell(t, nt_arena_printf(c->arena, "%lld/%lld", (long long)cli_number(score, "reported"),
                                  (long long)cli_number(score, "expected")));
    table_cell(t, cli_figure(c, cli_text(c, score, "target")));
    table_cell(t, cli_target_status(c, cli_text(c, score, "status")));
    table_cell(t, cli_figure(c, cli_text(c, score, "distance")));
    table_cell(t, cli_figure(c, cli_text(c, score, "change")));
    table_cell(t, cli_figure(c, cli_text(c, score, "year_change")));
    table_cell(t, cli_figure(c, cli_text(c, score, "slope")));
    rank_cell(c, t, score, "rank_in_region", "of_region");
    rank_cell(c, t, score, "rank_in_country", "of_country");
}

int command_scorecard(cli *c) {
    const char *period = cli_need(c, "period");
    int64_t as_of_us = 0;
    int status;
    if (!period || c->argument_count > 1 || !cli_moment(c, "as-of", &as_of_us))
        return EXIT_USAGE;
    json_t *out = cli_scorecard(c, c->argument_count ? c->arguments[0] : "", period, as_of_us, &status);
    if (!out)
        return status;
    if (c->output == OUTPUT_JSON) {
        status = cli_print_json(out);
        json_decref(out);
        return status;
    }
    if (c->output == OUTPUT_TABLE)
        printf("%s (%s), %s\n\n", cli_text(c, out, "name"), cli_text(c, out, "org"), cli_text(c, out, "period_name"));
    table *t = table_new(c);
    table_column(t, "indicator", T(c, "INDICATOR", "ตัวชี้วัด"), TABLE_LEFT);
    table_column(t, "org", T(c, "OFFICE", "หน่วยงาน"), TABLE_LEFT);
    table_column(t, "unit", T(c, "UNIT", "หน่วย"), TABLE_LEFT);
    table_column(t, "value", T(c, "VALUE", "ค่า"), TABLE_RIGHT);
    table_column(t, "reported", T(c, "REPORTED", "รายงาน"), TABLE_RIGHT);
    table_column(t, "target", T(c, "TARGET", "เป้าหมาย"), TABLE_RIGHT);
    table_column(t, "status", T(c, "STATUS", "สถานะ"), TABLE_LEFT);
    table_column(t, "distance", T(c, "DISTANCE", "ห่างเป้า"), TABLE_RIGHT);
    table_column(t, "change", T(c, "CHANGE", "จากงวดก่อน"), TABLE_RIGHT);
    table_column(t, "year_change", T(c, "IN A YEAR", "จากปีก่อน"), TABLE_RIGHT);
    table_column(t, "slope", T(c, "TREND", "แนวโน้ม"), TABLE_RIGHT);
    table_column(t, "rank_in_region", T(c, "IN REGION", "อันดับในภาค"), TABLE_RIGHT);
    table_column(t, "rank_in_country", T(c, "IN COUNTRY", "อันดับประเทศ"), TABLE_RIGHT);
    size_t i, k;
    json_t *row, *score;
    json_array_foreach(json_object_get(out, "rows"), i, row) {
        score_row(c, t, row, json_object_get(row, "total"));
        if (cli_flag(c, "units"))
            json_array_foreach(json_object_get(row, "units"), k, score) score_row(c, t, row, score);
    }
    status = table_print(t);
    json_decref(out);
    return status;
}

/* pivot */

static json_t *measures(cli *c) {
    json_t *list = cli_list(c, "measure");
    if (json_array_size(list) == 0)
        json_array_append_new(list, json_string("value"));
    return list;
}

static json_t *numbers(cli *c, const char *name) {
    json_t *texts = cli_list(c, name), *list = json_array(), *it;
    size_t i;
    json_array_foreach(texts, i, it) json_array_append_new(list, json_integer(strtol(json_string_value(it), NULL, 10)));
    json_decref(texts);
    return list;
}

static void put_text(const cli *c, json_t *in, const char *field, const char *option) {
    const char *value = cli_option(c, option);
    if (value)
        json_object_set_new(in, field, json_string(value));
}

static json_t *pivot_request(cli *c) {
    int64_t as_of_us = 0, compare_us = 0;
    if (!cli_moment(c, "as-of", &as_of_us) || !cli_moment(c, "compare", &compare_us))
        return NULL;
    const char *top = cli_option(c, "top"), *bottom = cli_option(c, "bottom"), *page = cli_option(c, "page-size");
    json_t *in = json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:I,s:I,s:i,s:i,s:i}", "rows", cli_list(c, "rows"), "columns",
                           cli_list(c, "columns"), "indicators", cli_list(c, "indicator"), "periods",
                           cli_list(c, "period"), "disaggregation", cli_list(c, "dim"), "measures", measures(c),
                           "percentiles", numbers(c, "percentile"), "as_of_us", (json_int_t)as_of_us,
                           "compare_as_of_us", (json_int_t)compare_us, "top", top ? atoi(top) : 0, "bottom",
                           bottom ? atoi(bottom) : 0, "page_size", page ? atoi(page) : 2000);
    put_text(c, in, "org", "org");
    put_text(c, in, "level", "level");
    put_text(c, in, "period_from", "from");
    put_text(c, in, "period_to", "to");
    put_text(c, in, "per", "per");
    put_text(c, in, "per_factor", "per-factor");
    return in;
}

static const char *header_text(cli *c, const json_t *header, int names) {
    const char *text = "";
    size_t i;
    json_t *it;
    json_array_foreach(json_object_get(header, names ? "names" : "keys"), i, it) text =
        nt_arena_printf(c->arena, "%s%s%s", text, i ? " " : "",
                        names ? json_string_value(json_object_get(it, c->thai ? "th" : "en")) : json_string_value(it));
    return text ? text : "";
}

static int print_pivot(cli *c, const json_t *out, const json_t *what) {
    size_t i, k, m,
        axes = json_array_size(
            json_object_get(json_object_get(json_array_get(json_object_get(out, "rows"), 0), "header"), "keys"));
    json_t *column, *row, *measure, *it, *list = cli_list(c, "rows");
    table *t = table_new(c);
    for (i = 0; i < axes; i++) {
        const char *axis = json_string_value(json_array_get(list, i));
        table_column(t, axis ? axis : "", axis ? axis : "", TABLE_LEFT);
    }
    json_decref(list);
    json_array_foreach(json_object_get(out, "columns"), k, column)
        json_array_foreach((json_t *)(uintptr_t)what, m, measure) {
        const char *name = json_array_size(what) > 1 ? json_string_value(measure) : "";
        const char *keys = header_text(c, column, 0), *names = header_text(c, column, 1);
        table_column(
            t, nt_arena_printf(c->arena, "%s%s%s", keys, *keys && *name ? " " : "", *name || *keys ? name : "value"),
            nt_arena_printf(c->arena, "%s%s%s", names, *names && *name ? " " : "", *name || *names ? name : "value"),
            TABLE_RIGHT);
    }
    json_array_foreach(json_object_get(out, "rows"), i, row) {
        const json_t *header = json_object_get(row, "header");
        for (k = 0; k < axes; k++)
            table_cell(t, c->output == OUTPUT_TABLE
                              ? json_string_value(json_object_get(json_array_get(json_object_get(header, "names"), k),
                                                                  c->thai ? "th" : "en"))
                              : json_string_value(json_array_get(json_object_get(header, "keys"), k)));
        json_array_foreach(json_object_get(row, "cells"), k, it) table_cell(t, cli_figure(c, json_string_value(it)));
    }
    json_array_foreach(json_object_get(out, "percentiles"), i, row) {
        for (k = 0; k < axes; k++)
            table_cell(t, k ? "" : nt_arena_printf(c->arena, "P%lld", (long long)cli_number(row, "percentile")));
        json_array_foreach(json_object_get(row, "values"), k, it) for (m = 0; m < json_array_size(what); m++)
            table_cell(t, m ? "" : cli_figure(c, json_string_value(it)));
    }
    return table_print(t);
}

int command_pivot(cli *c) {
    json_t *in = c->argument_count ? NULL : pivot_request(c);
    if (!in)
        return EXIT_USAGE;
    int status;
    json_t *what = json_incref(json_object_get(in, "measures"));
    json_t *out = cli_call(c, "nithet.v1.AnalysisService/Pivot", in, NITHET_CALL_READ, "rows", &status);
    if (out)
        status = c->output == OUTPUT_JSON ? cli_print_json(out) : print_pivot(c, out, what);
    json_decref(out);
    json_decref(what);
    return status;
}
