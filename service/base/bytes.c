/* See bytes.h. */
#include "base/bytes.h"

#include "base/clock.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <utf8proc.h>

uint8_t *nt_buffer_reserve(nt_buffer *buffer, size_t size) {
    if (buffer->failed)
        return NULL;
    if (buffer->capacity - buffer->size < size) {
        size_t capacity = buffer->capacity ? buffer->capacity : 256;
        while (capacity - buffer->size < size) {
            if (capacity > SIZE_MAX / 2) {
                buffer->failed = 1;
                return NULL;
            }
            capacity *= 2;
        }
        uint8_t *data = realloc(buffer->data, capacity);
        if (!data) {
            buffer->failed = 1;
            return NULL;
        }
        buffer->data = data;
        buffer->capacity = capacity;
    }
    return buffer->data + buffer->size;
}

void nt_buffer_append(nt_buffer *buffer, const void *data, size_t size) {
    uint8_t *room = size ? nt_buffer_reserve(buffer, size) : NULL;
    if (!room)
        return;
    memcpy(room, data, size);
    buffer->size += size;
}

void nt_buffer_text(nt_buffer *buffer, const char *text) {
    nt_buffer_append(buffer, text, strlen(text));
}

void nt_buffer_byte(nt_buffer *buffer, uint8_t byte) {
    nt_buffer_append(buffer, &byte, 1);
}

void nt_buffer_printf(nt_buffer *buffer, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    uint8_t *room = n < 0 ? NULL : nt_buffer_reserve(buffer, (size_t)n + 1);
    if (room) {
        vsnprintf((char *)room, (size_t)n + 1, format, again);
        buffer->size += (size_t)n;
    }
    va_end(again);
}

void nt_buffer_free(nt_buffer *buffer) {
    free(buffer->data);
    *buffer = (nt_buffer){0};
}

void nt_hex(const void *data, size_t size, char *out) {
    sodium_bin2hex(out, size * 2 + 1, data, size);
}

int nt_unhex(const char *text, void *out, size_t size) {
    size_t got = 0;
    const char *end = NULL;
    if (strlen(text) != size * 2)
        return 0;
    return sodium_hex2bin(out, size, text, size * 2, NULL, &got, &end) == 0 && got == size && *end == '\0';
}

static const char CROCKFORD[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void nt_ulid_new(char out[27]) {
    uint8_t bytes[16];
    uint64_t ms = (uint64_t)(nt_clock_wall_us() / 1000);
    for (int i = 0; i < 6; i++)
        bytes[i] = (uint8_t)(ms >> (8 * (5 - i)));
    randombytes_buf(bytes + 6, 10);
    /* 128 bits in 26 digits of 5: the first digit has the top 3 bits. */
    for (int digit = 25, bit = 0; digit >= 0; digit--, bit += 5) {
        unsigned value = 0;
        for (int k = 0; k < 5; k++) {
            int at = bit + k;
            if (at < 128 && (bytes[15 - at / 8] >> (at % 8)) & 1)
                value |= 1u << k;
        }
        out[digit] = CROCKFORD[value];
    }
    out[26] = '\0';
}

int nt_ulid_valid(nt_bytes text) {
    if (text.size != 26 || text.data[0] > '7')
        return 0;
    for (size_t i = 0; i < 26; i++)
        if (text.data[i] == 0 || !memchr(CROCKFORD, text.data[i], 32))
            return 0;
    return 1;
}

int nt_utf8_valid(nt_bytes text) {
    size_t at = 0;
    while (at < text.size) {
        if (text.data[at] < 0x80) {
            if (text.data[at] == 0)
                return 0;
            at++;
            continue;
        }
        utf8proc_int32_t point;
        utf8proc_ssize_t n = utf8proc_iterate(text.data + at, (utf8proc_ssize_t)(text.size - at), &point);
        if (n <= 0)
            return 0;
        at += (size_t)n;
    }
    return 1;
}

void nt_utf8_repair(char *text) {
    utf8proc_int32_t point;
    while (*text) {
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text, -1, &point);
        if (n <= 0) {
            *text = '?';
            n = 1;
        }
        text += n;
    }
}
