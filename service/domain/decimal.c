/* See decimal.h. */
#include "domain/decimal.h"

#include <stdio.h>

/* The digit that begins at `at`, and how many bytes it takes; -1 if none. Thai digits are U+0E50..U+0E59. */
static int read_digit(nt_bytes text, size_t at, size_t *width) {
    uint8_t c = text.data[at];
    if (c >= '0' && c <= '9') {
        *width = 1;
        return c - '0';
    }
    if (text.size - at >= 3 && c == 0xe0 && text.data[at + 1] == 0xb9 && text.data[at + 2] >= 0x90 &&
        text.data[at + 2] <= 0x99) {
        *width = 3;
        return text.data[at + 2] - 0x90;
    }
    return -1;
}

static nt_bytes trim(nt_bytes text) {
    while (text.size && (*text.data == ' ' || *text.data == '\t')) {
        text.data++;
        text.size--;
    }
    while (text.size && (text.data[text.size - 1] == ' ' || text.data[text.size - 1] == '\t'))
        text.size--;
    return text;
}

nt_decimal_fault nt_decimal_parse(nt_bytes raw, int64_t *value) {
    nt_bytes text = trim(raw);
    if (text.size == 0)
        return NT_DECIMAL_EMPTY;
    size_t at = 0;
    int negative = text.data[0] == '-';
    if (negative || text.data[0] == '+')
        at++;
    int64_t whole = 0, fraction = 0, unit = NT_DECIMAL_ONE;
    int digits = 0, group = -1, bad_grouping = 0, too_large = 0, too_precise = 0;
    for (; at < text.size && text.data[at] != '.';) {
        size_t width = 1;
        int d = read_digit(text, at, &width);
        if (d < 0 && text.data[at] == ',') {
            if (digits == 0 || (group >= 0 && group != 3) || (group < 0 && digits > 3))
                bad_grouping = 1;
            group = 0;
        } else if (d < 0) {
            return NT_DECIMAL_NOT_A_NUMBER;
        } else {
            if (whole > NT_DECIMAL_MAX / NT_DECIMAL_ONE)
                too_large = 1;
            else
                whole = whole * 10 + d;
            digits++;
            if (group >= 0)
                group++;
        }
        at += width;
    }
    if (group >= 0 && group != 3)
        bad_grouping = 1;
    if (at < text.size) {
        for (at++; at < text.size;) {
            size_t width = 1;
            int d = read_digit(text, at, &width);
            if (d < 0)
                return NT_DECIMAL_NOT_A_NUMBER;
            unit /= 10;
            if (unit == 0 && d != 0)
                too_precise = 1;
            fraction += d * unit;
            digits++;
            at += width;
        }
    }
    if (digits == 0)
        return NT_DECIMAL_NOT_A_NUMBER;
    if (bad_grouping)
        return NT_DECIMAL_BAD_GROUPING;
    if (too_large || whole > NT_DECIMAL_MAX / NT_DECIMAL_ONE)
        return NT_DECIMAL_TOO_LARGE;
    if (too_precise)
        return NT_DECIMAL_TOO_PRECISE;
    int64_t magnitude = whole * NT_DECIMAL_ONE + fraction;
    *value = negative ? -magnitude : magnitude;
    return NT_DECIMAL_OK;
}

void nt_decimal_format(int64_t value, char out[NT_DECIMAL_TEXT]) {
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    int n = snprintf(out, NT_DECIMAL_TEXT, "%s%llu", value < 0 ? "-" : "",
                     (unsigned long long)(magnitude / (uint64_t)NT_DECIMAL_ONE));
    unsigned fraction = (unsigned)(magnitude % (uint64_t)NT_DECIMAL_ONE);
    if (fraction) {
        n += snprintf(out + n, NT_DECIMAL_TEXT - (size_t)n, ".%04u", fraction);
        while (out[n - 1] == '0')
            out[--n] = '\0';
    }
}

static int64_t step_of(unsigned decimals) {
    int64_t step = NT_DECIMAL_ONE;
    for (unsigned i = 0; i < decimals && step > 1; i++)
        step /= 10;
    return step;
}

int64_t nt_decimal_round(int64_t value, unsigned decimals) {
    int64_t step = step_of(decimals);
    int64_t rest = value % step;
    int64_t down = value - rest;
    if (rest >= 0)
        return rest * 2 >= step ? down + step : down;
    return -rest * 2 >= step ? down - step : down;
}

int nt_decimal_fits(int64_t value, unsigned decimals) {
    return value % step_of(decimals) == 0;
}
