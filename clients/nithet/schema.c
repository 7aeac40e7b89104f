/* See schema.h. Field numbers are those of google/protobuf/descriptor.proto. */
#include "schema.h"

#include "base/wire.h"

enum { DEPTH_MAX = 8, PATH_MAX_PARTS = 8, MOST = 2000 };

/* Comments are told by path: the numbers of fields and places that lead to a thing from the file's root. */
typedef struct comment {
    int32_t path[PATH_MAX_PARTS];
    size_t length;
    const char *text;
} comment;

typedef struct parser {
    nt_arena *arena;
    schema *out;
    const char *package;
    comment *comments;
    size_t comment_count;
} parser;

static const char *text(nt_arena *arena, nt_bytes b) {
    const char *copy = nt_arena_strndup(arena, b.data ? (const char *)b.data : "", b.size);
    return copy ? copy : "";
}

static void parse_location(parser *p, nt_bytes bytes) {
    comment c = {.text = NULL};
    nt_wire_reader r = nt_wire_read(bytes);
    nt_wire_field f;
    while (nt_wire_next(&r, &f)) {
        if (f.number == 1 && f.type == NT_WIRE_BYTES) {
            nt_wire_reader packed = nt_wire_read(f.bytes);
            uint64_t v;
            while (packed.at < packed.end && nt_wire_varint(&packed, &v)) {
                if (c.length == PATH_MAX_PARTS)
                    return;
                c.path[c.length++] = (int32_t)v;
            }
        } else if (f.number == 3 && f.type == NT_WIRE_BYTES) {
            c.text = text(p->arena, f.bytes);
        }
    }
    if (c.text && p->comment_count < MOST)
        p->comments[p->comment_count++] = c;
}

static const char *comment_at(const parser *p, const int32_t *path, size_t length) {
    for (size_t i = 0; i < p->comment_count; i++)
        if (p->comments[i].length == length && memcmp(p->comments[i].path, path, length * sizeof *path) == 0)
            return p->comments[i].text;
    return "";
}

static const char *full_name(const parser *p, const char *name) {
    const char *full = *p->package ? nt_arena_printf(p->arena, "%s.%s", p->package, name) : name;
    return full ? full : "";
}

static void parse_field(parser *p, nt_bytes bytes, schema_field *out) {
    nt_wire_reader r = nt_wire_read(bytes);
    nt_wire_field f;
    out->type_name = "";
    while (nt_wire_next(&r, &f)) {
        if (f.number == 1)
            out->name = text(p->arena, f.bytes);
        else if (f.number == 3)
            out->number = (uint32_t)f.value;
        else if (f.number == 4)
            out->repeated = f.value == 3;
        else if (f.number == 5)
            out->type = (schema_type)f.value;
        else if (f.number == 6 && f.bytes.size) /* begins with a dot */
            out->type_name = text(p->arena, nt_bytes_of(f.bytes.data + 1, f.bytes.size - 1));
    }
}

static size_t count_of(nt_bytes bytes, uint32_t number) {
    nt_wire_reader r = nt_wire_read(bytes);
    nt_wire_field f;
    size_t n = 0;
    while (nt_wire_next(&r, &f))
        n += f.number == number && f.type == NT_WIRE_BYTES;
    return n;
}

static void parse_message(parser *p, nt_bytes bytes, int32_t index) {
    if (p->out->message_count == MOST)
        return;
    schema_message *m = &p->out->messages[p->out->message_count++];
    int32_t path[4] = {4, index, 2, 0};
    m->name = "";
    m->fields = NT_NEW_ARRAY(p->arena, schema_field, count_of(bytes, 2) + 1);
    m->comment = comment_at(p, path, 2);
    nt_wire_reader r = nt_wire_read(bytes);
    nt_wire_field f;
    while (m->fields && nt_wire_next(&r, &f)) {
        if (f.number == 1) {
            m->name = full_name(p, text(p->arena, f.bytes));
        } else if (f.number == 2) {
            path[3] = (int32_t)m->count;
            m->fields[m->count].comment = comment_at(p, path, 4);
            parse_field(p, f.bytes, &m->fields[m->count++]);
        }
    }
}

static void parse_enum(parser *p, nt_bytes bytes, int32_t index) {
    if (p->out->enum_count == MOST)
        return;
    schema_enum *e = &p->out->enums[p->out->enum_count++];
    int32_t path[4] = {5, index, 2, 0};
    e->name = "";
    e->values = NT_NEW_ARRAY(p->arena, schema_value, count_of(bytes, 2) + 1);
    e->comment = comment_at(p, path, 2);
    nt_wire_reader r = nt_wire_read(bytes);
    nt_wire_field f, v;
    while (e->values && nt_wire_next(&r, &f)) {
        if (f.number == 1) {
            e->name = full_name(p, text(p->arena, f.bytes));
        } else if (f.number == 2) {
            schema_value *value = &e->values[e->count];
            path[3] = (int32_t)e->count++;
            value->comment = comment_at(p, path, 4);
            value->name = "";
            nt_wire_reader inner = nt_wire_read(f.bytes);
            while (nt_wire_next(&inner, &v))
                if (v.number == 1)
                    value->name = text(p->arena, v.bytes);
                else if (v.number == 2)
                    value->number = (int32_t)v.value;
        }
    }
}

static void parse_service(parser *p, nt_bytes bytes, int32_t index) {
    if (p->out->service_count == MOST)
        return;
    schema_service *s = &p->out->services[p->out->service_count++];
    int32_t path[4] = {6, index, 2, 0};
    s->name = "";
    s->methods = NT_NEW_ARRAY(p->arena, schema_method, count_of(bytes, 2) + 1);
    s->comment = comment_at(p, path, 2);
    nt_wire_reader r = nt_wire_read(bytes);
    nt_wire_field f, v;
    while (s->methods && nt_wire_next(&r, &f)) {
        if (f.number == 1) {
            s->name = full_name(p, text(p->arena, f.bytes));
        } else if (f.number == 2) {
            schema_method *m = &s->methods[s->count];
            path[3] = (int32_t)s->count++;
            *m = (schema_method){"", "", "", comment_at(p, path, 4)};
            nt_wire_reader inner = nt_wire_read(f.bytes);
            while (nt_wire_next(&inner, &v)) {
                if (v.number == 1)
                    m->name = text(p->arena, v.bytes);
                else if (v.number == 2 && v.bytes.size)
                    m->input = text(p->arena, nt_bytes_of(v.bytes.data + 1, v.bytes.size - 1));
                else if (v.number == 3 && v.bytes.size)
                    m->output = text(p->arena, nt_bytes_of(v.bytes.data + 1, v.bytes.size - 1));
            }
        }
    }
}

static int parse_file(parser *p, nt_bytes bytes) {
    nt_wire_field f, inner;
    p->package = "";
    p->comment_count = 0;
    nt_wire_reader r = nt_wire_read(bytes);
    while (nt_wire_next(&r, &f)) {
        if (f.number == 2 && f.type == NT_WIRE_BYTES)
            p->package = text(p->arena, f.bytes);
        if (f.number == 9 && f.type == NT_WIRE_BYTES) {
            nt_wire_reader info = nt_wire_read(f.bytes);
            while (nt_wire_next(&info, &inner))
                if (inner.number == 1 && inner.type == NT_WIRE_BYTES)
                    parse_location(p, inner.bytes);
        }
    }
    int32_t index[3] = {0};
    nt_wire_reader again = nt_wire_read(bytes);
    while (nt_wire_next(&again, &f)) {
        if (f.type != NT_WIRE_BYTES)
            continue;
        if (f.number == 4)
            parse_message(p, f.bytes, index[0]++);
        else if (f.number == 5)
            parse_enum(p, f.bytes, index[1]++);
        else if (f.number == 6)
            parse_service(p, f.bytes, index[2]++);
    }
    return !r.broken && !again.broken;
}

const schema *schema_parse(nt_arena *arena, nt_bytes set) {
    schema *s = NT_NEW(arena, schema);
    parser p = {.arena = arena, .out = s, .comments = NT_NEW_ARRAY(arena, comment, MOST)};
    if (!s || !p.comments)
        return NULL;
    s->messages = NT_NEW_ARRAY(arena, schema_message, MOST);
    s->enums = NT_NEW_ARRAY(arena, schema_enum, MOST);
    s->services = NT_NEW_ARRAY(arena, schema_service, MOST);
    if (!s->messages || !s->enums || !s->services)
        return NULL;
    nt_wire_reader r = nt_wire_read(set);
    nt_wire_field f;
    while (nt_wire_next(&r, &f))
        if (f.number == 1 && f.type == NT_WIRE_BYTES && !parse_file(&p, f.bytes))
            return NULL;
    for (size_t m = 0; m < s->message_count; m++)
        for (size_t k = 0; k < s->messages[m].count; k++) {
            schema_field *field = &s->messages[m].fields[k];
            if (field->type == SCHEMA_MESSAGE)
                field->message = schema_find_message(s, field->type_name);
            else if (field->type == SCHEMA_ENUM)
                field->enumeration = schema_find_enum(s, field->type_name);
        }
    return r.broken || nt_arena_exhausted(arena) ? NULL : s;
}

static int named(const char *full, const char *wanted) {
    size_t a = strlen(full), b = strlen(wanted);
    return strcmp(full, wanted) == 0 || (a > b && full[a - b - 1] == '.' && strcmp(full + a - b, wanted) == 0);
}

const schema_message *schema_find_message(const schema *s, const char *name) {
    for (size_t i = 0; i < s->message_count; i++)
        if (named(s->messages[i].name, name))
            return &s->messages[i];
    return NULL;
}

const schema_enum *schema_find_enum(const schema *s, const char *name) {
    for (size_t i = 0; i < s->enum_count; i++)
        if (named(s->enums[i].name, name))
            return &s->enums[i];
    return NULL;
}

const schema_service *schema_find_service(const schema *s, const char *name) {
    for (size_t i = 0; i < s->service_count; i++)
        if (named(s->services[i].name, name))
            return &s->services[i];
    return NULL;
}

const schema_method *schema_find_method(const schema *s, const char *name, const schema_service **service) {
    char head[200];
    const char *cut = strrchr(name, '/');
    if (!cut)
        cut = strrchr(name, '.');
    if (!cut || (size_t)(cut - name) >= sizeof head)
        return NULL;
    memcpy(head, name, (size_t)(cut - name));
    head[cut - name] = '\0';
    *service = schema_find_service(s, head);
    for (size_t i = 0; *service && i < (*service)->count; i++)
        if (strcmp((*service)->methods[i].name, cut + 1) == 0)
            return &(*service)->methods[i];
    return NULL;
}

const char *schema_type_name(const schema_field *f) {
    static const char *const names[] = {"",        "double",   "float",    "int64",  "uint64",  "int32", "fixed64",
                                        "fixed32", "bool",     "string",   "group",  "message", "bytes", "uint32",
                                        "enum",    "sfixed32", "sfixed64", "sint32", "sint64"};
    if (f->type == SCHEMA_MESSAGE || f->type == SCHEMA_ENUM)
        return f->type_name;
    return f->type >= 1 && f->type <= SCHEMA_SINT64 ? names[f->type] : "unknown";
}
