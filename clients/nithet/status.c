/* status: of each form of a period, what is expected, received, on time, late, returned, accepted; and whom to remind.
 */
#include "cli.h"

#include <string.h>

typedef struct tally {
    int expected, received, on_time, late, returned, accepted;
} tally;

/* The newest submission of a form by a province that was not withdrawn; they come newest first. */
static const json_t *newest(const cli *c, const json_t *submissions, const char *form, const char *org) {
    size_t i;
    json_t *s;
    json_array_foreach((json_t *)(uintptr_t)submissions, i, s) {
        const json_t *st = json_object_get(s, "statement");
        if (strcmp(cli_text(c, st, "form"), form) == 0 && strcmp(cli_text(c, st, "org"), org) == 0 &&
            strcmp(cli_text(c, s, "state"), "SUBMISSION_STATE_WITHDRAWN") != 0)
            return s;
    }
    return NULL;
}

static int in_state(const cli *c, const json_t *s, const char *state) {
    return strcmp(cli_text(c, s, "state") + strlen("SUBMISSION_STATE_"), state) == 0;
}

static void count_one(const cli *c, const json_t *s, tally *t) {
    t->expected++;
    if (!s)
        return;
    int late = json_is_true(json_object_get(s, "late"));
    t->received++;
    t->late += late;
    t->on_time += !late;
    t->returned += in_state(c, s, "RETURNED");
    t->accepted += in_state(c, s, "ACCEPTED") || in_state(c, s, "PUBLISHED");
}

static void number_cell(table *t, int number) {
    char text[16];
    snprintf(text, sizeof text, "%d", number);
    table_cell(t, text);
}

typedef struct facts {
    json_t *period, *forms, *provinces, *submissions;
} facts;

static int ask(cli *c, const char *period, facts *f) {
    int status;
    const char *org = cli_option(c, "org"), *form = cli_option(c, "form");
    json_t *me = NULL;
    if (!org) {
        me = cli_call(c, "nithet.v1.IdentityService/WhoAmI", json_object(), NITHET_CALL_READ, NULL, &status);
        if (!me)
            return status;
        org = nt_arena_strdup(c->arena, cli_text(c, json_object_get(me, "officer"), "org"));
        json_decref(me);
    }
    f->period = cli_call(c, "nithet.v1.CatalogueService/ResolvePeriod", json_pack("{s:s}", "code", period),
                         NITHET_CALL_READ, NULL, &status);
    if (f->period)
        f->forms = cli_call(c, "nithet.v1.CatalogueService/ListForms", json_pack("{s:s}", "code", form ? form : ""),
                            NITHET_CALL_READ, NULL, &status);
    if (f->forms)
        f->provinces =
            cli_call(c, "nithet.v1.DirectoryService/ListOrgUnits",
                     json_pack("{s:s,s:s}", "under", org, "kind", "PROVINCE"), NITHET_CALL_READ, "units", &status);
    if (f->provinces)
        f->submissions = cli_call(
            c, "nithet.v1.SubmissionService/ListSubmissions",
            json_pack("{s:s,s:s,s:i}", "org", org, "period", cli_text(c, f->period, "code"), "page_size", 2000),
            NITHET_CALL_READ, "submissions", &status);
    return status;
}

static int wanted(const cli *c, const facts *f, const json_t *form) {
    return strcmp(cli_text(c, form, "period_kind"), cli_text(c, f->period, "kind")) == 0;
}

static int print_tallies(cli *c, const facts *f) {
    table *t = table_new(c);
    static const char *const keys[] = {"expected", "received", "on_time", "late", "returned", "accepted"};
    static const char *const titles[][2] = {{"EXPECTED", "ต้องส่ง"}, {"RECEIVED", "ส่งแล้ว"}, {"ON TIME", "ทันเวลา"},
                                            {"LATE", "ล่าช้า"},      {"RETURNED", "ส่งคืน"},  {"ACCEPTED", "รับแล้ว"}};
    table_column(t, "form", T(c, "FORM", "แบบ"), TABLE_LEFT);
    table_column(t, "name", T(c, "NAME", "ชื่อ"), TABLE_LEFT);
    for (int i = 0; i < 6; i++)
        table_column(t, keys[i], titles[i][c->thai ? 1 : 0], TABLE_RIGHT);
    size_t i, k;
    json_t *form, *province;
    json_array_foreach(json_object_get(f->forms, "forms"), i, form) {
        tally n = {0};
        if (!wanted(c, f, form))
            continue;
        json_array_foreach(json_object_get(f->provinces, "units"), k, province)
            count_one(c,
                      newest(c, json_object_get(f->submissions, "submissions"), cli_text(c, form, "code"),
                             cli_text(c, province, "code")),
                      &n);
        table_cell(t, cli_text(c, form, "code"));
        table_cell(t, cli_text(c, form, "name"));
        const int numbers[] = {n.expected, n.received, n.on_time, n.late, n.returned, n.accepted};
        for (int column = 0; column < 6; column++)
            number_cell(t, numbers[column]);
    }
    return table_print(t);
}

static void print_reminders(cli *c, const facts *f) {
    size_t i, k;
    json_t *form, *province;
    puts(T(c, "\nTo remind:", "\nต้องเตือน:"));
    json_array_foreach(json_object_get(f->provinces, "units"), k, province) {
        const char *missing = "";
        json_array_foreach(json_object_get(f->forms, "forms"), i, form) {
            const char *code = cli_text(c, form, "code");
            const json_t *s =
                newest(c, json_object_get(f->submissions, "submissions"), code, cli_text(c, province, "code"));
            int returned = s && in_state(c, s, "RETURNED");
            if (wanted(c, f, form) && (!s || returned))
                missing = nt_arena_printf(c->arena, "%s%s%s%s", missing, *missing ? ", " : "", code,
                                          returned ? T(c, " (returned)", " (ส่งคืน)") : "");
        }
        if (missing && *missing)
            printf("  %s %s: %s\n", cli_text(c, province, "code"), cli_text(c, province, "name"), missing);
    }
}

int command_status(cli *c) {
    const char *period = cli_need(c, "period");
    if (!period || c->argument_count)
        return EXIT_USAGE;
    facts f = {0};
    int status = ask(c, period, &f);
    if (f.submissions) {
        if (c->output == OUTPUT_TABLE)
            printf("%s\n\n", cli_text(c, f.period, "name"));
        status = print_tallies(c, &f);
        if (c->output == OUTPUT_TABLE)
            print_reminders(c, &f);
    }
    json_decref(f.period);
    json_decref(f.forms);
    json_decref(f.provinces);
    json_decref(f.submissions);
    return status;
}
