/* SubmissionService: one-call submissions, their way, and looking at them. Drafts are in draft.c. */
#include "api/handlers.h"
#include "api/intake.h"
#include "api/message.h"
#include "api/observations.h"

#include <stdio.h>
#include <stdlib.h>

static nt_status reply_submit(nt_call *call, Nithet__V1__Receipt *receipt) {
    Nithet__V1__SubmitResponse out = NITHET__V1__SUBMIT_RESPONSE__INIT;
    out.receipt = receipt;
    return nt_call_reply(call, &out.base);
}

static nt_status submit(nt_intake *k, const Nithet__V1__SubmitRequest *r) {
    nt_call *call = k->call;
    nt_worker *w = nt_worker_of(call);
    nt_observations set;
    nt_checked checked;
    uint32_t *order;
    nt_status st = nt_observations_read(call->arena, r->observations, NT_OBSERVATIONS_PER_SUBMIT, &k->faults, &set);
    if (nt_ok(st))
        st = nt_intake_check(k, call->arena, &set, &order, &checked);
    if (nt_ok(st))
        st = nt_intake_judge(k);
    if (!nt_ok(st))
        return st;
    int32_t *breakdowns = NT_NEW_ARRAY(call->arena, int32_t, set.breakdown_count + 1);
    if (!breakdowns)
        return nt_fail_memory();
    st = nt_store_breakdown_ids(w->connection, call->arena, &checked, set.breakdown_count, breakdowns);
    nt_copy copy;
    if (nt_ok(st))
        st = nt_store_copy_begin(&copy, w->connection, call->arena, k->submission.id);
    if (!nt_ok(st))
        return st;
    st = nt_store_copy_put(&copy, &set, &checked, breakdowns, order);
    if (nt_ok(st))
        st = nt_store_copy_end(&copy);
    else
        nt_buffer_free(&copy.buffer);
    return nt_ok(st) ? nt_intake_end(k, reply_submit, NULL, 0) : st;
}

nt_status nt_submit(nt_call *call, const void *in) {
    const Nithet__V1__SubmitRequest *r = in;
    nt_intake k;
    nt_status st = nt_intake_begin(&k, call, r->statement);
    if (nt_ok(st) && !k.effect.replayed)
        st = submit(&k, r);
    return nt_intake_leave(&k, st);
}

static nt_status reply_faults(nt_call *call, const nt_violations *faults) {
    Nithet__V1__ValidateResponse out = NITHET__V1__VALIDATE_RESPONSE__INIT;
    out.violations_omitted = (uint32_t)(faults->total - faults->kept);
    out.violations = NT_NEW_ARRAY(call->arena, Nithet__V1__FieldViolation *, faults->kept + 1);
    for (const nt_violation *v = faults->first; out.violations && v; v = v->next) {
        Nithet__V1__FieldViolation *m = NT_NEW(call->arena, Nithet__V1__FieldViolation);
        if (!m)
            return nt_fail_memory();
        nithet__v1__field_violation__init(m);
        m->path = nt_text(v->path);
        m->rule = nt_text(v->rule);
        m->message = nt_message_name(call->arena, (nt_name){v->th, v->en});
        m->warning = v->warning;
        out.violations[out.n_violations++] = m;
    }
    return nt_arena_exhausted(call->arena) ? nt_fail_memory() : nt_call_reply(call, &out.base);
}

nt_status nt_validate(nt_call *call, const void *in) {
    const Nithet__V1__ValidateRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    nt_violations faults;
    nt_violations_init(&faults, call->arena);
    nt_subject subject;
    nt_status st = nt_subject_resolve(call->arena, w->catalogue, "statement.", r->statement->form, r->statement->org,
                                      r->statement->period, &subject);
    if (st.code == NT_INVALID_ARGUMENT) { /* told as faults, like the others */
        for (const nt_violation *v = st.fault->violations; v; v = v->next)
            nt_violations_copy(&faults, v->path, v->rule, v->en, v->th, v->warning);
        return reply_faults(call, &faults);
    }
    nt_observations set;
    nt_checked checked;
    uint32_t *order;
    int sorted;
    uint8_t digest[NT_DIGEST_SIZE];
    nt_checker *checker = nt_ok(st) ? nt_checker_new(call->arena, w->catalogue, &subject) : NULL;
    if (nt_ok(st))
        st = nt_observations_read(call->arena, r->observations, NT_OBSERVATIONS_PER_CHUNK, &faults, &set);
    if (nt_ok(st))
        st = checker ? nt_checker_chunk(checker, call->arena, &set, &faults, &checked) : nt_fail_memory();
    if (nt_ok(st))
        st = nt_intake_digest(call->arena, &set, &order, &sorted, digest, &faults);
    if (nt_ok(st))
        st = nt_intake_look_back(call, checker, &subject);
    if (nt_ok(st))
        st = nt_checker_end(checker, &faults, NULL);
    return nt_ok(st) ? reply_faults(call, &faults) : st;
}

static Nithet__V1__Submission *submission_message(nt_arena *arena, const nt_submission *s) {
    Nithet__V1__Submission *m = NT_NEW(arena, Nithet__V1__Submission);
    Nithet__V1__SubmissionStatement *statement = NT_NEW(arena, Nithet__V1__SubmissionStatement);
    if (!m || !statement)
        return NULL;
    nithet__v1__submission__init(m);
    nithet__v1__submission_statement__init(statement);
    statement->form = nt_text(s->form);
    statement->org = nt_text(s->org);
    statement->period = nt_text(s->period);
    statement->reason = nt_text(s->reason);
    statement->observations = (uint64_t)s->observations;
    statement->content_digest = nt_data(s->content_digest);
    m->submission_id = (uint64_t)s->id;
    m->statement = statement;
    m->revision = s->revision;
    m->state = (Nithet__V1__SubmissionState)s->state;
    m->officer = nt_text(s->officer);
    m->received_at_us = s->received_us;
    m->late = s->late;
    m->audit_position = (uint64_t)s->position;
    m->required_cells = (uint64_t)s->completeness.required;
    m->missing_cells = (uint64_t)s->completeness.missing;
    m->warnings = (uint64_t)s->completeness.warnings;
    return m;
}

/* Each is a count (8 bytes, little-endian) and a digest. */
static void read_chunks(nt_arena *arena, nt_bytes chunks, Nithet__V1__GetSubmissionResponse *out) {
    enum { SIZE = 8 + NT_DIGEST_SIZE };
    out->chunks = NT_NEW_ARRAY(arena, Nithet__V1__SubmissionChunk *, chunks.size / SIZE + 1);
    for (size_t at = 0; out->chunks && at + SIZE <= chunks.size; at += SIZE) {
        Nithet__V1__SubmissionChunk *m = NT_NEW(arena, Nithet__V1__SubmissionChunk);
        if (!m)
            return;
        nithet__v1__submission_chunk__init(m);
        for (int i = 0; i < 8; i++)
            m->observations |= (uint64_t)chunks.data[at + (size_t)i] << (8 * i);
        m->digest = nt_data(nt_bytes_of(chunks.data + at + 8, NT_DIGEST_SIZE));
        out->chunks[out->n_chunks++] = m;
    }
}

nt_status nt_get_submission(nt_call *call, const void *in) {
    (void)in;
    nt_worker *w = nt_worker_of(call);
    nt_submission_step *steps;
    size_t count;
    nt_status st = nt_store_submission_steps(w->connection, call->arena, w->submission.id, &steps, &count);
    if (!nt_ok(st))
        return st;
    Nithet__V1__GetSubmissionResponse out = NITHET__V1__GET_SUBMISSION_RESPONSE__INIT;
    out.submission = submission_message(call->arena, &w->submission);
    out.steps = NT_NEW_ARRAY(call->arena, Nithet__V1__SubmissionStep *, count + 1);
    for (size_t i = 0; out.steps && i < count; i++) {
        Nithet__V1__SubmissionStep *m = NT_NEW(call->arena, Nithet__V1__SubmissionStep);
        if (!m)
            return nt_fail_memory();
        nithet__v1__submission_step__init(m);
        m->state = (Nithet__V1__SubmissionState)steps[i].state;
        m->officer = nt_text(steps[i].officer);
        m->at_us = steps[i].at_us;
        m->comment = nt_text(steps[i].comment);
        m->cells = NT_NEW_ARRAY(call->arena, Nithet__V1__CellComment *, steps[i].cell_count + 1);
        for (size_t k = 0; m->cells && k < steps[i].cell_count; k++) {
            Nithet__V1__CellComment *cell = NT_NEW(call->arena, Nithet__V1__CellComment);
            if (!cell)
                return nt_fail_memory();
            nithet__v1__cell_comment__init(cell);
            cell->indicator = nt_text(steps[i].cells[k].indicator);
            cell->org = nt_text(steps[i].cells[k].org);
            cell->disaggregation = nt_text(steps[i].cells[k].breakdown);
            cell->comment = nt_text(steps[i].cells[k].comment);
            m->cells[m->n_cells++] = cell;
        }
        out.steps[out.n_steps++] = m;
    }
    read_chunks(call->arena, w->submission.chunks, &out);
    return nt_arena_exhausted(call->arena) ? nt_fail_memory() : nt_call_reply(call, &out.base);
}

nt_status nt_list_submissions(nt_call *call, const void *in) {
    const Nithet__V1__ListSubmissionsRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    size_t limit = nt_page_size(r->page_size), count, org_count;
    int32_t *orgs = nt_org_ids_within(call->arena, w->catalogue, call->scope, NT_ORG_PROVINCE, &org_count);
    if (!orgs)
        return nt_fail_memory();
    nt_period period;
    nt_status st = *r->period ? nt_period_parse(call->arena, "period", r->period, &period) : nt_success();
    if (!nt_ok(st))
        return st;
    nt_submission_filter filter = {.org_ids = orgs,
                                   .org_count = org_count,
                                   .form = r->form,
                                   .period = *r->period ? period.code : "",
                                   .state = (unsigned)r->state,
                                   .before = nt_cursor_number(call, INT64_MAX),
                                   .limit = limit + 1,
                                   .as_of_us = r->as_of_us > 0 ? r->as_of_us : 0};
    nt_submission *all;
    st = nt_store_submission_list(w->connection, call->arena, &filter, &all, &count);
    if (!nt_ok(st))
        return st;
    Nithet__V1__ListSubmissionsResponse out = NITHET__V1__LIST_SUBMISSIONS_RESPONSE__INIT;
    size_t shown = count > limit ? limit : count;
    out.submissions = NT_NEW_ARRAY(call->arena, Nithet__V1__Submission *, shown + 1);
    for (size_t i = 0; out.submissions && i < shown; i++)
        out.submissions[out.n_submissions++] = submission_message(call->arena, &all[i]);
    if (count > limit)
        nt_continue_after(call, all[limit - 1].id);
    return nt_arena_exhausted(call->arena) ? nt_fail_memory() : nt_call_reply(call, &out.base);
}

enum { CELL_COMMENTS_MAX = 1000 };

/* What is said of single figures, for the step that comes next. */
static nt_status read_cells(nt_call *call, const Nithet__V1__TransitionRequest *r, unsigned step,
                            const nt_cell_comment **out) {
    nt_worker *w = nt_worker_of(call);
    nt_cell_comment *cells = NT_NEW_ARRAY(call->arena, nt_cell_comment, r->n_cells + 1);
    nt_violations faults;
    nt_violations_init(&faults, call->arena);
    if (!cells)
        return nt_fail_memory();
    if (r->n_cells && r->to != NITHET__V1__SUBMISSION_STATE__SUBMISSION_STATE_RETURNED)
        nt_violations_add(&faults, "cells", "NOT_RETURNED", "comments on figures go with RETURNED",
                          "ความเห็นรายช่องใช้กับการส่งคืนเท่านั้น");
    if (r->n_cells > CELL_COMMENTS_MAX)
        nt_violations_add(&faults, "cells", "TOO_MANY", "at most %d", "ไม่เกิน %d", CELL_COMMENTS_MAX);
    for (size_t i = 0; i < r->n_cells && !faults.total; i++) {
        const Nithet__V1__CellComment *m = r->cells[i];
        nt_breakdown breakdown;
        char path[48];
        snprintf(path, sizeof path, "cells[%zu].disaggregation", i);
        nt_status st = nt_breakdown_parse(call->arena, w->catalogue, path, m->disaggregation, &breakdown);
        if (!nt_ok(st))
            return st;
        snprintf(path, sizeof path, "cells[%zu].comment", i);
        if (!*m->comment || strlen(m->comment) > 2000)
            nt_violations_add(&faults, path, "REQUIRED", "say what is wrong with it, in at most 2000 bytes",
                              "ให้ระบุว่าผิดอย่างไร ไม่เกิน 2000 ไบต์");
        cells[i] = (nt_cell_comment){step, m->indicator, *m->org ? m->org : w->submission.org, breakdown.canonical,
                                     m->comment};
    }
    *out = cells;
    return nt_violations_status(&faults);
}

nt_status nt_transition(nt_call *call, const void *in) {
    const Nithet__V1__TransitionRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    const nt_cell_comment *cells = NULL;
    if (strlen(r->comment) > 4000)
        return nt_fail_field(call->arena, "comment", "TOO_LONG", "a comment has at most 4000 bytes",
                             "ความเห็นยาวได้ไม่เกิน 4000 ไบต์");
    nt_effect e = nt_effect_of(call, nt_chain_of(call->scope));
    nt_status st = nt_effect_begin(w->connection, call->arena, &e);
    if (!nt_ok(st) || e.replayed) {
        call->reply = e.reply;
        return st;
    }
    nt_submission s; /* read again: the chain's lock makes this one stand still */
    st = nt_store_submission_get(w->connection, call->arena, w->submission.id, &s);
    if (nt_ok(st))
        st = nt_workflow_step(call->arena, s.state, (nt_state)r->to, (nt_role)call->caller->role, r->comment);
    if (nt_ok(st))
        st = nt_store_submission_step(w->connection, call->arena, &s, (nt_state)r->to, call->caller->officer_id,
                                      call->received_at_us, r->comment);
    if (nt_ok(st))
        st = read_cells(call, r, s.step + 1, &cells);
    if (nt_ok(st))
        st = nt_store_cell_comments(w->connection, call->arena, s.id, cells, r->n_cells);
    if (nt_ok(st)) {
        s.state = (nt_state)r->to;
        Nithet__V1__TransitionResponse out = NITHET__V1__TRANSITION_RESPONSE__INIT;
        out.submission = submission_message(call->arena, &s);
        st = out.submission ? nt_call_reply(call, &out.base) : nt_fail_memory();
    }
    return nt_effect_end(call, &e, st, nt_arena_printf(call->arena, "submission/%lld", (long long)s.id));
}

nt_status nt_grant_extension(nt_call *call, const void *in) {
    const Nithet__V1__GrantExtensionRequest *r = in;
    nt_worker *w = nt_worker_of(call);
    nt_subject subject;
    nt_day day;
    nt_status st = nt_subject_resolve(call->arena, w->catalogue, "", r->form, r->org, r->period, &subject);
    if (nt_ok(st) && (!r->last_day || !nt_day_parse(r->last_day->iso, &day)))
        st = nt_fail_field(call->arena, "last_day", "BAD_DATE", "say until when: 2026-01-31",
                           "ให้ระบุวันสุดท้าย แบบ 2026-01-31");
    if (nt_ok(st) && (!*r->reason || strlen(r->reason) > 2000))
        st = nt_fail_field(call->arena, "reason", "REQUIRED", "say why, in at most 2000 bytes: it is kept on record",
                           "ให้ระบุเหตุผล ไม่เกิน 2000 ไบต์ ซึ่งจะเก็บเป็นหลักฐาน");
    if (!nt_ok(st))
        return st;
    nt_effect e = nt_effect_of(call, nt_chain_of(subject.org));
    st = nt_effect_begin(w->connection, call->arena, &e);
    if (!nt_ok(st) || e.replayed) {
        call->reply = e.reply;
        return st;
    }
    st = nt_store_extension_add(w->connection, call->arena, subject.form->id, subject.org->id, subject.period.code,
                                r->last_day->iso, r->reason, call->caller->officer_id, call->received_at_us);
    Nithet__V1__GrantExtensionResponse out = NITHET__V1__GRANT_EXTENSION_RESPONSE__INIT;
    if (nt_ok(st))
        st = nt_call_reply(call, &out.base);
    return nt_effect_end(call, &e, st,
                         nt_arena_printf(call->arena, "extension/%s/%s", subject.form->code, subject.period.code));
}
