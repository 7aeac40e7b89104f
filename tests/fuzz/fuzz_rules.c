/* Periods, decimals, dates, breakdowns, ULIDs, keys in hexadecimal: every text that a caller can send where a rule
 * reads it. */
#include "domain/catalogue.h"
#include "domain/decimal.h"
#include "domain/period.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const nt_catalogue *catalogue(void) {
    static const nt_member sexes[] = {{"male", {"ชาย", "male"}}, {"female", {"หญิง", "female"}}};
    static const nt_member levels[] = {{"pri", {"ประถม", "primary"}}, {"sec", {"มัธยม", "secondary"}}};
    static nt_dimension dimensions[] = {{"level", {"ระดับ", "level"}, levels, 2}, {"sex", {"เพศ", "sex"}, sexes, 2}};
    static nt_catalogue k = {.dimensions = dimensions, .dimension_count = 2};
    return &k;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static nt_arena *arena;
    if (!arena)
        arena = nt_arena_new(1 << 20);
    nt_arena_reset(arena);
    char *text = nt_arena_strndup(arena, (const char *)data, size);
    nt_period p, q;
    if (!text)
        return 0;
    if (nt_ok(nt_period_parse(arena, "p", text, &p))) {
        char name[160];
        nt_period_name(&p, 1, name, sizeof name);
        if (p.first > p.last || !nt_ok(nt_period_parse(arena, "p", p.code, &q)) || nt_period_compare(&p, &q) != 0)
            abort();
        nt_period_previous(&p, &q);
        nt_period_year_before(&p, &q);
    }
    int64_t value, back;
    if (nt_decimal_parse(nt_bytes_of(data, size), &value) == NT_DECIMAL_OK) {
        char printed[NT_DECIMAL_TEXT];
        nt_decimal_format(value, printed);
        if (value > NT_DECIMAL_MAX || value < -NT_DECIMAL_MAX ||
            nt_decimal_parse(nt_bytes_text(printed), &back) != NT_DECIMAL_OK || back != value)
            abort();
        nt_decimal_round(value, (unsigned)(size % 5));
    }
    nt_breakdown b, c;
    if (nt_ok(nt_breakdown_parse(arena, catalogue(), "d", text, &b)) &&
        (!nt_ok(nt_breakdown_parse(arena, catalogue(), "d", b.canonical, &c)) || b.count != c.count))
        abort();
    nt_day day;
    nt_day_parse(text, &day);
    for (int kind = NT_ORG_COUNTRY; kind <= NT_ORG_PARTNER; kind++)
        nt_org_code_valid(text, (nt_org_kind)kind);
    nt_indicator_code_valid(text);
    uint8_t raw[16];
    nt_unhex(text, raw, sizeof raw);
    nt_ulid_valid(nt_bytes_of(data, size));
    nt_utf8_valid(nt_bytes_of(data, size));
    return 0;
}
