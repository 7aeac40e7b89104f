/* SubmissionService's drafts: large submissions, chunk by chunk. */
#include "api/handlers.h"
#include "api/intake.h"
#include "api/message.h"
#include "api/observations.h"
#include "rpc/payload.h"

#include <stdio.h>

enum { CHUNKS_MAX = 20000, CHUNK_ARENA = 128 << 20 };

nt_status nt_create_draft(nt_call *call, const void *in) {
    const Nithet__V1__CreateDraftRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    nt_subject subject;
    nt_status st = nt_subject_resolve(call->arena, w->catalogue, "", r->form, r->org, r->period, &subject);
    if (!nt_ok(st))
        return st;
    st = nt_intake_open(call, &subject); /* before a million figures are sent for nothing */
    if (!nt_ok(st))
        return st;
    nt_effect e = nt_effect_of(call, nt_chain_of(subject.org));
    st = nt_effect_begin(w->connection, call->arena, &e);
    if (!nt_ok(st) || e.replayed) {
        call->reply = e.reply;
        return st;
    }
    nt_draft draft = {.form_id = subject.form->id,
                      .org_id = subject.org->id,
                      .period = subject.period.code,
                      .officer_id = call->caller->officer_id,
                      .expires_us = call->received_at_us + (int64_t)NT_DRAFT_SECONDS * 1000000};
    st = nt_store_draft_add(w->connection, call->arena, &draft, call->received_at_us);
    Nithet__V1__CreateDraftResponse out = NITHET__V1__CREATE_DRAFT_RESPONSE__INIT;
    out.draft_id = (uint64_t)draft.id;
    out.expires_at_us = draft.expires_us;
    if (nt_ok(st))
        st = nt_call_reply(call, &out.base);
    return nt_effect_end(call, &e, st, nt_arena_printf(call->arena, "draft/%lld", (long long)draft.id));
}

/* The draft's form, province and period as they are now. */
static nt_status subject_of_draft(nt_call *call, nt_subject *subject) {
    nt_worker *w = nt_worker_of(call);
    const nt_form *form = nt_catalogue_form_by_id(w->catalogue, w->draft.form_id);
    const nt_org *org = nt_catalogue_org_by_id(w->catalogue, w->draft.org_id);
    if (!form || !org)
        return nt_fail(call->arena, NT_FAILED_PRECONDITION, "the draft's form or province is gone: discard it",
                       "แบบรายงานหรือจังหวัดของร่างนี้ไม่มีแล้ว ให้ลบร่าง");
    return nt_subject_resolve(call->arena, w->catalogue, "", form->code, org->code, w->draft.period, subject);
}

/* A chunk needs no idempotency record: its number and digest make it harmless to repeat, and nobody else can see it. */
nt_status nt_put_chunk(nt_call *call, const void *in) {
    const Nithet__V1__PutChunkRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    nt_violations faults;
    nt_violations_init(&faults, call->arena);
    nt_subject subject;
    nt_observations set;
    nt_checked checked;
    uint32_t *order;
    int sorted = 0;
    uint8_t digest[NT_DIGEST_SIZE];
    if (r->number >= CHUNKS_MAX)
        return nt_fail_field(call->arena, "number", "OUT_OF_RANGE", "a draft has at most %d chunks",
                             "ร่างหนึ่งมีได้ไม่เกิน %d ชุด", CHUNKS_MAX);
    nt_status st = subject_of_draft(call, &subject);
    if (nt_ok(st))
        st = nt_observations_read(call->arena, r->observations, NT_OBSERVATIONS_PER_CHUNK, &faults, &set);
    nt_checker *checker = nt_ok(st) ? nt_checker_new(call->arena, w->catalogue, &subject) : NULL;
    if (nt_ok(st))
        st = checker ? nt_checker_chunk(checker, call->arena, &set, &faults, &checked) : nt_fail_memory();
    if (nt_ok(st))
        st = nt_intake_digest(call->arena, &set, &order, &sorted, digest, &faults);
    if (nt_ok(st) && !sorted)
        nt_violations_add(&faults, "observations", "NOT_SORTED",
                          "sort a draft's figures by indicator, org, disaggregation (as bytes)",
                          "ให้เรียงข้อมูลของร่างตามตัวชี้วัด หน่วยงาน มิติ (ตามไบต์)");
    if (nt_ok(st) && !nt_bytes_equal(nt_view(r->digest), nt_bytes_of(digest, sizeof digest)))
        nt_violations_add(&faults, "digest", "DIGEST_DIFFERS",
                          "the digest is not that of the figures which came: send the chunk again",
                          "ค่าย่อยไม่ตรงกับข้อมูลที่ได้รับ ให้ส่งชุดนี้ใหม่");
    if (nt_ok(st))
        st = nt_violations_status(&faults);
    nt_bytes packed;
    if (nt_ok(st))
        st = nt_payload_pack(call->arena, &r->observations->base, &packed);
    nt_draft_chunk chunk = {r->number, nt_ok(st) ? (unsigned)set.count : 0, nt_bytes_of(digest, sizeof digest)};
    if (nt_ok(st))
        st = nt_store_draft_chunk_put(w->connection, call->arena, w->draft.id, &chunk, packed);
    if (!nt_ok(st))
        return st;
    Nithet__V1__PutChunkResponse out = NITHET__V1__PUT_CHUNK_RESPONSE__INIT;
    out.observations = chunk.observations;
    return nt_call_reply(call, &out.base);
}

nt_status nt_get_draft(nt_call *call, const void *in) {
    (void)in;
    nt_worker *w = nt_worker_of(call);
    nt_subject subject;
    nt_draft_chunk *chunks;
    size_t count;
    nt_status st = subject_of_draft(call, &subject);
    if (nt_ok(st))
        st = nt_store_draft_chunks(w->connection, call->arena, w->draft.id, &chunks, &count);
    if (!nt_ok(st))
        return st;
    Nithet__V1__GetDraftResponse out = NITHET__V1__GET_DRAFT_RESPONSE__INIT;
    out.form = nt_text(subject.form->code);
    out.org = nt_text(subject.org->code);
    out.period = subject.period.code;
    out.expires_at_us = w->draft.expires_us;
    out.chunks = NT_NEW_ARRAY(call->arena, Nithet__V1__DraftChunk *, count + 1);
    for (size_t i = 0; out.chunks && i < count; i++) {
        Nithet__V1__DraftChunk *m = NT_NEW(call->arena, Nithet__V1__DraftChunk);
        if (!m)
            return nt_fail_memory();
        nithet__v1__draft_chunk__init(m);
        m->number = chunks[i].number;
        m->observations = chunks[i].observations;
        m->digest = nt_data(chunks[i].digest);
        out.chunks[out.n_chunks++] = m;
    }
    return out.chunks ? nt_call_reply(call, &out.base) : nt_fail_memory();
}

nt_status nt_discard_draft(nt_call *call, const void *in) {
    (void)in;
    nt_worker *w = nt_worker_of(call);
    nt_effect e = nt_effect_of(call, nt_chain_of(call->scope));
    nt_status st = nt_effect_begin(w->connection, call->arena, &e);
    if (!nt_ok(st) || e.replayed) {
        call->reply = e.reply;
        return st;
    }
    st = nt_store_draft_drop(w->connection, call->arena, w->draft.id);
    Nithet__V1__DiscardDraftResponse out = NITHET__V1__DISCARD_DRAFT_RESPONSE__INIT;
    if (nt_ok(st))
        st = nt_call_reply(call, &out.base);
    return nt_effect_end(call, &e, st, nt_arena_printf(call->arena, "draft/%lld", (long long)w->draft.id));
}

/* The commit. */

static nt_status reply_commit(nt_call *call, Nithet__V1__Receipt *receipt) {
    Nithet__V1__CommitDraftResponse out = NITHET__V1__COMMIT_DRAFT_RESPONSE__INIT;
    out.receipt = receipt;
    return nt_call_reply(call, &out.base);
}

static nt_status check_draft(nt_intake *k, const Nithet__V1__CommitDraftRequest *r) {
    nt_call *call = k->call;
    nt_worker *w = nt_worker_of(call);
    nt_status st = nt_store_draft_get(w->connection, call->arena, (int64_t)(r->draft_id & INT64_MAX),
                                      call->received_at_us, &w->draft);
    if (!nt_ok(st))
        return st;
    if (w->draft.form_id != k->submission.form_id || w->draft.org_id != k->submission.org_id ||
        strcmp(w->draft.period, k->submission.period) != 0)
        return nt_fail_field(call->arena, "statement", "OTHER_DRAFT",
                             "draft %llu is of another form, province or period",
                             "ร่าง %llu เป็นของแบบรายงาน จังหวัด หรืองวดอื่น", (unsigned long long)r->draft_id);
    nt_draft_chunk *chunks;
    size_t count;
    st = nt_store_draft_chunks(w->connection, call->arena, w->draft.id, &chunks, &count);
    for (size_t i = 0; nt_ok(st) && i < r->chunks; i++)
        if (i >= count || chunks[i].number != i)
            return nt_fail(call->arena, NT_FAILED_PRECONDITION,
                           "the draft's chunk %zu has not come: send it, then commit again",
                           "ยังไม่ได้รับชุดข้อมูลที่ %zu ของร่าง ให้ส่งแล้วยืนยันใหม่", i);
    if (nt_ok(st) && (count > r->chunks || count == 0))
        return nt_fail(call->arena, NT_FAILED_PRECONDITION, "the draft has %zu chunks, and the commit is for %u",
                       "ร่างมี %zu ชุด แต่คำขอยืนยันระบุ %u ชุด", count, r->chunks);
    return st;
}

/* The last figure of the chunk before, to see that the next one begins after it. */
typedef struct cell {
    const char *indicator, *org, *breakdown;
} cell;

static nt_status check_follows(nt_intake *k, const nt_observations *set, const uint32_t *order, unsigned number,
                               cell *last) {
    nt_arena *arena = k->call->arena;
    uint32_t first = order[0], end = order[set->count - 1];
    if (last->indicator) {
        int way = strcmp(set->indicators[set->indicator[first]], last->indicator);
        if (way == 0)
            way = strcmp(set->orgs[set->org[first]], last->org);
        if (way == 0)
            way = strcmp(set->breakdowns[set->breakdown[first]], last->breakdown);
        if (way <= 0)
            nt_violations_add(&k->faults, "chunks", way == 0 ? "DOUBLED_CELL" : "NOT_SORTED",
                              "chunk %u begins with %s of %s, which is not after the end of the chunk before",
                              "ชุดที่ %u เริ่มด้วย %s ของ %s ซึ่งไม่อยู่หลังท้ายชุดก่อน", number,
                              set->indicators[set->indicator[first]], set->orgs[set->org[first]]);
    }
    *last = (cell){nt_arena_strdup(arena, set->indicators[set->indicator[end]]),
                   nt_arena_strdup(arena, set->orgs[set->org[end]]),
                   nt_arena_strdup(arena, set->breakdowns[set->breakdown[end]])};
    return last->indicator && last->org && last->breakdown ? nt_success() : nt_fail_memory();
}

typedef struct commit {
    nt_intake intake;
    nt_arena *chunk_arena;
    nt_copy copy;
    int copying;
    cell last;
    /* Breakdowns repeat from chunk to chunk: the latest chunk's ids serve if the texts are the same. */
    const char **breakdown_texts;
    int32_t *breakdown_ids;
    size_t breakdown_count;
} commit;

/* A faulty one that no figure uses has none. */
static const char *text_of(const nt_breakdown *breakdown) {
    return breakdown->canonical ? breakdown->canonical : "";
}

static int same_breakdowns(const commit *c, const nt_checked *checked, size_t count) {
    if (count != c->breakdown_count)
        return 0;
    for (size_t i = 0; i < count; i++)
        if (strcmp(text_of(&checked->breakdowns[i]), c->breakdown_texts[i]) != 0)
            return 0;
    return 1;
}

static nt_status know_breakdowns(commit *c, const nt_checked *checked, size_t count) {
    nt_call *call = c->intake.call;
    if (same_breakdowns(c, checked, count))
        return nt_success();
    c->breakdown_texts = NT_NEW_ARRAY(call->arena, const char *, count + 1);
    c->breakdown_ids = NT_NEW_ARRAY(call->arena, int32_t, count + 1);
    if (!c->breakdown_texts || !c->breakdown_ids)
        return nt_fail_memory();
    for (size_t i = 0; i < count; i++)
        c->breakdown_texts[i] = nt_arena_strdup(call->arena, text_of(&checked->breakdowns[i])); /* outlives the chunk */
    if (nt_arena_exhausted(call->arena))
        return nt_fail_memory();
    c->breakdown_count = count;
    return nt_store_breakdown_ids(nt_worker_of(call)->connection, call->arena, checked, count, c->breakdown_ids);
}

static nt_status take_chunk(commit *c, unsigned number) {
    nt_intake *k = &c->intake;
    nt_call *call = k->call;
    nt_worker *w = nt_worker_of(call);
    nt_rows *rows = NULL;
    nt_bytes packed;
    ProtobufCMessage *message = NULL;
    nt_observations set;
    nt_checked checked;
    uint32_t *order;
    nt_arena_reset(c->chunk_arena);
    nt_status st = nt_store_draft_chunk_get(w->connection, call->arena, w->draft.id, number, &rows, &packed);
    if (nt_ok(st))
        st = nt_payload_unpack(c->chunk_arena, &nithet__v1__observation_set__descriptor, packed, &message);
    if (rows)
        nt_rows_free(w->connection, rows);
    if (nt_ok(st))
        st = nt_observations_read(c->chunk_arena, (const void *)message, NT_OBSERVATIONS_PER_CHUNK, &k->faults, &set);
    if (nt_ok(st))
        st = nt_intake_check(k, c->chunk_arena, &set, &order, &checked);
    if (nt_ok(st))
        st = check_follows(k, &set, order, number, &c->last);
    if (!nt_ok(st) || k->faults.total) /* faults: nothing more is copied, but all are found */
        return st;
    st = know_breakdowns(c, &checked, set.breakdown_count);
    if (nt_ok(st)) {
        st = nt_store_copy_begin(&c->copy, w->connection, call->arena, k->submission.id);
        c->copying = nt_ok(st);
    }
    if (nt_ok(st))
        st = nt_store_copy_put(&c->copy, &set, &checked, c->breakdown_ids, order);
    if (nt_ok(st)) {
        c->copying = 0;
        st = nt_store_copy_end(&c->copy);
    }
    if (c->copying)
        nt_buffer_free(&c->copy.buffer);
    c->copying = 0;
    return st;
}

nt_status nt_commit_draft(nt_call *call, const void *in) {
    const Nithet__V1__CommitDraftRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    commit c = {0};
    nt_status st = nt_intake_begin(&c.intake, call, r->statement);
    if (!nt_ok(st) || c.intake.effect.replayed)
        return nt_intake_leave(&c.intake, st);
    c.chunk_arena = nt_arena_new(CHUNK_ARENA);
    st = c.chunk_arena ? check_draft(&c.intake, r) : nt_fail_memory();
    for (unsigned i = 0; nt_ok(st) && i < r->chunks; i++)
        st = take_chunk(&c, i);
    if (nt_ok(st))
        st = nt_intake_judge(&c.intake);
    if (nt_ok(st))
        st = nt_store_draft_drop(w->connection, call->arena, w->draft.id);
    if (nt_ok(st))
        st = nt_intake_end(&c.intake, reply_commit, NULL, 0);
    nt_arena_free(c.chunk_arena);
    return nt_intake_leave(&c.intake, st);
}
