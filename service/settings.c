/* See settings.h. */
#include "settings.h"

#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

typedef struct loading {
    nt_settings *settings;
    char *fault;
} loading;

static char *keep(nt_settings *s, const char *value) {
    char *copy = s->text_count < sizeof s->texts / sizeof s->texts[0] ? strdup(value) : NULL;
    if (copy)
        s->texts[s->text_count++] = copy;
    return copy;
}

/* Numbers, with their limits. */
static const struct number_key {
    const char *section, *name;
    size_t offset;
    unsigned least, most, value;
} NUMBERS[] = {
#define SERVER(field) offsetof(nt_settings, server.field)
    {"limits", "read_workers", SERVER(read_workers), 1, 256, 4},
    {"limits", "write_workers", SERVER(write_workers), 1, 256, 4},
    {"limits", "read_queue", SERVER(read_queue), 1, 10000, 128},
    {"limits", "write_queue", SERVER(write_queue), 1, 10000, 128},
    {"limits", "max_connections", SERVER(max_connections), 1, 60000, 4096},
    {"limits", "calls_per_second", SERVER(calls_per_second), 0, 1000000, 0},
    {"limits", "max_message_bytes", SERVER(max_message_bytes), 65536, 64u << 20, 8u << 20},
    {"limits", "default_timeout_ms", SERVER(default_timeout_ms), 100, 600000, 15000},
    {"limits", "max_timeout_ms", SERVER(max_timeout_ms), 100, 3600000, 600000},
    {"limits", "clock_skew_ms", SERVER(clock_skew_ms), 1000, 3600000, 120000},
    {"limits", "drain_timeout_ms", SERVER(drain_timeout_ms), 1000, 600000, 30000},
    {"service", "session_seconds", offsetof(nt_settings, session_seconds), 1, 86400, 28800},
    {"service", "anchor_seconds", offsetof(nt_settings, anchor_seconds), 1, 86400, 600},
#undef SERVER
};
enum { NUMBER_COUNT = sizeof NUMBERS / sizeof NUMBERS[0] };

static const struct text_key {
    const char *section, *name;
    size_t offset;
} TEXTS[] = {
    {"service", "audience", offsetof(nt_settings, server.audience)},
    {"service", "key", offsetof(nt_settings, key_file)},
    {"database", "conninfo", offsetof(nt_settings, database)},
    {"tls", "certificate", offsetof(nt_settings, server.tls.certificate)},
    {"tls", "key", offsetof(nt_settings, server.tls.key)},
    {"tls", "client_ca", offsetof(nt_settings, server.tls.client_ca)},
    {"metrics", "url", offsetof(nt_settings, metrics_url)},
};

static int refuse(const loading *l, const char *section, const char *name, const char *why) {
    if (!*l->fault)
        snprintf(l->fault, 300, "[%.60s] %.60s: %.150s", section, name, why);
    return 0;
}

static int take_number(const loading *l, const struct number_key *key, const char *value) {
    char *end, why[100];
    unsigned long n = strtoul(value, &end, 10);
    if (!*value || *end || n < key->least || n > key->most) {
        snprintf(why, sizeof why, "must be a number from %u to %u", key->least, key->most);
        return refuse(l, key->section, key->name, why);
    }
    *(unsigned *)(void *)((char *)l->settings + key->offset) = (unsigned)n;
    return 1;
}

static int take(void *user, const char *section, const char *name, const char *value) {
    const loading *l = user;
    nt_settings *s = l->settings;
    for (size_t i = 0; i < NUMBER_COUNT; i++)
        if (strcmp(NUMBERS[i].section, section) == 0 && strcmp(NUMBERS[i].name, name) == 0)
            return take_number(l, &NUMBERS[i], value);
    for (size_t i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++)
        if (strcmp(TEXTS[i].section, section) == 0 && strcmp(TEXTS[i].name, name) == 0) {
            *(char **)(void *)((char *)s + TEXTS[i].offset) = *value ? keep(s, value) : NULL;
            return 1;
        }
    if (strcmp(section, "listen") == 0 && strcmp(name, "url") == 0) {
        if (s->url_count == 16)
            return refuse(l, section, name, "at most 16 addresses");
        return (s->urls[s->url_count++] = keep(s, value)) != NULL;
    }
    if (strcmp(section, "database") == 0 && strcmp(name, "migrate") == 0) {
        if (strcasecmp(value, "yes") != 0 && strcasecmp(value, "no") != 0)
            return refuse(l, section, name, "must be yes or no");
        s->migrate_at_start = strcasecmp(value, "yes") == 0;
        return 1;
    }
    if (strcmp(section, "log") == 0 && strcmp(name, "level") == 0) {
        static const char *const names[] = {"debug", "info", "warn", "error"};
        for (int i = 0; i < 4; i++)
            if (strcmp(value, names[i]) == 0) {
                s->log_level = (nt_log_level)i;
                return 1;
            }
        return refuse(l, section, name, "must be debug, info, warn or error");
    }
    return refuse(l, section, name, "there is no such setting");
}

int nt_settings_load(const char *path, nt_settings *s, char fault[300]) {
    *s = (nt_settings){.log_level = NT_LOG_INFO};
    s->server.arena_cap = (size_t)192 << 20;
    for (size_t i = 0; i < NUMBER_COUNT; i++)
        *(unsigned *)(void *)((char *)s + NUMBERS[i].offset) = NUMBERS[i].value;
    *fault = '\0';
    loading l = {s, fault};
    int rv = ini_parse(path, take, &l);
    if (rv < 0)
        snprintf(fault, 300, "%.200s: cannot be read", path);
    else if (rv > 0 && !*fault)
        snprintf(fault, 300, "%.200s: line %d is not `name = value`", path, rv);
    else if (!*fault && (!s->server.audience || !s->database || !s->key_file || !s->url_count))
        snprintf(fault, 300, "%.200s: [service] audience and key, [database] conninfo and a [listen] url must be set",
                 path);
    s->server.urls = (const char *const *)s->urls;
    if (*fault)
        nt_settings_free(s);
    return !*fault;
}

void nt_settings_free(nt_settings *s) {
    for (size_t i = 0; i < s->text_count; i++)
        free(s->texts[i]);
    *s = (nt_settings){0};
}
