/* Are these figures what the form asks for? All faults are told, not only the first.
 *
 * A checker is made for one form, province and period, and is shown the chunks one after the other; at the end it knows
 * which required cells never came. Faults are violations at `observations[i].field`, with i counted in the chunk. */
#ifndef NT_DOMAIN_VALIDATE_H
#define NT_DOMAIN_VALIDATE_H

#include "domain/judge.h"

typedef struct nt_checker nt_checker;

typedef struct nt_checked {
    /* What the dictionaries' entries are; NULL where there was a fault. */
    const nt_indicator **indicators;
    const nt_org **orgs;
    nt_breakdown *breakdowns; /* canonical is NULL where there was a fault */
} nt_checked;

/* The form, province and period of a submission, resolved. */
typedef struct nt_subject {
    const nt_form *form;
    const nt_org *org;
    nt_period period;
} nt_subject;

/* Names that are unknown, a period of the wrong kind, an organisation that does not submit: violations at `form`,
 * `org`, `period` behind `prefix`. */
nt_status nt_subject_resolve(nt_arena *arena, const nt_catalogue *catalogue, const char *prefix, const char *form,
                             const char *org, const char *period, nt_subject *out);

/* NULL if memory is out. Borrows all. */
nt_checker *nt_checker_new(nt_arena *arena, const nt_catalogue *catalogue, const nt_subject *subject);
/* Adds the chunk's faults to `faults` and fills `checked` (in `arena`, which may be reset once the chunk is done with).
 * Fails only for want of memory, or where the columns do not fit together. */
nt_status nt_checker_chunk(nt_checker *checker, nt_arena *arena, const nt_observations *set, nt_violations *faults,
                           nt_checked *checked);
/* The form's rules, which may look back: what they want to know of earlier periods is given before the end. */
nt_judge *nt_checker_judge(nt_checker *checker);

/* How complete it is. */
typedef struct nt_completeness {
    int64_t required; /* cells that the form requires, of all organisations that it is about */
    int64_t missing;  /* of these: without a value */
    int64_t warnings; /* rules that did not hold, with a reason in a note */
} nt_completeness;
/* Adds the required cells that no chunk had, and the rules that do not hold. `completeness` may be NULL. */
nt_status nt_checker_end(nt_checker *checker, nt_violations *faults, nt_completeness *completeness);

#endif
