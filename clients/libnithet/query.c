/* Queries: page after page, row by row. */
#include "client.h"

#include "nithet/v1/query.pb-c.h"

#include <stdlib.h>

enum { PAGE_ARENA = 256 << 20 };

struct nithet_query {
    nithet_client *client;
    nt_arena *arena; /* the filter */
    nt_arena *page;  /* the page at hand */
    Nithet__V1__QueryObservationsRequest request;
    const Nithet__V1__QueryObservationsResponse *response;
    size_t next;
    uint8_t *continuation;
    size_t continuation_size;
    int last;
};

static char *copy_text(nt_arena *arena, const char *text) {
    return nt_arena_strdup(arena, text ? text : "");
}

static char **copy_list(nt_arena *arena, const char *const *list, size_t *count) {
    *count = 0;
    while (list && list[*count])
        (*count)++;
    char **copy = NT_NEW_ARRAY(arena, char *, *count + 1);
    for (size_t i = 0; copy && i < *count; i++)
        copy[i] = copy_text(arena, list[i]);
    return copy;
}

nithet_query *nithet_query_new(nithet_client *client, const nithet_filter *f) {
    nithet_query *q = calloc(1, sizeof *q);
    if (!q)
        return NULL;
    q->client = client;
    q->arena = nt_arena_new(1 << 20);
    q->page = nt_arena_new(PAGE_ARENA);
    if (!q->arena || !q->page) {
        nithet_query_free(q);
        return NULL;
    }
    Nithet__V1__QueryObservationsRequest *r = &q->request;
    nithet__v1__query_observations_request__init(r);
    r->form = copy_text(q->arena, f->form);
    r->indicators = copy_list(q->arena, f->indicators, &r->n_indicators);
    r->org = copy_text(q->arena, f->org);
    r->period_from = copy_text(q->arena, f->period_from);
    r->period_to = copy_text(q->arena, f->period_to);
    r->disaggregation = copy_list(q->arena, f->disaggregation, &r->n_disaggregation);
    r->totals_only = f->totals_only;
    r->revision = (Nithet__V1__RevisionSelection)f->revision;
    r->sort = (Nithet__V1__ObservationSort)f->sort;
    r->descending = f->descending;
    r->page_size = 2000;
    r->as_of_us = f->as_of_us;
    r->submission_id = f->submission_id;
    if (nt_arena_exhausted(q->arena)) {
        nithet_query_free(q);
        return NULL;
    }
    return q;
}

void nithet_query_free(nithet_query *q) {
    if (!q)
        return;
    free(q->continuation);
    nt_arena_free(q->arena);
    nt_arena_free(q->page);
    free(q);
}

static nithet_code fetch(nithet_query *q, nithet_error **error) {
    nt_arena_reset(q->page);
    q->response = NULL;
    q->next = 0;
    nt_bytes continuation = nt_bytes_of(q->continuation, q->continuation_size);
    nithet_call_options o = {.flags = NITHET_CALL_READ};
    ProtobufCMessage *message = NULL;
    nithet_code code =
        nithet_call_message(q->client, q->page, "nithet.v1.QueryService/QueryObservations", &q->request.base, &o,
                            &nithet__v1__query_observations_response__descriptor, &message, &continuation, error);
    if (code != NITHET_OK)
        return code;
    q->response = (const void *)message;
    free(q->continuation);
    q->continuation = NULL;
    q->continuation_size = continuation.size;
    q->last = continuation.size == 0;
    if (!q->last) {
        if (!(q->continuation = malloc(continuation.size)))
            return nithet_fail_memory(error);
        memcpy(q->continuation, continuation.data, continuation.size);
    }
    return code;
}

int nithet_query_next(nithet_query *q, nithet_row *row, nithet_error **error) {
    while (!q->response || q->next == q->response->n_results) {
        if (q->response && q->last)
            return 0;
        if (fetch(q, error) != NITHET_OK)
            return -1;
    }
    const Nithet__V1__ObservationResult *r = q->response->results[q->next++];
    const Nithet__V1__Observation *o = r->observation;
    if (!o) {
        nithet_fail(error, NITHET_DATA_LOSS, "a row came without its figure", "ได้แถวที่ไม่มีข้อมูล");
        return -1;
    }
    *row = (nithet_row){.indicator = o->indicator,
                        .org = o->org,
                        .disaggregation = o->disaggregation,
                        .value = o->value,
                        .note = o->note,
                        .status = (nithet_status)o->status,
                        .period = r->period,
                        .form = r->form,
                        .submitted_by = r->submitted_by,
                        .submission_id = r->submission_id,
                        .revision = r->revision,
                        .state = (int)r->state};
    return 1;
}
