/* submit: from a file to a receipt. submission: the way of what was submitted. receipt: what it is worth. */
#include "figures.h"

#include "base/proof.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static json_t *receipt_json(const nithet_receipt *r, const uint8_t service_key[32]) {
    char digest[65], hash[65], signature[129], key[65];
    nt_hex(r->content_digest, 32, digest);
    nt_hex(r->audit_hash, 32, hash);
    nt_hex(r->signature, 64, signature);
    nt_hex(service_key, 32, key);
    return json_pack("{s:I,s:s,s:s,s:s,s:s,s:I,s:s,s:i,s:I,s:s,s:s,s:I,s:s,s:s,s:s}", "submission_id",
                     (json_int_t)r->submission_id, "form", r->form, "org", r->org, "period", r->period, "reason",
                     r->reason, "observations", (json_int_t)r->observations, "content_digest", digest, "revision",
                     (int)r->revision, "received_at_us", (json_int_t)r->received_at_us, "officer", r->officer, "key_id",
                     r->key_id, "audit_position", (json_int_t)r->audit_position, "audit_hash", hash, "signature",
                     signature, "service_key", key);
}

/* Where an unfinished submission of this file is remembered: $XDG_STATE_HOME/nithet/. */
static const char *resume_path(cli *c, const char *file, const char *form, const char *org, const char *period) {
    const char *base = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char *full = realpath(file, NULL), hex[33];
    uint8_t digest[NT_DIGEST_SIZE];
    const char *about = nt_arena_printf(c->arena, "%s\n%s\n%s\n%s", full ? full : file, form, org, period);
    free(full);
    const char *folder = base && *base == '/' ? nt_arena_printf(c->arena, "%s/nithet", base)
                                              : nt_arena_printf(c->arena, "%s/.local/state/nithet", home ? home : "");
    if (!about || !folder)
        return NULL;
    nt_proof_digest(nt_bytes_text(about), digest);
    nt_hex(digest, 16, hex);
    char *making = nt_arena_strdup(c->arena, folder);
    for (char *at = making + 1; making && *at; at++)
        if (*at == '/') {
            *at = '\0';
            mkdir(making, 0700);
            *at = '/';
        }
    mkdir(folder, 0700);
    return nt_arena_printf(c->arena, "%s/%s.resume", folder, hex);
}

static void show_progress(void *context, size_t sent, size_t total) {
    const cli *c = context;
    enum { WIDTH = 40 };
    int done = (int)(sent * WIDTH / total);
    fprintf(stderr, "\r[%.*s%.*s] %3zu%%  %zu/%zu", done, "########################################", WIDTH - done,
            "                                        ", sent * 100 / total, sent, total);
    if (sent == total)
        fputc('\n', stderr);
    (void)c;
}

static int print_violations(cli *c, const figures *f, nithet_error *error) {
    if (!error->violation_count)
        return cli_fail(c, error);
    for (size_t i = 0; i < error->violation_count; i++)
        figures_print_violation(c, f, &error->violations[i]);
    if (error->violations_omitted)
        fprintf(stderr, T(c, "... and %zu more faults\n", "... และอีก %zu แห่ง\n"), error->violations_omitted);
    int status = cli_exit_status(error->code);
    nithet_error_free(error);
    return status;
}

static int save_receipt(cli *c, const json_t *json, const char *path) {
    if (!path)
        return 1;
    const char *aside = nt_arena_printf(c->arena, "%s.new", path);
    if (aside && json_dump_file(json, aside, JSON_INDENT(2)) == 0 && rename(aside, path) == 0)
        return 1;
    cli_complain(c, "%s: the receipt could not be written; the submission is in", "%s: เขียนใบรับไม่ได้ แต่ส่งข้อมูลแล้ว", path);
    return 0;
}

static int send_figures(cli *c, figures *f, const char *form, const char *org, const char *period) {
    nithet_error *error = NULL;
    nithet_send_options o = {.context = c, .resume_file = resume_path(c, f->sheet->path, form, org, period)};
    if (isatty(STDERR_FILENO))
        o.progress = show_progress;
    nithet_receipt *receipt = nithet_submission_send(c->client, f->submission, &o, &error);
    if (!receipt) {
        if (!error)
            return cli_fail(c, NULL);
        int again = cli_exit_status(error->code) == EXIT_TRY_AGAIN;
        int status = print_violations(c, f, error);
        if (again)
            fputs(T(c, "The same command goes on where it stopped; nothing is submitted twice.\n",
                    "สั่งซ้ำคำสั่งเดิมเพื่อทำต่อ ข้อมูลจะไม่ถูกส่งซ้ำ\n"),
                  stderr);
        else
            fputs(T(c, "Nothing was submitted.\n", "ยังไม่มีการบันทึกข้อมูล\n"), stderr);
        return status;
    }
    nithet_server_info info;
    int known = nithet_get_server_info(c->client, &info, NULL) == NITHET_OK;
    static const uint8_t none[32];
    json_t *json = receipt_json(receipt, known ? info.service_key : none);
    int status = save_receipt(c, json, cli_option(c, "receipt")) ? EXIT_GOOD : EXIT_FAILED;
    if (c->output == OUTPUT_JSON)
        cli_print_json(json);
    else
        printf(T(c, "Submission %llu: %s, %s, %s, revision %u, %llu figures, received %s\n",
                 "รายงานเลขที่ %llu: %s, %s, %s, ฉบับที่ %u, %llu รายการ, รับเมื่อ %s\n"),
               (unsigned long long)receipt->submission_id, receipt->form, receipt->org, receipt->period,
               receipt->revision, (unsigned long long)receipt->observations, cli_time(c, receipt->received_at_us));
    json_decref(json);
    nithet_receipt_free(receipt);
    return status;
}

static int validate_figures(cli *c, figures *f) {
    nithet_error *error = NULL;
    int status = EXIT_GOOD;
    if (nithet_submission_count(f->submission) &&
        nithet_submission_validate(c->client, f->submission, &error) != NITHET_OK)
        status = error ? print_violations(c, f, error) : EXIT_FAILED;
    if (status == EXIT_GOOD && f->faults)
        status = EXIT_FAULTY;
    if (status == EXIT_GOOD)
        printf(T(c, "%zu figures, no fault; nothing was submitted (--dry-run)\n",
                 "%zu รายการ ไม่พบข้อผิดพลาด ยังไม่ได้ส่ง (--dry-run)\n"),
               nithet_submission_count(f->submission));
    return status;
}

int command_submit(cli *c) {
    const char *form = cli_need(c, "form"), *period = cli_need(c, "period"), *org = cli_option(c, "org");
    if (!form || !period || c->argument_count != 1) {
        if (c->argument_count != 1)
            cli_complain(c, "one file is submitted at a time; see --help", "ส่งได้ครั้งละหนึ่งไฟล์ ดูได้จาก --help");
        return EXIT_USAGE;
    }
    sheet s;
    if (!sheet_read(c, c->arguments[0], cli_option(c, "encoding"), &s))
        return EXIT_FAULTY;
    int status;
    json_t *forms = cli_call(c, "nithet.v1.CatalogueService/ListForms", json_pack("{s:s}", "code", form),
                             NITHET_CALL_READ, NULL, &status);
    json_t *dimensions =
        forms ? cli_call(c, "nithet.v1.CatalogueService/ListDimensions", json_object(), NITHET_CALL_READ, NULL, &status)
              : NULL;
    json_t *me = dimensions && !org
                     ? cli_call(c, "nithet.v1.IdentityService/WhoAmI", json_object(), NITHET_CALL_READ, NULL, &status)
                     : NULL;
    if (me)
        org = cli_text(c, json_object_get(me, "officer"), "org");
    figures f = {0};
    if (dimensions && org) {
        f.submission = nithet_submission_new(form, org, period);
        const char *reason = cli_option(c, "reason");
        if (f.submission && reason)
            nithet_submission_reason(f.submission, reason);
        int readable = f.submission && figures_read(c, &s, json_array_get(json_object_get(forms, "forms"), 0),
                                                    json_object_get(dimensions, "dimensions"), org, &f);
        if (!readable)
            status = EXIT_FAULTY;
        else if (cli_flag(c, "dry-run") || f.faults)
            status = validate_figures(c, &f); /* with faults of its own: so that all are known at once */
        else
            status = send_figures(c, &f, form, org, period);
        if (f.faults && !cli_flag(c, "dry-run"))
            fputs(T(c, "Nothing was submitted.\n", "ยังไม่มีการบันทึกข้อมูล\n"), stderr);
    }
    figures_free(&f);
    free(s.rows);
    json_decref(forms);
    json_decref(dimensions);
    json_decref(me);
    return status;
}

/* Submissions. */

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
    size_t i;
    json_t *s;
    json_array_foreach(json_object_get(out, "steps"), i, s) {
        table_cell(t, cli_time(c, cli_number(s, "at_us")));
        table_cell(t, state_name(c, cli_text(c, s, "state")));
        table_cell(t, cli_text(c, s, "officer"));
        table_cell(t, cli_text(c, s, "comment"));
    }
    status = table_print(t);
    json_decref(out);
    return status;
}

static int move_submissions(cli *c, const char *state) {
    if (!cli_connect(c))
        return EXIT_USAGE;
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

/* Receipts. */

static int take_hex(const json_t *json, const char *key, uint8_t *out, size_t size) {
    const char *text = json_string_value(json_object_get(json, key));
    return text && nt_unhex(text, out, size);
}

int command_receipt(cli *c) {
    if (c->argument_count != 2 || strcmp(c->arguments[0], "verify") != 0) {
        cli_complain(c, "receipt verify FILE [--service-key HEX]", "receipt verify FILE [--service-key HEX]");
        return EXIT_USAGE;
    }
    json_error_t where;
    json_t *json = json_load_file(c->arguments[1], 0, &where);
    nithet_receipt r = {.submission_id = (uint64_t)cli_number(json, "submission_id"),
                        .form = cli_text(c, json, "form"),
                        .org = cli_text(c, json, "org"),
                        .period = cli_text(c, json, "period"),
                        .reason = cli_text(c, json, "reason"),
                        .observations = (uint64_t)cli_number(json, "observations"),
                        .revision = (uint32_t)cli_number(json, "revision"),
                        .received_at_us = cli_number(json, "received_at_us"),
                        .officer = cli_text(c, json, "officer"),
                        .key_id = cli_text(c, json, "key_id"),
                        .audit_position = (uint64_t)cli_number(json, "audit_position")};
    uint8_t key[32];
    profile p;
    const char *name = cli_option(c, "profile"), *given = cli_option(c, "service-key");
    profile_load(name ? name : "default", &p);
    if (!given)
        given = p.service_key;
    int readable = json && take_hex(json, "content_digest", r.content_digest, 32) &&
                   take_hex(json, "audit_hash", r.audit_hash, 32) && take_hex(json, "signature", r.signature, 64);
    int status = EXIT_FAULTY;
    if (!readable)
        cli_complain(c, "%s: this is no receipt", "%s: ไม่ใช่ใบรับ", c->arguments[1]);
    else if (!given || !nt_unhex(given, key, 32)) {
        cli_complain(c, "whose signature? Give --service-key HEX, as the office says it is",
                     "ให้ระบุ --service-key HEX ตามที่สำนักงานแจ้ง");
        status = EXIT_USAGE;
    } else if (sodium_init() >= 0 && nithet_receipt_verify(&r, key)) {
        printf(T(c, "Good: submission %llu of %s, %s, %s, revision %u was received %s and signed by this service\n",
                 "ถูกต้อง: รายงานเลขที่ %llu ของ %s, %s, %s ฉบับที่ %u รับเมื่อ %s และลงนามโดยบริการนี้\n"),
               (unsigned long long)r.submission_id, r.org, r.form, r.period, r.revision, cli_time(c, r.received_at_us));
        status = EXIT_GOOD;
    } else {
        cli_complain(c, "%s: the signature is not this service's: the receipt was changed, or is another service's",
                     "%s: ลายมือชื่อไม่ใช่ของบริการนี้ ใบรับถูกแก้ไขหรือเป็นของบริการอื่น", c->arguments[1]);
    }
    profile_free(&p);
    json_decref(json);
    return status;
}
