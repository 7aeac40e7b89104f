/* submission: the way of what was submitted. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

static const char *state_name(const cli *c, const char *state) {
    static const char *const names[][3] = {{"DRAFT", "draft", "ร่าง"},
                                           {"SUBMITTED", "submitted", "ส่งแล้ว"},
                                           {"ENDORSED", "endorsed", "รับรองแล้ว"},
                                           {"ACCEPTED", "accepted", "รับข้อมูลแล้ว"},
                                           {"PUBLISHED", "published", "เผยแพร่แล้ว"},
                                           {"RETURNED", "returned", "ส่งคืน"},
                                           {"WITHDRAWN", "withdrawn", "ถอนคืน"}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(state + (strncmp(state, "SUBMISSION_STATE_", 17) == 0 ? 17 : 0), names[i][0]) == 0)
            return names[i][c->thai ? 2 : 1];
    return state;
}

static void submission_columns(table *t, const cli *c) {
    table_column(t, "submission_id", T(c, "NO.", "เลขที่"), TABLE_RIGHT);
    table_column(t, "form", T(c, "FORM", "แบบ"), TABLE_LEFT);
    table_column(t, "org", T(c, "PROVINCE", "จังหวัด"), TABLE_LEFT);
    table_column(t, "period", T(c, "PERIOD", "งวด"), TABLE_LEFT);
    table_column(t, "revision", T(c, "REV.", "ฉบับ"), TABLE_RIGHT);
    table_column(t, "state", T(c, "STATE", "สถานะ"), TABLE_LEFT);
    table_column(t, "observations", T(c, "FIGURES", "รายการ"), TABLE_RIGHT);
    table_column(t, "late", T(c, "LATE", "ล่าช้า"), TABLE_LEFT);
    table_column(t, "officer", T(c, "OFFICER", "เจ้าหน้าที่"), TABLE_LEFT);
    table_column(t, "received", T(c, "RECEIVED", "รับเมื่อ"), TABLE_LEFT);
}

static void submission_row(table *t, cli *c, const json_t *s) {
    const json_t *st = json_object_get(s, "statement");
    char number[32];
    snprintf(number, sizeof number, "%lld", (long long)cli_number(s, "submission_id"));
    table_cell(t, number);
    table_cell(t, cli_text(c, st, "form"));
    table_cell(t, cli_text(c, st, "org"));
    table_cell(t, cli_text(c, st, "period"));
    snprintf(number, sizeof number, "%lld", (long long)cli_number(s, "revision"));
    table_cell(t, number);
    table_cell(t, c->output == OUTPUT_TABLE ? state_name(c, cli_text(c, s, "state")) : cli_text(c, s, "state"));
    snprintf(number, sizeof number, "%lld", (long long)cli_number(st, "observations"));
    table_cell(t, number);
    table_cell(t, json_is_true(json_object_get(s, "late")) ? T(c, "late", "ล่าช้า") : "");
    table_cell(t, cli_text(c, s, "officer"));
    table_cell(t, cli_time(c, cli_number(s, "received_at_us")));
}

static int list_submissions(cli *c) {
    json_t *in = json_object();
    static const char *const names[] = {"org", "form", "period", "state"};
    for (size_t i = 0; i < 4; i++) {
        const char *value = cli_option(c, names[i]);
        if (value)
            json_object_set_new(in, names[i], json_string(value));
    }
    int64_t as_of_us = 0;
    if (!cli_moment(c, "as-of", &as_of_us)) {
        json_decref(in);
        return EXIT_USAGE;
    }
    json_object_set_new(in, "as_of_us", json_integer(as_of_us));
    int status;
    json_t *out =
        cli_call(c, "nithet.v1.SubmissionService/ListSubmissions", in, NITHET_CALL_READ, "submissions", &status);
    if (!out)
        return status;
    table *t = table_new(c);
    submission_columns(t, c);
    size_t i;
    json_t *s;
    json_array_foreach(json_object_get(out, "submissions"), i, s) submission_row(t, c, s);
    status = table_print(t);
    json_decref(out);
    return status;
}

static int show_submission(cli *c, const char *id) {
    int status;
    json_t *in = json_object();
    json_object_set_new(in, "submission_id", json_string(id));
    json_t *out = cli_call(c, "nithet.v1.SubmissionService/GetSubmission", in, NITHET_CALL_READ, NULL, &status);
    if (!out)
        return status;
    if (c->output == OUTPUT_JSON) {
        cli_print_json(out);
        json_decref(out);
        return status;
    }
    table *t = table_new(c);
    submission_columns(t, c);
    submission_row(t, c, json_object_get(out, "submission"));
    table_print(t);
    puts("");
    t = table_new(c);
    table_column(t, "at", T(c, "WHEN", "เมื่อ"), TABLE_LEFT);
    table_column(t, "state", T(c, "STATE", "สถานะ"), TABLE_LEFT);
    table_column(t, "officer", T(c, "BY", "โดย"), TABLE_LEFT);
    table_column(t, "comment", T(c, "COMMENT", "ความเห็น"), TABLE_LEFT);
    size_t i, k;
    json_t *s, *cell;
    json_array_foreach(json_object_get(out, "steps"), i, s) {
        table_cell(t, cli_time(c, cli_number(s, "at_us")));
        table_cell(t, state_name(c, cli_text(c, s, "state")));
        table_cell(t, cli_text(c, s, "officer"));
        table_cell(t, cli_text(c, s, "comment"));
        json_array_foreach(json_object_get(s, "cells"), k, cell) {
            const char *breakdown = cli_text(c, cell, "disaggregation");
            table_cell(t, "");
            table_cell(t, "");
            table_cell(t, cli_text(c, cell, "org"));
            table_cell(t,
                       nt_arena_printf(c->arena, "%s%s%s%s: %s", cli_text(c, cell, "indicator"), *breakdown ? "[" : "",
                                       breakdown, *breakdown ? "]" : "", cli_text(c, cell, "comment")));
        }
    }
    status = table_print(t);
    json_decref(out);
    return status;
}

/* `GRAD_M6[sex=male]@TH-50=why` or `GRAD_M6=why`. */
static json_t *cell_comment(cli *c, const char *text) {
    size_t code = strcspn(text, "[@="), at = code;
    const char *breakdown = "", *org = "";
    if (text[at] == '[') {
        size_t n = strcspn(text + at, "]");
        if (!text[at + n])
            return NULL;
        breakdown = nt_arena_strndup(c->arena, text + at + 1, n - 1);
        at += n + 1;
    }
    if (text[at] == '@') {
        size_t n = strcspn(text + at, "=");
        org = nt_arena_strndup(c->arena, text + at + 1, n - 1);
        at += n;
    }
    if (code == 0 || text[at] != '=' || !text[at + 1])
        return NULL;
    return json_pack("{s:o,s:s,s:s,s:s}", "indicator", json_stringn(text, code), "org", org, "disaggregation",
                     breakdown, "comment", text + at + 1);
}

/* With comments on figures: a message of its own. */
static int return_with_cells(cli *c) {
    json_t *cells = json_array();
    for (size_t i = 0; cli_option_at(c, "cell", i); i++) {
        json_t *cell = cell_comment(c, cli_option_at(c, "cell", i));
        if (!cell) {
            cli_complain(c, "--cell is such as 'GRAD_M6[sex=male]@TH-50=why'",
                         "--cell เขียนแบบ 'GRAD_M6[sex=male]@TH-50=เหตุผล'");
            json_decref(cells);
            return EXIT_USAGE;
        }
        json_array_append_new(cells, cell);
    }
    const char *comment = cli_option(c, "comment");
    int status;
    json_t *in = json_pack("{s:s,s:s,s:s,s:o}", "submission_id", c->arguments[1], "to", "RETURNED", "comment",
                           comment ? comment : "", "cells", cells);
    json_t *out = cli_call(c, "nithet.v1.SubmissionService/Transition", in, NITHET_CALL_SIGNED, NULL, &status);
    if (out)
        printf(T(c, "Submission %s: %s\n", "รายงานเลขที่ %s: %s\n"), c->arguments[1], state_name(c, "RETURNED"));
    json_decref(out);
    return status;
}

static int move_submissions(cli *c, const char *state) {
    if (!cli_connect(c))
        return EXIT_USAGE;
    if (cli_option(c, "cell") && (strcmp(state, "RETURNED") != 0 || c->argument_count != 2)) {
        cli_complain(c, "--cell goes with the return of one submission", "--cell ใช้กับการส่งคืนรายงานเดียว");
        return EXIT_USAGE;
    }
    if (cli_option(c, "cell"))
        return return_with_cells(c);
    for (size_t i = 1; i < c->argument_count; i++) {
        char *end;
        unsigned long long id = strtoull(c->arguments[i], &end, 10);
        nithet_error *error = NULL;
        if (*end || !*c->arguments[i]) {
            cli_complain(c, "\"%s\" is no submission's number", "\"%s\" ไม่ใช่เลขที่รายงาน", c->arguments[i]);
            return EXIT_USAGE;
        }
        if (nithet_transition(c->client, id, state, cli_option(c, "comment"), &error) != NITHET_OK)
            return cli_fail(c, error);
        printf(T(c, "Submission %llu: %s\n", "รายงานเลขที่ %llu: %s\n"), id, state_name(c, state));
    }
    return EXIT_GOOD;
}

static int extend(cli *c) {
    const char *form = cli_need(c, "form"), *org = cli_need(c, "org"), *period = cli_need(c, "period"),
               *until = cli_need(c, "until"), *reason = cli_need(c, "comment");
    if (!form || !org || !period || !until || !reason)
        return EXIT_USAGE;
    int status;
    json_t *out = cli_call(c, "nithet.v1.SubmissionService/GrantExtension",
                           json_pack("{s:s,s:s,s:s,s:{s:s},s:s}", "form", form, "org", org, "period", period,
                                     "last_day", "iso", until, "reason", reason),
                           NITHET_CALL_SIGNED, NULL, &status);
    if (out)
        printf(T(c, "%s may submit %s for %s until %s\n", "%s ส่ง %s งวด %s ได้ถึงวันที่ %s\n"), org, form, period, until);
    json_decref(out);
    return status;
}

int command_submission(cli *c) {
    static const char *const moves[][2] = {{"endorse", "ENDORSED"},
                                           {"accept", "ACCEPTED"},
                                           {"publish", "PUBLISHED"},
                                           {"return", "RETURNED"},
                                           {"withdraw", "WITHDRAWN"}};
    const char *what = c->argument_count ? c->arguments[0] : "";
    if (strcmp(what, "list") == 0 && c->argument_count == 1)
        return list_submissions(c);
    if (strcmp(what, "show") == 0 && c->argument_count == 2)
        return show_submission(c, c->arguments[1]);
    if (strcmp(what, "verify") == 0 && c->argument_count == 2)
        return submission_verify(c, c->arguments[1]);
    if (strcmp(what, "diff") == 0 && c->argument_count == 2)
        return submission_diff(c, c->arguments[1]);
    if (strcmp(what, "extend") == 0 && c->argument_count == 1)
        return extend(c);
    for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++)
        if (strcmp(what, moves[i][0]) == 0 && c->argument_count > 1)
            return move_submissions(c, moves[i][1]);
    cli_complain(
        c, "submission list | show ID | verify ID | diff ID | endorse|accept|publish|return|withdraw ID...; see --help",
        "submission list | show ID | verify ID | diff ID | endorse|accept|publish|return|withdraw ID... ดูได้จาก --help");
    return EXIT_USAGE;
}
