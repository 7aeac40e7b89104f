/* The request's memory: blocks in a chain, a pointer that moves. See arena.h. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 32 * 1024, ALIGNMENT = 16 };

typedef struct block {
    struct block *next;
    size_t size;
    size_t used;
    _Alignas(ALIGNMENT) unsigned char data[];
} block;

struct nt_arena {
    block *head;
    size_t cap;
    size_t held;
    size_t used;
    int exhausted;
};

nt_arena *nt_arena_new(size_t cap) {
    nt_arena *arena = calloc(1, sizeof *arena);
    if (arena)
        arena->cap = cap;
    return arena;
}

static void free_blocks(block *b) {
    while (b) {
        block *next = b->next;
        free(b);
        b = next;
    }
}

void nt_arena_free(nt_arena *arena) {
    if (!arena)
        return;
    free_blocks(arena->head);
    free(arena);
}

void nt_arena_reset(nt_arena *arena) {
    /* Keep the oldest, which is the smallest: a large request must not make every later one hold its memory. */
    block *keep = NULL;
    for (block *b = arena->head; b; b = b->next)
        keep = b;
    if (keep && keep->size > FIRST_BLOCK)
        keep = NULL;
    for (block *b = arena->head, *next; b; b = next) {
        next = b->next;
        if (b != keep)
            free(b);
    }
    arena->head = keep;
    arena->held = keep ? keep->size : 0;
    if (keep) {
        keep->next = NULL;
        keep->used = 0;
    }
    arena->used = 0;
    arena->exhausted = 0;
}

static block *grow(nt_arena *arena, size_t need) {
    size_t size = arena->head ? arena->head->size * 2 : FIRST_BLOCK;
    if (size > 4u << 20)
        size = 4u << 20;
    if (size < need)
        size = need;
    size_t room = arena->cap - arena->held;
    if (size > room)
        size = room;
    if (size < need)
        return NULL;
    block *b = malloc(sizeof *b + size);
    if (!b)
        return NULL;
    b->next = arena->head;
    b->size = size;
    b->used = 0;
    arena->head = b;
    arena->held += size;
    return b;
}

void *nt_arena_alloc(nt_arena *arena, size_t size) {
    if (size > arena->cap) {
        arena->exhausted = 1;
        return NULL;
    }
    size_t need = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (need == 0)
        need = ALIGNMENT;
    block *b = arena->head;
    if (!b || b->size - b->used < need)
        b = grow(arena, need);
    if (!b) {
        arena->exhausted = 1;
        return NULL;
    }
    void *p = b->data + b->used;
    b->used += need;
    arena->used += need;
    return p;
}

void *nt_arena_zalloc(nt_arena *arena, size_t count, size_t size) {
    size_t total;
    if (__builtin_mul_overflow(count, size, &total)) {
        arena->exhausted = 1;
        return NULL;
    }
    void *p = nt_arena_alloc(arena, total);
    if (p)
        memset(p, 0, total);
    return p;
}

void *nt_arena_memdup(nt_arena *arena, const void *data, size_t length) {
    void *p = nt_arena_alloc(arena, length);
    if (p && length)
        memcpy(p, data, length);
    return p;
}

char *nt_arena_strndup(nt_arena *arena, const char *text, size_t length) {
    char *p = nt_arena_alloc(arena, length + 1);
    if (p) {
        if (length) /* an empty view may have no address */
            memcpy(p, text, length);
        p[length] = '\0';
    }
    return p;
}

char *nt_arena_strdup(nt_arena *arena, const char *text) {
    return nt_arena_strndup(arena, text, strlen(text));
}

char *nt_arena_printf(nt_arena *arena, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *p = n < 0 ? NULL : nt_arena_alloc(arena, (size_t)n + 1);
    if (p)
        vsnprintf(p, (size_t)n + 1, format, again);
    va_end(again);
    return p;
}

int nt_arena_exhausted(const nt_arena *arena) {
    return arena->exhausted;
}

size_t nt_arena_used(const nt_arena *arena) {
    return arena->used;
}
