/* See payload.h. */
#include "rpc/payload.h"

#include "base/wire.h"

#include <stdio.h>

enum { PATH = 200, DETAILS_MAX = 240 * 1024 };

static void *arena_alloc(void *arena, size_t size) {
    return nt_arena_alloc(arena, size);
}

static void arena_free(void *arena, void *pointer) {
    (void)arena;
    (void)pointer; /* the arena takes everything back at once */
}

static nt_status check_message(nt_arena *arena, ProtobufCMessage *message, const char *path);

static nt_status check_value(nt_arena *arena, const ProtobufCFieldDescriptor *field, const void *value,
                             const char *path) {
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING: {
        const char *text = *(const char *const *)value;
        if (text && !nt_utf8_valid(nt_bytes_text(text)))
            return nt_fail_field(arena, path, "NOT_UTF8", "the text is not UTF-8: convert it before sending",
                                 "ข้อความไม่ใช่ UTF-8 ให้แปลงก่อนส่ง");
        return nt_success();
    }
    case PROTOBUF_C_TYPE_ENUM: {
        int number = *(const int *)value;
        if (!protobuf_c_enum_descriptor_get_value(field->descriptor, number))
            return nt_fail_field(arena, path, "UNKNOWN_ENUM", "%s has no number %d", "%s ไม่มีหมายเลข %d",
                                 ((const ProtobufCEnumDescriptor *)field->descriptor)->short_name, number);
        return nt_success();
    }
    case PROTOBUF_C_TYPE_MESSAGE: {
        ProtobufCMessage *inner = *(ProtobufCMessage *const *)value;
        return inner ? check_message(arena, inner, path) : nt_success();
    }
    default:
        return nt_success();
    }
}

static size_t element_size(ProtobufCType type) {
    return type == PROTOBUF_C_TYPE_ENUM ? sizeof(int) : sizeof(void *);
}

static nt_status check_message(nt_arena *arena, ProtobufCMessage *message, const char *path) {
    message->n_unknown_fields = 0; /* passed over: protobuf-c lets some in that it would not read back */
    const ProtobufCMessageDescriptor *type = message->descriptor;
    char inner[PATH];
    for (unsigned f = 0; f < type->n_fields; f++) {
        const ProtobufCFieldDescriptor *field = &type->fields[f];
        if (field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_ENUM &&
            field->type != PROTOBUF_C_TYPE_MESSAGE)
            continue;
        const char *base = (const char *)message;
        nt_status st = nt_success();
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            size_t count = *(const size_t *)(const void *)(base + field->quantifier_offset);
            const char *array = *(const char *const *)(const void *)(base + field->offset);
            for (size_t i = 0; i < count && nt_ok(st); i++) {
                snprintf(inner, sizeof inner, "%s%s%s[%zu]", path, *path ? "." : "", field->name, i);
                st = check_value(arena, field, array + i * element_size(field->type), inner);
            }
        } else {
            if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) &&
                *(const uint32_t *)(const void *)(base + field->quantifier_offset) != field->id)
                continue;
            snprintf(inner, sizeof inner, "%s%s%s", path, *path ? "." : "", field->name);
            st = check_value(arena, field, base + field->offset, inner);
        }
        if (!nt_ok(st))
            return st;
    }
    return nt_success();
}

nt_status nt_payload_unpack(nt_arena *arena, const ProtobufCMessageDescriptor *type, nt_bytes data,
                            ProtobufCMessage **out) {
    ProtobufCAllocator allocator = {arena_alloc, arena_free, arena};
    *out = protobuf_c_message_unpack(type, &allocator, data.size, data.data);
    if (!*out && nt_arena_exhausted(arena))
        return nt_fail_memory();
    if (!*out)
        return nt_fail_field(arena, "payload", "MALFORMED", "the payload is not a %s", "เนื้อหาไม่ใช่ข้อความชนิด %s",
                             type->name);
    return check_message(arena, *out, "");
}

nt_status nt_payload_pack(nt_arena *arena, const ProtobufCMessage *message, nt_bytes *out) {
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *room = nt_arena_alloc(arena, size);
    if (!room)
        return nt_fail_memory();
    protobuf_c_message_pack(message, room);
    *out = nt_bytes_of(room, size);
    return nt_success();
}

enum { TEXT_TH = 1, TEXT_EN = 2 };

static void put_localized(nt_buffer *out, uint32_t number, const char *th, const char *en) {
    nt_buffer text = {0};
    nt_wire_put_bytes(&text, TEXT_TH, nt_bytes_text(th));
    nt_wire_put_bytes(&text, TEXT_EN, nt_bytes_text(en));
    nt_wire_put_element(out, number, nt_bytes_of(text.data, text.size));
    nt_buffer_free(&text);
}

void nt_payload_error_details(nt_status st, nt_buffer *out) {
    enum { MESSAGE = 1, VIOLATIONS = 2, OMITTED = 3, RETRY = 4, RESOURCE = 5 };
    const nt_fault *fault = st.fault;
    if (nt_ok(st) || !fault)
        return;
    put_localized(out, MESSAGE, fault->th, fault->en);
    size_t omitted = fault->violations_omitted;
    for (const nt_violation *v = fault->violations; v; v = v->next) {
        if (out->size > DETAILS_MAX) {
            omitted++;
            continue;
        }
        nt_buffer one = {0};
        nt_wire_put_bytes(&one, 1, nt_bytes_text(v->path));
        nt_wire_put_bytes(&one, 2, nt_bytes_text(v->rule));
        put_localized(&one, 3, v->th, v->en);
        nt_wire_put_uint(&one, 4, (uint64_t)v->warning);
        nt_wire_put_element(out, VIOLATIONS, nt_bytes_of(one.data, one.size));
        nt_buffer_free(&one);
    }
    nt_wire_put_uint(out, OMITTED, omitted > UINT32_MAX ? UINT32_MAX : omitted);
    nt_wire_put_uint(out, RETRY, fault->retry_after_ms);
    if (fault->resource_type && fault->resource_name) {
        nt_buffer one = {0};
        nt_wire_put_bytes(&one, 1, nt_bytes_text(fault->resource_type));
        nt_wire_put_bytes(&one, 2, nt_bytes_text(fault->resource_name));
        nt_wire_put_element(out, RESOURCE, nt_bytes_of(one.data, one.size));
        nt_buffer_free(&one);
    }
}
