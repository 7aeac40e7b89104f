/* A whole service for a test: a private PostgreSQL in a temporary folder, a daemon on an ipc:// socket, officers with
 * keys, the starter catalogue. Everything is stopped and removed at the end. */
#ifndef TESTS_OFFICE_H
#define TESTS_OFFICE_H

#include "nithet.h"

#include <stdint.h>
#include <sys/types.h>

typedef struct office office;

typedef struct office_daemon {
    pid_t pid;
    char endpoint[300]; /* ipc:// */
    char config[300];
    char log[300];
} office_daemon;

/* Aborts with a message if anything cannot be started. Without the catalogue nothing but the country and the admin is
 * there. */
office *office_open(int with_catalogue);
void office_close(office *o);
const char *office_folder(const office *o);
const char *office_conninfo(const office *o);

/* A daemon more; `extra` are lines added to its configuration. */
void office_start(office *o, office_daemon *d, const char *name, const char *extra);
/* SIGTERM, and its exit status; -1 if it had to be killed. */
int office_stop(office_daemon *d);
/* The first one. */
office_daemon *office_first(office *o);

/* The path of a key; registers the officer on first use. */
const char *office_key(office *o, const char *login, const char *role, const char *org);
/* A client with that key, at the first daemon. */
nithet_client *office_client(office *o, const char *key);

/* The first column of the first row, or "". As the database's superuser. */
const char *office_sql(office *o, const char *sql);
/* As the service's own role; 1 if it was allowed. */
int office_sql_allowed(office *o, const char *sql);

/* Runs a command line, its output (both streams) into `out`; returns the exit status. */
int run_command(char *out, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
