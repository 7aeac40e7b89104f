/* The rules: decimals, periods, workflow, aggregation, order and digests, breakdowns, validation, changes. */
#include "check.h"

#include "domain/aggregate.h"
#include "domain/change.h"
#include "domain/decimal.h"
#include "domain/validate.h"
#include "domain/workflow.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static nt_arena *arena;

static int set_up(void **state) {
    UNUSED_STATE;
    arena = nt_arena_new(64 << 20);
    return arena == NULL || sodium_init() < 0;
}

static int tear_down(void **state) {
    UNUSED_STATE;
    nt_arena_free(arena);
    return 0;
}

static int64_t number(const char *text, nt_decimal_fault expected) {
    int64_t v = -1;
    assert_int_equal(nt_decimal_parse(nt_bytes_text(text), &v), expected);
    return v;
}

TEST(decimals_are_exact_and_take_thai_digits_and_grouped_thousands) {
    UNUSED_STATE;
    assert_int_equal(number("12.5", NT_DECIMAL_OK), 125000);
    assert_int_equal(number("-0.0001", NT_DECIMAL_OK), -1);
    assert_int_equal(number("๑,๒๓๔.๕", NT_DECIMAL_OK), 12345000);
    assert_int_equal(number("1,234,567", NT_DECIMAL_OK), 12345670000);
    assert_int_equal(number(" 7 ", NT_DECIMAL_OK), 70000);
    assert_int_equal(number("0.10000000", NT_DECIMAL_OK), 1000);
    assert_int_equal(number("99999999999999.9999", NT_DECIMAL_OK), NT_DECIMAL_MAX);
    number("", NT_DECIMAL_EMPTY);
    number("   ", NT_DECIMAL_EMPTY);
    number("abc", NT_DECIMAL_NOT_A_NUMBER);
    number("1e5", NT_DECIMAL_NOT_A_NUMBER);
    number("--1", NT_DECIMAL_NOT_A_NUMBER);
    number(".", NT_DECIMAL_NOT_A_NUMBER);
    number("nan", NT_DECIMAL_NOT_A_NUMBER);
    number("1.23456", NT_DECIMAL_TOO_PRECISE);
    number("100000000000000", NT_DECIMAL_TOO_LARGE);
    number("99999999999999999999999999999", NT_DECIMAL_TOO_LARGE);
    number("12,34", NT_DECIMAL_BAD_GROUPING);
    number("1234,567", NT_DECIMAL_BAD_GROUPING);
}

TEST(decimals_print_shortest_and_round_half_away_from_zero) {
    UNUSED_STATE;
    char text[NT_DECIMAL_TEXT];
    nt_decimal_format(125000, text);
    assert_string_equal(text, "12.5");
    nt_decimal_format(-1, text);
    assert_string_equal(text, "-0.0001");
    nt_decimal_format(0, text);
    assert_string_equal(text, "0");
    assert_int_equal(nt_decimal_round(12345, 3), 12350);
    assert_int_equal(nt_decimal_round(-12345, 3), -12350);
    assert_int_equal(nt_decimal_round(5000, 0), 10000);
    assert_true(nt_decimal_fits(12300, 2));
    assert_false(nt_decimal_fits(12340, 2));
}

static nt_period period(const char *code) {
    nt_period p;
    assert_true(nt_ok(nt_period_parse(arena, "period", code, &p)));
    return p;
}

static void assert_days(const char *code, const char *first, const char *last) {
    nt_period p = period(code);
    char a[NT_DATE_TEXT], b[NT_DATE_TEXT];
    nt_day_format(p.first, a);
    nt_day_format(p.last, b);
    assert_string_equal(a, first);
    assert_string_equal(b, last);
}

TEST(periods_have_the_days_of_the_thai_calendars) {
    UNUSED_STATE;
    assert_days("FY2569", "2025-10-01", "2026-09-30");
    assert_days("FY2569Q1", "2025-10-01", "2025-12-31");
    assert_days("FY2569Q2", "2026-01-01", "2026-03-31");
    assert_days("FY2569Q4", "2026-07-01", "2026-09-30");
    assert_days("FY2569R1", "2025-10-01", "2026-03-31");
    assert_days("FY2569R2", "2026-04-01", "2026-09-30");
    assert_days("AY2568", "2025-05-16", "2026-05-15");
    assert_days("AY2568S1", "2025-05-16", "2025-10-10");
    assert_days("AY2568S2", "2025-11-01", "2026-03-31");
    assert_days("2567-02", "2024-02-01", "2024-02-29");
    assert_string_equal(period("fy๒๕๖๙q๑").code, "FY2569Q1");
}

TEST(what_is_no_period_is_refused_and_a_gregorian_year_told_its_buddhist_one) {
    UNUSED_STATE;
    static const char *const bad[] = {"",        "2569",   "FY",      "FY69",      "FY2569Q5", "FY2569R3", "AY2568S3",
                                      "2568-13", "2568-0", "FY2569Q", "FY2569 Q1", "XY2569",   "FY25690",  "2568-1x"};
    nt_period p;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        nt_status st = nt_period_parse(arena, "period", bad[i], &p);
        assert_int_equal(st.code, NT_INVALID_ARGUMENT);
        assert_string_equal(st.fault->violations->path, "period");
    }
    nt_status st = nt_period_parse(arena, "period", "AY2023", &p);
    assert_int_equal(st.code, NT_INVALID_ARGUMENT);
    assert_non_null(strstr(st.fault->en, "2566"));
}

TEST(periods_are_ordered_contained_and_have_a_previous_one) {
    UNUSED_STATE;
    nt_period year = period("FY2569"), quarter = period("FY2569Q1"), other = period("FY2570Q1"), p;
    assert_true(nt_period_compare(&year, &quarter) < 0); /* begins with it, and is longer */
    assert_true(nt_period_compare(&quarter, &other) < 0);
    assert_true(nt_period_contains(&year, &quarter));
    assert_false(nt_period_contains(&quarter, &year));
    assert_false(nt_period_contains(&year, &other));
    assert_true(nt_period_previous(&quarter, &p));
    assert_string_equal(p.code, "FY2568Q4");
    assert_true(nt_period_year_before(&quarter, &p));
    assert_string_equal(p.code, "FY2568Q1");
    char name[160];
    nt_period_name(&year, 1, name, sizeof name);
    assert_non_null(strstr(name, "2569"));
}

TEST(every_step_that_is_not_in_the_table_is_refused) {
    UNUSED_STATE;
    static const int allowed[][2] = {{1, 2}, {2, 3}, {2, 6}, {2, 7}, {3, 4}, {3, 6}, {3, 7}, {4, 5}, {4, 6}, {6, 7}};
    int count = 0;
    for (int from = 0; from <= 8; from++)
        for (int to = 0; to <= 8; to++) {
            int listed = 0;
            for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
                listed |= allowed[i][0] == from && allowed[i][1] == to;
            assert_int_equal(nt_workflow_allows((nt_state)from, (nt_state)to), listed);
            count += listed;
            for (int role = NT_ROLE_ADMIN; role <= NT_ROLE_READER && !listed; role++)
                assert_int_equal(nt_workflow_step(arena, (nt_state)from, (nt_state)to, (nt_role)role, "why").code,
                                 NT_FAILED_PRECONDITION);
        }
    assert_int_equal(count, 10);
}

TEST(each_step_belongs_to_its_role_and_returning_wants_a_comment) {
    UNUSED_STATE;
    assert_true(nt_ok(nt_workflow_step(arena, NT_STATE_SUBMITTED, NT_STATE_ENDORSED, NT_ROLE_PROVINCE_HEAD, "")));
    assert_int_equal(nt_workflow_step(arena, NT_STATE_SUBMITTED, NT_STATE_ENDORSED, NT_ROLE_PROVINCE_OFFICER, "").code,
                     NT_PERMISSION_DENIED);
    assert_int_equal(nt_workflow_step(arena, NT_STATE_ENDORSED, NT_STATE_ACCEPTED, NT_ROLE_PROVINCE_HEAD, "").code,
                     NT_PERMISSION_DENIED);
    assert_int_equal(nt_workflow_step(arena, NT_STATE_ENDORSED, NT_STATE_ACCEPTED, NT_ROLE_ADMIN, "").code,
                     NT_PERMISSION_DENIED);
    assert_true(nt_ok(nt_workflow_step(arena, NT_STATE_ENDORSED, NT_STATE_ACCEPTED, NT_ROLE_REGIONAL_ANALYST, "")));
    assert_int_equal(nt_workflow_step(arena, NT_STATE_ENDORSED, NT_STATE_RETURNED, NT_ROLE_REGIONAL_ANALYST, "").code,
                     NT_INVALID_ARGUMENT);
    assert_true(nt_ok(nt_workflow_step(arena, NT_STATE_ENDORSED, NT_STATE_RETURNED, NT_ROLE_REGIONAL_ANALYST, "ผิด")));
}

TEST(aggregation_is_exact_and_by_rule) {
    UNUSED_STATE;
    nt_part parts[] = {{100000, 10000, 1}, {200000, 30000, 1}, {-50000, 20000, 1}};
    assert_int_equal(nt_aggregate(NT_SUM, parts, 3).value, 250000);
    assert_int_equal(nt_aggregate(NT_MIN, parts, 3).value, -50000);
    assert_int_equal(nt_aggregate(NT_MAX, parts, 3).value, 200000);
    assert_int_equal(nt_aggregate(NT_WEIGHTED_AVERAGE, parts, 3).value, 100000); /* (10*1 + 20*3 - 5*2) / 6 = 10 */
    assert_false(nt_aggregate(NT_AGGREGATION_NONE, parts, 3).has_value);
    assert_false(nt_aggregate(NT_LAST, parts, 3).has_value);
    assert_false(nt_aggregate(NT_SUM, parts, 0).has_value);
    parts[1].has_weight = 0;
    assert_false(nt_aggregate(NT_WEIGHTED_AVERAGE, parts, 3).has_value);
    nt_part huge[] = {{NT_DECIMAL_MAX, 0, 0}, {NT_DECIMAL_MAX, 0, 0}};
    assert_false(
        nt_aggregate(NT_SUM, huge, 2).has_value); /* over what a figure may be: none, rather than a wrong one */
    nt_part four[] = {{40000, 0, 0}, {10000, 0, 0}, {-30000, 0, 0}, {20001, 0, 0}};
    assert_int_equal(nt_aggregate(NT_COUNT, four, 4).value, 40000);
    assert_int_equal(nt_aggregate(NT_MEDIAN, four, 4).value, 15001); /* of 1 and 2.0001: half away from zero */
    assert_int_equal(nt_aggregate(NT_MEDIAN, four, 3).value, 10000);
    assert_false(nt_aggregate(NT_FIRST, four, 4).has_value);
}

/* A small catalogue: one region, two provinces, a school, two indicators, a form of each level. */
static const nt_catalogue *small(void) {
    static nt_org orgs[] = {{.id = 1, .code = "10500101", .kind = NT_ORG_SCHOOL},
                            {.id = 2, .code = "REO15", .kind = NT_ORG_REGION},
                            {.id = 3, .code = "TH", .kind = NT_ORG_COUNTRY},
                            {.id = 4, .code = "TH-50", .kind = NT_ORG_PROVINCE},
                            {.id = 5, .code = "TH-51", .kind = NT_ORG_PROVINCE}};
    static const nt_member sexes[] = {{"male", {"ชาย", "male"}}, {"female", {"หญิง", "female"}}};
    static const nt_member levels[] = {{"pri", {"ประถม", "primary"}}, {"sec", {"มัธยม", "secondary"}}};
    static nt_dimension dimensions[] = {{"level", {"ระดับ", "level"}, levels, 2}, {"sex", {"เพศ", "sex"}, sexes, 2}};
    static nt_issue issues[] = {{"1", {"หนึ่ง", "one"}}};
    static nt_indicator indicators[] = {{.id = 1,
                                         .code = "GRADS",
                                         .issue = "1",
                                         .name = {"ผู้จบ", "graduates"},
                                         .unit = {"คน", "persons"},
                                         .direction = NT_NEUTRAL,
                                         .aggregation = NT_SUM,
                                         .dimensions = {"level", "sex"},
                                         .dimension_count = 2,
                                         .has_minimum = 1},
                                        {.id = 2,
                                         .code = "SCORE",
                                         .issue = "1",
                                         .name = {"คะแนน", "score"},
                                         .unit = {"คะแนน", "points"},
                                         .direction = NT_NEUTRAL,
                                         .decimals = 2,
                                         .aggregation = NT_WEIGHTED_AVERAGE,
                                         .weight = "GRADS",
                                         .has_minimum = 1,
                                         .has_maximum = 1,
                                         .maximum = 1000000}};
    static nt_form_item items[] = {{&indicators[0], {&dimensions[1]}, 1, 1}, {&indicators[1], {0}, 0, 0}};
    static nt_form_item school_items[] = {{&indicators[0], {&dimensions[1]}, 1, 1}};
    static nt_form forms[] = {{.id = 1,
                               .code = "F",
                               .name = {"ฟ", "F"},
                               .period_kind = NT_PERIOD_ACADEMIC_YEAR,
                               .level = NT_ORG_PROVINCE,
                               .items = items,
                               .item_count = 2},
                              {.id = 2,
                               .code = "S",
                               .name = {"ส", "S"},
                               .period_kind = NT_PERIOD_ACADEMIC_YEAR,
                               .level = NT_ORG_SCHOOL,
                               .items = school_items,
                               .item_count = 1}};
    static nt_catalogue k;
    orgs[0].parent = &orgs[3];
    orgs[1].parent = &orgs[2];
    orgs[3].parent = orgs[4].parent = &orgs[1];
    k = (nt_catalogue){.arena = arena,
                       .orgs = orgs,
                       .org_count = 5,
                       .issues = issues,
                       .issue_count = 1,
                       .dimensions = dimensions,
                       .dimension_count = 2,
                       .indicators = indicators,
                       .indicator_count = 2,
                       .forms = forms,
                       .form_count = 2};
    assert_true(nt_catalogue_index(&k));
    return &k;
}

TEST(breakdowns_are_parsed_sorted_and_named) {
    UNUSED_STATE;
    nt_breakdown b;
    assert_true(nt_ok(nt_breakdown_parse(arena, small(), "d", "sex=male;level=pri", &b)));
    assert_string_equal(b.canonical, "level=pri;sex=male");
    assert_true(nt_ok(nt_breakdown_parse(arena, small(), "d", "", &b)));
    assert_string_equal(b.canonical, "");
    static const char *const bad[] = {"sex", "sex=", "=male", "sex=other", "color=red", "sex=male;sex=female"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(nt_breakdown_parse(arena, small(), "d", bad[i], &b).code, NT_INVALID_ARGUMENT);
}

TEST(the_tree_knows_what_lies_within_what) {
    UNUSED_STATE;
    const nt_catalogue *k = small();
    assert_true(nt_org_within(nt_catalogue_org(k, "10500101"), nt_catalogue_org(k, "REO15")));
    assert_false(nt_org_within(nt_catalogue_org(k, "TH-51"), nt_catalogue_org(k, "TH-50")));
    assert_ptr_equal(nt_org_province(nt_catalogue_org(k, "10500101")), nt_catalogue_org(k, "TH-50"));
    assert_null(nt_org_province(nt_catalogue_org(k, "REO15")));
    assert_true(nt_org_code_valid("TH-50", NT_ORG_PROVINCE));
    assert_false(nt_org_code_valid("CNX", NT_ORG_PROVINCE));
}

/* Rows as a set. */
typedef struct row {
    const char *indicator, *org, *breakdown;
    int64_t value;
    unsigned status;
    const char *note;
} row;

static nt_observations set_of(const row *rows, size_t count) {
    const char **columns[3];
    uint32_t *numbers[3];
    for (int c = 0; c < 3; c++) {
        columns[c] = NT_NEW_ARRAY(arena, const char *, count);
        numbers[c] = NT_NEW_ARRAY(arena, uint32_t, count);
    }
    int64_t *value = NT_NEW_ARRAY(arena, int64_t, count);
    uint8_t *status = NT_NEW_ARRAY(arena, uint8_t, count);
    const char **notes = NT_NEW_ARRAY(arena, const char *, count);
    for (size_t i = 0; i < count; i++) {
        columns[0][i] = rows[i].indicator;
        columns[1][i] = rows[i].org;
        columns[2][i] = rows[i].breakdown;
        for (int c = 0; c < 3; c++)
            numbers[c][i] = (uint32_t)i;
        value[i] = rows[i].value;
        status[i] = (uint8_t)rows[i].status;
        notes[i] = rows[i].note;
    }
    return (nt_observations){columns[0], count,      columns[1], count, columns[2], count, count,
                             numbers[0], numbers[1], numbers[2], value, status,     notes};
}

/* The rules that are broken, in order, as one text. */
static const char *rules(const char *form, const row *rows, size_t count) {
    static char text[1000];
    nt_subject subject;
    nt_violations faults;
    nt_checked checked;
    nt_violations_init(&faults, arena);
    assert_true(nt_ok(nt_subject_resolve(arena, small(), "", form, "TH-50", "AY2566", &subject)));
    nt_checker *checker = nt_checker_new(arena, small(), &subject);
    nt_observations set = set_of(rows, count);
    assert_true(nt_ok(nt_checker_chunk(checker, arena, &set, &faults, &checked)));
    assert_true(nt_ok(nt_checker_end(checker, &faults, NULL)));
    text[0] = '\0';
    for (const nt_violation *v = faults.first; v; v = v->next) {
        assert_true(*v->th && *v->en && *v->path);
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", *text ? " " : "", v->rule);
    }
    return text;
}

#define MALE                                                                                                           \
    { "GRADS", "TH-50", "sex=male", 10000, NT_NORMAL, NULL }
#define FEMALE                                                                                                         \
    { "GRADS", "TH-50", "sex=female", 20000, NT_NORMAL, NULL }

TEST(good_figures_have_no_fault_and_each_fault_has_its_rule) {
    UNUSED_STATE;
    assert_string_equal(rules("F", (const row[]){MALE, FEMALE}, 2), "");
    assert_string_equal(rules("F", (const row[]){MALE}, 1), "REQUIRED_CELL_MISSING");
    assert_string_equal(
        rules("F", (const row[]){MALE, {"GRADS", "TH-50", "sex=female", 0, NT_MISSING, "ยังไม่สำรวจ"}}, 2), "");
    assert_string_equal(rules("F", (const row[]){MALE, {"GRADS", "TH-50", "sex=female", 0, NT_MISSING, NULL}}, 2),
                        "REASON_REQUIRED");
    assert_string_equal(rules("F", (const row[]){MALE, {"GRADS", "TH-50", "sex=female", 5, NT_SUPPRESSED, NULL}}, 2),
                        "VALUE_WITHOUT_STATUS");
    assert_string_equal(rules("F", (const row[]){MALE, FEMALE, {"NOPE", "TH-50", "", 1, NT_NORMAL, NULL}}, 3),
                        "UNKNOWN_INDICATOR");
    assert_string_equal(rules("F", (const row[]){MALE, FEMALE, {"SCORE", "TH-99", "", 0, NT_NORMAL, NULL}}, 3),
                        "UNKNOWN_ORG");
    assert_string_equal(rules("F", (const row[]){MALE, FEMALE, {"SCORE", "TH-51", "", 0, NT_NORMAL, NULL}}, 3),
                        "FOREIGN_ORG");
    assert_string_equal(rules("F", (const row[]){MALE, FEMALE, {"SCORE", "10500101", "", 0, NT_NORMAL, NULL}}, 3),
                        "WRONG_LEVEL");
    assert_string_equal(rules("F", (const row[]){MALE, FEMALE, {"SCORE", "TH-50", "", 1042000, NT_NORMAL, NULL}}, 3),
                        "OUT_OF_RANGE");
    assert_string_equal(rules("F", (const row[]){MALE, FEMALE, {"SCORE", "TH-50", "", -1, NT_NORMAL, NULL}}, 3),
                        "OUT_OF_RANGE TOO_PRECISE");
    assert_string_equal(rules("F", (const row[]){MALE, FEMALE, {"GRADS", "TH-50", "level=pri", 0, NT_NORMAL, NULL}}, 3),
                        "NOT_IN_FORM");
    assert_string_equal(rules("F", (const row[]){MALE, FEMALE, {"GRADS", "TH-50", "sex=x", 0, NT_NORMAL, NULL}}, 3),
                        "UNKNOWN_MEMBER");
    assert_string_equal(rules("F", (const row[]){MALE, FEMALE, {"GRADS", "TH-50", "", 0, 9, NULL}}, 3),
                        "UNKNOWN_STATUS");
    assert_string_equal(rules("S", (const row[]){{"GRADS", "10500101", "sex=male", 0, NT_NORMAL, NULL}}, 1),
                        "REQUIRED_CELL_MISSING");
}

TEST(the_subject_of_a_submission_must_exist_and_fit) {
    UNUSED_STATE;
    nt_subject s;
    nt_status st = nt_subject_resolve(arena, small(), "statement.", "NOPE", "TH-99", "x", &s);
    assert_int_equal(st.code, NT_INVALID_ARGUMENT);
    size_t n = 0;
    for (const nt_violation *v = st.fault->violations; v; v = v->next)
        n++;
    assert_int_equal(n, 3);
    assert_string_equal(st.fault->violations->path, "statement.form");
    assert_int_equal(nt_subject_resolve(arena, small(), "", "F", "TH-50", "FY2569", &s).code, NT_INVALID_ARGUMENT);
    assert_int_equal(nt_subject_resolve(arena, small(), "", "F", "REO15", "AY2566", &s).code, NT_INVALID_ARGUMENT);
}

TEST(order_finds_doubled_cells_and_the_digest_does_not_depend_on_the_order_of_sending) {
    UNUSED_STATE;
    const row a[] = {FEMALE, MALE}, b[] = {MALE, FEMALE}, doubled[] = {MALE, FEMALE, MALE};
    nt_observations x = set_of(a, 2), y = set_of(b, 2), z = set_of(doubled, 3);
    int sorted;
    size_t twice;
    uint8_t first[32], second[32];
    uint32_t *order = nt_observations_order(arena, &x, &sorted, &twice);
    assert_true(sorted);
    assert_int_equal(twice, 2);
    nt_observations_digest(&x, order, first);
    order = nt_observations_order(arena, &y, &sorted, &twice);
    assert_false(sorted);
    nt_observations_digest(&y, order, second);
    assert_memory_equal(first, second, 32);
    order = nt_observations_order(arena, &z, &sorted, &twice);
    assert_int_equal(twice, 1);
    assert_int_equal(order[1], 0);
    assert_int_equal(order[2], 2);
    row changed[] = {MALE, FEMALE};
    changed[0].value++;
    nt_observations w = set_of(changed, 2);
    order = nt_observations_order(arena, &w, &sorted, &twice);
    nt_observations_digest(&w, order, second);
    assert_true(memcmp(first, second, 32) != 0);
}

TEST(a_catalogue_that_is_as_asked_is_no_change_and_a_difference_is_told_by_field) {
    UNUSED_STATE;
    const nt_catalogue *k = small();
    nt_changes changes;
    nt_changes_init(&changes, arena);
    assert_false(nt_indicator_changes(&changes, k, &k->indicators[0]));
    assert_false(nt_form_changes(&changes, k, &k->forms[0]));
    assert_int_equal(changes.unchanged, 2);
    nt_indicator wanted = k->indicators[1];
    wanted.decimals = 3;
    assert_true(nt_indicator_changes(&changes, k, &wanted));
    assert_string_equal(changes.first->field, "decimals");
    assert_string_equal(changes.first->before, "2");
    assert_string_equal(changes.first->after, "3");
    wanted.code = "NEW";
    assert_true(nt_indicator_changes(&changes, k, &wanted));
    assert_string_equal(changes.last->field, "");
}

TEST(a_faulty_catalogue_is_refused_by_field) {
    UNUSED_STATE;
    const nt_catalogue *k = small();
    nt_indicator bad = {.code = "lower",
                        .issue = "9",
                        .name = {"", "x"},
                        .unit = {"u", "u"},
                        .direction = NT_NEUTRAL,
                        .decimals = 5,
                        .aggregation = NT_RATIO_OF_SUMS,
                        .has_minimum = 1,
                        .minimum = 5,
                        .has_maximum = 1,
                        .maximum = 1};
    nt_member one = {"male", {"ชาย", "male"}};
    nt_dimension fewer = {"sex", {"เพศ", "sex"}, &one, 1};
    nt_catalogue wanted = {.indicators = &bad, .indicator_count = 1, .dimensions = &fewer, .dimension_count = 1};
    nt_violations faults;
    nt_violations_init(&faults, arena);
    nt_wanted_check(k, &wanted, &faults);
    char all[400] = "";
    for (const nt_violation *v = faults.first; v; v = v->next)
        snprintf(all + strlen(all), sizeof all - strlen(all), "%s ", v->rule);
    assert_string_equal(
        all, "MEMBER_REMOVED BAD_CODE REQUIRED UNKNOWN_REFERENCE REQUIRED REQUIRED OUT_OF_RANGE OUT_OF_RANGE ");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_are_exact_and_take_thai_digits_and_grouped_thousands),
        cmocka_unit_test(decimals_print_shortest_and_round_half_away_from_zero),
        cmocka_unit_test(periods_have_the_days_of_the_thai_calendars),
        cmocka_unit_test(what_is_no_period_is_refused_and_a_gregorian_year_told_its_buddhist_one),
        cmocka_unit_test(periods_are_ordered_contained_and_have_a_previous_one),
        cmocka_unit_test(every_step_that_is_not_in_the_table_is_refused),
        cmocka_unit_test(each_step_belongs_to_its_role_and_returning_wants_a_comment),
        cmocka_unit_test(aggregation_is_exact_and_by_rule),
        cmocka_unit_test(breakdowns_are_parsed_sorted_and_named),
        cmocka_unit_test(the_tree_knows_what_lies_within_what),
        cmocka_unit_test(good_figures_have_no_fault_and_each_fault_has_its_rule),
        cmocka_unit_test(the_subject_of_a_submission_must_exist_and_fit),
        cmocka_unit_test(order_finds_doubled_cells_and_the_digest_does_not_depend_on_the_order_of_sending),
        cmocka_unit_test(a_catalogue_that_is_as_asked_is_no_change_and_a_difference_is_told_by_field),
        cmocka_unit_test(a_faulty_catalogue_is_refused_by_field),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
