/* How far the submissions of a period are. */
#ifndef NT_STORE_PROGRESS_H
#define NT_STORE_PROGRESS_H

#include "domain/workflow.h"
#include "store/connection.h"

/* Of one form and province: the newest submission that is not withdrawn. */
typedef struct nt_progress {
    int32_t form_id;
    int32_t org_id;
    int64_t submission_id;
    unsigned revision;
    nt_state state;
    int late;
    int64_t required_cells, missing_cells, warnings;
    int sent_back;        /* ever, any revision of it */
    int accepted_earlier; /* an earlier revision was accepted: this one corrects it */
} nt_progress;

/* At a moment; INT64_MAX for now. In order of form and province. */
nt_status nt_store_progress(nt_connection *c, nt_arena *arena, const char *period, const int32_t *province_ids,
                            size_t province_count, int64_t as_of_us, nt_progress **out, size_t *count);

#endif
