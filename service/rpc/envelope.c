/* See envelope.h. Field numbers are those of envelope.proto. */
#include "rpc/envelope.h"

#include "base/wire.h"

enum {
    REQUEST_METHOD = 1,
    REQUEST_PAYLOAD = 2,
    REQUEST_TIMEOUT_MS = 3,
    REQUEST_ID = 4,
    REQUEST_IDEMPOTENCY_KEY = 5,
    REQUEST_METADATA = 6,
    REQUEST_TRACEPARENT = 7,
    REQUEST_SESSION_ID = 8,
    REQUEST_SENT_AT_US = 9,
    REQUEST_AUDIENCE = 10,
    REQUEST_TAG = 11,
    REQUEST_SIGNATURE = 12,
    REQUEST_CONTINUATION = 13,
    REQUEST_SIGNED_AT_US = 14,
    REPLY_CODE = 1,
    REPLY_MESSAGE = 2,
    REPLY_DETAILS = 3,
    REPLY_PAYLOAD = 4,
    REPLY_TRAILERS = 5,
    REPLY_CONTINUATION = 6,
    REPLY_REQUEST_ID = 7,
    REPLY_TAG = 8
};

static nt_status refuse(nt_arena *arena, const char *field) {
    return nt_fail_field(arena, field, "MALFORMED",
                         "the envelope's %s is not as nithet/v1/envelope.proto says: check the program that sent it",
                         "ช่อง %s ของซองข้อความไม่เป็นไปตาม nithet/v1/envelope.proto ให้ตรวจสอบโปรแกรมที่ส่ง", field);
}

static int printable(nt_bytes text) {
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] < 0x20 || text.data[i] > 0x7e)
            return 0;
    return 1;
}

/* Where a length-delimited field of a request belongs, its most bytes, and whether it is printable ASCII. */
typedef struct text_rule {
    const char *name;
    size_t offset;
    size_t most;
    int ascii;
} text_rule;

#define AT(member) offsetof(nt_request, member)
static const text_rule TEXTS[] = {
    [REQUEST_METHOD] = {"method", AT(fields.method), NT_METHOD_NAME_MAX, 1},
    [REQUEST_PAYLOAD] = {"payload", AT(fields.payload), SIZE_MAX, 0},
    [REQUEST_ID] = {"request_id", AT(fields.request_id), NT_REQUEST_ID_MAX, 1},
    [REQUEST_IDEMPOTENCY_KEY] = {"idempotency_key", AT(fields.idempotency_key), 26, 1},
    [REQUEST_TRACEPARENT] = {"traceparent", AT(traceparent), NT_TRACEPARENT_MAX, 1},
    [REQUEST_SESSION_ID] = {"session_id", AT(fields.session_id), NT_SESSION_ID_SIZE, 0},
    [REQUEST_AUDIENCE] = {"audience", AT(fields.audience), NT_AUDIENCE_MAX, 1},
    [REQUEST_TAG] = {"tag", AT(tag), NT_TAG_SIZE, 0},
    [REQUEST_SIGNATURE] = {"signature", AT(fields.signature), NT_SIGNATURE_SIZE, 0},
    [REQUEST_CONTINUATION] = {"continuation", AT(fields.continuation), NT_CONTINUATION_MAX, 0},
};
enum { TEXT_COUNT = sizeof TEXTS / sizeof TEXTS[0] };

/* The name of the field that is wrong, or NULL. */
static const char *take_field(nt_request *out, const nt_wire_field *field, unsigned *seen) {
    uint32_t n = field->number;
    if (n >= TEXT_COUNT && n != REQUEST_SIGNED_AT_US)
        return NULL;
    if (n != REQUEST_METADATA) {
        if (*seen >> n & 1)
            return "repeated field";
        *seen |= 1u << n;
    }
    switch (n) {
    case REQUEST_TIMEOUT_MS:
        if (field->type != NT_WIRE_VARINT || field->value > UINT32_MAX)
            return "timeout_ms";
        out->fields.timeout_ms = (uint32_t)field->value;
        return NULL;
    case REQUEST_SENT_AT_US:
        if (field->type != NT_WIRE_FIXED64)
            return "sent_at_us";
        out->fields.sent_at_us = (int64_t)field->value;
        return NULL;
    case REQUEST_SIGNED_AT_US:
        if (field->type != NT_WIRE_FIXED64)
            return "signed_at_us";
        out->fields.signed_at_us = (int64_t)field->value;
        return NULL;
    case REQUEST_METADATA:
        if (field->type != NT_WIRE_BYTES || field->bytes.size > NT_METADATA_ENTRY_MAX ||
            out->metadata_count == NT_METADATA_MAX || !nt_utf8_valid(field->bytes))
            return "metadata";
        out->metadata[out->metadata_count++] = field->bytes;
        return NULL;
    default: {
        const text_rule *rule = &TEXTS[n];
        if (field->type != NT_WIRE_BYTES || field->bytes.size > rule->most || (rule->ascii && !printable(field->bytes)))
            return rule->name;
        *(nt_bytes *)(void *)((char *)out + rule->offset) = field->bytes;
        return NULL;
    }
    }
}

nt_status nt_request_parse(nt_arena *arena, nt_bytes message, nt_request *out) {
    *out = (nt_request){0};
    nt_wire_reader reader = nt_wire_read(message);
    nt_wire_field field;
    unsigned seen = 0;
    const char *wrong = NULL;
    while (nt_wire_next(&reader, &field)) {
        const char *fault = take_field(out, &field, &seen);
        if (fault && !wrong)
            wrong = fault;
    }
    if (reader.broken)
        return refuse(arena, "encoding");
    if (wrong)
        return refuse(arena, wrong);
    if (out->fields.method.size == 0)
        return refuse(arena, "method");
    return nt_success();
}

void nt_request_write(nt_buffer *out, const nt_request *request) {
    const nt_proof_request *f = &request->fields;
    nt_wire_put_bytes(out, REQUEST_METHOD, f->method);
    nt_wire_put_uint(out, REQUEST_TIMEOUT_MS, f->timeout_ms);
    nt_wire_put_bytes(out, REQUEST_ID, f->request_id);
    nt_wire_put_bytes(out, REQUEST_IDEMPOTENCY_KEY, f->idempotency_key);
    for (size_t i = 0; i < request->metadata_count; i++)
        nt_wire_put_element(out, REQUEST_METADATA, request->metadata[i]);
    nt_wire_put_bytes(out, REQUEST_TRACEPARENT, request->traceparent);
    nt_wire_put_bytes(out, REQUEST_SESSION_ID, f->session_id);
    nt_wire_put_fixed64(out, REQUEST_SENT_AT_US, (uint64_t)f->sent_at_us);
    nt_wire_put_bytes(out, REQUEST_AUDIENCE, f->audience);
    nt_wire_put_bytes(out, REQUEST_TAG, request->tag);
    nt_wire_put_bytes(out, REQUEST_SIGNATURE, f->signature);
    nt_wire_put_bytes(out, REQUEST_CONTINUATION, f->continuation);
    nt_wire_put_fixed64(out, REQUEST_SIGNED_AT_US, (uint64_t)f->signed_at_us);
    nt_wire_put_bytes(out, REQUEST_PAYLOAD, f->payload);
}

void nt_reply_write_head(nt_buffer *out, const nt_reply *reply, int64_t server_time_us) {
    char trailer[48] = "server-time-us=";
    size_t n = sizeof "server-time-us=" - 1;
    char digits[24];
    size_t d = 0;
    uint64_t rest = server_time_us > 0 ? (uint64_t)server_time_us : 0;
    do
        digits[d++] = (char)('0' + rest % 10);
    while (rest /= 10);
    while (d)
        trailer[n++] = digits[--d];
    nt_wire_put_uint(out, REPLY_CODE, (uint64_t)reply->code);
    nt_wire_put_bytes(out, REPLY_MESSAGE, reply->message);
    nt_wire_put_bytes(out, REPLY_DETAILS, reply->details);
    nt_wire_put_element(out, REPLY_TRAILERS, nt_bytes_of(trailer, n));
    nt_wire_put_bytes(out, REPLY_CONTINUATION, reply->continuation);
    nt_wire_put_bytes(out, REPLY_REQUEST_ID, reply->request_id);
    nt_wire_put_bytes(out, REPLY_TAG, reply->tag);
    if (reply->payload.size) {
        nt_wire_put_tag(out, REPLY_PAYLOAD, NT_WIRE_BYTES);
        nt_wire_put_varint(out, reply->payload.size);
    }
}

int nt_reply_parse(nt_bytes message, nt_reply *out) {
    *out = (nt_reply){0};
    nt_wire_reader reader = nt_wire_read(message);
    nt_wire_field field;
    while (nt_wire_next(&reader, &field)) {
        nt_bytes *text = NULL;
        switch (field.number) {
        case REPLY_CODE:
            if (field.type != NT_WIRE_VARINT)
                return 0;
            out->code = field.value < NT_CODE_COUNT ? (nt_code)field.value : NT_UNKNOWN;
            break;
        case REPLY_MESSAGE:
            text = &out->message;
            break;
        case REPLY_DETAILS:
            text = &out->details;
            break;
        case REPLY_PAYLOAD:
            text = &out->payload;
            break;
        case REPLY_CONTINUATION:
            text = &out->continuation;
            break;
        case REPLY_REQUEST_ID:
            text = &out->request_id;
            break;
        case REPLY_TAG:
            text = &out->tag;
            break;
        default:
            break;
        }
        if (text && field.type != NT_WIRE_BYTES)
            return 0;
        if (text)
            *text = field.bytes;
    }
    return !reader.broken;
}
