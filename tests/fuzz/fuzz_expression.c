/* The rule language: any text is refused or comes to a value, and what was understood can be shown and has a unit. */
#include "domain/expression.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const nt_catalogue *catalogue(void) {
    static const nt_member sexes[] = {{"male", {"ชาย", "male"}}, {"female", {"หญิง", "female"}}};
    static const nt_member levels[] = {{"pri", {"ประถม", "primary"}}, {"sec", {"มัธยม", "secondary"}}};
    static nt_dimension dimensions[] = {{"level", {"ระดับ", "level"}, levels, 2}, {"sex", {"เพศ", "sex"}, sexes, 2}};
    static nt_indicator indicators[] = {{.id = 1, .code = "A", .unit = {"คน", "persons"}},
                                        {.id = 2, .code = "B", .unit = {"คน", "persons"}},
                                        {.id = 3, .code = "C_1", .unit = {"บาท", "baht"}}};
    static nt_catalogue k = {
        .dimensions = dimensions, .dimension_count = 2, .indicators = indicators, .indicator_count = 3};
    return &k;
}

/* Large, small, negative, missing: by the number of the figure. */
static nt_value figure(void *context, size_t number, const nt_reference *r) {
    static const int64_t values[] = {0, 10000, -25000, 999999999999999999, -999999999999999999, 1, 123456789};
    (void)context;
    if (r->when >= NT_WHEN_ZSCORE)
        return nt_history_statistic(r->when, values, number % 8, 1, values[number % 7]);
    return number % 5 == 4 ? nt_value_absent(NT_ABSENT_MISSING) : nt_value_of(values[number % 7]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static nt_arena *arena;
    if (!arena)
        arena = nt_arena_new(16 << 20);
    nt_arena_reset(arena);
    char *text = nt_arena_strndup(arena, (const char *)data, size);
    nt_names names = nt_names_of(catalogue());
    for (int type = NT_TYPE_NUMBER; text && type <= NT_TYPE_YES_NO; type++) {
        const nt_expression *e;
        nt_status st = nt_expression_parse(arena, &names, "x", text, (nt_type)type, &e);
        if (!nt_ok(st)) {
            if (st.code == NT_INVALID_ARGUMENT && (!st.fault->violations || !*st.fault->violations->en))
                abort();
            continue;
        }
        nt_value v = nt_expression_evaluate(e, figure, NULL);
        if (!v.absence && (v.number.d <= 0 || (type == NT_TYPE_YES_NO && v.number.n != 0 && v.number.n != 1)))
            abort();
        int64_t rounded;
        if (!v.absence)
            nt_rational_round(v.number, (unsigned)(size % 5), &rounded);
        nt_violations faults;
        nt_violations_init(&faults, arena);
        nt_expression_unit(e, "x", &faults);
        if (!nt_expression_show(arena, e, figure, NULL))
            abort();
    }
    return 0;
}
