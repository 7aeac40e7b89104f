/* See aggregate.h. */
#include "domain/aggregate.h"

#include "domain/decimal.h"
#include "domain/rational.h"

#include <stdlib.h>

static nt_int128 divide_rounded(nt_int128 n, nt_int128 d) {
    if (d < 0) {
        n = -n;
        d = -d;
    }
    return n >= 0 ? (n + d / 2) / d : -((-n + d / 2) / d);
}

static nt_total settle(nt_int128 value, size_t parts) {
    if (value > NT_DECIMAL_MAX || value < -NT_DECIMAL_MAX)
        return (nt_total){.parts = parts};
    return (nt_total){.has_value = 1, .value = (int64_t)value, .parts = parts};
}

static nt_total weighted_average(const nt_part *parts, size_t count) {
    nt_int128 sum = 0, weights = 0;
    for (size_t i = 0; i < count; i++) {
        if (!parts[i].has_weight)
            return (nt_total){.parts = count};
        sum += (nt_int128)parts[i].value * parts[i].weight;
        weights += parts[i].weight;
    }
    return weights == 0 ? (nt_total){.parts = count} : settle(divide_rounded(sum, weights), count);
}

static int by_value(const void *a, const void *b) {
    const nt_part *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

static nt_total median(nt_part *parts, size_t count) {
    qsort(parts, count, sizeof *parts, by_value);
    nt_int128 both = (nt_int128)parts[(count - 1) / 2].value + parts[count / 2].value;
    return settle(divide_rounded(both, 2), count);
}

nt_total nt_aggregate(nt_aggregation rule, nt_part *parts, size_t count) {
    if (count == 0)
        return (nt_total){0};
    nt_int128 value = parts[0].value;
    switch (rule) {
    case NT_SUM:
        for (size_t i = 1; i < count; i++)
            value += parts[i].value;
        return settle(value, count);
    case NT_MIN:
        for (size_t i = 1; i < count; i++)
            value = parts[i].value < value ? parts[i].value : value;
        return settle(value, count);
    case NT_MAX:
        for (size_t i = 1; i < count; i++)
            value = parts[i].value > value ? parts[i].value : value;
        return settle(value, count);
    case NT_WEIGHTED_AVERAGE:
        return weighted_average(parts, count);
    case NT_MEDIAN:
        return median(parts, count);
    case NT_COUNT:
        return settle((nt_int128)count * NT_DECIMAL_ONE, count);
    case NT_RATIO_OF_SUMS:
    case NT_FIRST:
    case NT_LAST:
    case NT_AGGREGATION_NONE:
        break;
    }
    return (nt_total){.parts = count};
}
