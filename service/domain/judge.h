/* Do a form's rules hold of each organisation's figures? Takes the figures that the rules read as they come by, chunk
 * by chunk, and judges at the end, when all of an organisation's are there. */
#ifndef NT_DOMAIN_JUDGE_H
#define NT_DOMAIN_JUDGE_H

#include "domain/expression.h"
#include "domain/observation.h"

typedef struct nt_judge nt_judge;

/* NULL if memory is out. Borrows all. */
nt_judge *nt_judge_new(nt_arena *arena, const nt_form *form, const nt_period *period);

/* The number of a cell that some rule reads; -1 if none does. */
int32_t nt_judge_cell(const nt_judge *judge, const nt_indicator *indicator, const char *breakdown);
typedef struct nt_judge_figure {
    int has_value;
    int noted; /* it has a note: a reason, for warnings */
    int64_t value;
    size_t chunk, row; /* where it stands */
} nt_judge_figure;
/* 0 if memory is out. */
int nt_judge_take(nt_judge *judge, const nt_org *org, int32_t cell, const nt_judge_figure *figure);

/* Which earlier periods the rules look back at: `periods` has room for NT_HISTORY_PERIODS; the first is the one just
 * before. 0 if none; then nt_judge_remember need not be called. */
size_t nt_judge_history(const nt_judge *judge, nt_period *periods);
/* The indicators that they look back at; `ids` has room for `most`. */
size_t nt_judge_history_indicators(const nt_judge *judge, int32_t *ids, size_t most);
/* An accepted figure of an earlier period. Those that no rule reads are passed over. 0 if memory is out. */
int nt_judge_remember(nt_judge *judge, const nt_org *org, const nt_indicator *indicator, const char *breakdown,
                      size_t period, int64_t value);

/* Adds a violation for each rule that does not hold, at the first figure that it reads; warnings only where no figure
 * that they read has a note. How many warnings were explained so goes to *explained. 0 if memory is out. */
int nt_judge_end(nt_judge *judge, size_t chunks, nt_violations *faults, size_t *explained);

#endif
