/* A figure against what is to be reached, and along its way. */
#ifndef NT_DOMAIN_TARGET_H
#define NT_DOMAIN_TARGET_H

#include "domain/catalogue.h"

/* As TargetStatus in analysis.proto. */
typedef enum nt_target_status {
    NT_TARGET_NONE = 0,
    NT_ON_TRACK = 1,
    NT_AT_RISK = 2,
    NT_OFF_TRACK = 3,
    NT_NO_DATA = 4
} nt_target_status;

#define NT_AT_RISK_DEFAULT (90 * INT64_C(10000))

/* HIGHER_IS_BETTER: reached at the target, at risk down to `at_risk` percent of it. LOWER_IS_BETTER: reached at the
 * target, at risk up to 200 - `at_risk` percent of it. Neutral: no status. All in ten-thousandths. */
nt_target_status nt_target_judge(nt_direction direction, int has_value, int64_t value, int64_t target, int64_t at_risk);

/* The year that a period's target is of: its fiscal or academic one. Of a month: the fiscal year. */
void nt_target_year(const nt_period *period, char code[NT_PERIOD_CODE]);

/* May the unit above's target serve for a unit that has none? For ratios, averages and the like, not for sums. */
int nt_target_inherits(const nt_indicator *indicator);

/* 1, and the slope by period (ten-thousandths, least squares, rounded once), of at least three points. `at` are the
 * periods' numbers, ascending. */
int nt_trend_slope(const int *at, const int64_t *values, size_t count, int64_t *slope);

/* Rank among figures: 1 is the best; equal ones share it. */
unsigned nt_rank_of(nt_direction direction, const int64_t *values, size_t count, int64_t value);

#endif
