/* nithetd's configuration: an ini file, see deploy/nithetd.conf for every key with its default. */
#ifndef NT_SETTINGS_H
#define NT_SETTINGS_H

#include "base/log.h"
#include "rpc/server.h"

typedef struct nt_settings {
    nt_server_settings server;
    char *database;
    int migrate_at_start;
    char *key_file;
    char *metrics_url; /* NULL: none */
    uint32_t session_seconds;
    uint32_t anchor_seconds;
    nt_log_level log_level;
    char *urls[17];
    size_t url_count;
    char *texts[64]; /* what to free */
    size_t text_count;
} nt_settings;

/* 0 and a sentence in `fault` (of 300 bytes) for a file that cannot be read, an unknown key, a value out of range. */
int nt_settings_load(const char *path, nt_settings *settings, char fault[300]);
void nt_settings_free(nt_settings *settings);

#endif
