/* Memory that dies with a request.
 *
 * An arena hands out memory until its cap is reached, and takes all of it back at once. A request has one; what the
 * request makes, it makes there, and nobody frees piecemeal. Not for use by two threads at a time. */
#ifndef NT_BASE_ARENA_H
#define NT_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

typedef struct nt_arena nt_arena;

/* `cap`: the most bytes that it will ever hold at once. NULL if memory is out. Owner: the caller; nt_arena_free. */
nt_arena *nt_arena_new(size_t cap);
void nt_arena_free(nt_arena *arena);

/* Takes everything back; keeps one block for the next request. */
void nt_arena_reset(nt_arena *arena);

/* Aligned for any type, not cleared. NULL when the cap is reached or memory is out; then nt_arena_exhausted is true
 * until the next reset. */
void *nt_arena_alloc(nt_arena *arena, size_t size);
/* Cleared; NULL also when `count * size` overflows. */
void *nt_arena_zalloc(nt_arena *arena, size_t count, size_t size);
char *nt_arena_strdup(nt_arena *arena, const char *text);
char *nt_arena_strndup(nt_arena *arena, const char *text, size_t length);
void *nt_arena_memdup(nt_arena *arena, const void *data, size_t length);
char *nt_arena_printf(nt_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

int nt_arena_exhausted(const nt_arena *arena);
size_t nt_arena_used(const nt_arena *arena);

#define NT_NEW(arena, type) ((type *)nt_arena_zalloc((arena), 1, sizeof(type)))
#define NT_NEW_ARRAY(arena, type, count) ((type *)nt_arena_zalloc((arena), (count), sizeof(type)))

#endif
