/* Exact numbers in the middle of a computation: fractions of 128-bit integers, always in lowest terms. They are rounded
 * once, when a figure is made of them; so A / B * 100 does not lose what was lost at A / B. */
#ifndef NT_DOMAIN_RATIONAL_H
#define NT_DOMAIN_RATIONAL_H

#include <stdint.h>

__extension__ typedef __int128 nt_int128;

typedef struct nt_rational {
    nt_int128 n;
    nt_int128 d; /* above 0 */
} nt_rational;

/* Of a decimal in ten-thousandths, as figures are. */
nt_rational nt_rational_of(int64_t value_e4);

/* 0 if the result is over what 128 bits hold, or the divisor is 0. `out` may be one of the operands. */
int nt_rational_add(nt_rational a, nt_rational b, nt_rational *out);
int nt_rational_subtract(nt_rational a, nt_rational b, nt_rational *out);
int nt_rational_multiply(nt_rational a, nt_rational b, nt_rational *out);
int nt_rational_divide(nt_rational a, nt_rational b, nt_rational *out);
/* -1, 0, 1 in *order; 0 if the numbers are too large to compare. */
int nt_rational_compare(nt_rational a, nt_rational b, int *order);

/* As a decimal in ten-thousandths, rounded half away from zero to `decimals` (0 to 4) digits. 0 if it is over
 * NT_DECIMAL_MAX. */
int nt_rational_round(nt_rational a, unsigned decimals, int64_t *value_e4);

#endif
