/* A sheet of figures as a submission. Two layouts are understood:
 *
 *   long   a row a figure: org, indicator, value, status, note, and a column for each dimension (`sex`, `เพศ`)
 *   wide   a row an organisation: org, and a column for each cell: `GRAD_M6`, `GRAD_M6[sex=male]`
 *
 * Headings may be in Thai or English. Where there is no column org, the figures are of the submitting province; where
 * there is no column indicator, the form must ask for one alone. */
#ifndef NITHET_CLI_FIGURES_H
#define NITHET_CLI_FIGURES_H

#include "sheet.h"

typedef struct figure_place {
    size_t line;
    const char *column; /* the heading */
} figure_place;

typedef struct figures {
    nithet_submission *submission;
    const sheet *sheet;
    figure_place *places; /* of each figure, in the order of adding */
    size_t place_capacity;
    size_t faults; /* told already */
    const char *org_heading, *indicator_heading, *status_heading, *note_heading;
} figures;

/* Faults are printed with their row and column, all of them. 0 if it makes no sense at all. */
int figures_read(cli *c, const sheet *s, const json_t *form, const json_t *dimensions, const char *org, figures *out);
/* A violation of the service at `observations[i].field`, told with the row and column in the file. */
void figures_print_violation(const cli *c, const figures *f, const nithet_violation *v);
/* All violations of an error, or the error itself; frees it. The exit status. */
int figures_print_error(const cli *c, const figures *f, nithet_error *error);
void figures_free(figures *f);

#endif
