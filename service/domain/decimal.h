/* Exact decimals in ten-thousandths. 12.5 is 125000. Never a float. */
#ifndef NT_DOMAIN_DECIMAL_H
#define NT_DOMAIN_DECIMAL_H

#include "base/bytes.h"

#define NT_DECIMAL_ONE INT64_C(10000)
/* 14 digits before the point: the most that a single figure may be, either way. */
#define NT_DECIMAL_MAX INT64_C(999999999999999999)

typedef enum nt_decimal_fault {
    NT_DECIMAL_OK,
    NT_DECIMAL_EMPTY,
    NT_DECIMAL_NOT_A_NUMBER,
    NT_DECIMAL_TOO_PRECISE, /* more than four digits after the point that are not 0 */
    NT_DECIMAL_TOO_LARGE,
    NT_DECIMAL_BAD_GROUPING /* commas that do not stand every three digits */
} nt_decimal_fault;

/* ASCII or Thai digits, a sign, a point; `1,234.5` too. Spaces around it are passed over. */
nt_decimal_fault nt_decimal_parse(nt_bytes text, int64_t *value);

enum { NT_DECIMAL_TEXT = 48 };
/* Shortest: `12.5`, `-3`, `0`. */
void nt_decimal_format(int64_t value, char out[NT_DECIMAL_TEXT]);
/* Rounded half away from zero to `decimals` (0 to 4) digits. */
int64_t nt_decimal_round(int64_t value, unsigned decimals);
/* 1 if there is nothing but zeros after `decimals` digits. */
int nt_decimal_fits(int64_t value, unsigned decimals);

#endif
