/* The protobuf wire format, field by field, without unpacking: for the flat envelope, which is read before anyone knows
 * who sent it, and for descriptors that are only known at run time. Allocates nothing but the writer's buffer.
 * Source: https://protobuf.dev/programming-guides/encoding/ */
#ifndef NT_BASE_WIRE_H
#define NT_BASE_WIRE_H

#include "base/bytes.h"

enum { NT_WIRE_VARINT = 0, NT_WIRE_FIXED64 = 1, NT_WIRE_BYTES = 2, NT_WIRE_FIXED32 = 5 };

typedef struct nt_wire_reader {
    const uint8_t *at;
    const uint8_t *end;
    int broken; /* set once anything malformed was met; then every read says "no more" */
} nt_wire_reader;

typedef struct nt_wire_field {
    uint32_t number;
    int type;       /* NT_WIRE_... */
    uint64_t value; /* varint, fixed64, fixed32 */
    nt_bytes bytes; /* length-delimited: borrows from the message */
} nt_wire_field;

nt_wire_reader nt_wire_read(nt_bytes message);
/* 1 and the next field; 0 at the end or when broken. Groups and field number 0 are malformed. */
int nt_wire_next(nt_wire_reader *reader, nt_wire_field *field);
/* A bare varint, as in packed fields. */
int nt_wire_varint(nt_wire_reader *reader, uint64_t *value);

static inline int64_t nt_wire_zigzag(uint64_t v) {
    return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

/* Writers leave out what is empty or zero, as proto3 does. */
void nt_wire_put_varint(nt_buffer *out, uint64_t value);
void nt_wire_put_tag(nt_buffer *out, uint32_t number, int type);
void nt_wire_put_uint(nt_buffer *out, uint32_t number, uint64_t value);
void nt_wire_put_fixed64(nt_buffer *out, uint32_t number, uint64_t value);
void nt_wire_put_bytes(nt_buffer *out, uint32_t number, nt_bytes value);
/* Written even if empty: for repeated fields and messages. */
void nt_wire_put_element(nt_buffer *out, uint32_t number, nt_bytes value);

#endif
