/* What handlers that answer with figures share: loading the facts, and figures as texts. */
#ifndef NT_API_FIGURES_H
#define NT_API_FIGURES_H

#include "api/service.h"
#include "store/observation.h"

/* The facts of a unit's provinces, for these periods and what they are split into. `indicator` NULL: all; else it and
 * what it is made of. `as_of_us` 0: now. */
nt_status nt_figures_load(nt_call *call, const nt_org *unit, const nt_period *periods, size_t period_count,
                          const nt_indicator *const *indicators, size_t indicator_count, int64_t as_of_us,
                          nt_facts *out);
/* Their ids; NULL when there are no `orgs`, or the arena is full. */
int32_t *nt_org_ids(nt_arena *arena, const nt_org *const *orgs, size_t count);
/* A decimal, or "" where there is none; in the arena. */
char *nt_figure_text(nt_arena *arena, nt_answer answer);
char *nt_decimal_text(nt_arena *arena, int has, int64_t value);
/* REO2 before REO10: for qsort over const nt_org *. */
int nt_org_by_place(const void *a, const void *b);
/* The units directly below that are offices; a province's is itself. In order of place. */
const nt_org **nt_units_below(nt_arena *arena, const nt_catalogue *catalogue, const nt_org *unit, size_t *count);
/* The breakdowns that facts of an indicator have, each once, in order, "" first. */
const char **nt_breakdowns_of(nt_arena *arena, const nt_facts *facts, const nt_indicator *indicator, size_t *count);
/* "" is "รวม", "total". */
nt_name nt_breakdown_title(nt_arena *arena, const nt_catalogue *catalogue, const char *breakdown);
/* INVALID_ARGUMENT for what is below a province: figures are of provinces and above. */
nt_status nt_figures_check_unit(nt_call *call, const nt_org *unit);
nt_status nt_figures_indicator(nt_call *call, const char *path, const char *code, const nt_indicator **out);

#endif
