/* See message_json.h. */
#include "message_json.h"

#include "base/wire.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { DEPTH_MAX = 32 };

static int refuse(char fault[300], const schema_field *f, const char *what) {
    snprintf(fault, 300, "%s: %s", f->name, what);
    return 0;
}

static int write_message(const schema_message *type, const json_t *json, nt_buffer *out, char fault[300], int depth);

static int take_integer(const json_t *json, int64_t *value) {
    if (json_is_integer(json)) {
        *value = json_integer_value(json);
        return 1;
    }
    if (!json_is_string(json))
        return 0;
    char *end;
    const char *text = json_string_value(json);
    *value = text[0] == '-' ? strtoll(text, &end, 10) : (int64_t)strtoull(text, &end, 10);
    return *text && !*end;
}

static int write_enum(const schema_field *f, const json_t *json, nt_buffer *out, char fault[300]) {
    int64_t number = -1;
    const char *name = json_string_value(json);
    for (size_t i = 0; f->enumeration && name && i < f->enumeration->count; i++) {
        /* `ACCEPTED` will do for `SUBMISSION_STATE_ACCEPTED`. */
        const char *full = f->enumeration->values[i].name;
        size_t a = strlen(full), b = strlen(name);
        if (strcmp(full, name) == 0 || (a > b && full[a - b - 1] == '_' && strcasecmp(full + a - b, name) == 0))
            number = f->enumeration->values[i].number;
    }
    if (number < 0 && !take_integer(json, &number))
        return refuse(fault, f, "no such name in the enum");
    nt_wire_put_tag(out, f->number, NT_WIRE_VARINT);
    nt_wire_put_varint(out, (uint64_t)number);
    return 1;
}

static int write_bytes(const schema_field *f, const json_t *json, nt_buffer *out, char fault[300]) {
    const char *text = json_string_value(json);
    size_t room = text ? strlen(text) : 0, size = 0;
    uint8_t *raw = malloc(room + 1);
    if (!text || !raw ||
        sodium_base642bin(raw, room, text, room, "\r\n ", &size, NULL, sodium_base64_VARIANT_ORIGINAL) != 0) {
        free(raw);
        return refuse(fault, f, "bytes are written in base64");
    }
    nt_wire_put_element(out, f->number, nt_bytes_of(raw, size));
    free(raw);
    return 1;
}

static int write_number(const schema_field *f, const json_t *json, nt_buffer *out, char fault[300]) {
    int64_t v = 0;
    if (f->type == SCHEMA_BOOL) {
        if (!json_is_boolean(json))
            return refuse(fault, f, "true or false");
        v = json_is_true(json);
    } else if (!take_integer(json, &v)) {
        return refuse(fault, f, "a whole number");
    }
    switch (f->type) {
    case SCHEMA_FIXED64:
    case SCHEMA_SFIXED64: {
        uint8_t raw[8];
        for (int i = 0; i < 8; i++)
            raw[i] = (uint8_t)((uint64_t)v >> (8 * i));
        nt_wire_put_tag(out, f->number, NT_WIRE_FIXED64);
        nt_buffer_append(out, raw, 8);
        return 1;
    }
    case SCHEMA_SINT32:
    case SCHEMA_SINT64:
        nt_wire_put_tag(out, f->number, NT_WIRE_VARINT);
        nt_wire_put_varint(out, ((uint64_t)v << 1) ^ (uint64_t)(v >> 63));
        return 1;
    case SCHEMA_INT32:
    case SCHEMA_INT64:
    case SCHEMA_UINT32:
    case SCHEMA_UINT64:
    case SCHEMA_BOOL:
        nt_wire_put_tag(out, f->number, NT_WIRE_VARINT);
        nt_wire_put_varint(out, (uint64_t)v);
        return 1;
    default:
        return refuse(fault, f, "this type cannot be written");
    }
}

static int write_value(const schema_field *f, const json_t *json, nt_buffer *out, char fault[300], int depth) {
    switch (f->type) {
    case SCHEMA_MESSAGE: {
        nt_buffer inner = {0};
        int ok = f->message && write_message(f->message, json, &inner, fault, depth + 1);
        if (ok)
            nt_wire_put_element(out, f->number, nt_bytes_of(inner.data, inner.size));
        nt_buffer_free(&inner);
        return ok;
    }
    case SCHEMA_ENUM:
        return write_enum(f, json, out, fault);
    case SCHEMA_STRING:
        if (!json_is_string(json))
            return refuse(fault, f, "a text in quotes");
        nt_wire_put_element(out, f->number, nt_bytes_of(json_string_value(json), json_string_length(json)));
        return 1;
    case SCHEMA_BYTES:
        return write_bytes(f, json, out, fault);
    default:
        return write_number(f, json, out, fault);
    }
}

static const schema_field *field_named(const schema_message *type, const char *name) {
    for (size_t i = 0; i < type->count; i++)
        if (strcmp(type->fields[i].name, name) == 0)
            return &type->fields[i];
    return NULL;
}

static int write_message(const schema_message *type, const json_t *json, nt_buffer *out, char fault[300], int depth) {
    if (!json_is_object(json) || depth > DEPTH_MAX) {
        snprintf(fault, 300, "%s is written as {...}", type->name);
        return 0;
    }
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)json, name, value) {
        const schema_field *f = field_named(type, name);
        if (!f) {
            snprintf(fault, 300, "%s has no field \"%.60s\"", type->name, name);
            return 0;
        }
        if (json_is_null(value))
            continue;
        if (!f->repeated) {
            if (!write_value(f, value, out, fault, depth))
                return 0;
            continue;
        }
        if (!json_is_array(value))
            return refuse(fault, f, "is repeated: write [...]");
        for (size_t i = 0; i < json_array_size(value); i++)
            if (!write_value(f, json_array_get(value, i), out, fault, depth))
                return 0;
    }
    return !out->failed;
}

int message_from_json(const schema_message *type, const json_t *json, nt_buffer *out, char fault[300]) {
    *fault = '\0';
    return write_message(type, json, out, fault, 0);
}

static json_t *read_message(const schema_message *type, nt_bytes bytes, int depth);

static json_t *enum_json(const schema_field *f, int64_t number) {
    for (size_t i = 0; f->enumeration && i < f->enumeration->count; i++)
        if (f->enumeration->values[i].number == number)
            return json_string(f->enumeration->values[i].name);
    return json_integer(number);
}

static json_t *number_json(const schema_field *f, uint64_t raw) {
    switch (f->type) {
    case SCHEMA_BOOL:
        return json_boolean(raw != 0);
    case SCHEMA_ENUM:
        return enum_json(f, (int64_t)raw);
    case SCHEMA_SINT32:
    case SCHEMA_SINT64:
        return json_integer(nt_wire_zigzag(raw));
    case SCHEMA_SFIXED32:
    case SCHEMA_INT32:
        return json_integer((int32_t)raw);
    default:
        return json_integer((json_int_t)raw);
    }
}

static json_t *bytes_json(nt_bytes b) {
    size_t room = sodium_base64_ENCODED_LEN(b.size, sodium_base64_VARIANT_ORIGINAL);
    char *text = malloc(room);
    if (!text)
        return NULL;
    sodium_bin2base64(text, room, b.data ? b.data : (const uint8_t *)"", b.size, sodium_base64_VARIANT_ORIGINAL);
    json_t *json = json_string(text);
    free(text);
    return json;
}

static void keep(json_t *object, const schema_field *f, json_t *value) {
    if (!value)
        return;
    if (!f->repeated) {
        json_object_set_new(object, f->name, value);
        return;
    }
    json_t *list = json_object_get(object, f->name);
    if (!list) {
        list = json_array();
        json_object_set_new(object, f->name, list);
    }
    json_array_append_new(list, value);
}

static int read_field(json_t *object, const schema_field *f, const nt_wire_field *w, int depth) {
    if (w->type != NT_WIRE_BYTES) {
        keep(object, f, number_json(f, w->value));
        return 1;
    }
    switch (f->type) {
    case SCHEMA_STRING:
        keep(object, f, json_stringn((const char *)w->bytes.data, w->bytes.size));
        return 1;
    case SCHEMA_BYTES:
        keep(object, f, bytes_json(w->bytes));
        return 1;
    case SCHEMA_MESSAGE: {
        json_t *inner = f->message ? read_message(f->message, w->bytes, depth + 1) : NULL;
        keep(object, f, inner);
        return inner != NULL;
    }
    default: { /* packed */
        nt_wire_reader packed = nt_wire_read(w->bytes);
        uint64_t v;
        while (packed.at < packed.end && nt_wire_varint(&packed, &v))
            keep(object, f, number_json(f, v));
        return !packed.broken;
    }
    }
}

static json_t *read_message(const schema_message *type, nt_bytes bytes, int depth) {
    json_t *object = depth > DEPTH_MAX ? NULL : json_object();
    nt_wire_reader r = nt_wire_read(bytes);
    nt_wire_field w;
    while (object && nt_wire_next(&r, &w))
        for (size_t i = 0; i < type->count; i++)
            if (type->fields[i].number == w.number && !read_field(object, &type->fields[i], &w, depth))
                r.broken = 1;
    if (r.broken) {
        json_decref(object);
        return NULL;
    }
    return object;
}

json_t *message_to_json(const schema_message *type, nt_bytes bytes) {
    return read_message(type, bytes, 0);
}
