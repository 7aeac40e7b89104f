/* The rule language, exact numbers, rules judged over an organisation's figures, and figures brought together. */
#include "check.h"

#include "domain/decimal.h"
#include "domain/evaluate.h"
#include "domain/judge.h"

#include <stdio.h>
#include <string.h>

static nt_arena *arena;

static int set_up(void **state) {
    (void)state;
    arena = nt_arena_new(64 << 20);
    return arena ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    nt_arena_free(arena);
    return 0;
}

#define E(n) ((int64_t)((n)*10000))

/* Two provinces of a region; pupils by sex, the population, a rate of both, scores weighted by pupils, money by month.
 */
enum { PUPILS = 0, POP, RATE, SCORE, MONEY, STAND, DEEP, INDICATORS };

static nt_catalogue *office(void) {
    static const nt_member sexes[] = {{"male", {"ชาย", "male"}}, {"female", {"หญิง", "female"}}};
    static nt_dimension dimensions[] = {{"sex", {"เพศ", "sex"}, sexes, 2}};
    nt_org *orgs = NT_NEW_ARRAY(arena, nt_org, 4);
    orgs[0] = (nt_org){.id = 2, .code = "REO15", .kind = NT_ORG_REGION, .parent = &orgs[1]};
    orgs[1] = (nt_org){.id = 3, .code = "TH", .kind = NT_ORG_COUNTRY};
    orgs[2] = (nt_org){.id = 4, .code = "TH-50", .kind = NT_ORG_PROVINCE, .parent = &orgs[0]};
    orgs[3] = (nt_org){.id = 5, .code = "TH-51", .kind = NT_ORG_PROVINCE, .parent = &orgs[0]};
    nt_indicator *i = NT_NEW_ARRAY(arena, nt_indicator, INDICATORS);
    static const char *const codes[] = {"PUPILS", "POP", "RATE", "SCORE", "MONEY", "STAND", "DEEP"};
    static const char *const units[] = {"persons", "persons", "percent", "points", "baht", "persons", "percent"};
    static const nt_aggregation rules[] = {NT_SUM, NT_SUM, NT_RATIO_OF_SUMS, NT_WEIGHTED_AVERAGE,
                                           NT_SUM, NT_SUM, NT_RATIO_OF_SUMS};
    for (int n = 0; n < INDICATORS; n++)
        i[n] = (nt_indicator){.id = n + 1,
                              .code = codes[n],
                              .issue = "1",
                              .name = {codes[n], codes[n]},
                              .unit = {units[n], units[n]},
                              .aggregation = rules[n],
                              .direction = NT_NEUTRAL,
                              .decimals = rules[n] == NT_SUM ? 0 : 2,
                              .missing_policy = NT_MISSING_EXCLUDES,
                              .over_periods = NT_AGGREGATION_NONE,
                              .over_dimensions = rules[n] == NT_SUM ? NT_SUM : NT_AGGREGATION_NONE};
    i[RATE].numerator = "PUPILS";
    i[RATE].weight = "POP";
    i[DEEP].numerator = "RATE + 1";
    i[DEEP].weight = "200 - RATE";
    i[SCORE].weight = "PUPILS";
    i[MONEY].over_periods = NT_SUM;
    i[STAND].over_periods = NT_LAST;
    nt_catalogue *k = NT_NEW(arena, nt_catalogue);
    *k = (nt_catalogue){.arena = arena,
                        .orgs = orgs,
                        .org_count = 4,
                        .dimensions = dimensions,
                        .dimension_count = 1,
                        .indicators = i,
                        .indicator_count = INDICATORS};
    /* Sorted by code, as a catalogue is. */
    for (int a = 0; a < INDICATORS; a++)
        for (int b = a + 1; b < INDICATORS; b++)
            if (strcmp(i[a].code, i[b].code) > 0) {
                nt_indicator swap = i[a];
                i[a] = i[b];
                i[b] = swap;
            }
    assert_true(nt_catalogue_index(k));
    assert_true(nt_ok(nt_catalogue_bind(k)));
    return k;
}

/* Figures of a test: PUPILS 10, male 4, female 6, POP 20, SCORE none, previous PUPILS 8. */
static nt_value figure(void *context, size_t number, const nt_reference *r) {
    (void)context;
    (void)number;
    if (r->when == NT_WHEN_PREVIOUS)
        return strcmp(r->indicator->code, "PUPILS") == 0 ? nt_value_of(E(8)) : nt_value_absent(NT_ABSENT_MISSING);
    if (strcmp(r->indicator->code, "PUPILS") == 0)
        return nt_value_of(!*r->breakdown ? E(10) : strstr(r->breakdown, "=male") ? E(4) : E(6));
    if (strcmp(r->indicator->code, "POP") == 0)
        return nt_value_of(E(20));
    return nt_value_absent(NT_ABSENT_MISSING);
}

/* The result as text: a number, `yes`, `no`, `missing`, `division`, or the fault's rule. */
static const char *result(const char *text, nt_type type) {
    nt_names names = nt_names_of(office());
    const nt_expression *e;
    nt_status st = nt_expression_parse(arena, &names, "x", text, type, &e);
    if (!nt_ok(st))
        return st.fault->violations ? st.fault->violations->rule : "memory";
    nt_value v = nt_expression_evaluate(e, figure, NULL);
    if (v.absence)
        return v.absence == NT_ABSENT_MISSING ? "missing" : v.absence == NT_ABSENT_DIVISION ? "division" : "range";
    if (type == NT_TYPE_YES_NO)
        return v.number.n ? "yes" : "no";
    int64_t rounded;
    static char out[NT_DECIMAL_TEXT];
    assert_true(nt_rational_round(v.number, 4, &rounded));
    nt_decimal_format(rounded, out);
    return out;
}

TEST(arithmetic_is_exact_and_rounded_once) {
    UNUSED_STATE;
    static const char *const good[][2] = {{"1 + 2 * 3", "7"},
                                          {"(1 + 2) * 3", "9"},
                                          {"1 / 3 * 3", "1"},
                                          {"10 / 4 / 5", "0.5"},
                                          {"-2 - -3", "1"},
                                          {"PUPILS / POP * 100", "50"},
                                          {"2 / 3", "0.6667"},
                                          {"-2 / 3", "-0.6667"},
                                          {"sum(PUPILS by sex)", "10"},
                                          {"PUPILS[sex=male] + PUPILS[ sex = female ]", "10"},
                                          {"min(3, 1, 2)", "1"},
                                          {"max(PUPILS, POP)", "20"},
                                          {"abs(4 - POP)", "16"},
                                          {"if(PUPILS < POP, 1, 2)", "1"},
                                          {"if(PUPILS > POP, 1, 2)", "2"},
                                          {"change(PUPILS)", "25"},
                                          {"previous(PUPILS)", "8"},
                                          {"coalesce(SCORE, 7)", "7"},
                                          {"SCORE + 1", "missing"},
                                          {"change(POP)", "missing"},
                                          {"1 / (POP - 20)", "division"},
                                          {"coalesce(1 / 0, 5)", "5"},
                                          {"99999999999999 * 99999999999999 * 99999999999999", "range"}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_string_equal(result(good[i][0], NT_TYPE_NUMBER), good[i][1]);
}

TEST(what_is_unknown_stays_unknown_unless_the_other_side_decides) {
    UNUSED_STATE;
    static const char *const good[][2] = {{"PUPILS = sum(PUPILS by sex)", "yes"},
                                          {"PUPILS <> 10", "no"},
                                          {"PUPILS != 10", "no"},
                                          {"PUPILS >= 10 and POP <= 20", "yes"},
                                          {"not (PUPILS > 10)", "yes"},
                                          {"SCORE > 1", "missing"},
                                          {"SCORE > 1 and PUPILS > 10", "no"},
                                          {"SCORE > 1 or PUPILS = 10", "yes"},
                                          {"SCORE > 1 or PUPILS > 10", "missing"},
                                          {"not SCORE > 1", "missing"},
                                          {"present(SCORE)", "no"},
                                          {"present(PUPILS[sex=male])", "yes"},
                                          {"together(PUPILS, POP)", "yes"},
                                          {"together(PUPILS, SCORE)", "no"},
                                          {"together(SCORE, MONEY)", "yes"},
                                          {"at_most_one(PUPILS, SCORE)", "yes"},
                                          {"at_most_one(PUPILS, POP)", "no"},
                                          {"if(present(SCORE), SCORE > 1, PUPILS > 1)", "yes"}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_string_equal(result(good[i][0], NT_TYPE_YES_NO), good[i][1]);
}

TEST(what_is_no_expression_is_refused_with_its_rule) {
    UNUSED_STATE;
    static const char *const bad[][2] = {{"", "UNKNOWN_INDICATOR"},
                                         {"1 +", "UNKNOWN_INDICATOR"},
                                         {"NOPE", "UNKNOWN_INDICATOR"},
                                         {"PUPILS[age=3]", "UNKNOWN_DIMENSION"},
                                         {"PUPILS[sex=other]", "UNKNOWN_MEMBER"},
                                         {"PUPILS[sex=male;sex=female]", "DOUBLED"},
                                         {"PUPILS[sex=male", "SYNTAX"},
                                         {"(1 + 2", "SYNTAX"},
                                         {"1 2", "SYNTAX"},
                                         {"1 = 1", "TYPE"},
                                         {"1 + (1 = 1)", "TYPE"},
                                         {"if(1, 2, 3)", "TYPE"},
                                         {"if(1 = 1, 2)", "SYNTAX"},
                                         {"sqrt(2)", "UNKNOWN_FUNCTION"},
                                         {"1.23456", "NOT_A_NUMBER"},
                                         {"sum(PUPILS)", "SYNTAX"},
                                         {"previous(1)", "UNKNOWN_INDICATOR"},
                                         {"1 = 1 = 1", "SYNTAX"}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_string_equal(result(bad[i][0], NT_TYPE_NUMBER), bad[i][1]);
    char deep[200] = "";
    for (int i = 0; i < 60; i++)
        strcat(deep, "(");
    assert_string_equal(result(deep, NT_TYPE_NUMBER), "TOO_DEEP");
    memset(deep, '-', 60);
    strcpy(deep + 60, "1");
    assert_string_equal(result(deep, NT_TYPE_NUMBER), "TOO_DEEP");
    char wide[1000] = "1";
    for (int i = 0; i < 200; i++)
        strcat(wide, "+1");
    assert_string_equal(result(wide, NT_TYPE_NUMBER), "TOO_LARGE");
    char long_one[2100];
    memset(long_one, ' ', sizeof long_one);
    long_one[2090] = '\0';
    assert_string_equal(result(long_one, NT_TYPE_NUMBER), "TOO_LONG");
}

TEST(an_expression_is_shown_with_its_figures_and_knows_its_unit) {
    UNUSED_STATE;
    nt_names names = nt_names_of(office());
    const nt_expression *e;
    assert_true(nt_ok(nt_expression_parse(arena, &names, "x", "(PUPILS + SCORE) / POP * 100", NT_TYPE_NUMBER, &e)));
    assert_string_equal(nt_expression_show(arena, e, figure, NULL), "(10 + ?) / 20 * 100");
    nt_violations faults;
    nt_violations_init(&faults, arena);
    nt_expression_unit(e, "x", &faults);
    assert_int_equal(faults.total, 1); /* persons and points */
    assert_string_equal(faults.first->rule, "UNIT_MISMATCH");
    assert_true(nt_ok(nt_expression_parse(arena, &names, "x", "PUPILS * 2 + POP", NT_TYPE_NUMBER, &e)));
    assert_string_equal(nt_expression_unit(e, "x", &faults), "persons");
    assert_int_equal(faults.total, 1);
}

TEST(statistics_want_three_figures_and_are_right) {
    UNUSED_STATE;
    int64_t values[] = {E(10), E(12), E(14)}, rounded, same[] = {E(5), E(5), E(5)};
    nt_value z = nt_history_statistic(NT_WHEN_ZSCORE, values, 3, 1, E(16)); /* mean 12, deviation 2 */
    assert_true(nt_rational_round(z.number, 4, &rounded));
    assert_int_equal(rounded, E(2));
    z = nt_history_statistic(NT_WHEN_MODIFIED_ZSCORE, values, 3, 1, E(16)); /* median 12, MAD 2: 0.6745 * 4 / 2 */
    assert_true(nt_rational_round(z.number, 4, &rounded));
    assert_int_equal(rounded, 13490);
    assert_int_equal(nt_history_statistic(NT_WHEN_ZSCORE, values, 2, 1, E(16)).absence, NT_ABSENT_MISSING);
    assert_int_equal(nt_history_statistic(NT_WHEN_ZSCORE, same, 3, 1, E(5)).absence, NT_ABSENT_DIVISION);
    z = nt_history_statistic(NT_WHEN_HISTORY_MAX, values, 3, 0, 0);
    assert_true(nt_rational_round(z.number, 4, &rounded));
    assert_int_equal(rounded, E(14));
}

/* Rules. */

static const char *judged(const char *expression, nt_severity severity, int noted, int64_t male, int64_t before) {
    nt_catalogue *k = office();
    nt_form_rule *rule = NT_NEW(arena, nt_form_rule);
    *rule = (nt_form_rule){.code = "R", .severity = severity, .name = {"ผิด", "wrong"}, .text = expression};
    nt_names names = nt_names_of(k);
    assert_true(nt_ok(nt_expression_parse(arena, &names, "x", expression, NT_TYPE_YES_NO, &rule->expression)));
    nt_form form = {.code = "F", .rules = rule, .rule_count = 1};
    nt_period period, periods[NT_HISTORY_PERIODS];
    assert_true(nt_ok(nt_period_parse(arena, "p", "AY2566", &period)));
    nt_judge *j = nt_judge_new(arena, &form, &period);
    const nt_org *org = nt_catalogue_org(k, "TH-50");
    const nt_indicator *pupils = nt_catalogue_indicator(k, "PUPILS");
    static const struct {
        const char *breakdown;
        int64_t value;
    } figures[] = {{"", E(10)}, {"sex=male", -1}, {"sex=female", E(6)}};
    for (size_t i = 0; i < 3; i++) {
        int32_t cell = nt_judge_cell(j, pupils, figures[i].breakdown);
        nt_judge_figure f = {1, noted, figures[i].value < 0 ? male : figures[i].value, 0, i};
        if (cell >= 0)
            assert_true(nt_judge_take(j, org, cell, &f));
    }
    size_t back = nt_judge_history(j, periods), explained = 0;
    if (back) {
        assert_string_equal(periods[0].code, "AY2565");
        assert_true(nt_judge_remember(j, org, pupils, "", 0, before));
    }
    nt_violations faults;
    nt_violations_init(&faults, arena);
    assert_true(nt_judge_end(j, 1, &faults, &explained));
    static char text[200];
    snprintf(text, sizeof text, "%zu %zu %s %d", faults.total, explained, faults.first ? faults.first->path : "-",
             faults.first ? faults.first->warning : 0);
    return text;
}

TEST(rules_stop_or_want_a_reason_and_look_back) {
    UNUSED_STATE;
    const char *sum = "PUPILS = sum(PUPILS by sex)";
    assert_string_equal(judged(sum, NT_ERROR, 0, E(4), 0), "0 0 - 0");
    assert_string_equal(judged(sum, NT_ERROR, 0, E(5), 0), "1 0 observations[0].value 0");
    assert_string_equal(judged(sum, NT_ERROR, 1, E(5), 0),
                        "1 0 observations[0].value 0"); /* no note settles an error */
    assert_string_equal(judged(sum, NT_WARNING, 0, E(5), 0), "1 0 observations[0].value 1");
    assert_string_equal(judged(sum, NT_WARNING, 1, E(5), 0), "0 1 - 0");
    assert_string_equal(judged("abs(change(PUPILS)) <= 50", NT_WARNING, 0, E(4), E(9)), "0 0 - 0");
    assert_string_equal(judged("abs(change(PUPILS)) <= 50", NT_WARNING, 0, E(4), E(2)), "1 0 observations[0].value 1");
    assert_string_equal(judged("abs(change(PUPILS)) <= 50", NT_WARNING, 0, E(4), 0),
                        "0 0 - 0");                                               /* of nothing: unknown */
    assert_string_equal(judged("PUPILS > POP", NT_ERROR, 0, E(4), 0), "0 0 - 0"); /* not reported: unknown */
}

/* Evaluation. */

static nt_fact facts[64];
static nt_facts given;

static void fact(const nt_catalogue *k, const char *indicator, const char *org, const char *period,
                 const char *breakdown, int has_value, int64_t value) {
    nt_period p;
    assert_true(nt_ok(nt_period_parse(arena, "p", period, &p)));
    size_t at = 0, n = given.count;
    uint32_t number = 0;
    for (size_t i = 0; i < given.period_count; i++)
        if (strcmp(given.periods[i].code, p.code) == 0)
            number = (uint32_t)i;
    nt_fact x = {.indicator_id = nt_catalogue_indicator(k, indicator)->id,
                 .org_id = nt_catalogue_org(k, org)->id,
                 .period = number,
                 .form_id = 1,
                 .breakdown = breakdown,
                 .has_value = has_value,
                 .value = value,
                 .status = has_value ? NT_NORMAL : NT_MISSING};
    while (at < n && (facts[at].indicator_id != x.indicator_id ? facts[at].indicator_id < x.indicator_id
                      : facts[at].org_id != x.org_id           ? facts[at].org_id < x.org_id
                      : facts[at].period != x.period           ? facts[at].period < x.period
                                                               : strcmp(facts[at].breakdown, breakdown) < 0))
        at++;
    memmove(&facts[at + 1], &facts[at], (n - at) * sizeof *facts);
    facts[at] = x;
    given.count++;
}

static const nt_catalogue *begin(const char *period) {
    nt_catalogue *k = office();
    nt_period asked;
    assert_true(nt_ok(nt_period_parse(arena, "p", period, &asked)));
    given = (nt_facts){.arena = arena, .catalogue = k, .all = facts};
    given.periods = nt_periods_needed(arena, &asked, 1, &given.period_count);
    return k;
}

static const char *answer(const nt_catalogue *k, const char *indicator, const char *breakdown, const char *org,
                          const char *period) {
    nt_period p;
    assert_true(nt_ok(nt_period_parse(arena, "p", period, &p)));
    nt_answer a = nt_evaluate(&given, nt_catalogue_indicator(k, indicator), breakdown, nt_catalogue_org(k, org), &p);
    static char out[80];
    char value[NT_DECIMAL_TEXT];
    nt_decimal_format(a.value, value);
    snprintf(out, sizeof out, "%s %zu/%zu",
             a.absence == NT_THERE             ? value
             : a.absence == NT_ABSENT_DIVISION ? "division"
                                               : "missing",
             a.reported, a.expected);
    return out;
}

TEST(ratios_are_of_sums_and_only_of_those_who_reported_both) {
    UNUSED_STATE;
    const nt_catalogue *k = begin("AY2566");
    fact(k, "PUPILS", "TH-50", "AY2566", "sex=male", 1, E(30));
    fact(k, "PUPILS", "TH-50", "AY2566", "sex=female", 1, E(60));
    fact(k, "POP", "TH-50", "AY2566", "", 1, E(100));
    fact(k, "PUPILS", "TH-51", "AY2566", "", 1, E(10));
    assert_string_equal(answer(k, "PUPILS", "", "TH-50", "AY2566"), "90 1/1");
    assert_string_equal(answer(k, "PUPILS", "", "REO15", "AY2566"), "100 2/2");
    assert_string_equal(answer(k, "RATE", "", "REO15", "AY2566"),
                        "90 1/2"); /* not 100 of 100: TH-51 gave no population */
    fact(k, "POP", "TH-51", "AY2566", "", 1, E(900));
    assert_string_equal(answer(k, "RATE", "", "REO15", "AY2566"),
                        "10 2/2"); /* 100 of 1000; the mean of 90 and 1.11 is not */
    assert_string_equal(answer(k, "RATE", "", "TH-51", "AY2566"), "1.11 1/1");
    assert_string_equal(answer(k, "DEEP", "", "REO15", "AY2566"), "5.79 2/2"); /* (10 + 1) / (200 - 10) * 100 */
    nt_indicator *rate = (nt_indicator *)(uintptr_t)nt_catalogue_indicator(k, "RATE");
    given.count = 0;
    fact(k, "PUPILS", "TH-50", "AY2566", "", 1, E(30));
    fact(k, "POP", "TH-50", "AY2566", "", 1, E(100));
    fact(k, "PUPILS", "TH-51", "AY2566", "", 1, E(10));
    rate->missing_policy = NT_MISSING_SPOILS;
    assert_string_equal(answer(k, "RATE", "", "REO15", "AY2566"), "missing 0/2");
    rate->missing_policy = NT_MISSING_IS_ZERO;
    assert_string_equal(answer(k, "RATE", "", "REO15", "AY2566"), "40 1/2");
    given.count = 0;
    fact(k, "PUPILS", "TH-50", "AY2566", "", 1, E(30));
    fact(k, "POP", "TH-50", "AY2566", "", 1, 0);
    assert_string_equal(answer(k, "RATE", "", "TH-50", "AY2566"), "division 0/1");
}

TEST(a_part_without_a_value_leaves_none_to_the_whole) {
    UNUSED_STATE;
    const nt_catalogue *k = begin("AY2566");
    fact(k, "PUPILS", "TH-50", "AY2566", "sex=male", 1, E(30));
    fact(k, "PUPILS", "TH-50", "AY2566", "sex=female", 0, 0);
    assert_string_equal(answer(k, "PUPILS", "", "TH-50", "AY2566"), "missing 0/1");
    assert_string_equal(answer(k, "PUPILS", "sex=male", "TH-50", "AY2566"), "30 1/1");
    assert_string_equal(answer(k, "PUPILS", "sex=female", "TH-50", "AY2566"), "missing 0/1");
}

TEST(periods_become_longer_ones_by_rule_or_not_at_all) {
    UNUSED_STATE;
    const nt_catalogue *k = begin("FY2569");
    static const char *const quarters[] = {"FY2569Q1", "FY2569Q2", "FY2569Q3", "FY2569Q4"};
    for (int i = 0; i < 3; i++) {
        fact(k, "MONEY", "TH-50", quarters[i], "", 1, E(10));
        fact(k, "STAND", "TH-50", quarters[i], "", 1, E(i));
        fact(k, "PUPILS", "TH-50", quarters[i], "", 1, E(5));
    }
    assert_string_equal(answer(k, "MONEY", "", "TH-50", "FY2569"), "missing 0/1"); /* three quarters are no year */
    assert_string_equal(answer(k, "STAND", "", "TH-50", "FY2569"), "2 1/1");
    fact(k, "MONEY", "TH-50", quarters[3], "", 1, E(12));
    assert_string_equal(answer(k, "MONEY", "", "TH-50", "FY2569"), "42 1/1");
    assert_string_equal(answer(k, "MONEY", "", "TH-50", "FY2569R1"), "20 1/1");
    assert_string_equal(answer(k, "PUPILS", "", "TH-50", "FY2569"),
                        "missing 0/1"); /* pupils of quarters are not added up */
}

TEST(a_version_is_for_the_periods_from_its_day_on) {
    UNUSED_STATE;
    const nt_catalogue *k = begin("AY2566");
    nt_indicator *pupils = (nt_indicator *)(uintptr_t)nt_catalogue_indicator(k, "PUPILS");
    nt_indicator *earlier = NT_NEW(arena, nt_indicator);
    *earlier = *pupils;
    pupils->earlier = earlier;
    pupils->aggregation = NT_MAX;
    pupils->valid_from = nt_day_from_date(2024, 5, 17); /* after AY2566, which ends on the 15th */
    fact(k, "PUPILS", "TH-50", "AY2566", "", 1, E(3));
    fact(k, "PUPILS", "TH-51", "AY2566", "", 1, E(4));
    assert_string_equal(answer(k, "PUPILS", "", "REO15", "AY2566"), "7 2/2");
    pupils->valid_from = nt_day_from_date(2024, 5, 15);
    assert_string_equal(answer(k, "PUPILS", "", "REO15", "AY2566"), "4 2/2");
}

TEST(periods_are_split_into_what_they_are_made_of) {
    UNUSED_STATE;
    static const struct {
        const char *code;
        nt_period_kind kind;
        size_t count;
        const char *first, *last;
    } splits[] = {{"FY2569", NT_PERIOD_FISCAL_QUARTER, 4, "FY2569Q1", "FY2569Q4"},
                  {"FY2569", NT_PERIOD_MONTH, 12, "2568-10", "2569-09"},
                  {"FY2569", NT_PERIOD_INSPECTION_ROUND, 2, "FY2569R1", "FY2569R2"},
                  {"FY2569Q1", NT_PERIOD_MONTH, 3, "2568-10", "2568-12"},
                  {"FY2569R2", NT_PERIOD_FISCAL_QUARTER, 2, "FY2569Q3", "FY2569Q4"},
                  {"AY2568", NT_PERIOD_SEMESTER, 2, "AY2568S1", "AY2568S2"},
                  {"AY2568", NT_PERIOD_MONTH, 12, "2568-05", "2569-04"},
                  {"AY2568", NT_PERIOD_FISCAL_QUARTER, 0, "", ""},
                  {"FY2569", NT_PERIOD_SEMESTER, 0, "", ""},
                  {"AY2568S1", NT_PERIOD_MONTH, 0, "", ""},
                  {"2568-10", NT_PERIOD_MONTH, 0, "", ""}};
    for (size_t i = 0; i < sizeof splits / sizeof splits[0]; i++) {
        nt_period p, parts[12];
        assert_true(nt_ok(nt_period_parse(arena, "p", splits[i].code, &p)));
        size_t n = nt_period_split(&p, splits[i].kind, parts);
        assert_int_equal(n, splits[i].count);
        if (n) {
            assert_string_equal(parts[0].code, splits[i].first);
            assert_string_equal(parts[n - 1].code, splits[i].last);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic_is_exact_and_rounded_once),
        cmocka_unit_test(what_is_unknown_stays_unknown_unless_the_other_side_decides),
        cmocka_unit_test(what_is_no_expression_is_refused_with_its_rule),
        cmocka_unit_test(an_expression_is_shown_with_its_figures_and_knows_its_unit),
        cmocka_unit_test(statistics_want_three_figures_and_are_right),
        cmocka_unit_test(rules_stop_or_want_a_reason_and_look_back),
        cmocka_unit_test(ratios_are_of_sums_and_only_of_those_who_reported_both),
        cmocka_unit_test(a_part_without_a_value_leaves_none_to_the_whole),
        cmocka_unit_test(periods_become_longer_ones_by_rule_or_not_at_all),
        cmocka_unit_test(a_version_is_for_the_periods_from_its_day_on),
        cmocka_unit_test(periods_are_split_into_what_they_are_made_of),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
