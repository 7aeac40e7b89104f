/* Runs of bytes: a borrowed view, a growing buffer, and the forms in which people see bytes. */
#ifndef NT_BASE_BYTES_H
#define NT_BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A view. Borrows; is never terminated. */
typedef struct nt_bytes {
    const uint8_t *data;
    size_t size;
} nt_bytes;

static inline nt_bytes nt_bytes_of(const void *data, size_t size) {
    return (nt_bytes){(const uint8_t *)data, size};
}

static inline nt_bytes nt_bytes_text(const char *text) {
    return (nt_bytes){(const uint8_t *)text, strlen(text)};
}

static inline int nt_bytes_equal(nt_bytes a, nt_bytes b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* Grows by doubling. After a failed growth `failed` is set and further appends do nothing: check once, at the end. */
typedef struct nt_buffer {
    uint8_t *data;
    size_t size;
    size_t capacity;
    int failed;
} nt_buffer;

void nt_buffer_append(nt_buffer *buffer, const void *data, size_t size);
void nt_buffer_text(nt_buffer *buffer, const char *text);
void nt_buffer_printf(nt_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void nt_buffer_byte(nt_buffer *buffer, uint8_t byte);
/* Room for `size` bytes at the end, to be written directly; NULL when memory is out. Then add what was written to
 * `size`. */
uint8_t *nt_buffer_reserve(nt_buffer *buffer, size_t size);
void nt_buffer_free(nt_buffer *buffer);

/* Lower case; `out` has room for 2 * size + 1. */
void nt_hex(const void *data, size_t size, char *out);
/* 0 unless `text` is exactly 2 * size hexadecimal digits. */
int nt_unhex(const char *text, void *out, size_t size);

/* A new ULID: 26 characters and a 0. Sorts by time; 80 random bits. */
void nt_ulid_new(char out[27]);
/* 26 characters of Crockford's base 32, in range. */
int nt_ulid_valid(nt_bytes text);

/* Well-formed UTF-8 without a 0 byte (libutf8proc decides what is well-formed). */
int nt_utf8_valid(nt_bytes text);
/* What is not well-formed becomes `?`, byte by byte: for texts that a format such as `%.40s` may have cut inside a
 * letter. */
void nt_utf8_repair(char *text);

#endif
