/* See intake.h. */
#include "api/intake.h"

#include "api/message.h"

#include <stdio.h>

nt_status nt_intake_open(nt_call *call, const nt_subject *subject) {
    const nt_form *form = subject->form;
    nt_day closes = subject->period.last + (nt_day)(form->due_days + form->grace_days), extended;
    if (!form->locks || nt_day_in_thailand(call->received_at_us) <= closes)
        return nt_success();
    const char *last_day = "";
    nt_status st = nt_store_extension_get(nt_worker_of(call)->connection, call->arena, form->id, subject->org->id,
                                          subject->period.code, &last_day);
    if (!nt_ok(st) || (nt_day_parse(last_day, &extended) && nt_day_in_thailand(call->received_at_us) <= extended))
        return st;
    char text[NT_DATE_TEXT];
    nt_day_format(closes, text);
    return nt_fail(call->arena, NT_FAILED_PRECONDITION,
                   "%s of form %s was locked after %s%s%s: ask the regional office for an extension",
                   "งวด %s ของแบบรายงาน %s ปิดรับหลังวันที่ %s%s%s ให้ขอขยายเวลาจากสำนักงานศึกษาธิการภาค", subject->period.code,
                   form->code, text, *last_day ? " / " : "", last_day);
}

nt_status nt_intake_begin(nt_intake *k, nt_call *call, const Nithet__V1__SubmissionStatement *statement) {
    nt_worker *w = nt_worker_of(call);
    const nt_org *province = call->scope;
    *k = (nt_intake){.call = call, .statement = statement, .effect = nt_effect_of(call, nt_chain_of(province))};
    nt_status st = nt_effect_begin(w->connection, call->arena, &k->effect);
    if (!nt_ok(st) || k->effect.replayed) {
        call->reply = k->effect.reply;
        return st;
    }
    nt_violations_init(&k->faults, call->arena);
    st = nt_subject_resolve(call->arena, w->catalogue, "statement.", statement->form, statement->org, statement->period,
                            &k->subject);
    if (!nt_ok(st))
        return st;
    k->checker = nt_checker_new(call->arena, w->catalogue, &k->subject);
    k->content = nt_content_digest_new(call->arena);
    if (!k->checker || !k->content)
        return nt_fail_memory();
    const nt_period *period = &k->subject.period;
    char first[NT_DATE_TEXT], last[NT_DATE_TEXT];
    nt_day_format(period->first, first);
    nt_day_format(period->last, last);
    unsigned latest = 0;
    nt_submission *s = &k->submission;
    st = nt_intake_open(call, &k->subject);
    if (!nt_ok(st))
        return st;
    st = nt_store_submission_next(w->connection, call->arena, k->subject.form->id, province->id, period->code, &latest,
                                  &s->id);
    if (!nt_ok(st))
        return st;
    if (latest && !*statement->reason)
        nt_violations_add(&k->faults, "statement.reason", "REQUIRED",
                          "%s has revision %u of this already: a correction says why (`--reason`)",
                          "%s ส่งข้อมูลนี้แล้วถึงฉบับที่ %u การแก้ไขต้องระบุเหตุผล (`--reason`)", province->code, latest);
    if (strlen(statement->reason) > 2000)
        nt_violations_add(&k->faults, "statement.reason", "TOO_LONG", "a reason has at most 2000 bytes",
                          "เหตุผลยาวได้ไม่เกิน 2000 ไบต์");
    s->form_id = k->subject.form->id;
    s->form_version = k->subject.form->version;
    s->form = k->subject.form->code;
    s->org_id = province->id;
    s->org = province->code;
    s->period = nt_arena_strdup(call->arena, period->code);
    s->first_day = nt_arena_strdup(call->arena, first);
    s->last_day = nt_arena_strdup(call->arena, last);
    s->revision = latest + 1;
    s->reason = statement->reason;
    s->generation = w->catalogue->generation;
    s->officer_id = call->caller->officer_id;
    s->officer = call->caller->login;
    s->key_id = nt_bytes_of(call->caller->key_id, NT_KEY_ID_SIZE);
    s->received_us = call->received_at_us;
    s->late = nt_day_in_thailand(call->received_at_us) > period->last + (nt_day)k->subject.form->due_days;
    s->state = NT_STATE_SUBMITTED;
    s->chain = k->effect.chain;
    s->position = k->effect.position;
    return s->period && s->first_day && s->last_day ? st : nt_fail_memory();
}

nt_status nt_intake_digest(nt_arena *arena, const nt_observations *set, uint32_t **order, int *sorted,
                           uint8_t digest[NT_DIGEST_SIZE], nt_violations *faults) {
    size_t doubled;
    *order = nt_observations_order(arena, set, sorted, &doubled);
    if (!*order)
        return nt_fail_memory();
    if (doubled < set->count) {
        char path[64];
        uint32_t first = (*order)[doubled], second = (*order)[doubled + 1];
        snprintf(path, sizeof path, "observations[%u]", second);
        nt_violations_add(
            faults, path, "DOUBLED_CELL", "%s of %s%s%s stands twice: here and at observations[%u]; keep one",
            "%s ของ %s%s%s ซ้ำ ทั้งที่นี่และที่ observations[%u] ให้เหลือรายการเดียว", set->indicators[set->indicator[second]],
            set->orgs[set->org[second]], *set->breakdowns[set->breakdown[second]] ? " " : "",
            set->breakdowns[set->breakdown[second]], first);
    }
    nt_observations_digest(set, *order, digest);
    return nt_success();
}

nt_status nt_intake_check(nt_intake *k, nt_arena *arena, const nt_observations *set, uint32_t **order,
                          nt_checked *checked) {
    uint8_t digest[NT_DIGEST_SIZE], count[8];
    int sorted;
    nt_status st = nt_checker_chunk(k->checker, arena, set, &k->faults, checked);
    if (nt_ok(st))
        st = nt_intake_digest(arena, set, order, &sorted, digest, &k->faults);
    if (!nt_ok(st))
        return st;
    nt_content_digest_add(k->content, set->count, digest);
    for (int i = 0; i < 8; i++)
        count[i] = (uint8_t)((uint64_t)set->count >> (8 * i));
    nt_buffer_append(&k->chunks, count, sizeof count);
    nt_buffer_append(&k->chunks, digest, sizeof digest);
    k->count += (int64_t)set->count;
    return k->chunks.failed ? nt_fail_memory() : st;
}

nt_status nt_intake_look_back(nt_call *call, nt_checker *checker, const nt_subject *subject) {
    nt_worker *w = nt_worker_of(call);
    nt_judge *judge = nt_checker_judge(checker);
    nt_period periods[NT_HISTORY_PERIODS];
    enum { MOST = 256 };
    int32_t indicators[MOST];
    const char *codes[NT_HISTORY_PERIODS];
    size_t count = nt_judge_history(judge, periods),
           indicator_count = nt_judge_history_indicators(judge, indicators, MOST);
    if (count == 0 || indicator_count == 0)
        return nt_success();
    for (size_t i = 0; i < count; i++)
        codes[i] = periods[i].code;
    nt_past_filter filter = {subject->form->id, subject->org->id, codes, count, indicators, indicator_count};
    nt_past_figure *past;
    size_t found;
    nt_status st = nt_store_past_figures(w->connection, call->arena, &filter, &past, &found);
    for (size_t i = 0; nt_ok(st) && i < found; i++) {
        const nt_org *org = nt_catalogue_org_by_id(w->catalogue, past[i].org_id);
        const nt_indicator *indicator = nt_catalogue_indicator_by_id(w->catalogue, past[i].indicator_id);
        if (org && indicator &&
            !nt_judge_remember(judge, org, indicator, past[i].breakdown, past[i].period, past[i].value))
            st = nt_fail_memory();
    }
    return st;
}

nt_status nt_intake_judge(nt_intake *k) {
    nt_completeness completeness;
    nt_status st = nt_intake_look_back(k->call, k->checker, &k->subject);
    if (nt_ok(st))
        st = nt_checker_end(k->checker, &k->faults, &completeness);
    if (!nt_ok(st))
        return st;
    k->submission.completeness = completeness;
    return nt_violations_status(&k->faults);
}

static nt_status check_statement(nt_intake *k, const uint8_t digest[NT_DIGEST_SIZE]) {
    if ((int64_t)k->statement->observations != k->count)
        nt_violations_add(&k->faults, "statement.observations", "COUNT_DIFFERS",
                          "the statement says %llu figures, and %lld came",
                          "statement ระบุ %llu รายการ แต่ได้รับ %lld รายการ",
                          (unsigned long long)k->statement->observations, (long long)k->count);
    if (!nt_bytes_equal(nt_view(k->statement->content_digest), nt_bytes_of(digest, NT_DIGEST_SIZE)))
        nt_violations_add(&k->faults, "statement.content_digest", "DIGEST_DIFFERS",
                          "the digest is not that of the figures which came: they were changed, or digested otherwise "
                          "than libnithet does",
                          "ค่าย่อยไม่ตรงกับข้อมูลที่ได้รับ ข้อมูลอาจถูกแก้ไข หรือคำนวณไม่ตรงกับ libnithet");
    return nt_violations_status(&k->faults);
}

static Nithet__V1__Receipt *make_receipt(nt_intake *k) {
    nt_call *call = k->call;
    Nithet__V1__Receipt *r = NT_NEW(call->arena, Nithet__V1__Receipt);
    uint8_t *signature = nt_arena_alloc(call->arena, NT_SIGNATURE_SIZE);
    char *key_id = nt_arena_alloc(call->arena, 2 * NT_KEY_ID_SIZE + 1);
    if (!r || !signature || !key_id)
        return NULL;
    nithet__v1__receipt__init(r);
    const nt_submission *s = &k->submission;
    nt_hex(call->caller->key_id, NT_KEY_ID_SIZE, key_id);
    r->submission_id = (uint64_t)s->id;
    r->statement = (Nithet__V1__SubmissionStatement *)(uintptr_t)k->statement;
    r->revision = s->revision;
    r->received_at_us = s->received_us;
    r->officer = nt_text(s->officer);
    r->key_id = key_id;
    r->audit_position = (uint64_t)k->effect.position;
    r->audit_hash = nt_data(nt_bytes_of(k->effect.hash, NT_DIGEST_SIZE));
    nt_proof_receipt_fields fields = {.submission_id = r->submission_id,
                                      .form = nt_bytes_text(k->statement->form),
                                      .org = nt_bytes_text(k->statement->org),
                                      .period = nt_bytes_text(k->statement->period),
                                      .reason = nt_bytes_text(k->statement->reason),
                                      .observations = k->statement->observations,
                                      .content_digest = nt_view(k->statement->content_digest),
                                      .revision = s->revision,
                                      .received_at_us = s->received_us,
                                      .officer = nt_bytes_text(s->officer),
                                      .key_id = nt_bytes_text(key_id),
                                      .audit_position = r->audit_position,
                                      .audit_hash = nt_view(r->audit_hash)};
    uint8_t digest[NT_DIGEST_SIZE];
    nt_proof_receipt(&fields, digest);
    nt_proof_sign(digest, nt_service_of(call)->keys.sign_secret, signature);
    r->signature = nt_data(nt_bytes_of(signature, NT_SIGNATURE_SIZE));
    return r;
}

nt_status nt_intake_end(nt_intake *k, nt_status (*reply)(nt_call *call, Nithet__V1__Receipt *receipt),
                        const nt_command *last, size_t last_count) {
    nt_call *call = k->call;
    uint8_t digest[NT_DIGEST_SIZE];
    nt_content_digest_end(k->content, digest);
    nt_status st = check_statement(k, digest);
    if (!nt_ok(st))
        return st;
    k->submission.observations = k->count;
    k->submission.content_digest = nt_bytes_of(digest, sizeof digest);
    k->submission.chunks = nt_bytes_of(k->chunks.data, k->chunks.size);
    nt_effect_subject(&k->effect, nt_arena_printf(call->arena, "submission/%lld", (long long)k->submission.id));
    Nithet__V1__Receipt *receipt = k->effect.subject ? make_receipt(k) : NULL;
    st = receipt ? reply(call, receipt) : nt_fail_memory();
    if (!nt_ok(st))
        return st;
    nt_params params[NT_SUBMISSION_COMMANDS] = {0};
    nt_command commands[NT_SUBMISSION_COMMANDS + 4];
    nt_store_submission_commands(&k->submission, params, commands);
    for (size_t i = 0; i < last_count; i++)
        commands[NT_SUBMISSION_COMMANDS + i] = last[i];
    return nt_effect_commit(nt_worker_of(call)->connection, call->arena, &k->effect, call->reply, commands,
                            NT_SUBMISSION_COMMANDS + last_count);
}

nt_status nt_intake_leave(nt_intake *k, nt_status st) {
    nt_buffer_free(&k->chunks);
    if (!nt_ok(st))
        nt_effect_abandon(nt_worker_of(k->call)->connection, k->call->arena);
    return st;
}
