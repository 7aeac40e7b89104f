/* Statistics over an organisation's earlier figures. The only place where figures become floating-point numbers, since
 * no figure is made of them. See expression.h. */
#include "domain/expression.h"

#include "domain/decimal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static double median(const int64_t *sorted, size_t n) {
    return n % 2 ? (double)sorted[n / 2] : ((double)sorted[n / 2 - 1] + (double)sorted[n / 2]) / 2;
}

static nt_value score(double value) {
    if (!isfinite(value) || fabs(value) > 1e9)
        return nt_value_absent(NT_ABSENT_RANGE);
    return nt_value_of((int64_t)llround(value * NT_DECIMAL_ONE));
}

nt_value nt_history_statistic(nt_when when, const int64_t *values, size_t count, int has_now, int64_t now) {
    int64_t sorted[NT_HISTORY_PERIODS];
    if (count < 3 || count > NT_HISTORY_PERIODS)
        return nt_value_absent(NT_ABSENT_MISSING);
    memcpy(sorted, values, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, by_value);
    if (when == NT_WHEN_HISTORY_MIN)
        return nt_value_of(sorted[0]);
    if (when == NT_WHEN_HISTORY_MAX)
        return nt_value_of(sorted[count - 1]);
    if (!has_now)
        return nt_value_absent(NT_ABSENT_MISSING);
    double mean = 0, square = 0;
    for (size_t i = 0; i < count; i++)
        mean += (double)sorted[i] / (double)count;
    for (size_t i = 0; i < count; i++)
        square += ((double)sorted[i] - mean) * ((double)sorted[i] - mean);
    if (when == NT_WHEN_ZSCORE) { /* sample standard deviation */
        double deviation = sqrt(square / (double)(count - 1));
        return deviation > 0 ? score(((double)now - mean) / deviation) : nt_value_absent(NT_ABSENT_DIVISION);
    }
    /* Iglewicz and Hoaglin (1993): 0.6745 (x - median) / MAD; 3.5 is their threshold. */
    double middle = median(sorted, count);
    int64_t off[NT_HISTORY_PERIODS];
    for (size_t i = 0; i < count; i++)
        off[i] = (int64_t)llround(fabs((double)sorted[i] - middle));
    qsort(off, count, sizeof *off, by_value);
    double mad = median(off, count);
    return mad > 0 ? score(0.6745 * ((double)now - middle) / mad) : nt_value_absent(NT_ABSENT_DIVISION);
}
