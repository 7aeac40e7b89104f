/* The one small language of validation rules and of derived indicators' formulas.
 *
 *   GRAD_M6[sex=male] + GRAD_M6[sex=female] = GRAD_M6
 *   sum(STUDENTS by sex) = STUDENTS
 *   if(present(DROPOUTS), DROPOUTS <= STUDENTS, STUDENTS > 0)
 *   abs(change(STUDENTS)) <= 50
 *
 *   or, and, not      of yes and no; what is unknown stays unknown unless the other side decides (Kleene)
 *   = <> < <= > >=    of numbers
 *   + - * /           of numbers, exact (domain/rational.h)
 *   CODE, CODE[d=m;e=n]          a figure; the breakdown's pairs in any order
 *   sum(CODE by d, e)            over all members of these dimensions; sum(CODE[x=y] by d) too
 *   if(yes-no, a, b)  min(a, ...)  max(a, ...)  abs(a)  coalesce(a, ...): the first that is there
 *   present(CODE), present(CODE[..])            yes or no, never unknown
 *   together(CODE, ...)  at_most_one(CODE, ...) compulsory and exclusive pairs: all or none; one or none
 *   previous(CODE)    the figure of the period of the same kind just before
 *   year_before(CODE) the figure of the same period a year before
 *   change(CODE)      in percent of the period before
 *   zscore(CODE)  modified_zscore(CODE)  history_min(CODE)  history_max(CODE)
 *                     against the same organisation's accepted figures of up to 12 periods before; unknown with fewer
 *                     than 3
 *
 * What is missing makes what is computed of it missing, unless if, coalesce or present take care of it; dividing by
 * zero makes it missing too. Limits: 2000 bytes, 200 parts, 32 levels. No loops, no names of one's own: every
 * expression ends. */
#ifndef NT_DOMAIN_EXPRESSION_H
#define NT_DOMAIN_EXPRESSION_H

#include "domain/catalogue.h"
#include "domain/rational.h"

enum { NT_EXPRESSION_BYTES = 2000, NT_EXPRESSION_NODES = 200, NT_EXPRESSION_DEPTH = 32, NT_HISTORY_PERIODS = 12 };

typedef enum nt_type { NT_TYPE_NUMBER, NT_TYPE_YES_NO } nt_type;

/* Why there is no value. */
typedef enum nt_absence {
    NT_THERE = 0,
    NT_ABSENT_MISSING,  /* a figure that it is made of was not reported */
    NT_ABSENT_DIVISION, /* by zero */
    NT_ABSENT_RANGE     /* over what can be computed */
} nt_absence;

typedef struct nt_value {
    nt_absence absence;
    nt_rational number; /* yes is 1, no is 0 */
} nt_value;

/* Which of an organisation's figures. */
typedef enum nt_when {
    NT_WHEN_NOW,
    NT_WHEN_PREVIOUS,
    NT_WHEN_YEAR_BEFORE,
    /* Statistics over the periods before. */
    NT_WHEN_ZSCORE,
    NT_WHEN_MODIFIED_ZSCORE,
    NT_WHEN_HISTORY_MIN,
    NT_WHEN_HISTORY_MAX
} nt_when;

/* One figure that an expression reads. */
typedef struct nt_reference {
    const nt_indicator *indicator;
    const char *breakdown; /* canonical */
    nt_when when;
} nt_reference;

typedef struct nt_expression nt_expression;

/* What a name means: the catalogue that there is, or what is wanted of it. NULL for unknown. */
typedef struct nt_names {
    const void *context;
    const nt_indicator *(*indicator)(const void *context, const char *code);
    const nt_dimension *(*dimension)(const void *context, const char *code);
} nt_names;

nt_names nt_names_of(const nt_catalogue *catalogue);

/* INVALID_ARGUMENT with a violation at `path`, which says at which letter and what was expected. Lives in `arena`;
 * borrows the indicators. `wanted` is the type that it must have. */
nt_status nt_expression_parse(nt_arena *arena, const nt_names *names, const char *path, const char *text,
                              nt_type wanted, const nt_expression **out);

/* The figures that it reads, each once, in order of appearance; sums are taken apart. */
const nt_reference *nt_expression_references(const nt_expression *e, size_t *count);

/* `figure` gives the value of nt_expression_references()[number]. */
typedef nt_value (*nt_figure)(void *context, size_t number, const nt_reference *reference);
nt_value nt_expression_evaluate(const nt_expression *e, nt_figure figure, void *context);

/* The expression with the figures put in: `4,857 / 12,000 * 100`; what is missing is `?`. */
const char *nt_expression_show(nt_arena *arena, const nt_expression *e, nt_figure figure, void *context);

/* Its unit: the English unit's text of what it adds up; NULL where figures of different units are multiplied or
 * divided, or it has none. A violation at `path` where figures of different units are added or compared. */
const char *nt_expression_unit(const nt_expression *e, const char *path, nt_violations *faults);

/* Statistics over earlier figures, oldest first, without those that are missing. `now` is the figure itself. */
nt_value nt_history_statistic(nt_when when, const int64_t *values, size_t count, int has_now, int64_t now);

static inline nt_value nt_value_absent(nt_absence why) {
    return (nt_value){.absence = why, .number = {0, 1}};
}
static inline nt_value nt_value_of(int64_t value_e4) {
    return (nt_value){.number = nt_rational_of(value_e4)};
}
/* For people. */
const char *nt_absence_name(nt_absence absence, int thai);

#endif
