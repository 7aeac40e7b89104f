/* Faults in two languages. See status.h. */
#include "base/status.h"

#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const CODE_NAMES[NT_CODE_COUNT] = {
    "OK",        "CANCELLED",       "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS",  "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",    "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED",
};

static const nt_fault NO_MEMORY = {
    .en = "the request needs more memory than one request may have: send less at a time",
    .th = "คำขอนี้ใช้หน่วยความจำเกินกว่าที่หนึ่งคำขอใช้ได้ กรุณาส่งทีละน้อยลง",
};

const char *nt_code_name(nt_code code) {
    return (unsigned)code < NT_CODE_COUNT ? CODE_NAMES[code] : CODE_NAMES[NT_UNKNOWN];
}

nt_status nt_fail_memory(void) {
    return (nt_status){NT_RESOURCE_EXHAUSTED, &NO_MEMORY};
}

static const char *format_text(nt_arena *arena, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = n < 0 ? NULL : nt_arena_alloc(arena, (size_t)n + 1);
    if (!text)
        return NULL;
    va_copy(again, args);
    vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    nt_utf8_repair(text);
    return text;
}

static nt_status make_fault(nt_arena *arena, nt_code code, nt_fault seed, const char *en, const char *th,
                            va_list args) {
    nt_fault *fault = nt_arena_alloc(arena, sizeof *fault);
    if (!fault)
        return (nt_status){code, &NO_MEMORY};
    *fault = seed;
    fault->en = format_text(arena, en, args);
    fault->th = format_text(arena, th, args);
    if (!fault->en || !fault->th) {
        fault->en = NO_MEMORY.en;
        fault->th = NO_MEMORY.th;
    }
    return (nt_status){code, fault};
}

nt_status nt_fail(nt_arena *arena, nt_code code, const char *en, const char *th, ...) {
    va_list args;
    va_start(args, th);
    nt_status st = make_fault(arena, code, (nt_fault){0}, en, th, args);
    va_end(args);
    return st;
}

nt_status nt_fail_retry(nt_arena *arena, nt_code code, unsigned retry_after_ms, const char *en, const char *th, ...) {
    va_list args;
    va_start(args, th);
    nt_status st = make_fault(arena, code, (nt_fault){.retry_after_ms = retry_after_ms}, en, th, args);
    va_end(args);
    return st;
}

nt_status nt_fail_resource(nt_arena *arena, nt_code code, const char *type, const char *name, const char *en,
                           const char *th, ...) {
    va_list args;
    va_start(args, th);
    nt_fault seed = {.resource_type = type, .resource_name = nt_arena_strdup(arena, name)};
    nt_status st = make_fault(arena, code, seed, en, th, args);
    va_end(args);
    return st;
}

void nt_violations_init(nt_violations *list, nt_arena *arena) {
    *list = (nt_violations){.arena = arena};
}

static void add_violation(nt_violations *list, const char *path, const char *rule, const char *en, const char *th,
                          va_list args) {
    list->total++;
    if (list->kept == NT_VIOLATIONS_KEPT)
        return;
    nt_violation *v = NT_NEW(list->arena, nt_violation);
    if (!v)
        return;
    v->path = nt_arena_strdup(list->arena, path);
    v->rule = rule;
    v->en = format_text(list->arena, en, args);
    v->th = format_text(list->arena, th, args);
    if (!v->path || !v->en || !v->th)
        return;
    if (list->last)
        list->last->next = v;
    else
        list->first = v;
    list->last = v;
    list->kept++;
}

void nt_violations_add(nt_violations *list, const char *path, const char *rule, const char *en, const char *th, ...) {
    va_list args;
    va_start(args, th);
    add_violation(list, path, rule, en, th, args);
    va_end(args);
}

void nt_violations_copy(nt_violations *list, const char *path, const char *rule, const char *en, const char *th,
                        int warning) {
    size_t kept = list->kept;
    const char *copied = nt_arena_strdup(list->arena, rule);
    nt_violations_add(list, path, copied ? copied : "", "%s%.0s", "%.0s%s", en, th);
    if (list->kept > kept)
        list->last->warning = warning;
}

nt_status nt_violations_status(const nt_violations *list) {
    if (list->total == 0)
        return nt_success();
    if (!list->first)
        return nt_fail_memory();
    nt_fault seed = {.violations = list->first, .violations_omitted = list->total - list->kept};
    nt_fault *fault = nt_arena_memdup(list->arena, &seed, sizeof seed);
    if (!fault)
        return nt_fail_memory();
    const nt_violation *v = list->first;
    if (list->total == 1) {
        fault->en = nt_arena_printf(list->arena, "%s: %s", v->path, v->en);
        fault->th = nt_arena_printf(list->arena, "%s: %s", v->path, v->th);
    } else {
        fault->en = nt_arena_printf(list->arena, "%zu faults; the first: %s: %s", list->total, v->path, v->en);
        fault->th = nt_arena_printf(list->arena, "พบข้อผิดพลาด %zu แห่ง แห่งแรก: %s: %s", list->total, v->path, v->th);
    }
    if (!fault->en || !fault->th)
        return nt_fail_memory();
    return (nt_status){NT_INVALID_ARGUMENT, fault};
}

nt_status nt_fail_field(nt_arena *arena, const char *path, const char *rule, const char *en, const char *th, ...) {
    nt_violations list;
    nt_violations_init(&list, arena);
    va_list args;
    va_start(args, th);
    add_violation(&list, path, rule, en, th, args);
    va_end(args);
    return nt_violations_status(&list);
}
