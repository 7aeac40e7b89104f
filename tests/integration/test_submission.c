/* The way of figures through libnithet, a real daemon and a real PostgreSQL. */
#include "check.h"
#include "office.h"

#include "domain/observation.h"
#include "domain/workflow.h"

#include "nithet/v1/submission.pb-c.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static office *o;
static nithet_client *officer, *head, *analyst, *foreign, *reader, *admin;

static int set_up(void **state) {
    UNUSED_STATE;
    o = office_open(1);
    officer = office_client(o, office_key(o, "th-50.officer", "province_officer", "TH-50"));
    head = office_client(o, office_key(o, "th-50.head", "province_head", "TH-50"));
    analyst = office_client(o, office_key(o, "reo15.analyst", "regional_analyst", "REO15"));
    foreign = office_client(o, office_key(o, "th-11.officer", "province_officer", "TH-11"));
    reader = office_client(o, office_key(o, "reader", "reader", "TH"));
    admin = office_client(o, office_key(o, "admin", "", ""));
    return 0;
}

static int tear_down(void **state) {
    UNUSED_STATE;
    nithet_client *all[] = {officer, head, analyst, foreign, reader, admin};
    for (size_t i = 0; i < 6; i++)
        nithet_close(all[i]);
    office_close(o);
    return 0;
}

static nithet_submission *graduates(const char *period, const char *male, const char *female) {
    nithet_submission *s = nithet_submission_new("GRAD_M6", "TH-50", period);
    assert_int_equal(nithet_submission_add(s, "GRAD_M6", "TH-50", "sex=male", male, NITHET_NORMAL, NULL, NULL),
                     NITHET_OK);
    assert_int_equal(nithet_submission_add(s, "GRAD_M6", "TH-50", "sex=female", female, NITHET_NORMAL, NULL, NULL),
                     NITHET_OK);
    return s;
}

static nithet_receipt *send(nithet_client *c, nithet_submission *s, nithet_error **error) {
    nithet_receipt *r = nithet_submission_send(c, s, NULL, error);
    nithet_submission_free(s);
    return r;
}

static void assert_counts(const char *submissions, const char *observations) {
    char sql[200];
    snprintf(sql, sizeof sql, "SELECT count(*) FROM submission WHERE period = 'AY2560'");
    assert_string_equal(office_sql(o, sql), submissions);
    assert_string_equal(
        office_sql(
            o,
            "SELECT count(*) FROM observation n JOIN submission s ON s.id = n.submission_id WHERE period = 'AY2560'"),
        observations);
}

TEST(a_submission_goes_in_with_a_receipt_that_the_service_signed) {
    UNUSED_STATE;
    nithet_receipt *r = send(officer, graduates("AY2566", "3612", "5001"), NULL);
    assert_non_null(r);
    assert_int_equal(r->revision, 1);
    assert_int_equal(r->observations, 2);
    assert_string_equal(r->officer, "th-50.officer");
    nithet_server_info info;
    assert_int_equal(nithet_get_server_info(officer, &info, NULL), NITHET_OK);
    assert_true(nithet_receipt_verify(r, info.service_key));
    r->observations++;
    assert_false(nithet_receipt_verify(r, info.service_key));
    nithet_receipt_free(r);
}

TEST(a_correction_is_a_new_revision_and_wants_a_reason) {
    UNUSED_STATE;
    nithet_error *e = NULL;
    assert_null(send(officer, graduates("AY2566", "3613", "5001"), &e));
    assert_int_equal(e->code, NITHET_INVALID_ARGUMENT);
    assert_string_equal(e->violations[0].path, "statement.reason");
    nithet_error_free(e);
    nithet_submission *s = graduates("AY2566", "3613", "5001");
    nithet_submission_reason(s, "นับซ้ำหนึ่งคน");
    nithet_receipt *r = send(officer, s, NULL);
    assert_non_null(r);
    assert_int_equal(r->revision, 2);
    nithet_receipt_free(r);
    assert_string_equal(office_sql(o, "SELECT count(*) FROM observation WHERE value = 36120000"),
                        "1"); /* the old one stands */
}

TEST(a_failed_submission_leaves_nothing_behind) {
    UNUSED_STATE;
    const char *before = strdup(office_sql(o, "SELECT sum(position) FROM audit_chain"));
    nithet_error *e = NULL;
    nithet_submission *s = graduates("AY2560", "-1", "2");
    assert_null(send(officer, s, &e));
    assert_int_equal(e->code, NITHET_INVALID_ARGUMENT);
    assert_string_equal(e->violations[0].path, "observations[0].value");
    assert_string_equal(e->violations[0].rule, "OUT_OF_RANGE");
    nithet_error_free(e);
    s = graduates("AY2560", "1", "2");
    assert_int_equal(nithet_submission_add(s, "GRAD_M6", "TH-50", "sex=male", "1", NITHET_NORMAL, NULL, NULL),
                     NITHET_OK);
    e = NULL;
    assert_null(send(officer, s, &e));
    assert_string_equal(e->violations[0].rule, "DOUBLED_CELL");
    nithet_error_free(e);
    s = nithet_submission_new("GRAD_M6", "TH-50", "AY2560");
    e = NULL;
    assert_null(send(officer, s, &e)); /* no figures */
    nithet_error_free(e);
    assert_counts("0", "0");
    assert_string_equal(office_sql(o, "SELECT sum(position) FROM audit_chain"), before);
    free((char *)(uintptr_t)before);
}

TEST(text_where_a_number_should_be_is_refused_before_it_leaves) {
    UNUSED_STATE;
    nithet_submission *s = nithet_submission_new("GRAD_M6", "TH-50", "AY2560");
    nithet_error *e = NULL;
    assert_int_equal(nithet_submission_add(s, "GRAD_M6", "TH-50", NULL, "abc", NITHET_NORMAL, NULL, &e),
                     NITHET_INVALID_ARGUMENT);
    assert_string_equal(e->violations[0].rule, "NOT_A_NUMBER");
    assert_false(e->from_service);
    nithet_error_free(e);
    assert_int_equal(nithet_submission_count(s), 0);
    nithet_submission_free(s);
}

static nithet_code move(nithet_client *c, uint64_t id, const char *to, const char *comment) {
    nithet_error *e = NULL;
    nithet_code code = nithet_transition(c, id, to, comment, &e);
    nithet_error_free(e);
    return code;
}

/* One figure by query, as text; "" if there is none. */
static const char *queried(const nithet_filter *f) {
    static char value[64];
    nithet_query *q = nithet_query_new(analyst, f);
    nithet_row row;
    nithet_error *e = NULL;
    int got = nithet_query_next(q, &row, &e);
    if (got < 0)
        fprintf(stderr, "%s\n", e->en);
    assert_true(got >= 0);
    snprintf(value, sizeof value, "%s", got ? row.value : "");
    nithet_query_free(q);
    return value;
}

TEST(each_step_is_taken_by_its_role_alone_and_figures_count_once_they_are_accepted) {
    UNUSED_STATE;
    nithet_receipt *r = send(officer, graduates("AY2565", "100", "200"), NULL);
    uint64_t id = r->submission_id;
    nithet_receipt_free(r);
    const char *const male[] = {"sex=male", NULL};
    nithet_filter f = {.org = "TH-50", .period_from = "AY2565", .period_to = "AY2565", .disaggregation = male};
    assert_string_equal(queried(&f), "");
    f.revision = 2;
    assert_string_equal(queried(&f), "100");
    f.revision = 0;
    assert_int_equal(move(officer, id, "ENDORSED", NULL), NITHET_PERMISSION_DENIED);
    assert_int_equal(move(analyst, id, "ACCEPTED", NULL), NITHET_FAILED_PRECONDITION);
    assert_int_equal(move(foreign, id, "WITHDRAWN", "x"), NITHET_PERMISSION_DENIED);
    assert_int_equal(move(reader, id, "ENDORSED", NULL), NITHET_PERMISSION_DENIED);
    assert_int_equal(move(admin, id, "ENDORSED", NULL), NITHET_PERMISSION_DENIED);
    assert_int_equal(move(head, id, "ENDORSED", NULL), NITHET_OK);
    assert_int_equal(move(head, id, "ENDORSED", NULL), NITHET_FAILED_PRECONDITION);
    assert_int_equal(move(analyst, id, "RETURNED", NULL), NITHET_INVALID_ARGUMENT); /* without a comment */
    assert_int_equal(move(analyst, id, "ACCEPTED", NULL), NITHET_OK);
    assert_string_equal(queried(&f), "100");
    assert_string_equal(office_sql(o, "SELECT sum(value) FROM rollup WHERE period = 'AY2565'"), "3000000");
    /* A correction that is not accepted yet changes nothing; once it is, it does; sent back, the one before is back. */
    nithet_submission *s = graduates("AY2565", "101", "200");
    nithet_submission_reason(s, "แก้ไข");
    r = send(officer, s, NULL);
    uint64_t second = r->submission_id;
    nithet_receipt_free(r);
    assert_string_equal(queried(&f), "100");
    assert_int_equal(move(head, second, "ENDORSED", NULL), NITHET_OK);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t then = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
    assert_int_equal(move(analyst, second, "ACCEPTED", NULL), NITHET_OK);
    assert_string_equal(queried(&f), "101");
    f.as_of_us = then; /* what was known then */
    assert_string_equal(queried(&f), "100");
    f.as_of_us = 0;
    assert_string_equal(office_sql(o, "SELECT sum(value) FROM rollup WHERE period = 'AY2565'"), "3010000");
    assert_int_equal(move(analyst, second, "RETURNED", "ผิดพลาด"), NITHET_OK);
    assert_string_equal(queried(&f), "100");
    assert_string_equal(office_sql(o, "SELECT sum(value) FROM rollup WHERE period = 'AY2565'"), "3000000");
    assert_int_equal(move(analyst, id, "PUBLISHED", NULL), NITHET_OK);
    assert_int_equal(move(analyst, id, "RETURNED", "x"), NITHET_FAILED_PRECONDITION);
    assert_string_equal(queried(&f), "100");
}

TEST(nobody_submits_for_another_province_nor_without_the_role) {
    UNUSED_STATE;
    nithet_client *others[] = {head, analyst, foreign, reader, admin};
    for (size_t i = 0; i < 5; i++) {
        nithet_error *e = NULL;
        assert_null(send(others[i], graduates("AY2560", "1", "2"), &e));
        assert_int_equal(e->code, NITHET_PERMISSION_DENIED);
        assert_true(*e->th && *e->en);
        nithet_error_free(e);
    }
    assert_counts("0", "0");
    nithet_filter f = {.org = "TH-50"};
    nithet_query *q = nithet_query_new(foreign, &f);
    nithet_row row;
    nithet_error *e = NULL;
    assert_int_equal(nithet_query_next(q, &row, &e), -1);
    assert_int_equal(e->code, NITHET_PERMISSION_DENIED);
    nithet_error_free(e);
    nithet_query_free(q);
}

TEST(a_revoked_key_is_of_no_use_at_once) {
    UNUSED_STATE;
    char out[4096];
    const char *key = office_key(o, "leaver", "province_officer", "TH-50");
    nithet_client *leaver = office_client(o, key);
    nithet_receipt *r = send(leaver, graduates("AY2555", "1", "2"), NULL);
    assert_non_null(r);
    assert_int_equal(run_command(out, sizeof out,
                                 BUILD_DIR
                                 "/clients/nithet/nithet keys revoke %s --reason left --endpoint %s --key %s/admin.key",
                                 r->key_id, office_first(o)->endpoint, office_folder(o)),
                     0);
    nithet_receipt_free(r);
    nithet_error *e = NULL;
    nithet_code code = NITHET_OK;
    for (int i = 0; i < 100 && code == NITHET_OK; i++) { /* the news travels by NOTIFY */
        nithet_error_free(e);
        e = NULL;
        nithet_filter f = {0};
        nithet_query *q = nithet_query_new(leaver, &f);
        nithet_row row;
        int got = nithet_query_next(q, &row, &e);
        code = got < 0 ? e->code : NITHET_OK;
        nithet_query_free(q);
    }
    assert_int_equal(code, NITHET_UNAUTHENTICATED);
    nithet_error_free(e);
    nithet_close(leaver);
}

/* 12,000 figures of 800 schools: sent in chunks. */
static nithet_submission *schools(const char *reason) {
    nithet_submission *s = nithet_submission_new("SCHOOL_ENROLMENT", "TH-50", "AY2566");
    static const char *const levels[] = {"pre", "pri", "lsec", "usec", "voc"};
    char org[16], breakdown[64], value[16];
    for (int school = 0; school < 1200; school++)
        for (int level = 0; level < 5; level++)
            for (int sex = 0; sex < 2; sex++) {
                snprintf(org, sizeof org, "1050%04d", school);
                snprintf(breakdown, sizeof breakdown, "level=%s;sex=%s", levels[level], sex ? "male" : "female");
                snprintf(value, sizeof value, "%d", school % 100 + level);
                assert_int_equal(nithet_submission_add(s, "STUDENTS", org, breakdown, value, NITHET_NORMAL, NULL, NULL),
                                 NITHET_OK);
            }
    if (reason)
        nithet_submission_reason(s, reason);
    return s;
}

static void count_progress(void *context, size_t sent, size_t total) {
    assert_in_range(sent, 1, total);
    ++*(int *)context;
}

TEST(a_large_submission_goes_in_by_chunks_is_resumed_and_rolls_up_to_the_province) {
    UNUSED_STATE;
    char file[300], out[4096];
    snprintf(file, sizeof file, "%s/schools.csv", office_folder(o));
    FILE *f = fopen(file, "w");
    fputs("org,kind,parent,name_th,name_en,valid_from\n", f);
    for (int i = 0; i < 1200; i++)
        fprintf(f, "1050%04d,school,TH-50,โรงเรียน %d,School %d,2017-04-03\n", i, i, i);
    fclose(f);
    assert_int_equal(run_command(out, sizeof out,
                                 BUILD_DIR "/clients/nithet/nithet org apply %s --yes --endpoint %s --key %s/admin.key",
                                 file, office_first(o)->endpoint, office_folder(o)),
                     0);
    char resume[300];
    snprintf(resume, sizeof resume, "%s/schools.resume", office_folder(o));
    int steps = 0;
    nithet_send_options options = {.progress = count_progress, .context = &steps, .resume_file = resume};
    nithet_submission *s = schools(NULL);
    nithet_error *e = NULL;
    nithet_receipt *r = nithet_submission_send(officer, s, &options, &e);
    if (!r)
        fprintf(stderr, "%s\n", e->en);
    assert_non_null(r);
    assert_int_equal(r->observations, 12000);
    assert_true(steps >= 1);
    assert_int_not_equal(access(resume, F_OK), 0); /* nothing to resume is left */
    uint64_t id = r->submission_id;
    nithet_receipt_free(r);
    nithet_submission_free(s);
    assert_string_equal(office_sql(o, "SELECT count(*) FROM draft_chunk"), "0");
    assert_int_equal(move(head, id, "ENDORSED", NULL), NITHET_OK);
    assert_int_equal(move(analyst, id, "ACCEPTED", NULL), NITHET_OK);
    assert_string_equal(
        office_sql(o, "SELECT sum(r.value) = (SELECT sum(value) FROM observation n JOIN indicator i ON i.id = "
                      "n.indicator_id WHERE i.code = 'STUDENTS')"
                      " FROM rollup r JOIN indicator i ON i.id = r.indicator_id WHERE i.code = 'STUDENTS'"),
        "t");
    assert_string_equal(
        office_sql(o,
                   "SELECT count(*) FROM rollup r JOIN indicator i ON i.id = r.indicator_id WHERE i.code = 'STUDENTS'"),
        "10");
    nithet_filter filter = {.form = "SCHOOL_ENROLMENT", .org = "TH-50"};
    nithet_query *q = nithet_query_new(analyst, &filter);
    nithet_row row;
    int rows = 0, got;
    while ((got = nithet_query_next(q, &row, NULL)) > 0)
        rows++;
    assert_int_equal(got, 0);
    assert_int_equal(rows, 12000); /* over six pages */
    nithet_query_free(q);
}

TEST(faults_in_a_chunk_are_told_in_the_callers_own_counting_and_nothing_goes_in) {
    UNUSED_STATE;
    nithet_submission *s = schools("again");
    size_t wrong = nithet_submission_count(s);
    assert_int_equal(nithet_submission_add(s, "STUDENTS", "10500000", NULL, "-5", NITHET_NORMAL, NULL, NULL),
                     NITHET_OK);
    nithet_error *e = NULL;
    assert_null(nithet_submission_send(officer, s, NULL, &e));
    char path[64];
    snprintf(path, sizeof path, "observations[%zu].value", wrong);
    assert_int_equal(e->violation_count, 1);
    assert_string_equal(e->violations[0].path, path);
    assert_string_equal(e->violations[0].rule, "OUT_OF_RANGE");
    nithet_error_free(e);
    nithet_submission_free(s);
    assert_string_equal(
        office_sql(
            o, "SELECT count(*) FROM submission WHERE form_id = (SELECT id FROM form WHERE code = 'SCHOOL_ENROLMENT')"),
        "1");
}

TEST(every_order_pages_through_the_same_rows) {
    UNUSED_STATE;
    static char first[12000][80];
    for (int sort = 1; sort <= 3; sort++)
        for (int descending = 0; descending < 2; descending++) {
            nithet_filter f = {.form = "SCHOOL_ENROLMENT", .org = "TH-50", .sort = sort, .descending = descending};
            nithet_query *q = nithet_query_new(analyst, &f);
            nithet_row row;
            int rows = 0;
            double last = descending ? 1e18 : -1e18;
            while (nithet_query_next(q, &row, NULL) > 0 && rows < 12000) {
                if (sort == 3) {
                    double v = atof(row.value);
                    assert_true(descending ? v <= last : v >= last);
                    last = v;
                }
                if (sort == 2 && !descending)
                    snprintf(first[rows], sizeof first[0], "%s %s", row.org, row.disaggregation);
                rows++;
            }
            assert_int_equal(rows, 12000);
            nithet_query_free(q);
        }
    for (int i = 1; i < 12000; i++)
        assert_true(strncmp(first[i - 1], first[i], 8) <= 0);
}

TEST(the_database_holds_the_same_transition_table_as_the_domain) {
    UNUSED_STATE;
    char sql[200];
    for (int from = 1; from <= 7; from++)
        for (int to = 1; to <= 7; to++) {
            snprintf(sql, sizeof sql, "SELECT submission_step_allowed(%d, %d)", from, to);
            assert_string_equal(office_sql(o, sql), nt_workflow_allows((nt_state)from, (nt_state)to) ? "t" : "f");
        }
    /* And refuses a step that the code forgot to check. */
    assert_false(office_sql_allowed(o, "INSERT INTO submission_transition VALUES (1, 2, 2, 5, 1, 0, '')"));
}

TEST(the_services_role_cannot_touch_what_was_said) {
    UNUSED_STATE;
    static const char *const forbidden[] = {"UPDATE observation SET value = 0",
                                            "DELETE FROM observation",
                                            "UPDATE submission SET reason = 'x'",
                                            "DELETE FROM submission",
                                            "UPDATE audit_event SET officer = 'x'",
                                            "DELETE FROM audit_event",
                                            "DELETE FROM audit_chain",
                                            "UPDATE signed_request SET payload = ''",
                                            "DELETE FROM idempotency",
                                            "UPDATE submission_transition SET comment = 'x'",
                                            "TRUNCATE observation",
                                            "DROP TABLE observation",
                                            "UPDATE indicator_version SET name_th = 'x'",
                                            "DELETE FROM officer_key"};
    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++)
        assert_false(office_sql_allowed(o, forbidden[i]));
    assert_true(office_sql_allowed(o, "SELECT 1 FROM observation_seen LIMIT 1"));
}

TEST(every_change_stands_in_the_audit_chain_and_what_was_signed_is_kept) {
    UNUSED_STATE;
    assert_string_equal(office_sql(o, "SELECT count(*) FROM audit_event e JOIN audit_event p ON p.chain = e.chain AND "
                                      "p.position = e.position - 1 WHERE e.previous_hash <> p.hash"),
                        "0");
    assert_string_equal(office_sql(o, "SELECT count(*) FROM audit_chain c JOIN audit_event e ON e.chain = c.chain AND "
                                      "e.position = c.position WHERE e.hash <> c.hash"),
                        "0");
    assert_string_equal(office_sql(o, "SELECT count(*) FROM submission s LEFT JOIN signed_request r ON r.chain = "
                                      "s.chain AND r.position = s.position WHERE r.payload IS NULL"),
                        "0");
    assert_string_equal(office_sql(o, "SELECT count(*) FROM submission s JOIN audit_event e ON e.chain = s.chain AND "
                                      "e.position = s.position WHERE e.subject <> 'submission/' || s.id"),
                        "0");
}

/* Dictionaries may hold what no figure uses, also what is faulty: it must do no harm. */
TEST(rubbish_in_a_dictionary_that_no_figure_uses_does_no_harm) {
    UNUSED_STATE;
    nt_arena *arena = nt_arena_new(1 << 20);
    char *indicators[] = {"NOPE", "GRAD_M6"}, *orgs[] = {"TH-50", "nowhere"},
         *breakdowns[] = {"sex=", "sex=female", "=;=", "sex=male"};
    uint32_t indicator[] = {1, 1}, org[] = {0, 0}, breakdown[] = {3, 1};
    int64_t value[] = {10000, 20000};
    uint8_t status[] = {1, 1}, digest[32], content[32];
    nt_observations set = {(const char *const *)indicators,
                           2,
                           (const char *const *)orgs,
                           2,
                           (const char *const *)breakdowns,
                           4,
                           2,
                           indicator,
                           org,
                           breakdown,
                           value,
                           status,
                           NULL};
    int sorted;
    size_t doubled;
    uint32_t *order = nt_observations_order(arena, &set, &sorted, &doubled);
    nt_observations_digest(&set, order, digest);
    nt_content_digest *whole = nt_content_digest_new(arena);
    nt_content_digest_add(whole, 2, digest);
    nt_content_digest_end(whole, content);
    Nithet__V1__SubmissionStatement statement = NITHET__V1__SUBMISSION_STATEMENT__INIT;
    statement.form = "GRAD_M6";
    statement.org = "TH-50";
    statement.period = "AY2549";
    statement.observations = 2;
    statement.content_digest = (ProtobufCBinaryData){32, content};
    Nithet__V1__ObservationColumns columns = NITHET__V1__OBSERVATION_COLUMNS__INIT;
    columns.n_indicators = columns.n_orgs = 2;
    columns.n_disaggregations = 4;
    columns.indicators = indicators;
    columns.orgs = orgs;
    columns.disaggregations = breakdowns;
    columns.n_indicator = columns.n_org = columns.n_disaggregation = columns.n_value_e4 = 2;
    columns.indicator = indicator;
    columns.org = org;
    columns.disaggregation = breakdown;
    columns.value_e4 = value;
    Nithet__V1__ObservationSet observations = NITHET__V1__OBSERVATION_SET__INIT;
    observations.columns = &columns;
    Nithet__V1__SubmitRequest request = NITHET__V1__SUBMIT_REQUEST__INIT;
    request.statement = &statement;
    request.observations = &observations;
    uint8_t packed[1000];
    size_t size = nithet__v1__submit_request__pack(&request, packed);
    nithet_call_options options = {.flags = NITHET_CALL_SIGNED};
    assert_int_equal(nithet_call(officer, "nithet.v1.SubmissionService/Submit", packed, size, &options, NULL, NULL),
                     NITHET_OK);
    assert_string_equal(office_sql(o, "SELECT string_agg(d.text || '=' || value, ' ' ORDER BY d.text) FROM observation "
                                      "n JOIN submission s ON s.id = n.submission_id"
                                      " JOIN disaggregation d ON d.id = n.disaggregation_id WHERE period = 'AY2549'"),
                        "sex=female=20000 sex=male=10000");
    nt_arena_free(arena);
}

TEST(the_daemon_finds_its_database_again) {
    UNUSED_STATE;
    office_sql(o, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'nithetd'");
    nithet_receipt *r = send(officer, graduates("AY2550", "1", "2"), NULL);
    assert_non_null(r);
    assert_int_equal(r->revision, 1);
    nithet_receipt_free(r);
    assert_string_equal(office_sql(o, "SELECT count(*) FROM submission WHERE period = 'AY2550'"), "1");
}

TEST(a_client_with_several_endpoints_goes_on_at_the_next) {
    UNUSED_STATE;
    char endpoints[700];
    snprintf(endpoints, sizeof endpoints, "ipc://%s/nobody.sock,%s", office_folder(o), office_first(o)->endpoint);
    nithet_options options = {.endpoints = endpoints, .key_file = office_key(o, "th-50.officer", "", "")};
    nithet_client *c = nithet_open(&options, NULL);
    nithet_receipt *r = send(c, graduates("AY2551", "1", "2"), NULL);
    assert_non_null(r);
    nithet_receipt_free(r);
    nithet_close(c);
    options.endpoints = "ipc:///tmp/nithet-nobody.sock";
    options.timeout_ms = 500;
    c = nithet_open(&options, NULL);
    nithet_error *e = NULL;
    assert_null(send(c, graduates("AY2552", "1", "2"), &e));
    assert_true(e->code == NITHET_UNAVAILABLE || e->code == NITHET_DEADLINE_EXCEEDED);
    nithet_error_free(e);
    nithet_close(c);
}

static void *ask_and_submit(void *arg) {
    intptr_t n = (intptr_t)arg, good = 0;
    char period[16];
    snprintf(period, sizeof period, "AY25%02d", (int)n + 20);
    for (int i = 0; i < 10; i++) {
        nithet_submission *s = graduates(period, "1", "2");
        nithet_submission_reason(s, "again");
        nithet_receipt *r = nithet_submission_send(officer, s, NULL, NULL);
        good += r && r->revision == (uint32_t)i + 1;
        nithet_receipt_free(r);
        nithet_submission_free(s);
        nithet_filter f = {.revision = 2, .period_from = period, .period_to = period};
        nithet_query *q = nithet_query_new(officer, &f);
        nithet_row row;
        int rows = 0;
        while (nithet_query_next(q, &row, NULL) > 0)
            rows++;
        good += rows == 2;
        nithet_query_free(q);
    }
    return (void *)good;
}

TEST(one_client_serves_many_threads) {
    UNUSED_STATE;
    pthread_t threads[8];
    for (intptr_t i = 0; i < 8; i++)
        pthread_create(&threads[i], NULL, ask_and_submit, (void *)i);
    for (int i = 0; i < 8; i++) {
        void *good;
        pthread_join(threads[i], &good);
        assert_int_equal((intptr_t)good, 20);
    }
}

TEST(cmakes_package_is_found) {
    UNUSED_STATE;
    char out[8192];
    int rv = run_command(
        out, sizeof out,
        "mkdir -p %s/p && cd %s/p && printf 'cmake_minimum_required(VERSION 3.25)\nproject(p C)\nfind_package(nithet "
        "REQUIRED)\n"
        "add_executable(p " SOURCE_DIR
        "/clients/libnithet/examples/submit.c)\ntarget_link_libraries(p nithet::nithet)\n' > CMakeLists.txt && "
        "CFLAGS=%s cmake -S . -B b -DCMAKE_PREFIX_PATH=%s/usr >/dev/null && cmake --build b && ./b/p; test $? = 2",
        office_folder(o), office_folder(o), SANITIZE_FLAGS, office_folder(o));
    if (rv)
        fputs(out, stderr);
    assert_int_equal(rv, 0);
}

TEST(the_example_compiles_against_the_installed_library_and_submits) {
    UNUSED_STATE;
    char out[8192];
    int rv = run_command(out, sizeof out,
                         "cmake --install " BUILD_DIR " --prefix %s/usr >/dev/null && PKG_CONFIG_PATH=$(dirname $(find "
                         "%s/usr -name nithet.pc)) && export PKG_CONFIG_PATH && "
                         "cc -Wall -Werror %s " SOURCE_DIR
                         "/clients/libnithet/examples/submit.c $(pkg-config --cflags --libs nithet) "
                         "-Wl,-rpath,$(pkg-config --variable=libdir nithet) -o %s/submit && "
                         "%s/submit %s %s TH-50 AY2561 3612 5001",
                         office_folder(o), office_folder(o), SANITIZE_FLAGS, office_folder(o), office_folder(o),
                         office_first(o)->endpoint, office_key(o, "th-50.officer", "", ""));
    if (rv)
        fputs(out, stderr);
    assert_int_equal(rv, 0);
    assert_non_null(strstr(out, "revision 1"));
    assert_int_equal(run_command(out, sizeof out, "%s/submit %s %s TH-50 AY2561 x 5001", office_folder(o),
                                 office_first(o)->endpoint, office_key(o, "th-50.officer", "", "")),
                     1);
    assert_non_null(strstr(out, "not a number"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_submission_goes_in_with_a_receipt_that_the_service_signed),
        cmocka_unit_test(a_correction_is_a_new_revision_and_wants_a_reason),
        cmocka_unit_test(a_failed_submission_leaves_nothing_behind),
        cmocka_unit_test(text_where_a_number_should_be_is_refused_before_it_leaves),
        cmocka_unit_test(each_step_is_taken_by_its_role_alone_and_figures_count_once_they_are_accepted),
        cmocka_unit_test(nobody_submits_for_another_province_nor_without_the_role),
        cmocka_unit_test(a_revoked_key_is_of_no_use_at_once),
        cmocka_unit_test(a_large_submission_goes_in_by_chunks_is_resumed_and_rolls_up_to_the_province),
        cmocka_unit_test(faults_in_a_chunk_are_told_in_the_callers_own_counting_and_nothing_goes_in),
        cmocka_unit_test(every_order_pages_through_the_same_rows),
        cmocka_unit_test(the_database_holds_the_same_transition_table_as_the_domain),
        cmocka_unit_test(the_services_role_cannot_touch_what_was_said),
        cmocka_unit_test(every_change_stands_in_the_audit_chain_and_what_was_signed_is_kept),
        cmocka_unit_test(rubbish_in_a_dictionary_that_no_figure_uses_does_no_harm),
        cmocka_unit_test(the_daemon_finds_its_database_again),
        cmocka_unit_test(a_client_with_several_endpoints_goes_on_at_the_next),
        cmocka_unit_test(one_client_serves_many_threads),
        cmocka_unit_test(the_example_compiles_against_the_installed_library_and_submits),
        cmocka_unit_test(cmakes_package_is_found),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
