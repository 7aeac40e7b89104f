/* A worker's connection to PostgreSQL: statements prepared on first use, several in one round trip, deadlines, and
 * reconnection. One thread at a time. */
#ifndef NT_STORE_CONNECTION_H
#define NT_STORE_CONNECTION_H

#include "base/bytes.h"
#include "base/status.h"

typedef struct nt_connection nt_connection;

/* A statement, written once at the top of the file which uses it; its address is its name. */
typedef struct nt_statement {
    const char *sql;
    int binary; /* results come in binary: for large bytea */
} nt_statement;

enum { NT_PARAMS_MAX = 24 };

/* Bound in order. Texts and bytes are borrowed until the run. */
typedef struct nt_params {
    int count;
    const char *values[NT_PARAMS_MAX];
    int lengths[NT_PARAMS_MAX];
    int formats[NT_PARAMS_MAX];
    char scratch[NT_PARAMS_MAX][24];
} nt_params;

void nt_param_text(nt_params *params, const char *text); /* NULL is SQL's NULL */
void nt_param_int(nt_params *params, int64_t value);
void nt_param_int_or_null(nt_params *params, int present, int64_t value);
void nt_param_bytes(nt_params *params, nt_bytes bytes);
/* `{1,2,3}` in the arena. */
const char *nt_param_ints(nt_arena *arena, const int32_t *values, size_t count);
/* `{"a","b"}` in the arena. */
const char *nt_param_texts(nt_arena *arena, const char *const *values, size_t count);

/* Rows of one statement. Valid until the connection's next nt_connection_begin_call (or nt_rows_free). */
typedef struct nt_rows nt_rows;
size_t nt_rows_count(const nt_rows *rows);
const char *nt_rows_text(const nt_rows *rows, size_t row, int column); /* "" for NULL */
int nt_rows_null(const nt_rows *rows, size_t row, int column);
int64_t nt_rows_int(const nt_rows *rows, size_t row, int column);
int nt_rows_bool(const nt_rows *rows, size_t row, int column);
/* Of a bytea: decoded into the arena; of a binary result: borrowed. Empty also when the arena is full. */
nt_bytes nt_rows_bytes(nt_arena *arena, const nt_rows *rows, size_t row, int column);
void nt_rows_free(nt_connection *c, nt_rows *rows);

typedef struct nt_command {
    const nt_statement *statement;
    const nt_params *params; /* NULL for none */
} nt_command;

/* `role`: what to SET ROLE to after connecting; NULL for none. Does not connect yet. Owner: the caller. */
nt_connection *nt_connection_new(const char *conninfo, const char *role);
void nt_connection_free(nt_connection *c);

/* Before each call: its deadline (monotonic), and a clean slate; rolls back what a failed call may have left open. */
void nt_connection_begin_call(nt_connection *c, int64_t deadline_us);
/* Whose rows the statements from now on may see: `{1,2,3}`, ids of units (migrations/0008). Until the next
 * nt_connection_begin_call, before which nobody's are seen. Copied; a longer text than fits is nobody's. */
void nt_connection_scope(nt_connection *c, const char *units);
int64_t nt_connection_sql_us(const nt_connection *c);

/* Runs all commands in one round trip; the first failure ends them. UNAVAILABLE if there is no database,
 * DEADLINE_EXCEEDED if it took too long, ABORTED for a conflict, ALREADY_EXISTS for a unique violation,
 * FAILED_PRECONDITION for a check, INTERNAL for the rest. `rows` has room for `count`, or is NULL. Outside a
 * transaction, all commands are one. */
nt_status nt_connection_run(nt_connection *c, nt_arena *arena, const nt_command *commands, size_t count,
                            nt_rows **rows);
nt_status nt_connection_query(nt_connection *c, nt_arena *arena, const nt_statement *statement, const nt_params *params,
                              nt_rows **rows);
/* Plain text, several statements allowed: for migrations. */
nt_status nt_connection_execute(nt_connection *c, nt_arena *arena, const char *sql);

extern const nt_statement NT_BEGIN, NT_COMMIT, NT_ROLLBACK;
void nt_connection_rollback(nt_connection *c, nt_arena *arena);
/* Was the connection lost in the last run? Then nobody knows whether a COMMIT in it happened. */
int nt_connection_lost(const nt_connection *c);

/* COPY ... FROM STDIN (FORMAT binary): begin, put as often as needed, end. */
nt_status nt_connection_copy_begin(nt_connection *c, nt_arena *arena, const char *sql);
nt_status nt_connection_copy_put(nt_connection *c, nt_arena *arena, nt_bytes data);
nt_status nt_connection_copy_end(nt_connection *c, nt_arena *arena, int64_t *rows);

/* Waits up to `timeout_ms` for a notification; 1 and its channel, 0 if none came, -1 if the connection is lost. */
int nt_connection_wait_notification(nt_connection *c, int timeout_ms, char channel[64]);

/* The thread that cancels SQL which overruns its deadline. Start once a process. */
void nt_watchdog_start(void);
void nt_watchdog_stop(void);

#endif
