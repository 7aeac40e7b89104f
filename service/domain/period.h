/* Reporting periods: their codes, their days, their order.
 *
 *   FY2569     fiscal year, named after the Buddhist-era year in which it ends: 2025-10-01 .. 2026-09-30
 *              (Budget Procedures Act B.E. 2561, section 4)
 *   FY2569Q1   its quarters: Q1 is October to December
 *   FY2569R1   its inspection rounds: R1 October to March, R2 April to September
 *   AY2568     academic year: 16 May 2568 .. 15 May 2569
 *              (Ministry of Education regulation on the school year, B.E. 2549: begins 16 May)
 *   AY2568S1   semesters: S1 16 May .. 10 October, S2 1 November .. 31 March (the same regulation: schools close on
 *              11 October and on 1 April)
 *   2568-10    a calendar month
 */
#ifndef NT_DOMAIN_PERIOD_H
#define NT_DOMAIN_PERIOD_H

#include "base/bytes.h"
#include "base/status.h"

/* As PeriodKind in catalogue.proto. */
typedef enum nt_period_kind {
    NT_PERIOD_FISCAL_YEAR = 1,
    NT_PERIOD_FISCAL_QUARTER = 2,
    NT_PERIOD_INSPECTION_ROUND = 3,
    NT_PERIOD_ACADEMIC_YEAR = 4,
    NT_PERIOD_SEMESTER = 5,
    NT_PERIOD_MONTH = 6
} nt_period_kind;

/* Days since 1970-01-01. */
typedef int32_t nt_day;

enum { NT_PERIOD_CODE = 12, NT_DATE_TEXT = 16 };

typedef struct nt_period {
    nt_period_kind kind;
    int year_be;  /* as in the code */
    int part;     /* quarter, round, semester, month; 0 for years */
    nt_day first; /* both days belong to the period */
    nt_day last;
    char code[NT_PERIOD_CODE]; /* canonical */
} nt_period;

/* Upper or lower case, ASCII or Thai digits. INVALID_ARGUMENT with a violation at `path`. Buddhist-era years from 2443
 * to 2743; a Gregorian year is refused with the Buddhist-era one named. */
nt_status nt_period_parse(nt_arena *arena, const char *path, const char *text, nt_period *period);

/* By first day; then the longer one first; then by code. */
int nt_period_compare(const nt_period *a, const nt_period *b);
int nt_period_contains(const nt_period *outer, const nt_period *inner);
/* The period of the same kind just before, and the same one a year before. 0 if that is before the first year. */
int nt_period_previous(const nt_period *period, nt_period *out);
int nt_period_year_before(const nt_period *period, nt_period *out);

/* What a period is made of, of one shorter kind, in order: a fiscal year of quarters, rounds or months, a quarter or a
 * round of what lies in it, an academic year of its semesters, or of the months May to April (those of which it has the
 * most days). `parts` has room for 12. How many; 0 if it is not made of that kind. */
size_t nt_period_split(const nt_period *period, nt_period_kind kind, nt_period *parts);

/* For people: "ปีการศึกษา 2566", "academic year 2566 B.E.". */
void nt_period_name(const nt_period *period, int thai, char *out, size_t size);
const char *nt_period_kind_name(nt_period_kind kind, int thai);
/* How a code of this kind is written: `FY2569Q1`. */
const char *nt_period_kind_example(nt_period_kind kind);

/* The day by Thai time (UTC+7, without summer time) at a moment in microseconds since 1970 UTC. */
nt_day nt_day_in_thailand(int64_t us);

/* Gregorian. */
nt_day nt_day_from_date(int year, int month, int day);
void nt_day_to_date(nt_day when, int *year, int *month, int *day);
/* `2025-10-01`. 0 if it is no date. */
int nt_day_parse(const char *text, nt_day *out);
void nt_day_format(nt_day when, char out[NT_DATE_TEXT]);

#endif
