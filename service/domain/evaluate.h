/* What a unit's figure is: made of its provinces' accepted figures by the indicator's rules, over the organisation
 * tree, over periods and over breakdowns. Pure: the facts are given.
 *
 *   over organisations  by Indicator.aggregation; ratios by Indicator.missing_policy of the sums of what they are made
 * of over periods        where the period itself has no figure: of its semesters, rounds, quarters or months, by
 *                       Indicator.over_periods; SUM, COUNT, MIN, MAX and MEDIAN want all of them, FIRST and LAST any
 *   over breakdowns     where the breakdown itself was not reported: of the reported breakdown with the fewest further
 *                       dimensions, by Indicator.over_dimensions; a part without a value leaves none to the whole
 *
 * What has no rule is not brought together: then there is no figure, rather than a wrong one. */
#ifndef NT_DOMAIN_EVALUATE_H
#define NT_DOMAIN_EVALUATE_H

#include "domain/aggregate.h"
#include "domain/expression.h"

/* One province's figure of one period (a rollup). */
typedef struct nt_fact {
    int32_t indicator_id;
    int32_t org_id;
    uint32_t period; /* number in nt_facts.periods */
    int32_t form_id;
    const char *breakdown;
    int has_value; /* 0: reported as missing or withheld */
    int64_t value;
    unsigned status; /* nt_observation_status; of several, the weakest */
    int32_t parts, missing;
    int64_t submission_id;
} nt_fact;

/* In order of indicator, org, period, form, breakdown (as bytes). Borrows all. */
typedef struct nt_facts {
    nt_arena *arena;
    const nt_catalogue *catalogue;
    const nt_period *periods;
    size_t period_count;
    const nt_fact *all;
    size_t count;
} nt_facts;

typedef struct nt_answer {
    nt_absence absence;
    int64_t value;             /* ten-thousandths, rounded to the indicator's decimals where it was divided */
    unsigned status;           /* the weakest of what it is made of; NT_MISSING where there is no value */
    size_t reported, expected; /* units that it is made of, and that it should be */
} nt_answer;

nt_answer nt_evaluate(const nt_facts *facts, const nt_indicator *indicator, const char *breakdown, const nt_org *unit,
                      const nt_period *period);

/* The facts of one indicator, as a run in facts->all. */
void nt_facts_of(const nt_facts *facts, int32_t indicator_id, size_t *begin, size_t *end);
/* The facts of one indicator, province and period. */
const nt_fact *nt_facts_run(const nt_facts *facts, int32_t indicator_id, int32_t org_id, uint32_t period,
                            size_t *count);
/* Is there anything reported that the indicator could be made of? */
int nt_facts_have(const nt_facts *facts, const nt_indicator *indicator);
/* The indicators that one is made of, itself included, each once, derived ones taken apart: at most `most` ids. */
size_t nt_indicator_sources(const nt_catalogue *catalogue, const nt_indicator *indicator, const nt_indicator **out,
                            size_t most);

/* The periods to load facts of, so that these can be answered: themselves and what they are split into. Sorted, each
 * once, in the arena; NULL when it is full. */
nt_period *nt_periods_needed(nt_arena *arena, const nt_period *asked, size_t asked_count, size_t *count);

/* The provinces in a unit (itself, if it is one). */
const nt_org **nt_provinces_within(nt_arena *arena, const nt_catalogue *catalogue, const nt_org *unit, size_t *count);

#endif
