/* How the figures of several organisations become one. Exact: 128-bit sums, rounded once, half away from zero. */
#ifndef NT_DOMAIN_AGGREGATE_H
#define NT_DOMAIN_AGGREGATE_H

#include "domain/catalogue.h"

/* One unit's figure. The weight is of weighted averages alone. */
typedef struct nt_part {
    int64_t value;
    int64_t weight;
    int has_weight;
} nt_part;

typedef struct nt_total {
    int has_value;
    int64_t value;
    size_t parts; /* how many units went in */
} nt_total;

/* By the rule; may bring the parts into another order. No value: of no parts; for FIRST, LAST, NONE and RATIO_OF_SUMS
 * (see evaluate.h); for a weighted average any part of which has no weight, or whose weights add up to zero; and where
 * the result is over NT_DECIMAL_MAX. */
nt_total nt_aggregate(nt_aggregation rule, nt_part *parts, size_t count);

#endif
