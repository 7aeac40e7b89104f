/* The inside of a submission, for the files that send it. */
#ifndef NITHET_SUBMISSION_H
#define NITHET_SUBMISSION_H

#include "client.h"

#include "domain/observation.h"

#include "nithet/v1/submission.pb-c.h"

enum { NITHET_SEND_ARENA = 1 << 30 };

struct nithet_term;

/* One column's texts, each once. */
typedef struct dictionary {
    struct nithet_term *by_text;
    struct nithet_term *latest;
    const char **texts;
    size_t count, capacity;
} dictionary;

struct nithet_submission {
    nt_arena *arena;
    char *form, *org, *period, *reason;
    dictionary indicators, orgs, breakdowns;
    size_t count, capacity;
    uint32_t *indicator, *org_number, *breakdown;
    int64_t *value;
    uint8_t *status;
    const char **notes; /* NULL until there is one */
};

/* Some of the rows as a message with dictionaries of its own. */

typedef struct part {
    Nithet__V1__ObservationSet set;
    Nithet__V1__ObservationColumns columns;
    nt_observations view; /* the same, as the domain sees it */
} part;

/* 0 when the arena is full. `order` may be NULL. */
int nithet_part_make(nt_arena *arena, const nithet_submission *s, const uint32_t *order, size_t begin, size_t count,
                     part *p);
nt_observations nithet_submission_all(const nithet_submission *s);
void nithet_statement_fill(const nithet_submission *s, const uint8_t digest[NT_DIGEST_SIZE],
                           Nithet__V1__SubmissionStatement *out);
/* `observations[i]` of rows that were sent in another order: i becomes rows[i]. */
void nithet_path_renumber(const char *path, const uint32_t *rows, size_t count, char *out, size_t size);
/* The figures' canonical order, in the arena; INVALID_ARGUMENT if a cell stands twice. */
nithet_code nithet_submission_order(nt_arena *arena, const nithet_submission *s, uint32_t **order,
                                    nithet_error **error);
nithet_code nithet_refuse_empty(nithet_error **error);

/* NULL if the message is no whole receipt. */
nithet_receipt *nithet_receipt_copy(const Nithet__V1__Receipt *r);

#endif
