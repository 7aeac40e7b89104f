/* See exchange.h. The order of checks is the order of what they cost and of what they reveal. */
#include "rpc/exchange.h"

#include "base/clock.h"
#include "base/log.h"
#include "rpc/cursor.h"
#include "rpc/payload.h"

#include <sodium.h>

enum { ID_RANDOM = 16 };
#define SIGNED_EARLIER_US (INT64_C(30) * 86400 * 1000000)

void nt_session_id_key(const uint8_t service_key[32], uint8_t key[32]) {
    crypto_kdf_derive_from_key(key, 32, 1, "nt-sess ", service_key);
}

void nt_session_id_new(const uint8_t key[32], uint8_t id[NT_SESSION_ID_SIZE]) {
    randombytes_buf(id, ID_RANDOM);
    crypto_generichash(id + ID_RANDOM, NT_SESSION_ID_SIZE - ID_RANDOM, id, ID_RANDOM, key, 32);
}

int nt_session_id_genuine(const uint8_t key[32], nt_bytes id) {
    uint8_t mac[NT_SESSION_ID_SIZE - ID_RANDOM];
    if (id.size != NT_SESSION_ID_SIZE)
        return 0;
    crypto_generichash(mac, sizeof mac, id.data, ID_RANDOM, key, 32);
    return sodium_memcmp(mac, id.data + ID_RANDOM, sizeof mac) == 0;
}

static nt_status no_session(nt_arena *arena) {
    return nt_fail(arena, NT_UNAUTHENTICATED,
                   "the session is unknown, has ended or was revoked: open a new one (`nithet login` shows how)",
                   "ไม่พบเซสชัน หรือเซสชันสิ้นสุดหรือถูกเพิกถอนแล้ว ให้เปิดเซสชันใหม่ (ดู `nithet login`)");
}

static nt_status check_addressed(const nt_exchange *x, nt_arena *arena) {
    const nt_server_settings *s = x->setup->settings;
    const nt_proof_request *f = &x->request.fields;
    if (!nt_bytes_equal(f->audience, nt_bytes_text(s->audience)))
        return nt_fail(arena, NT_UNAUTHENTICATED, "the request is addressed to \"%.*s\", and this service is \"%s\"",
                       "คำขอนี้ส่งถึง \"%.*s\" แต่บริการนี้คือ \"%s\"", (int)f->audience.size, (const char *)f->audience.data,
                       s->audience);
    int64_t off = f->sent_at_us < 0 ? INT64_MIN : f->sent_at_us - x->received_at_us;
    if (off > (int64_t)s->clock_skew_ms * 1000 || off < -(int64_t)s->clock_skew_ms * 1000)
        return nt_fail(arena, NT_UNAUTHENTICATED,
                       "the request was made %lld seconds away from the service's clock, and %u are allowed: set the "
                       "sender's clock (NTP) and send again",
                       "คำขอมีเวลาต่างจากนาฬิกาของบริการ %lld วินาที (ยอมได้ %u วินาที) ให้ตั้งนาฬิกาเครื่องผู้ส่ง (NTP) แล้วส่งใหม่",
                       (long long)(off / 1000000), s->clock_skew_ms / 1000);
    if (!nt_session_id_genuine(x->setup->session_id_key, f->session_id))
        return no_session(arena);
    return nt_success();
}

nt_status nt_exchange_admit(nt_exchange *x, nt_arena *arena, const nt_exchange_setup *setup, nt_bytes message,
                            int64_t arrived_us) {
    const nt_server_settings *s = setup->settings;
    *x = (nt_exchange){.setup = setup,
                       .message = message,
                       .arrived_us = arrived_us,
                       .deadline_us = arrived_us + (int64_t)s->default_timeout_ms * 1000,
                       .received_at_us = nt_clock_wall_us()};
    nt_status st = nt_request_parse(arena, message, &x->request);
    if (!nt_ok(st))
        return st;
    const nt_proof_request *f = &x->request.fields;
    uint32_t timeout = f->timeout_ms ? f->timeout_ms : s->default_timeout_ms;
    x->deadline_us = arrived_us + (int64_t)(timeout < s->max_timeout_ms ? timeout : s->max_timeout_ms) * 1000;
    if (message.size > s->max_message_bytes)
        return nt_fail(
            arena, NT_RESOURCE_EXHAUSTED,
            "the message has %zu bytes, and %u is the most (ServerInfo.max_message_bytes): send it in chunks",
            "ข้อความยาว %zu ไบต์ เกินที่รับได้ %u ไบต์ (ServerInfo.max_message_bytes) ให้แบ่งส่ง", message.size,
            s->max_message_bytes);
    x->method = nt_methods_find(setup->methods, f->method);
    if (!x->method)
        return nt_fail(arena, NT_UNIMPLEMENTED, "there is no method \"%.*s\": see `nithet describe`",
                       "ไม่มีเมธอด \"%.*s\" ดูได้จาก `nithet describe`", (int)f->method.size, (const char *)f->method.data);
    unsigned flags = x->method->entry->flags;
    if ((flags & NT_METHOD_MUTATES) && !nt_ulid_valid(f->idempotency_key))
        return nt_fail_field(arena, "idempotency_key", "REQUIRED",
                             "%s changes something, and needs an idempotency key: a ULID of 26 characters",
                             "%s มีการเปลี่ยนแปลงข้อมูล ต้องมี idempotency key เป็น ULID 26 อักขระ", x->method->full_name);
    if (flags & NT_METHOD_OPEN)
        return nt_success();
    st = check_addressed(x, arena);
    if (nt_ok(st))
        x->has_caller = nt_session_cache_get(setup->sessions, f->session_id.data, &x->caller);
    return st;
}

int nt_exchange_runs_inline(const nt_exchange *x) {
    unsigned flags = x->method->entry->flags;
    return (flags & NT_METHOD_INLINE) && ((flags & NT_METHOD_OPEN) || x->has_caller);
}

static nt_status authenticate(nt_exchange *x, nt_arena *arena, void *worker) {
    const nt_proof_request *f = &x->request.fields;
    if (!x->has_caller) {
        uint64_t generation = nt_session_cache_generation(x->setup->sessions);
        nt_status st = x->setup->hooks->load_session(worker, arena, x->deadline_us, f->session_id.data, &x->caller);
        if (!nt_ok(st))
            return st;
        if (x->caller.expires_at_us <= x->received_at_us)
            return no_session(arena);
        nt_session_cache_put(x->setup->sessions, generation, f->session_id.data, &x->caller);
        x->has_caller = 1;
    }
    uint8_t tag[NT_TAG_SIZE];
    nt_proof_request_tag(f, x->caller.session_key, tag);
    if (!nt_proof_equal(tag, sizeof tag, x->request.tag))
        return nt_fail(arena, NT_UNAUTHENTICATED,
                       "the request's tag does not fit: it was changed on its way, or made with another session's key",
                       "แท็กของคำขอไม่ถูกต้อง คำขออาจถูกแก้ไขระหว่างทาง หรือใช้กุญแจของเซสชันอื่น");
    x->verified = 1;
    unsigned wait_ms = nt_rate_take(x->setup->rate, x->caller.key_id, nt_clock_monotonic_us());
    if (wait_ms)
        return nt_fail_retry(arena, NT_RESOURCE_EXHAUSTED, wait_ms, "over %u calls a second with one key: slow down",
                             "เรียกเกิน %u ครั้งต่อวินาทีด้วยกุญแจเดียว ให้เรียกช้าลง", x->setup->settings->calls_per_second);
    if (x->method->entry->flags & NT_METHOD_SIGNED) {
        uint8_t digest[NT_DIGEST_SIZE];
        int64_t waited_us = f->sent_at_us - nt_proof_signed_at(f);
        if (waited_us < 0 || waited_us > SIGNED_EARLIER_US)
            return nt_fail(
                arena, NT_UNAUTHENTICATED,
                "the request was signed %lld seconds before it was sent; from 0 to 30 days are allowed: sign "
                "it anew",
                "คำขอลงนามไว้ %lld วินาทีก่อนส่ง ยอมได้ไม่เกิน 30 วัน ให้ลงนามใหม่", (long long)(waited_us / 1000000));
        nt_proof_commitment(f, digest);
        if (!nt_proof_verify(digest, x->caller.public_key, f->signature))
            return nt_fail(arena, NT_UNAUTHENTICATED,
                           "%s commits the office to something, and must carry the officer's own signature",
                           "%s เป็นการผูกพันหน่วยงาน ต้องมีลายมือชื่อดิจิทัลของเจ้าหน้าที่", x->method->full_name);
    }
    return nt_success();
}

nt_status nt_exchange_run(nt_exchange *x, nt_arena *arena, void *worker, nt_call *call) {
    const nt_method_entry *entry = x->method->entry;
    *call = (nt_call){.arena = arena,
                      .method = x->method,
                      .request = &x->request.fields,
                      .tag = x->request.tag,
                      .worker = worker,
                      .service = x->setup->hooks->context,
                      .received_at_us = x->received_at_us,
                      .deadline_us = x->deadline_us};
    if (worker)
        x->setup->hooks->call_begin(worker, x->deadline_us);
    nt_status st = nt_call_check_deadline(call);
    if (nt_ok(st) && !(entry->flags & NT_METHOD_OPEN)) {
        st = authenticate(x, arena, worker);
        call->caller = &x->caller;
    }
    if (nt_ok(st) && x->request.fields.continuation.size)
        st = nt_cursor_open(call, x->setup->cursor_key, x->request.fields.continuation, &call->cursor);
    ProtobufCMessage *message = NULL;
    if (nt_ok(st))
        st = nt_payload_unpack(arena, x->method->descriptor->input, x->request.fields.payload, &message);
    if (nt_ok(st))
        st = x->setup->hooks->authorize(call, message);
    if (nt_ok(st))
        st = nt_call_check_deadline(call);
    if (nt_ok(st))
        st = entry->handler(call, message);
    if (nt_ok(st) && call->next_cursor.size)
        call->next_cursor = nt_cursor_seal(call, x->setup->cursor_key, call->next_cursor);
    if (worker)
        x->setup->hooks->call_end(call);
    x->sql_us = call->sql_us;
    return st;
}

static void log_call(const nt_exchange *x, nt_status st, int64_t duration_us, size_t reply_bytes) {
    nt_buffer line = {0};
    nt_buffer_printf(&line,
                     "{\"time\":%lld.%06lld,\"level\":\"%s\",\"request_id\":", (long long)(x->received_at_us / 1000000),
                     (long long)(x->received_at_us % 1000000), st.code == NT_INTERNAL ? "error" : "info");
    nt_log_quote(&line, x->request.fields.request_id);
    nt_buffer_printf(&line, ",\"caller\":\"%s\",\"method\":", x->verified ? x->caller.login : "");
    if (x->method)
        nt_buffer_printf(&line, "\"%s\"", x->method->full_name);
    else
        nt_log_quote(&line, x->request.fields.method);
    nt_buffer_printf(&line, ",\"status\":\"%s\",\"us\":%lld,\"sql_us\":%lld,\"in\":%zu,\"out\":%zu",
                     nt_code_name(st.code), (long long)duration_us, (long long)x->sql_us, x->message.size, reply_bytes);
    if (x->request.fields.idempotency_key.size) {
        nt_buffer_text(&line, ",\"key\":");
        nt_log_quote(&line,
                     x->request.fields.idempotency_key); /* as sent: where it is not needed, it may be anything */
    }
    if (x->request.traceparent.size) {
        nt_buffer_text(&line, ",\"traceparent\":");
        nt_log_quote(&line, x->request.traceparent);
    }
    if (!nt_ok(st) && st.fault) {
        nt_buffer_text(&line, ",\"error\":");
        nt_log_quote(&line, nt_bytes_text(st.fault->en));
    }
    nt_buffer_byte(&line, '}');
    if (!line.failed)
        nt_log_line(nt_bytes_of(line.data, line.size));
    nt_buffer_free(&line);
}

void nt_exchange_finish(nt_exchange *x, nt_status st, const nt_call *call, nt_buffer *head, nt_bytes *payload) {
    nt_buffer details = {0};
    nt_payload_error_details(st, &details);
    nt_reply reply = {.code = st.code,
                      .message = nt_ok(st) || !st.fault ? (nt_bytes){0} : nt_bytes_text(st.fault->en),
                      .details = nt_bytes_of(details.data, details.size),
                      .request_id = x->request.fields.request_id};
    if (nt_ok(st) && call) {
        reply.payload = call->reply;
        reply.continuation = call->next_cursor;
    }
    uint8_t tag[NT_TAG_SIZE];
    if (x->verified) {
        nt_proof_reply_tag(x->request.tag, (uint32_t)reply.code, reply.continuation, reply.details, reply.payload,
                           x->caller.session_key, tag);
        reply.tag = nt_bytes_of(tag, sizeof tag);
    }
    int64_t duration = nt_clock_monotonic_us() - x->arrived_us;
    nt_reply_write_head(head, &reply, duration);
    *payload = reply.payload;
    nt_buffer_free(&details);
    nt_metrics_count(x->setup->metrics, x->method, st.code, duration);
    log_call(x, st, duration, head->size + payload->size);
}
