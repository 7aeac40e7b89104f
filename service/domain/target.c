/* See target.h. */
#include "domain/target.h"

#include "domain/decimal.h"
#include "domain/rational.h"

#include <stdio.h>

nt_target_status nt_target_judge(nt_direction direction, int has_value, int64_t value, int64_t target,
                                 int64_t at_risk) {
    if (direction == NT_NEUTRAL)
        return NT_TARGET_NONE;
    if (!has_value)
        return NT_NO_DATA;
    int higher = direction == NT_HIGHER_IS_BETTER;
    if (higher ? value >= target : value <= target)
        return NT_ON_TRACK;
    /* value * 100 against target * percent, exactly. A negative target's tolerance lies on its other side. */
    nt_int128 percent = higher == (target >= 0) ? at_risk : 200 * NT_DECIMAL_ONE - at_risk;
    nt_int128 mine = (nt_int128)value * 100 * NT_DECIMAL_ONE, bound = (nt_int128)target * percent;
    return (higher ? mine >= bound : mine <= bound) ? NT_AT_RISK : NT_OFF_TRACK;
}

void nt_target_year(const nt_period *p, char code[NT_PERIOD_CODE]) {
    int academic = p->kind == NT_PERIOD_ACADEMIC_YEAR || p->kind == NT_PERIOD_SEMESTER;
    int year = p->year_be + (p->kind == NT_PERIOD_MONTH && p->part >= 10);
    snprintf(code, NT_PERIOD_CODE, "%s%04d", academic ? "AY" : "FY", year % 10000);
}

int nt_target_inherits(const nt_indicator *i) {
    return i->aggregation != NT_SUM && i->aggregation != NT_COUNT;
}

int nt_trend_slope(const int *at, const int64_t *values, size_t count, int64_t *slope) {
    if (count < 3)
        return 0;
    nt_int128 n = (nt_int128)count, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (size_t i = 0; i < count; i++) {
        sx += at[i];
        sy += values[i];
        sxx += (nt_int128)at[i] * at[i];
        sxy += (nt_int128)at[i] * values[i];
    }
    nt_int128 above = n * sxy - sx * sy, below = n * sxx - sx * sx;
    if (below <= 0)
        return 0;
    nt_int128 half = above >= 0 ? above + below / 2 : above - below / 2;
    *slope = (int64_t)(half / below);
    return 1;
}

unsigned nt_rank_of(nt_direction direction, const int64_t *values, size_t count, int64_t value) {
    unsigned rank = 1;
    for (size_t i = 0; i < count; i++)
        rank += direction == NT_LOWER_IS_BETTER ? values[i] < value : values[i] > value;
    return rank;
}
