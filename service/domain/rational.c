/* See rational.h. */
#include "domain/rational.h"

#include "domain/decimal.h"

static nt_int128 positive(nt_int128 a) {
    return a < 0 ? -a : a;
}

static nt_int128 common_divisor(nt_int128 a, nt_int128 b) {
    a = positive(a);
    b = positive(b);
    while (b) {
        nt_int128 rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static int make(nt_int128 n, nt_int128 d, nt_rational *out) {
    nt_int128 g = common_divisor(n, d);
    *out = g > 1 ? (nt_rational){n / g, d / g} : (nt_rational){n, d};
    return 1;
}

nt_rational nt_rational_of(int64_t value_e4) {
    nt_rational out;
    make(value_e4, NT_DECIMAL_ONE, &out);
    return out;
}

/* The smallest 128-bit number has no positive twin: it is never let in. */
static int times(nt_int128 a, nt_int128 b, nt_int128 *out) {
    return !__builtin_mul_overflow(a, b, out) && positive(*out) >= 0;
}

int nt_rational_add(nt_rational a, nt_rational b, nt_rational *out) {
    nt_int128 g = common_divisor(a.d, b.d), x, y, d, n;
    if (!times(a.n, b.d / g, &x) || !times(b.n, a.d / g, &y) || !times(a.d, b.d / g, &d) ||
        __builtin_add_overflow(x, y, &n) || positive(n) < 0)
        return 0;
    return make(n, d, out);
}

int nt_rational_subtract(nt_rational a, nt_rational b, nt_rational *out) {
    return nt_rational_add(a, (nt_rational){-b.n, b.d}, out);
}

int nt_rational_multiply(nt_rational a, nt_rational b, nt_rational *out) {
    /* Crosswise first, so that less overflows. */
    nt_int128 g = common_divisor(a.n, b.d), h = common_divisor(b.n, a.d), n, d;
    g = g ? g : 1;
    h = h ? h : 1;
    if (!times(a.n / g, b.n / h, &n) || !times(a.d / h, b.d / g, &d))
        return 0;
    return make(n, d, out);
}

int nt_rational_divide(nt_rational a, nt_rational b, nt_rational *out) {
    if (b.n == 0)
        return 0;
    nt_rational turned = b.n < 0 ? (nt_rational){-b.d, -b.n} : (nt_rational){b.d, b.n};
    return nt_rational_multiply(a, turned, out);
}

int nt_rational_compare(nt_rational a, nt_rational b, int *order) {
    nt_rational difference;
    if (!nt_rational_subtract(a, b, &difference))
        return 0;
    *order = (difference.n > 0) - (difference.n < 0);
    return 1;
}

int nt_rational_round(nt_rational a, unsigned decimals, int64_t *value_e4) {
    nt_int128 unit = 1, n, half;
    for (unsigned i = decimals; i < 4; i++)
        unit *= 10;
    if (!times(a.n, NT_DECIMAL_ONE / unit, &n) || __builtin_add_overflow(positive(n), a.d / 2, &half))
        return 0;
    nt_int128 whole = half / a.d * unit;
    /* An odd divisor has no half: a.d / 2 is rounded down, and that is right. */
    if (whole > NT_DECIMAL_MAX)
        return 0;
    *value_e4 = (int64_t)(n < 0 ? -whole : whole);
    return 1;
}
