/* Submissions: immutable revisions, their steps, their figures. All writes happen inside an effect (effect.h), which
 * holds the province's chain and so lets one at a time. */
#ifndef NT_STORE_SUBMISSION_H
#define NT_STORE_SUBMISSION_H

#include "domain/validate.h"
#include "domain/workflow.h"
#include "store/effect.h"

typedef struct nt_submission {
    int64_t id;
    int32_t form_id;
    unsigned form_version;
    const char *form;
    int32_t org_id;
    const char *org;
    const char *period;
    const char *first_day, *last_day; /* dates */
    unsigned revision;
    const char *reason;
    int64_t observations;
    nt_bytes content_digest;
    nt_bytes chunks;
    int64_t generation;
    int32_t officer_id;
    const char *officer;
    nt_bytes key_id;
    int64_t received_us;
    int late;
    nt_completeness completeness;
    nt_state state;
    unsigned step;
    const char *chain;
    int64_t position;
} nt_submission;

typedef struct nt_cell_comment {
    unsigned step;
    const char *indicator, *org, *breakdown; /* codes */
    const char *comment;
} nt_cell_comment;

typedef struct nt_submission_step {
    nt_state state;
    const char *officer;
    int64_t at_us;
    const char *comment;
    const nt_cell_comment *cells;
    size_t cell_count;
} nt_submission_step;

/* The highest revision there is, 0 if none; and the next submission's id, taken. */
nt_status nt_store_submission_next(nt_connection *c, nt_arena *arena, int32_t form_id, int32_t org_id,
                                   const char *period, unsigned *latest_revision, int64_t *id);
/* The last day that an extension has given, as a date; "" if there is none. */
nt_status nt_store_extension_get(nt_connection *c, nt_arena *arena, int32_t form_id, int32_t org_id, const char *period,
                                 const char **last_day);
nt_status nt_store_extension_add(nt_connection *c, nt_arena *arena, int32_t form_id, int32_t org_id, const char *period,
                                 const char *last_day, const char *reason, int32_t officer_id, int64_t at_us);

/* With its first step, draft to submitted. Sent with the rest at nt_effect_commit: these are the commands for it. */
enum { NT_SUBMISSION_COMMANDS = 2 };
void nt_store_submission_commands(const nt_submission *s, nt_params params[NT_SUBMISSION_COMMANDS],
                                  nt_command commands[NT_SUBMISSION_COMMANDS]);

/* Accepted figures of earlier periods, of the newest accepted revision of each. */
typedef struct nt_past_filter {
    int32_t form_id;
    int32_t org_id; /* the province */
    const char *const *periods;
    size_t period_count;
    const int32_t *indicator_ids;
    size_t indicator_count;
} nt_past_filter;
typedef struct nt_past_figure {
    size_t period; /* the number in nt_past_filter.periods */
    int32_t indicator_id, org_id;
    const char *breakdown;
    int64_t value;
} nt_past_figure;
nt_status nt_store_past_figures(nt_connection *c, nt_arena *arena, const nt_past_filter *filter, nt_past_figure **out,
                                size_t *count);

/* Whose it is, also where the connection's scope does not let it be seen; 0 if there is none. */
nt_status nt_store_submission_org(nt_connection *c, nt_arena *arena, int64_t id, int32_t *org_id);
nt_status nt_store_draft_org(nt_connection *c, nt_arena *arena, int64_t id, int32_t *org_id);
/* `id` is 0 in `out` if there is none. */
nt_status nt_store_submission_get(nt_connection *c, nt_arena *arena, int64_t id, nt_submission *out);
nt_status nt_store_submission_steps(nt_connection *c, nt_arena *arena, int64_t id, nt_submission_step **steps,
                                    size_t *count);

typedef struct nt_submission_filter {
    const int32_t *org_ids;
    size_t org_count;
    const char *form;   /* "" for all */
    const char *period; /* "" for all */
    unsigned state;     /* 0 for all */
    int64_t before;     /* ids below this; INT64_MAX for the newest */
    size_t limit;
    int64_t as_of_us; /* 0: now */
} nt_submission_filter;
nt_status nt_store_submission_list(nt_connection *c, nt_arena *arena, const nt_submission_filter *filter,
                                   nt_submission **out, size_t *count);

/* Comments on figures, to the step that was just taken (`cells[i].step`). INVALID_ARGUMENT with a violation at
 * `cells[i]` for what is no figure of the submission. */
nt_status nt_store_cell_comments(nt_connection *c, nt_arena *arena, int64_t submission_id, const nt_cell_comment *cells,
                                 size_t count);

/* The step itself; the database checks it once more. On ACCEPTED writes the rollups; on RETURNED of what was accepted,
 * takes them back, or brings the accepted revision before it back. */
nt_status nt_store_submission_step(nt_connection *c, nt_arena *arena, const nt_submission *s, nt_state to,
                                   int32_t officer_id, int64_t at_us, const char *comment);

/* Ids of breakdowns, made where they are new; before the effect begins, so that it waits for nobody. */
nt_status nt_store_breakdown_ids(nt_connection *c, nt_arena *arena, const nt_checked *checked, size_t count,
                                 int32_t *ids);

/* One binary COPY for a submission's figures: begin, a put a chunk, end. */
typedef struct nt_copy {
    nt_connection *connection;
    nt_arena *arena;
    int64_t submission_id;
    nt_buffer buffer;
    int64_t sent;
} nt_copy;
nt_status nt_store_copy_begin(nt_copy *copy, nt_connection *c, nt_arena *arena, int64_t submission_id);
/* `order` NULL: as they stand. */
nt_status nt_store_copy_put(nt_copy *copy, const nt_observations *set, const nt_checked *checked,
                            const int32_t *breakdown_ids, const uint32_t *order);
nt_status nt_store_copy_end(nt_copy *copy);

/* Drafts. */
typedef struct nt_draft {
    int64_t id;
    int32_t form_id;
    int32_t org_id;
    const char *period;
    int32_t officer_id;
    int64_t expires_us;
} nt_draft;

typedef struct nt_draft_chunk {
    unsigned number;
    unsigned observations;
    nt_bytes digest;
} nt_draft_chunk;

/* Drops the organisation's expired drafts as well. Fills in `id`. */
nt_status nt_store_draft_add(nt_connection *c, nt_arena *arena, nt_draft *draft, int64_t now_us);
/* NOT_FOUND if there is none, or it has expired. */
nt_status nt_store_draft_get(nt_connection *c, nt_arena *arena, int64_t id, int64_t now_us, nt_draft *out);
nt_status nt_store_draft_chunks(nt_connection *c, nt_arena *arena, int64_t id, nt_draft_chunk **chunks, size_t *count);
nt_status nt_store_draft_chunk_put(nt_connection *c, nt_arena *arena, int64_t id, const nt_draft_chunk *chunk,
                                   nt_bytes payload);
/* The packed figures; borrowed until *rows is freed. */
nt_status nt_store_draft_chunk_get(nt_connection *c, nt_arena *arena, int64_t id, unsigned number, nt_rows **rows,
                                   nt_bytes *payload);
nt_status nt_store_draft_drop(nt_connection *c, nt_arena *arena, int64_t id);

#endif
