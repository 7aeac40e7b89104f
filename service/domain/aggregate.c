/* See aggregate.h. */
#include "domain/aggregate.h"

#include "domain/decimal.h"

__extension__ typedef __int128 int128;

static int128 divide_rounded(int128 n, int128 d) {
    if (d < 0) {
        n = -n;
        d = -d;
    }
    return n >= 0 ? (n + d / 2) / d : -((-n + d / 2) / d);
}

static nt_total settle(int128 value, size_t parts) {
    if (value > NT_DECIMAL_MAX || value < -NT_DECIMAL_MAX)
        return (nt_total){.parts = parts};
    return (nt_total){.has_value = 1, .value = (int64_t)value, .parts = parts};
}

static nt_total weighted_average(const nt_part *parts, size_t count) {
    int128 sum = 0, weights = 0;
    for (size_t i = 0; i < count; i++) {
        if (!parts[i].has_weight)
            return (nt_total){.parts = count};
        sum += (int128)parts[i].value * parts[i].weight;
        weights += parts[i].weight;
    }
    return weights == 0 ? (nt_total){.parts = count} : settle(divide_rounded(sum, weights), count);
}

nt_total nt_aggregate(nt_aggregation rule, const nt_part *parts, size_t count) {
    if (count == 0)
        return (nt_total){0};
    int128 value = parts[0].value;
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
    case NT_RATIO_OF_SUMS:
    case NT_LAST:
    case NT_AGGREGATION_NONE:
        break;
    }
    return (nt_total){.parts = count};
}

nt_total nt_aggregate_ratio(nt_total numerator, nt_total denominator, int64_t factor, unsigned decimals) {
    size_t parts = numerator.parts < denominator.parts ? numerator.parts : denominator.parts;
    if (!numerator.has_value || !denominator.has_value || denominator.value == 0)
        return (nt_total){.parts = parts};
    nt_total total =
        settle(divide_rounded((int128)numerator.value * factor * NT_DECIMAL_ONE, denominator.value), parts);
    if (total.has_value)
        total.value = nt_decimal_round(total.value, decimals);
    return total;
}
