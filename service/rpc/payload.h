/* Messages from and to bytes that nobody vouches for.
 *
 * Unpacking happens in an arena with a hard cap, because protobuf-c multiplies memory (2 MB of empty sub-messages take
 * 113 MB); and what protobuf-c lets pass is checked afterwards: broken UTF-8 in strings, enum numbers that have no
 * name. */
#ifndef NT_RPC_PAYLOAD_H
#define NT_RPC_PAYLOAD_H

#include "base/bytes.h"
#include "base/status.h"

#include <protobuf-c/protobuf-c.h>

/* INVALID_ARGUMENT, or RESOURCE_EXHAUSTED when the arena is full. `*out` lives in the arena. */
nt_status nt_payload_unpack(nt_arena *arena, const ProtobufCMessageDescriptor *type, nt_bytes data,
                            ProtobufCMessage **out);
/* RESOURCE_EXHAUSTED when the arena is full. */
nt_status nt_payload_pack(nt_arena *arena, const ProtobufCMessage *message, nt_bytes *out);
/* The fault as nithet.v1.ErrorDetails, at most 256 KiB; empty when OK. Caller frees the buffer. */
void nt_payload_error_details(nt_status st, nt_buffer *out);

#endif
