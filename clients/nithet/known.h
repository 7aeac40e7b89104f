/* What submitting needs to know of the service: forms, dimensions, who the officer is. Kept from the last time that it
 * could be reached, so that an office without a network can go on. */
#ifndef NITHET_CLI_KNOWN_H
#define NITHET_CLI_KNOWN_H

#include "cli.h"

typedef struct known {
    json_t *all;
    const json_t *forms, *dimensions;
    const char *org;      /* the officer's */
    const char *audience; /* the service's name */
    int offline;          /* it is what was kept */
    int64_t at_us;        /* of when */
} known;

/* Asks, and keeps what came; where the service cannot be reached, takes what was kept. The exit status. */
int known_fetch(cli *c, known *out);
void known_free(known *k);
/* NULL, and the exit status, if there is no such form. */
const json_t *known_form(cli *c, const known *k, const char *code, int *exit_status);

#endif
