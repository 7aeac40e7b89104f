/* The envelope on the wire: parsed where it lies, without unpacking and without allocation. Used by both ends.
 * Contract: proto/nithet/v1/envelope.proto. */
#ifndef NT_RPC_ENVELOPE_H
#define NT_RPC_ENVELOPE_H

#include "base/proof.h"
#include "base/status.h"

enum {
    NT_METHOD_NAME_MAX = 128,
    NT_REQUEST_ID_MAX = 64,
    NT_METADATA_MAX = 16,
    NT_METADATA_ENTRY_MAX = 256,
    NT_TRACEPARENT_MAX = 64,
    NT_AUDIENCE_MAX = 128,
    NT_CONTINUATION_MAX = 4096
};

/* Borrows from the message. */
typedef struct nt_request {
    nt_proof_request fields;
    nt_bytes tag;
    nt_bytes traceparent;
    nt_bytes metadata[NT_METADATA_MAX];
    size_t metadata_count;
} nt_request;

typedef struct nt_reply {
    nt_code code;
    nt_bytes message;
    nt_bytes details;
    nt_bytes payload;
    nt_bytes continuation;
    nt_bytes request_id;
    nt_bytes tag;
} nt_reply;

/* INVALID_ARGUMENT names the field. What could be read of request_id is there also then, so that it can be answered. */
nt_status nt_request_parse(nt_arena *arena, nt_bytes message, nt_request *out);
void nt_request_write(nt_buffer *out, const nt_request *request);

/* All but the payload's bytes, which must follow directly. */
void nt_reply_write_head(nt_buffer *out, const nt_reply *reply, int64_t server_time_us);
/* 0 if it is no reply. */
int nt_reply_parse(nt_bytes message, nt_reply *out);

#endif
