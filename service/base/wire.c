/* See wire.h. */
#include "base/wire.h"

nt_wire_reader nt_wire_read(nt_bytes message) {
    static const uint8_t nothing[1];
    const uint8_t *at = message.data ? message.data : nothing;
    return (nt_wire_reader){at, at + message.size, 0};
}

int nt_wire_varint(nt_wire_reader *reader, uint64_t *value) {
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
        if (reader->broken || reader->at == reader->end)
            break;
        uint8_t b = *reader->at++;
        if (shift == 63 && b > 1)
            break;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80)) {
            *value = v;
            return 1;
        }
    }
    reader->broken = 1;
    return 0;
}

static int read_fixed(nt_wire_reader *reader, unsigned size, uint64_t *value) {
    if ((size_t)(reader->end - reader->at) < size) {
        reader->broken = 1;
        return 0;
    }
    uint64_t v = 0;
    for (unsigned i = 0; i < size; i++)
        v |= (uint64_t)reader->at[i] << (8 * i);
    reader->at += size;
    *value = v;
    return 1;
}

int nt_wire_next(nt_wire_reader *reader, nt_wire_field *field) {
    uint64_t tag, length;
    if (reader->broken || reader->at == reader->end)
        return 0;
    if (!nt_wire_varint(reader, &tag))
        return 0;
    *field = (nt_wire_field){.number = (uint32_t)(tag >> 3), .type = (int)(tag & 7)};
    if (field->number == 0 || tag >> 3 > 536870911) {
        reader->broken = 1;
        return 0;
    }
    switch (field->type) {
    case NT_WIRE_VARINT:
        return nt_wire_varint(reader, &field->value);
    case NT_WIRE_FIXED64:
        return read_fixed(reader, 8, &field->value);
    case NT_WIRE_FIXED32:
        return read_fixed(reader, 4, &field->value);
    case NT_WIRE_BYTES:
        if (!nt_wire_varint(reader, &length))
            return 0;
        if (length > (uint64_t)(reader->end - reader->at))
            break;
        field->bytes = nt_bytes_of(reader->at, (size_t)length);
        reader->at += length;
        return 1;
    default:
        break;
    }
    reader->broken = 1;
    return 0;
}

void nt_wire_put_varint(nt_buffer *out, uint64_t value) {
    uint8_t *room = nt_buffer_reserve(out, 10);
    if (!room)
        return;
    size_t n = 0;
    while (value >= 0x80) {
        room[n++] = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    room[n++] = (uint8_t)value;
    out->size += n;
}

void nt_wire_put_tag(nt_buffer *out, uint32_t number, int type) {
    nt_wire_put_varint(out, (uint64_t)number << 3 | (unsigned)type);
}

void nt_wire_put_uint(nt_buffer *out, uint32_t number, uint64_t value) {
    if (value == 0)
        return;
    nt_wire_put_tag(out, number, NT_WIRE_VARINT);
    nt_wire_put_varint(out, value);
}

void nt_wire_put_fixed64(nt_buffer *out, uint32_t number, uint64_t value) {
    if (value == 0)
        return;
    uint8_t raw[8];
    for (int i = 0; i < 8; i++)
        raw[i] = (uint8_t)(value >> (8 * i));
    nt_wire_put_tag(out, number, NT_WIRE_FIXED64);
    nt_buffer_append(out, raw, 8);
}

void nt_wire_put_element(nt_buffer *out, uint32_t number, nt_bytes value) {
    nt_wire_put_tag(out, number, NT_WIRE_BYTES);
    nt_wire_put_varint(out, value.size);
    nt_buffer_append(out, value.data, value.size);
}

void nt_wire_put_bytes(nt_buffer *out, uint32_t number, nt_bytes value) {
    if (value.size)
        nt_wire_put_element(out, number, value);
}
