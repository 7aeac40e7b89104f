/* How a thing went: one of gRPC's codes and, unless OK, what to tell people and programs.
 *
 * The place that knows most makes the fault (nt_fail), and no one above rewrites it. Everything in it lives in the
 * request's arena. */
#ifndef NT_BASE_STATUS_H
#define NT_BASE_STATUS_H

#include "base/arena.h"

/* gRPC's numbers. */
typedef enum nt_code {
    NT_OK = 0,
    NT_CANCELLED = 1,
    NT_UNKNOWN = 2,
    NT_INVALID_ARGUMENT = 3,
    NT_DEADLINE_EXCEEDED = 4,
    NT_NOT_FOUND = 5,
    NT_ALREADY_EXISTS = 6,
    NT_PERMISSION_DENIED = 7,
    NT_RESOURCE_EXHAUSTED = 8,
    NT_FAILED_PRECONDITION = 9,
    NT_ABORTED = 10,
    NT_OUT_OF_RANGE = 11,
    NT_UNIMPLEMENTED = 12,
    NT_INTERNAL = 13,
    NT_UNAVAILABLE = 14,
    NT_DATA_LOSS = 15,
    NT_UNAUTHENTICATED = 16,
    NT_CODE_COUNT = 17
} nt_code;

/* `INVALID_ARGUMENT`; `UNKNOWN` for a number that is none. */
const char *nt_code_name(nt_code code);

/* One field's fault. The messages are never NULL. */
typedef struct nt_violation {
    struct nt_violation *next;
    const char *path;
    const char *rule;
    const char *en;
    const char *th;
    int warning; /* 1: only a warning, which a note with the reason settles */
} nt_violation;

/* Faults, in the order found. Holds at most NT_VIOLATIONS_KEPT; counts the rest. */
typedef struct nt_violations {
    nt_arena *arena;
    nt_violation *first;
    nt_violation *last;
    size_t kept;
    size_t total;
} nt_violations;

enum { NT_VIOLATIONS_KEPT = 1000 };

typedef struct nt_fault {
    const char *en;
    const char *th;
    const nt_violation *violations;
    size_t violations_omitted;
    unsigned retry_after_ms;
    const char *resource_type;
    const char *resource_name;
} nt_fault;

typedef struct nt_status {
    nt_code code;
    const nt_fault *fault; /* NULL when OK */
} nt_status;

static inline nt_status nt_success(void) {
    return (nt_status){NT_OK, NULL};
}

static inline int nt_ok(nt_status st) {
    return st.code == NT_OK;
}

/* Both formats take the same arguments, in the same order. Never fails: where the arena has no room, the fault is a
 * fixed text. */
nt_status nt_fail(nt_arena *arena, nt_code code, const char *en, const char *th, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));
/* As nt_fail, and says that the caller may try again after so long. */
nt_status nt_fail_retry(nt_arena *arena, nt_code code, unsigned retry_after_ms, const char *en, const char *th, ...)
    __attribute__((format(printf, 4, 6), format(printf, 5, 6)));
/* As nt_fail, and names the thing that it concerns. */
nt_status nt_fail_resource(nt_arena *arena, nt_code code, const char *type, const char *name, const char *en,
                           const char *th, ...) __attribute__((format(printf, 5, 7), format(printf, 6, 7)));
/* RESOURCE_EXHAUSTED: the request wants more memory than a request may have. */
nt_status nt_fail_memory(void);

void nt_violations_init(nt_violations *list, nt_arena *arena);
/* `path` is copied. Both formats take the same arguments. */
void nt_violations_add(nt_violations *list, const char *path, const char *rule, const char *en, const char *th, ...)
    __attribute__((format(printf, 4, 6), format(printf, 5, 6)));
/* One that was made elsewhere, at `path` here. All texts are copied. */
void nt_violations_copy(nt_violations *list, const char *path, const char *rule, const char *en, const char *th,
                        int warning);
/* OK if there are none; else INVALID_ARGUMENT, with all of them. */
nt_status nt_violations_status(const nt_violations *list);
/* INVALID_ARGUMENT with a single violation. */
nt_status nt_fail_field(nt_arena *arena, const char *path, const char *rule, const char *en, const char *th, ...)
    __attribute__((format(printf, 4, 6), format(printf, 5, 6)));

#endif
