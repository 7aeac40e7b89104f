/* What would have to change for the catalogue to be as asked: checked, and told field by field.
 *
 * `wanted` is an nt_catalogue whose arrays are in the order sent, without ids; what stands in it may refer to what
 * stands in it or in the current catalogue. */
#ifndef NT_DOMAIN_CHANGE_H
#define NT_DOMAIN_CHANGE_H

#include "domain/catalogue.h"

typedef struct nt_change {
    struct nt_change *next;
    const char *kind; /* `indicator` */
    const char *code;
    const char *field; /* empty: all of it is new */
    const char *before;
    const char *after;
} nt_change;

typedef struct nt_changes {
    nt_arena *arena;
    nt_change *first, *last;
    size_t count;
    size_t unchanged; /* things that are as asked already */
} nt_changes;

void nt_changes_init(nt_changes *changes, nt_arena *arena);
/* Borrows the texts. */
void nt_changes_add(nt_changes *changes, const char *kind, const char *code, const char *field, const char *before,
                    const char *after);

/* All faults of issues, dimensions, indicators and forms, as violations at `indicators[3].weight`. */
void nt_wanted_check(const nt_catalogue *current, const nt_catalogue *wanted, nt_violations *faults);

/* In what is wanted, else in what there is; NULL. */
const nt_indicator *nt_wanted_indicator(const nt_catalogue *current, const nt_catalogue *wanted, const char *code);
const nt_dimension *nt_wanted_dimension(const nt_catalogue *current, const nt_catalogue *wanted, const char *code);

/* 1 if it differs from the current one (told in `changes`), or is new. */
int nt_issue_changes(nt_changes *changes, const nt_catalogue *current, const nt_issue *wanted);
int nt_dimension_changes(nt_changes *changes, const nt_catalogue *current, const nt_dimension *wanted);
int nt_indicator_changes(nt_changes *changes, const nt_catalogue *current, const nt_indicator *wanted);
int nt_form_changes(nt_changes *changes, const nt_catalogue *current, const nt_form *wanted);
/* Parents must have been resolved. */
int nt_org_changes(nt_changes *changes, const nt_catalogue *current, const nt_org *wanted);

/* `level,sex`, in order of code; sorts `dimensions` in place. */
const char *nt_dimension_list(nt_arena *arena, const char **dimensions, size_t count);
/* The dimensions of a form's line, likewise. */
const char *nt_form_item_dimensions(nt_arena *arena, const nt_form_item *item);

#endif
