/* See error.h. */
#include "error.h"

#include "base/wire.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct owned_error {
    nithet_error shown; /* first */
    nt_arena *arena;
} owned_error;

enum { ARENA_CAP = 16 << 20 };

const char *nithet_code_name(nithet_code code) {
    return nt_code_name((nt_code)code);
}

static owned_error *make(nithet_error **error, nithet_code code) {
    owned_error *e = error ? calloc(1, sizeof *e) : NULL;
    if (!e)
        return NULL;
    e->arena = nt_arena_new(ARENA_CAP);
    e->shown.code = code;
    e->shown.th = "หน่วยความจำไม่พอ";
    e->shown.en = "out of memory";
    if (!e->arena) {
        free(e);
        return NULL;
    }
    *error = &e->shown;
    return e;
}

void nithet_error_free(nithet_error *error) {
    owned_error *e = (owned_error *)(void *)error;
    if (!e)
        return;
    nt_arena_free(e->arena);
    free(e);
}

static const char *format_text(nt_arena *arena, const char *format, va_list args) {
    char text[1024];
    va_list again;
    va_copy(again, args);
    vsnprintf(text, sizeof text, format, again);
    va_end(again);
    nt_utf8_repair(text);
    const char *copy = nt_arena_strdup(arena, text);
    return copy ? copy : "";
}

nithet_code nithet_fail(nithet_error **error, nithet_code code, const char *en, const char *th, ...) {
    owned_error *e = make(error, code);
    if (!e)
        return code;
    va_list args;
    va_start(args, th);
    e->shown.en = format_text(e->arena, en, args);
    e->shown.th = format_text(e->arena, th, args);
    va_end(args);
    return code;
}

nithet_code nithet_fail_memory(nithet_error **error) {
    make(error, NITHET_RESOURCE_EXHAUSTED);
    return NITHET_RESOURCE_EXHAUSTED;
}

static const char *take_text(nt_arena *arena, nt_bytes bytes) {
    const char *copy = nt_arena_strndup(arena, bytes.data ? (const char *)bytes.data : "", bytes.size);
    return copy ? copy : "";
}

static void take_localized(nt_arena *arena, nt_bytes bytes, const char **th, const char **en) {
    nt_wire_reader reader = nt_wire_read(bytes);
    nt_wire_field f;
    while (nt_wire_next(&reader, &f))
        if (f.type == NT_WIRE_BYTES && f.number == 1)
            *th = take_text(arena, f.bytes);
        else if (f.type == NT_WIRE_BYTES && f.number == 2)
            *en = take_text(arena, f.bytes);
}

static void take_violation(nt_arena *arena, nt_bytes bytes, nithet_violation *v) {
    nt_wire_reader reader = nt_wire_read(bytes);
    nt_wire_field f;
    *v = (nithet_violation){"", "", "", "", 0};
    while (nt_wire_next(&reader, &f)) {
        if (f.number == 4 && f.type == NT_WIRE_VARINT)
            v->warning = f.value != 0;
        if (f.type != NT_WIRE_BYTES)
            continue;
        if (f.number == 1)
            v->path = take_text(arena, f.bytes);
        else if (f.number == 2)
            v->rule = take_text(arena, f.bytes);
        else if (f.number == 3)
            take_localized(arena, f.bytes, &v->th, &v->en);
    }
}

static size_t count_violations(nt_bytes details) {
    nt_wire_reader reader = nt_wire_read(details);
    nt_wire_field f;
    size_t n = 0;
    while (nt_wire_next(&reader, &f))
        n += f.number == 2 && f.type == NT_WIRE_BYTES;
    return n;
}

nithet_code nithet_fail_details(nithet_error **error, nithet_code code, nt_bytes message, nt_bytes details) {
    owned_error *e = make(error, code);
    if (!e)
        return code;
    e->shown.from_service = 1;
    e->shown.en = e->shown.th = take_text(e->arena, message);
    nithet_violation *all = NT_NEW_ARRAY(e->arena, nithet_violation, count_violations(details) + 1);
    nt_wire_reader reader = nt_wire_read(details);
    nt_wire_field f;
    while (all && nt_wire_next(&reader, &f)) {
        if (f.number == 1 && f.type == NT_WIRE_BYTES)
            take_localized(e->arena, f.bytes, &e->shown.th, &e->shown.en);
        else if (f.number == 2 && f.type == NT_WIRE_BYTES)
            take_violation(e->arena, f.bytes, &all[e->shown.violation_count++]);
        else if (f.number == 3 && f.type == NT_WIRE_VARINT)
            e->shown.violations_omitted = (size_t)f.value;
        else if (f.number == 4 && f.type == NT_WIRE_VARINT)
            e->shown.retry_after_ms = (unsigned)f.value;
    }
    e->shown.violations = all;
    return code;
}

nithet_code nithet_fail_status(nithet_error **error, nt_status st) {
    owned_error *e = make(error, (nithet_code)st.code);
    if (!e || !st.fault)
        return (nithet_code)st.code;
    e->shown.en = take_text(e->arena, nt_bytes_text(st.fault->en));
    e->shown.th = take_text(e->arena, nt_bytes_text(st.fault->th));
    size_t n = 0;
    for (const nt_violation *v = st.fault->violations; v; v = v->next)
        n++;
    nithet_violation *all = NT_NEW_ARRAY(e->arena, nithet_violation, n + 1);
    for (const nt_violation *v = st.fault->violations; all && v; v = v->next)
        all[e->shown.violation_count++] = (nithet_violation){
            take_text(e->arena, nt_bytes_text(v->path)), take_text(e->arena, nt_bytes_text(v->rule)),
            take_text(e->arena, nt_bytes_text(v->th)), take_text(e->arena, nt_bytes_text(v->en)), v->warning};
    e->shown.violations = all;
    e->shown.violations_omitted = st.fault->violations_omitted;
    return (nithet_code)st.code;
}
