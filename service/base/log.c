/* See log.h. */
#include "base/log.h"

#include "base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { MOST_PENDING = 4 << 20 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    nt_buffer pending;
    uint64_t dropped;
    nt_log_level least;
    int running;
    int stopping;
} the_log = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER, .least = NT_LOG_INFO};

static void write_all(const uint8_t *data, size_t size) {
    while (size) {
        ssize_t n = write(STDERR_FILENO, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        data += n;
        size -= (size_t)n;
    }
}

static void *run(void *unused) {
    (void)unused;
    nt_buffer taken = {0};
    pthread_mutex_lock(&the_log.lock);
    for (;;) {
        while (!the_log.pending.size && !the_log.stopping)
            pthread_cond_wait(&the_log.wake, &the_log.lock);
        if (!the_log.pending.size)
            break;
        nt_buffer swap = taken;
        taken = the_log.pending;
        the_log.pending = swap;
        the_log.pending.size = 0;
        uint64_t dropped = the_log.dropped;
        the_log.dropped = 0;
        int stopping = the_log.stopping;
        pthread_mutex_unlock(&the_log.lock);
        write_all(taken.data, taken.size);
        if (dropped) {
            char line[96];
            int n = snprintf(line, sizeof line, "{\"level\":\"warn\",\"message\":\"%llu log lines dropped\"}\n",
                             (unsigned long long)dropped);
            write_all((const uint8_t *)line, (size_t)n);
        }
        if (!stopping)
            nanosleep(&(struct timespec){.tv_nsec = 50 * 1000 * 1000}, NULL);
        pthread_mutex_lock(&the_log.lock);
    }
    pthread_mutex_unlock(&the_log.lock);
    nt_buffer_free(&taken);
    return NULL;
}

void nt_log_start(nt_log_level least) {
    pthread_mutex_lock(&the_log.lock);
    the_log.least = least;
    the_log.stopping = 0;
    if (!the_log.running)
        the_log.running = pthread_create(&the_log.thread, NULL, run, NULL) == 0;
    pthread_mutex_unlock(&the_log.lock);
}

void nt_log_stop(void) {
    pthread_mutex_lock(&the_log.lock);
    int running = the_log.running;
    the_log.running = 0;
    the_log.stopping = 1;
    pthread_cond_signal(&the_log.wake);
    pthread_mutex_unlock(&the_log.lock);
    if (running)
        pthread_join(the_log.thread, NULL);
    nt_buffer_free(&the_log.pending);
}

void nt_log_line(nt_bytes json) {
    pthread_mutex_lock(&the_log.lock);
    if (!the_log.running) {
        write_all(json.data, json.size);
        write_all((const uint8_t *)"\n", 1);
    } else if (the_log.pending.size > MOST_PENDING) {
        the_log.dropped++;
    } else {
        int was_empty = the_log.pending.size == 0;
        nt_buffer_append(&the_log.pending, json.data, json.size);
        nt_buffer_byte(&the_log.pending, '\n');
        if (was_empty)
            pthread_cond_signal(&the_log.wake);
    }
    pthread_mutex_unlock(&the_log.lock);
}

void nt_log_quote(nt_buffer *out, nt_bytes text) {
    int plain = nt_utf8_valid(text);
    nt_buffer_byte(out, '"');
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (c == '"' || c == '\\') {
            nt_buffer_byte(out, '\\');
            nt_buffer_byte(out, c);
        } else if (c < 0x20 || c == 0x7f || (c >= 0x80 && !plain)) {
            nt_buffer_printf(out, "\\u%04x", c);
        } else {
            nt_buffer_byte(out, c);
        }
    }
    nt_buffer_byte(out, '"');
}

void nt_log(nt_log_level level, const char *format, ...) {
    static const char *const names[] = {"debug", "info", "warn", "error"};
    if (level < the_log.least)
        return;
    char text[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    nt_buffer line = {0};
    int64_t now = nt_clock_wall_us();
    nt_buffer_printf(&line, "{\"time\":%lld.%06lld,\"level\":\"%s\",\"message\":", (long long)(now / 1000000),
                     (long long)(now % 1000000), names[level]);
    nt_log_quote(&line, nt_bytes_text(text));
    nt_buffer_byte(&line, '}');
    if (!line.failed)
        nt_log_line(nt_bytes_of(line.data, line.size));
    nt_buffer_free(&line);
}
