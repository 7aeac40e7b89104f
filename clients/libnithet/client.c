/* The client: endpoints, the session, a call with its retries. */
#include "client.h"

#include "base/clock.h"
#include "base/keyfile.h"
#include "base/proof.h"
#include "link.h"
#include "rpc/envelope.h"

#include "nithet/v1/identity.pb-c.h"
#include "nithet/v1/server_info.pb-c.h"

#include <errno.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    ENDPOINTS_MAX = 16,
    DEFAULT_TIMEOUT_MS = 15000,
    CONNECT_MS = 3000,
    CONNECT_MS_OF_SEVERAL = 700,
    BACKOFF_FIRST_MS = 25,
    BACKOFF_MOST_MS = 2000,
    RENEW_BEFORE_US = 500 * 1000,
    CALL_ARENA = 512 << 20
};

typedef struct session {
    int open;
    uint8_t id[NT_SESSION_ID_SIZE];
    uint8_t key[NT_SESSION_KEY_SIZE];
    int64_t expires_us;
    unsigned generation;
} session;

struct nithet_client {
    nithet_link *links[ENDPOINTS_MAX];
    size_t link_count;
    unsigned timeout_ms;
    int has_key;
    uint8_t public_key[NT_PUBLIC_KEY_SIZE];
    uint8_t secret_key[NT_SECRET_KEY_SIZE];
    uint8_t key_id[NT_KEY_ID_SIZE];
    pthread_mutex_t lock; /* what follows */
    size_t current;       /* the endpoint that answered last */
    int has_info;
    nithet_server_info info;
    int service_key_pinned;
    int64_t clock_offset_us; /* the service's clock minus ours */
    session session;
    pthread_mutex_t opening; /* one thread at a time opens a session */
};

void nithet_new_key(char key[27]) {
    nt_ulid_new(key);
}

static nithet_code load_key(nithet_client *c, const char *path, nithet_error **error) {
    uint8_t seed[32];
    int rv = nt_keyfile_read(path, NT_KEYFILE_OFFICER, seed);
    if (rv == EACCES)
        return nithet_fail(error, NITHET_FAILED_PRECONDITION,
                           "%s: a key must be readable by its owner alone: chmod 600 it",
                           "%s: ไฟล์กุญแจต้องอ่านได้เฉพาะเจ้าของ ให้สั่ง chmod 600", path);
    if (rv)
        return nithet_fail(error, NITHET_FAILED_PRECONDITION,
                           "%s: no officer's key (%s): `nithet keys generate` makes one",
                           "%s: ไม่ใช่กุญแจเจ้าหน้าที่ (%s) สร้างได้ด้วย `nithet keys generate`", path, strerror(rv));
    crypto_sign_seed_keypair(c->public_key, c->secret_key, seed);
    sodium_memzero(seed, sizeof seed);
    nt_proof_key_id(c->public_key, c->key_id);
    c->has_key = 1;
    return NITHET_OK;
}

static nithet_code open_links(nithet_client *c, const nithet_options *o, nithet_error **error) {
    char *urls = strdup(o->endpoints ? o->endpoints : ""), *rest = NULL;
    nithet_code code = urls ? NITHET_OK : NITHET_RESOURCE_EXHAUSTED;
    for (char *url = urls ? strtok_r(urls, ", ", &rest) : NULL; url && code == NITHET_OK;
         url = strtok_r(NULL, ", ", &rest)) {
        int rv = NNG_ENOMEM;
        if (c->link_count == ENDPOINTS_MAX)
            code = nithet_fail(error, NITHET_INVALID_ARGUMENT, "at most %d endpoints", "ระบุปลายทางได้ไม่เกิน %d แห่ง",
                               ENDPOINTS_MAX);
        else if (!(c->links[c->link_count] = nithet_link_open(url, o->ca_file, o->client_cert_file, &rv)))
            code =
                nithet_fail(error, NITHET_INVALID_ARGUMENT,
                            "%s: %s: an endpoint is such as tcp://host:7400, or tls+tcp:// with a CA file",
                            "%s: %s ปลายทางเขียนแบบ tcp://host:7400 หรือ tls+tcp:// พร้อมไฟล์ CA", url, nng_strerror(rv));
        else
            c->link_count++;
    }
    free(urls);
    if (code == NITHET_OK && c->link_count == 0)
        code = nithet_fail(error, NITHET_INVALID_ARGUMENT, "no endpoint was given: such as tcp://host:7400",
                           "ไม่ได้ระบุปลายทาง เช่น tcp://host:7400");
    return code;
}

nithet_client *nithet_open(const nithet_options *options, nithet_error **error) {
    nithet_client *c = sodium_init() < 0 ? NULL : calloc(1, sizeof *c);
    if (!c) {
        nithet_fail_memory(error);
        return NULL;
    }
    pthread_mutex_init(&c->lock, NULL);
    pthread_mutex_init(&c->opening, NULL);
    c->timeout_ms = options->timeout_ms ? options->timeout_ms : DEFAULT_TIMEOUT_MS;
    if (options->service_key) {
        memcpy(c->info.service_key, options->service_key, NT_PUBLIC_KEY_SIZE);
        c->service_key_pinned = 1;
    }
    if ((options->key_file && load_key(c, options->key_file, error) != NITHET_OK) ||
        open_links(c, options, error) != NITHET_OK) {
        nithet_close(c);
        return NULL;
    }
    return c;
}

void nithet_close(nithet_client *c) {
    if (!c)
        return;
    if (c->session.open) {
        nithet_call_options o = {.timeout_ms = 1000};
        nithet_call(c, "nithet.v1.IdentityService/CloseSession", NULL, 0, &o, NULL, NULL);
    }
    for (size_t i = 0; i < c->link_count; i++)
        nithet_link_close(c->links[i]);
    pthread_mutex_destroy(&c->lock);
    pthread_mutex_destroy(&c->opening);
    sodium_memzero(c, sizeof *c);
    free(c);
}

static void pause_ms(int64_t ms) {
    if (ms > 0)
        nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static int64_t service_now(nithet_client *c) {
    pthread_mutex_lock(&c->lock);
    int64_t offset = c->clock_offset_us;
    pthread_mutex_unlock(&c->lock);
    return nt_clock_wall_us() + offset;
}

/* One call, and what is known of it from attempt to attempt. */
typedef struct attempt {
    nithet_client *client;
    const char *method;
    nt_bytes payload;
    const nithet_call_options *options;
    char key[27];
    char request_id[27];
    int64_t deadline_us;
    session session; /* a copy: the one that this attempt goes out with */
    uint8_t tag[NT_TAG_SIZE];
    uint8_t signature[NT_SIGNATURE_SIZE];
} attempt;

static void build_request(attempt *a, nt_buffer *out) {
    nithet_client *c = a->client;
    unsigned flags = a->options->flags;
    int64_t left = (a->deadline_us - nt_clock_monotonic_us()) / 1000;
    nt_request r = {.fields = {.method = nt_bytes_text(a->method),
                               .payload = a->payload,
                               .request_id = nt_bytes_text(a->request_id),
                               .continuation = nt_bytes_of(a->options->continuation, a->options->continuation_size),
                               .timeout_ms = left < 1 ? 1 : (uint32_t)left}};
    if (!(flags & NITHET_CALL_READ))
        r.fields.idempotency_key = nt_bytes_text(a->key);
    if (!(flags & NITHET_CALL_OPEN)) {
        r.fields.session_id = nt_bytes_of(a->session.id, NT_SESSION_ID_SIZE);
        r.fields.audience = nt_bytes_text(c->info.audience);
        r.fields.sent_at_us = service_now(c);
        if ((flags & NITHET_CALL_SIGNED) && a->options->signature) {
            r.fields.signed_at_us = a->options->signed_at_us;
            r.fields.signature = nt_bytes_of(a->options->signature, NT_SIGNATURE_SIZE);
        } else if (flags & NITHET_CALL_SIGNED) {
            uint8_t digest[NT_DIGEST_SIZE];
            nt_proof_commitment(&r.fields, digest);
            nt_proof_sign(digest, c->secret_key, a->signature);
            r.fields.signature = nt_bytes_of(a->signature, NT_SIGNATURE_SIZE);
        }
        nt_proof_request_tag(&r.fields, a->session.key, a->tag);
        r.tag = nt_bytes_of(a->tag, NT_TAG_SIZE);
    }
    nt_request_write(out, &r);
}

/* What came back must be of this request and, in a session, tagged; refusals alone may come from before the session was
 * known. */
static int reply_genuine(const attempt *a, const nt_reply *reply) {
    if (!nt_bytes_equal(reply->request_id, nt_bytes_text(a->request_id)) && reply->request_id.size)
        return 0;
    if (a->options->flags & NITHET_CALL_OPEN)
        return 1;
    if (reply->tag.size == 0)
        return reply->code != NT_OK;
    uint8_t tag[NT_TAG_SIZE];
    nt_proof_reply_tag(nt_bytes_of(a->tag, NT_TAG_SIZE), (uint32_t)reply->code, reply->continuation, reply->details,
                       reply->payload, a->session.key, tag);
    return nt_proof_equal(tag, sizeof tag, reply->tag);
}

static size_t endpoint_now(nithet_client *c) {
    pthread_mutex_lock(&c->lock);
    size_t i = c->current;
    pthread_mutex_unlock(&c->lock);
    return i;
}

/* The next one, unless another thread has moved on already. */
static void leave_endpoint(nithet_client *c, size_t failed) {
    pthread_mutex_lock(&c->lock);
    if (c->current == failed)
        c->current = (failed + 1) % c->link_count;
    pthread_mutex_unlock(&c->lock);
}

static nithet_code fail_link(nithet_client *c, size_t endpoint, nithet_link_result how, nithet_error **error) {
    const char *url = nithet_link_url(c->links[endpoint]);
    if (how == NITHET_LINK_LATE)
        return nithet_fail(error, NITHET_DEADLINE_EXCEEDED,
                           "%s did not answer in time; if something was to be changed, send it again with the same key "
                           "to learn whether it was",
                           "%s ไม่ตอบภายในเวลา หากเป็นการเปลี่ยนแปลงข้อมูล ให้ส่งซ้ำด้วย key เดิมเพื่อทราบผล", url);
    return nithet_fail(error, NITHET_UNAVAILABLE,
                       "%s cannot be reached: is the address right, is the service running, is there a network?",
                       "ติดต่อ %s ไม่ได้ ให้ตรวจสอบที่อยู่ บริการ และเครือข่าย", url);
}

static int worth_retrying(nithet_code code, unsigned retry_after_ms) {
    return code == NITHET_UNAVAILABLE ||
           ((code == NITHET_RESOURCE_EXHAUSTED || code == NITHET_ABORTED) && retry_after_ms);
}

static unsigned retry_after_of(nt_bytes details) {
    nithet_error *e = NULL;
    nithet_fail_details(&e, NITHET_UNKNOWN, (nt_bytes){0}, details);
    unsigned ms = e ? e->retry_after_ms : 0;
    nithet_error_free(e);
    return ms;
}

static nithet_code ensure_session(nithet_client *c, int64_t deadline_us, session *out, nithet_error **error);

static void drop_session(nithet_client *c, unsigned generation) {
    pthread_mutex_lock(&c->lock);
    if (c->session.generation == generation)
        c->session.open = 0;
    pthread_mutex_unlock(&c->lock);
}

static int fill_reply(nithet_reply *reply, const nt_reply *parsed) {
    if (!reply)
        return 1;
    *reply = (nithet_reply){malloc(parsed->payload.size + 1), parsed->payload.size, NULL, 0};
    if (!reply->payload)
        return 0;
    if (parsed->payload.size)
        memcpy(reply->payload, parsed->payload.data, parsed->payload.size);
    if (parsed->continuation.size) {
        reply->continuation = malloc(parsed->continuation.size);
        if (!reply->continuation)
            return 0;
        memcpy(reply->continuation, parsed->continuation.data, parsed->continuation.size);
        reply->continuation_size = parsed->continuation.size;
    }
    return 1;
}

void nithet_reply_clear(nithet_reply *reply) {
    free(reply->payload);
    free(reply->continuation);
    *reply = (nithet_reply){0};
}

typedef enum next_step { STEP_DONE, STEP_RETRY, STEP_NEW_SESSION } next_step;

/* One attempt. `error` is only set on the last one. */
static next_step try_once(attempt *a, nithet_reply *reply, nithet_code *code, unsigned *wait_ms, nithet_error **error) {
    nithet_client *c = a->client;
    size_t endpoint = endpoint_now(c);
    nt_buffer request = {0};
    build_request(a, &request);
    nng_msg *msg = NULL;
    nithet_link_result how =
        request.failed
            ? NITHET_LINK_NOT_SENT
            : nithet_link_exchange(c->links[endpoint], nt_bytes_of(request.data, request.size),
                                   c->link_count > 1 ? CONNECT_MS_OF_SEVERAL : CONNECT_MS, a->deadline_us, &msg);
    nt_buffer_free(&request);
    if (how != NITHET_LINK_OK) {
        leave_endpoint(c, endpoint);
        *code = fail_link(c, endpoint, how, error);
        return how == NITHET_LINK_LATE ? STEP_DONE : STEP_RETRY;
    }
    nt_reply parsed;
    next_step next = STEP_DONE;
    if (!nt_reply_parse(nt_bytes_of(nng_msg_body(msg), nng_msg_len(msg)), &parsed) || !reply_genuine(a, &parsed)) {
        *code = nithet_fail(
            error, NITHET_DATA_LOSS,
            "the reply from %s is not the service's: it was changed on its way, or something else answers there",
            "คำตอบจาก %s ไม่ใช่ของบริการ อาจถูกแก้ไขระหว่างทาง หรือมีโปรแกรมอื่นตอบแทน", nithet_link_url(c->links[endpoint]));
    } else if (parsed.code == NT_OK) {
        *code = fill_reply(reply, &parsed) ? NITHET_OK : nithet_fail_memory(error);
    } else {
        *wait_ms = retry_after_of(parsed.details);
        *code = nithet_fail_details(error, (nithet_code)parsed.code, parsed.message, parsed.details);
        if (worth_retrying(*code, *wait_ms))
            next = STEP_RETRY;
        if (*code == NITHET_UNAVAILABLE)
            leave_endpoint(c, endpoint);
        if (*code == NITHET_UNAUTHENTICATED && !(a->options->flags & NITHET_CALL_OPEN) && parsed.tag.size == 0)
            next = STEP_NEW_SESSION; /* it ended, or was made at another service */
    }
    nng_msg_free(msg);
    return next;
}

nithet_code nithet_client_sign(const nithet_client *c, const nt_proof_request *request,
                               uint8_t signature[NT_SIGNATURE_SIZE], nithet_error **error) {
    uint8_t digest[NT_DIGEST_SIZE];
    if (!c->has_key)
        return nithet_fail(error, NITHET_UNAUTHENTICATED, "this needs an officer's key, and none was given",
                           "ต้องใช้กุญแจเจ้าหน้าที่ แต่ไม่ได้ระบุไว้");
    nt_proof_commitment(request, digest);
    nt_proof_sign(digest, c->secret_key, signature);
    return NITHET_OK;
}

nithet_code nithet_call(nithet_client *c, const char *method, const void *payload, size_t size,
                        const nithet_call_options *options, nithet_reply *reply, nithet_error **error) {
    static const nithet_call_options none;
    attempt a = {
        .client = c, .method = method, .payload = nt_bytes_of(payload, size), .options = options ? options : &none};
    unsigned timeout = a.options->timeout_ms ? a.options->timeout_ms : c->timeout_ms;
    a.deadline_us = nt_clock_monotonic_us() + (int64_t)timeout * 1000;
    if (a.options->idempotency_key)
        snprintf(a.key, sizeof a.key, "%s", a.options->idempotency_key);
    else if (!(a.options->flags & NITHET_CALL_READ))
        nt_ulid_new(a.key);
    if (a.options->request_id)
        snprintf(a.request_id, sizeof a.request_id, "%s", a.options->request_id);
    else
        nt_ulid_new(a.request_id);
    unsigned backoff = BACKOFF_FIRST_MS;
    int sessions = 0;
    for (;;) {
        nithet_error *failure = NULL;
        nithet_code code = NITHET_OK;
        unsigned wait_ms = 0;
        next_step next = STEP_DONE;
        if (!(a.options->flags & NITHET_CALL_OPEN))
            code = ensure_session(c, a.deadline_us, &a.session, &failure);
        if (code == NITHET_OK)
            next = try_once(&a, reply, &code, &wait_ms, &failure);
        if (next == STEP_NEW_SESSION && sessions++ == 0)
            drop_session(c, a.session.generation);
        else if (next == STEP_NEW_SESSION)
            next = STEP_DONE;
        if (next == STEP_RETRY) {
            unsigned jitter = backoff / 2 + randombytes_uniform(backoff / 2 + 1);
            wait_ms = wait_ms > jitter ? wait_ms : jitter;
            backoff = backoff * 2 < BACKOFF_MOST_MS ? backoff * 2 : BACKOFF_MOST_MS;
        }
        if (next == STEP_DONE || nt_clock_monotonic_us() + (int64_t)wait_ms * 1000 >= a.deadline_us) {
            if (error && failure)
                *error = failure;
            else
                nithet_error_free(failure);
            return code;
        }
        nithet_error_free(failure);
        pause_ms(next == STEP_RETRY ? wait_ms : 0);
    }
}

nithet_code nithet_call_message(nithet_client *client, nt_arena *arena, const char *method, const ProtobufCMessage *in,
                                const nithet_call_options *options, const ProtobufCMessageDescriptor *type,
                                ProtobufCMessage **out, nt_bytes *continuation, nithet_error **error) {
    size_t size = protobuf_c_message_get_packed_size(in);
    uint8_t *packed = malloc(size + 1);
    if (!packed)
        return nithet_fail_memory(error);
    protobuf_c_message_pack(in, packed);
    nithet_call_options o = options ? *options : (nithet_call_options){0};
    if (continuation) {
        o.continuation = continuation->data;
        o.continuation_size = continuation->size;
    }
    nithet_reply reply = {0};
    nithet_code code = nithet_call(client, method, packed, size, &o, &reply, error);
    free(packed);
    if (code == NITHET_OK) {
        nt_status st = nt_payload_unpack(arena, type, nt_bytes_of(reply.payload, reply.payload_size), out);
        if (!nt_ok(st))
            code = nithet_fail_status(error, st);
    }
    if (continuation)
        *continuation = nt_bytes_of(
            reply.continuation_size ? nt_arena_memdup(arena, reply.continuation, reply.continuation_size) : NULL,
            reply.continuation_size);
    nithet_reply_clear(&reply);
    return code;
}

/* Who is the service? Asked once; its key is kept, and may not change under way. */
static nithet_code learn_service(nithet_client *c, unsigned timeout_ms, nithet_error **error) {
    nt_arena *arena = nt_arena_new(1 << 20);
    if (!arena)
        return nithet_fail_memory(error);
    Nithet__V1__GetServerInfoRequest request = NITHET__V1__GET_SERVER_INFO_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    nithet_call_options o = {.flags = NITHET_CALL_OPEN | NITHET_CALL_READ, .timeout_ms = timeout_ms};
    int64_t before = nt_clock_wall_us();
    nithet_code code = nithet_call_message(c, arena, "nithet.v1.ServerInfoService/GetServerInfo", &request.base, &o,
                                           &nithet__v1__get_server_info_response__descriptor, &message, NULL, error);
    const Nithet__V1__GetServerInfoResponse *info = (const void *)message;
    if (code == NITHET_OK && info->service_public_key.len != NT_PUBLIC_KEY_SIZE)
        code = nithet_fail(error, NITHET_DATA_LOSS, "the service gave no key of its own", "บริการไม่ได้ให้กุญแจของตน");
    if (code == NITHET_OK) {
        pthread_mutex_lock(&c->lock);
        if (c->service_key_pinned &&
            memcmp(c->info.service_key, info->service_public_key.data, NT_PUBLIC_KEY_SIZE) != 0)
            code = nithet_fail(error, NITHET_UNAUTHENTICATED,
                               "the service's key is not the one that is known: it is another service, or its key was "
                               "changed; ask the office before going on",
                               "กุญแจของบริการไม่ตรงกับที่รู้จัก อาจเป็นบริการอื่นหรือเปลี่ยนกุญแจ ให้สอบถามสำนักงานก่อนดำเนินการต่อ");
        else {
            memcpy(c->info.service_key, info->service_public_key.data, NT_PUBLIC_KEY_SIZE);
            c->service_key_pinned = 1;
            snprintf(c->info.version, sizeof c->info.version, "%s", info->version);
            snprintf(c->info.audience, sizeof c->info.audience, "%s", info->audience);
            c->info.max_message_bytes = info->max_message_bytes;
            c->info.max_observations_per_submit = info->max_observations_per_submit;
            c->info.max_observations_per_chunk = info->max_observations_per_chunk;
            c->info.max_page_size = info->max_page_size;
            c->info.server_time_us = info->server_time_us;
            /* A wrong clock here must not lock an office out: small differences are the network's, large ones are
             * bridged. */
            int64_t offset = info->server_time_us - (before + nt_clock_wall_us()) / 2;
            c->clock_offset_us = offset > 2000000 || offset < -2000000 ? offset : 0;
            c->has_info = 1;
        }
        pthread_mutex_unlock(&c->lock);
    }
    nt_arena_free(arena);
    return code;
}

nithet_code nithet_get_server_info(nithet_client *c, nithet_server_info *info, nithet_error **error) {
    nithet_code code = learn_service(c, 0, error);
    pthread_mutex_lock(&c->lock);
    if (code == NITHET_OK)
        *info = c->info;
    pthread_mutex_unlock(&c->lock);
    return code;
}

static nithet_code open_session(nithet_client *c, unsigned timeout_ms, nithet_error **error) {
    nt_arena *arena = nt_arena_new(1 << 20);
    uint8_t own_secret[32], own_public[32], digest[NT_DIGEST_SIZE], signature[NT_SIGNATURE_SIZE];
    if (!arena)
        return nithet_fail_memory(error);
    randombytes_buf(own_secret, sizeof own_secret);
    crypto_scalarmult_base(own_public, own_secret);
    int64_t now = service_now(c);
    nt_proof_open_session(nt_bytes_of(c->key_id, NT_KEY_ID_SIZE), nt_bytes_of(own_public, 32), now,
                          nt_bytes_text(c->info.audience), digest);
    nt_proof_sign(digest, c->secret_key, signature);
    Nithet__V1__OpenSessionRequest request = NITHET__V1__OPEN_SESSION_REQUEST__INIT;
    request.key_id = (ProtobufCBinaryData){NT_KEY_ID_SIZE, c->key_id};
    request.client_public = (ProtobufCBinaryData){32, own_public};
    request.sent_at_us = now;
    request.audience = c->info.audience;
    request.signature = (ProtobufCBinaryData){NT_SIGNATURE_SIZE, signature};
    ProtobufCMessage *message = NULL;
    nithet_call_options o = {.flags = NITHET_CALL_OPEN | NITHET_CALL_READ, .timeout_ms = timeout_ms};
    nithet_code code = nithet_call_message(c, arena, "nithet.v1.IdentityService/OpenSession", &request.base, &o,
                                           &nithet__v1__open_session_response__descriptor, &message, NULL, error);
    if (code == NITHET_OK) {
        const Nithet__V1__OpenSessionResponse *r = (const void *)message;
        session s = {.open = 1, .expires_us = r->expires_at_us};
        nt_proof_session(nt_bytes_of(signature, sizeof signature), nt_bytes_of(r->session_id.data, r->session_id.len),
                         nt_bytes_of(r->server_public.data, r->server_public.len), r->expires_at_us, digest);
        if (r->session_id.len != NT_SESSION_ID_SIZE || r->server_public.len != 32 ||
            !nt_proof_verify(digest, c->info.service_key, nt_bytes_of(r->signature.data, r->signature.len)) ||
            !nt_proof_session_key(own_secret, r->server_public.data, digest, s.key)) {
            code = nithet_fail(error, NITHET_UNAUTHENTICATED, "the answer is not signed by the service that is known",
                               "คำตอบไม่ได้ลงนามโดยบริการที่รู้จัก");
        } else {
            memcpy(s.id, r->session_id.data, NT_SESSION_ID_SIZE);
            pthread_mutex_lock(&c->lock);
            s.generation = c->session.generation + 1;
            c->session = s;
            pthread_mutex_unlock(&c->lock);
        }
        sodium_memzero(&s, sizeof s);
    }
    sodium_memzero(own_secret, sizeof own_secret);
    nt_arena_free(arena);
    return code;
}

static int copy_session(nithet_client *c, session *out) {
    pthread_mutex_lock(&c->lock);
    int good = c->session.open && c->session.expires_us - RENEW_BEFORE_US > nt_clock_wall_us() + c->clock_offset_us;
    if (good)
        *out = c->session;
    pthread_mutex_unlock(&c->lock);
    return good;
}

static nithet_code ensure_session(nithet_client *c, int64_t deadline_us, session *out, nithet_error **error) {
    if (copy_session(c, out))
        return NITHET_OK;
    if (!c->has_key)
        return nithet_fail(error, NITHET_UNAUTHENTICATED, "this needs an officer's key, and none was given",
                           "ต้องใช้กุญแจเจ้าหน้าที่ แต่ไม่ได้ระบุไว้");
    pthread_mutex_lock(&c->opening);
    nithet_code code = NITHET_OK;
    if (!copy_session(c, out)) {
        int64_t left = (deadline_us - nt_clock_monotonic_us()) / 1000;
        unsigned timeout = left < 1 ? 1 : (unsigned)left;
        pthread_mutex_lock(&c->lock);
        int known = c->has_info;
        pthread_mutex_unlock(&c->lock);
        if (!known)
            code = learn_service(c, timeout, error);
        if (code == NITHET_OK)
            code = open_session(c, timeout, error);
        if (code == NITHET_OK && !copy_session(c, out))
            code =
                nithet_fail(error, NITHET_UNAUTHENTICATED, "the session ended as soon as it began: is the clock right?",
                            "เซสชันหมดอายุทันที ให้ตรวจสอบนาฬิกาของเครื่อง");
    }
    pthread_mutex_unlock(&c->opening);
    return code;
}
