/* See connection.h. */
#include "store/connection.h"

#include "base/clock.h"
#include "base/fault.h"
#include "base/log.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <uthash.h>

enum { RESULTS_MAX = 256, CANCEL_GRACE_US = 100 * 1000, WATCH_EVERY_MS = 25, RETRY_MS = 500, TIMEOUT_SLACK_MS = 50 };

typedef struct prepared {
    const nt_statement *statement;
    char name[16];
    UT_hash_handle hh;
} prepared;

struct nt_connection {
    char *conninfo;
    char *role;
    PGconn *pg;
    prepared *prepared;
    unsigned prepared_count;
    PGresult *results[RESULTS_MAX];
    size_t result_count;
    int64_t deadline_us;
    int64_t sql_us;
    int in_transaction;
    int lost;
    char scope[4096];      /* as it should be */
    char scope_sent[4096]; /* as the database has it; "?" when that is not known */
    int64_t timeout_sent;  /* ms; -1 when that is not known */
    /* For the watchdog, under its lock. */
    PGcancel *cancel;
    int64_t watched_until_us; /* 0: nothing runs */
    struct nt_connection *next, *previous;
};

static struct {
    pthread_mutex_t lock;
    pthread_t thread;
    int running;
    nt_connection *first;
} watchdog = {.lock = PTHREAD_MUTEX_INITIALIZER};

const nt_statement NT_BEGIN = {.sql = "BEGIN"};
const nt_statement NT_COMMIT = {.sql = "COMMIT"};
const nt_statement NT_ROLLBACK = {.sql = "ROLLBACK"};
/* Stand for the SETs that go ahead of a run: not queries, so that a BEGIN behind them may still choose its isolation.
 */
static const nt_statement SET_TIMEOUT = {.sql = "SET statement_timeout"};
static const nt_statement SET_SCOPE = {.sql = "SET nithet.scope"};

static void *watch(void *unused) {
    (void)unused;
    pthread_mutex_lock(&watchdog.lock);
    while (watchdog.running) {
        int64_t now = nt_clock_monotonic_us();
        for (nt_connection *c = watchdog.first; c; c = c->next) {
            if (!c->watched_until_us || now < c->watched_until_us + CANCEL_GRACE_US || !c->cancel)
                continue;
            char why[256];
            PQcancel(c->cancel, why, sizeof why);
            c->watched_until_us = now; /* and again after the grace, if it still runs */
        }
        pthread_mutex_unlock(&watchdog.lock);
        nanosleep(&(struct timespec){.tv_nsec = WATCH_EVERY_MS * 1000000L}, NULL);
        pthread_mutex_lock(&watchdog.lock);
    }
    pthread_mutex_unlock(&watchdog.lock);
    return NULL;
}

void nt_watchdog_start(void) {
    pthread_mutex_lock(&watchdog.lock);
    if (!watchdog.running)
        watchdog.running = pthread_create(&watchdog.thread, NULL, watch, NULL) == 0;
    pthread_mutex_unlock(&watchdog.lock);
}

void nt_watchdog_stop(void) {
    pthread_mutex_lock(&watchdog.lock);
    int was = watchdog.running;
    watchdog.running = 0;
    pthread_mutex_unlock(&watchdog.lock);
    if (was)
        pthread_join(watchdog.thread, NULL);
}

static void set_watched(nt_connection *c, int64_t until_us) {
    pthread_mutex_lock(&watchdog.lock);
    c->watched_until_us = until_us;
    pthread_mutex_unlock(&watchdog.lock);
}

void nt_param_text(nt_params *p, const char *text) {
    p->values[p->count] = text;
    p->lengths[p->count] = 0;
    p->formats[p->count++] = 0;
}

void nt_param_int(nt_params *p, int64_t value) {
    snprintf(p->scratch[p->count], sizeof p->scratch[0], "%" PRId64, value);
    nt_param_text(p, p->scratch[p->count]);
}

void nt_param_int_or_null(nt_params *p, int present, int64_t value) {
    if (present)
        nt_param_int(p, value);
    else
        nt_param_text(p, NULL);
}

void nt_param_bytes(nt_params *p, nt_bytes bytes) {
    p->values[p->count] = bytes.data ? (const char *)bytes.data : "";
    p->lengths[p->count] = (int)bytes.size;
    p->formats[p->count++] = 1;
}

const char *nt_param_ints(nt_arena *arena, const int32_t *values, size_t count) {
    char *text = nt_arena_alloc(arena, count * 12 + 3);
    if (!text)
        return NULL;
    char *at = text;
    *at++ = '{';
    for (size_t i = 0; i < count; i++)
        at += sprintf(at, "%s%d", i ? "," : "", values[i]);
    *at++ = '}';
    *at = '\0';
    return text;
}

const char *nt_param_texts(nt_arena *arena, const char *const *values, size_t count) {
    size_t size = 3;
    for (size_t i = 0; i < count; i++)
        size += strlen(values[i]) * 2 + 3;
    char *text = nt_arena_alloc(arena, size), *at = text;
    if (!text)
        return NULL;
    *at++ = '{';
    for (size_t i = 0; i < count; i++) {
        if (i)
            *at++ = ',';
        *at++ = '"';
        for (const char *v = values[i]; *v; v++) {
            if (*v == '"' || *v == '\\')
                *at++ = '\\';
            *at++ = *v;
        }
        *at++ = '"';
    }
    *at++ = '}';
    *at = '\0';
    return text;
}

static const PGresult *raw(const nt_rows *rows) {
    return (const PGresult *)rows;
}

size_t nt_rows_count(const nt_rows *rows) {
    return (size_t)PQntuples(raw(rows));
}

const char *nt_rows_text(const nt_rows *rows, size_t row, int column) {
    return PQgetvalue(raw(rows), (int)row, column);
}

int nt_rows_null(const nt_rows *rows, size_t row, int column) {
    return PQgetisnull(raw(rows), (int)row, column);
}

int64_t nt_rows_int(const nt_rows *rows, size_t row, int column) {
    return strtoll(nt_rows_text(rows, row, column), NULL, 10);
}

int nt_rows_bool(const nt_rows *rows, size_t row, int column) {
    return nt_rows_text(rows, row, column)[0] == 't';
}

nt_bytes nt_rows_bytes(nt_arena *arena, const nt_rows *rows, size_t row, int column) {
    const char *text = nt_rows_text(rows, row, column);
    size_t length = (size_t)PQgetlength(raw(rows), (int)row, column);
    if (PQfformat(raw(rows), column) == 1)
        return nt_bytes_of(text, length);
    if (length < 2 || text[0] != '\\' || text[1] != 'x')
        return (nt_bytes){0};
    size_t size = (length - 2) / 2;
    uint8_t *out = nt_arena_alloc(arena, size + 1);
    if (!out || !nt_unhex(text + 2, out, size))
        return (nt_bytes){0};
    return nt_bytes_of(out, size);
}

void nt_rows_free(nt_connection *c, nt_rows *rows) {
    for (size_t i = 0; i < c->result_count; i++)
        if (c->results[i] == (PGresult *)rows) {
            PQclear(c->results[i]);
            c->results[i] = c->results[--c->result_count];
            return;
        }
}

static void clear_results(nt_connection *c) {
    while (c->result_count)
        PQclear(c->results[--c->result_count]);
}

nt_connection *nt_connection_new(const char *conninfo, const char *role) {
    nt_connection *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->conninfo = strdup(conninfo);
    c->role = role ? strdup(role) : NULL;
    pthread_mutex_lock(&watchdog.lock);
    c->next = watchdog.first;
    if (c->next)
        c->next->previous = c;
    watchdog.first = c;
    pthread_mutex_unlock(&watchdog.lock);
    return c;
}

static void disconnect(nt_connection *c) {
    pthread_mutex_lock(&watchdog.lock);
    c->watched_until_us = 0;
    PQfreeCancel(c->cancel);
    c->cancel = NULL;
    pthread_mutex_unlock(&watchdog.lock);
    prepared *it, *next;
    HASH_ITER(hh, c->prepared, it, next) {
        HASH_DEL(c->prepared, it);
        free(it);
    }
    c->prepared_count = 0;
    c->in_transaction = 0;
    PQfinish(c->pg);
    c->pg = NULL;
}

void nt_connection_free(nt_connection *c) {
    if (!c)
        return;
    clear_results(c);
    disconnect(c);
    pthread_mutex_lock(&watchdog.lock);
    if (c->previous)
        c->previous->next = c->next;
    else
        watchdog.first = c->next;
    if (c->next)
        c->next->previous = c->previous;
    pthread_mutex_unlock(&watchdog.lock);
    free(c->conninfo);
    free(c->role);
    free(c);
}

static void keep_quiet(void *unused, const PGresult *result) {
    (void)unused;
    (void)result; /* notices are not errors */
}

static nt_status unavailable(nt_connection *c, nt_arena *arena) {
    nt_log(NT_LOG_WARN, "database: %s", c->pg ? PQerrorMessage(c->pg) : "no connection");
    return nt_fail_retry(arena, NT_UNAVAILABLE, RETRY_MS, "the database does not answer: ask again in a moment",
                         "ฐานข้อมูลไม่ตอบสนอง ให้ลองใหม่ภายหลัง");
}

static nt_status ensure_connected(nt_connection *c, nt_arena *arena) {
    if (c->pg && PQstatus(c->pg) == CONNECTION_OK)
        return nt_success();
    disconnect(c);
    const char *keywords[] = {"dbname", "connect_timeout", "keepalives_idle", "fallback_application_name", NULL};
    const char *values[] = {c->conninfo, "5", "30", "nithetd", NULL};
    c->pg = PQconnectdbParams(keywords, values, 1);
    if (PQstatus(c->pg) != CONNECTION_OK) {
        nt_status st = unavailable(c, arena);
        disconnect(c);
        return st;
    }
    PQsetNoticeReceiver(c->pg, keep_quiet, NULL);
    strcpy(c->scope_sent, "?");
    c->timeout_sent = -1;
    char setup[256];
    char *role = c->role ? PQescapeIdentifier(c->pg, c->role, strlen(c->role)) : NULL;
    snprintf(setup, sizeof setup, "SET client_encoding = 'UTF8'; SET TIME ZONE 'UTC'; SET jit = off;%s%.100s",
             role ? " SET ROLE " : "", role ? role : "");
    PQfreemem(role);
    PGresult *result = PQexec(c->pg, setup);
    int ok = PQresultStatus(result) == PGRES_COMMAND_OK;
    PQclear(result);
    if (!ok) {
        nt_status st = unavailable(c, arena);
        disconnect(c);
        return st;
    }
    pthread_mutex_lock(&watchdog.lock);
    c->cancel = PQgetCancel(c->pg);
    pthread_mutex_unlock(&watchdog.lock);
    return nt_success();
}

void nt_connection_begin_call(nt_connection *c, int64_t deadline_us) {
    clear_results(c);
    c->deadline_us = deadline_us;
    c->sql_us = 0;
    c->lost = 0;
    c->scope[0] = '\0';
    if (c->pg && (c->in_transaction || PQtransactionStatus(c->pg) != PQTRANS_IDLE))
        disconnect(c); /* a call ended in the middle: the cheapest sure way to a clean slate */
}

void nt_connection_scope(nt_connection *c, const char *units) {
    /* Only digits, commas and brackets: it becomes part of a statement. */
    if (!units || strlen(units) >= sizeof c->scope || units[strspn(units, "{},0123456789")])
        units = "";
    strcpy(c->scope, units);
}

int64_t nt_connection_sql_us(const nt_connection *c) {
    return c->sql_us;
}

int nt_connection_lost(const nt_connection *c) {
    return c->lost;
}

static nt_status time_over(nt_arena *arena) {
    return nt_fail(arena, NT_DEADLINE_EXCEEDED,
                   "the time that the caller gave is over, and the query was stopped: ask for less, or give it longer",
                   "หมดเวลาที่ผู้เรียกกำหนด การค้นถูกหยุด ให้ขอข้อมูลน้อยลงหรือเพิ่มเวลา");
}

static nt_status fail_from(nt_connection *c, nt_arena *arena, const PGresult *result) {
    const char *state = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    if (!state || PQstatus(c->pg) != CONNECTION_OK || strncmp(state, "08", 2) == 0 || strncmp(state, "57P", 3) == 0) {
        c->lost = 1;
        return unavailable(c, arena);
    }
    const char *what = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (strcmp(state, "57014") == 0)
        return time_over(arena);
    if (strcmp(state, "40001") == 0 || strcmp(state, "40P01") == 0 || strcmp(state, "55P03") == 0)
        return nt_fail_retry(arena, NT_ABORTED, RETRY_MS,
                             "somebody else changed the same thing at the same time: send it again",
                             "มีผู้อื่นแก้ไขข้อมูลเดียวกันพร้อมกัน ให้ส่งใหม่");
    if (strcmp(state, "53100") == 0 || strcmp(state, "53200") == 0 || strcmp(state, "53300") == 0) {
        nt_log(NT_LOG_ERROR, "database: %s", what);
        return nt_fail_retry(arena, NT_UNAVAILABLE, RETRY_MS,
                             "the database is out of room: tell the service's administrator",
                             "ฐานข้อมูลเต็มหรือรับงานเพิ่มไม่ได้ ให้แจ้งผู้ดูแลระบบ");
    }
    if (strcmp(state, "23505") == 0)
        return nt_fail(arena, NT_ALREADY_EXISTS, "this exists already (%s)", "มีข้อมูลนี้อยู่แล้ว (%s)", what);
    if (strcmp(state, "23514") == 0 || strcmp(state, "23P01") == 0)
        return nt_fail(arena, NT_FAILED_PRECONDITION, "the database refused it: %s", "ฐานข้อมูลไม่รับ: %s", what);
    nt_log(NT_LOG_ERROR, "database: %s: %s", state, what ? what : "");
    return nt_fail(arena, NT_INTERNAL, "an error inside the service; it was logged, and nothing was changed",
                   "เกิดข้อผิดพลาดภายในบริการ บันทึกไว้แล้ว และไม่มีการเปลี่ยนแปลงข้อมูล");
}

/* Is sent ahead of its first use, in the same round trip. */
static const char *prepare_in_pipeline(nt_connection *c, const nt_statement *statement, int *sent) {
    prepared *it = NULL;
    HASH_FIND_PTR(c->prepared, &statement, it);
    if (it)
        return it->name;
    it = calloc(1, sizeof *it);
    if (!it)
        return NULL;
    it->statement = statement;
    snprintf(it->name, sizeof it->name, "s%u", c->prepared_count++);
    if (!PQsendPrepare(c->pg, it->name, statement->sql, 0, NULL)) {
        free(it);
        return NULL;
    }
    HASH_ADD_PTR(c->prepared, statement, it);
    *sent = 1;
    return it->name;
}

static void forget_prepared(nt_connection *c, const nt_statement *statement) {
    prepared *it = NULL;
    HASH_FIND_PTR(c->prepared, &statement, it);
    if (it) {
        HASH_DEL(c->prepared, it);
        free(it);
    }
}

static int send_command(nt_connection *c, const nt_statement *statement, const nt_params *p, int *prepares) {
    static const nt_params none;
    const char *name = prepare_in_pipeline(c, statement, prepares);
    if (!p)
        p = &none;
    return name && PQsendQueryPrepared(c->pg, name, p->count, p->values, p->lengths, p->formats, statement->binary);
}

/* All results of one queued command, up to the NULL that ends it; the last is returned. */
static PGresult *take_result(nt_connection *c) {
    PGresult *last = NULL, *result;
    while ((result = PQgetResult(c->pg))) {
        if (last)
            PQclear(last);
        last = result;
    }
    return last;
}

static void keep_result(nt_connection *c, PGresult *result) {
    if (c->result_count == RESULTS_MAX) {
        PQclear(c->results[0]);
        memmove(c->results, c->results + 1, (RESULTS_MAX - 1) * sizeof *c->results);
        c->result_count--;
    }
    c->results[c->result_count++] = result;
}

static void note_transaction(nt_connection *c) {
    c->in_transaction = c->pg && PQtransactionStatus(c->pg) != PQTRANS_IDLE;
}

/* Of the commands in one pipeline: takes each one's result; the first failure becomes the status. */
static nt_status collect(nt_connection *c, nt_arena *arena, const nt_statement *const *sent, const int *fresh,
                         size_t count, size_t ahead, nt_rows **rows) {
    nt_status st = nt_success();
    for (size_t i = 0; i < count; i++) {
        for (int part = fresh[i] ? 0 : 1; part < 2; part++) {
            PGresult *result = take_result(c);
            ExecStatusType kind = PQresultStatus(result);
            int good = kind == PGRES_COMMAND_OK || kind == PGRES_TUPLES_OK;
            if (!good && nt_ok(st) && kind != PGRES_PIPELINE_ABORTED)
                st = fail_from(c, arena, result);
            if (!good && part == 0)
                forget_prepared(c, sent[i]);
            if (part == 1 && good && rows && rows[i] == NULL && i >= ahead) {
                rows[i] = (nt_rows *)result;
                keep_result(c, result);
            } else {
                PQclear(result);
            }
            if (PQstatus(c->pg) != CONNECTION_OK) {
                c->lost = 1;
                return nt_ok(st) ? unavailable(c, arena) : st;
            }
        }
    }
    PQclear(PQgetResult(c->pg)); /* the sync */
    return st;
}

enum { COMMANDS_MAX = 24 };

nt_status nt_connection_run(nt_connection *c, nt_arena *arena, const nt_command *commands, size_t count,
                            nt_rows **rows) {
    nt_status st = ensure_connected(c, arena);
    if (!nt_ok(st))
        return st;
    int64_t began = nt_clock_monotonic_us(), left_ms = (c->deadline_us - began) / 1000;
    if (left_ms <= 0)
        return time_over(arena);
    const nt_statement *sent[COMMANDS_MAX + 2] = {0};
    int fresh[COMMANDS_MAX + 2] = {0};
    nt_rows *got[COMMANDS_MAX + 2] = {0};
    size_t ahead = 0;
    set_watched(c, c->deadline_us);
    int ok = PQenterPipelineMode(c->pg);
    /* What was set before and is a little longer than the time left will do: the watchdog has the last word. */
    if (c->timeout_sent < left_ms || c->timeout_sent - left_ms > TIMEOUT_SLACK_MS) {
        char timeout[64];
        c->timeout_sent = left_ms;
        snprintf(timeout, sizeof timeout, "SET statement_timeout = %" PRId64, left_ms);
        ok = ok && PQsendQueryParams(c->pg, timeout, 0, NULL, NULL, NULL, NULL, 0);
        sent[ahead++] = &SET_TIMEOUT;
    }
    if (strcmp(c->scope, c->scope_sent) != 0) {
        char scope[sizeof c->scope + 32];
        snprintf(scope, sizeof scope, "SET nithet.scope = '%s'", c->scope);
        ok = ok && PQsendQueryParams(c->pg, scope, 0, NULL, NULL, NULL, NULL, 0);
        sent[ahead++] = &SET_SCOPE;
    }
    for (size_t i = 0; ok && i < count; i++) {
        sent[i + ahead] = commands[i].statement;
        ok = send_command(c, commands[i].statement, commands[i].params, &fresh[i + ahead]);
    }
    if (!ok || !PQpipelineSync(c->pg)) {
        c->lost = 1;
        st = unavailable(c, arena);
    } else {
        if (count && commands[count - 1].statement == &NT_COMMIT && PQflush(c->pg) == 0 &&
            nt_fault_point("commit-sent"))
            shutdown(PQsocket(c->pg), SHUT_RDWR); /* the server has it; its answer will not come */
        st = collect(c, arena, sent, fresh, count + ahead, ahead, got);
        /* A failure takes the setting back with the rest; so does a rollback. */
        int kept = nt_ok(st) && !(count == 1 && commands[0].statement == &NT_ROLLBACK);
        snprintf(c->scope_sent, sizeof c->scope_sent, "%s", kept ? c->scope : "?");
        if (!kept)
            c->timeout_sent = -1;
        if (!c->lost)
            PQexitPipelineMode(c->pg);
    }
    set_watched(c, 0);
    if (c->lost)
        disconnect(c);
    note_transaction(c);
    for (size_t i = 0; rows && i < count; i++)
        rows[i] = got[i + ahead];
    c->sql_us += nt_clock_monotonic_us() - began;
    return st;
}

nt_status nt_connection_query(nt_connection *c, nt_arena *arena, const nt_statement *statement, const nt_params *params,
                              nt_rows **rows) {
    return nt_connection_run(c, arena, &(nt_command){statement, params}, 1, rows);
}

nt_status nt_connection_execute(nt_connection *c, nt_arena *arena, const char *sql) {
    nt_status st = ensure_connected(c, arena);
    if (!nt_ok(st))
        return st;
    PGresult *result = PQexec(c->pg, sql);
    ExecStatusType kind = PQresultStatus(result);
    if (kind != PGRES_COMMAND_OK && kind != PGRES_TUPLES_OK)
        st = fail_from(c, arena, result);
    PQclear(result);
    note_transaction(c);
    return st;
}

void nt_connection_rollback(nt_connection *c, nt_arena *arena) {
    if (!c->pg || !c->in_transaction)
        return;
    if (c->deadline_us <= nt_clock_monotonic_us() || !nt_ok(nt_connection_query(c, arena, &NT_ROLLBACK, NULL, NULL)))
        disconnect(c);
}

nt_status nt_connection_copy_begin(nt_connection *c, nt_arena *arena, const char *sql) {
    nt_status st = ensure_connected(c, arena);
    if (!nt_ok(st))
        return st;
    int64_t began = nt_clock_monotonic_us();
    set_watched(c, c->deadline_us);
    PGresult *result = PQexec(c->pg, sql);
    if (PQresultStatus(result) != PGRES_COPY_IN)
        st = fail_from(c, arena, result);
    PQclear(result);
    c->sql_us += nt_clock_monotonic_us() - began;
    return st;
}

nt_status nt_connection_copy_put(nt_connection *c, nt_arena *arena, nt_bytes data) {
    int64_t began = nt_clock_monotonic_us();
    int ok = PQputCopyData(c->pg, (const char *)data.data, (int)data.size) == 1;
    c->sql_us += nt_clock_monotonic_us() - began;
    if (ok)
        return nt_success();
    c->lost = 1;
    return unavailable(c, arena);
}

nt_status nt_connection_copy_end(nt_connection *c, nt_arena *arena, int64_t *rows) {
    int64_t began = nt_clock_monotonic_us();
    nt_status st = nt_success();
    if (PQputCopyEnd(c->pg, NULL) != 1) {
        c->lost = 1;
        st = unavailable(c, arena);
    } else {
        PGresult *result = take_result(c);
        if (PQresultStatus(result) != PGRES_COMMAND_OK)
            st = fail_from(c, arena, result);
        else
            *rows = strtoll(PQcmdTuples(result), NULL, 10);
        PQclear(result);
    }
    set_watched(c, 0);
    note_transaction(c);
    c->sql_us += nt_clock_monotonic_us() - began;
    return st;
}

int nt_connection_wait_notification(nt_connection *c, int timeout_ms, char channel[64]) {
    if (!c->pg || PQstatus(c->pg) != CONNECTION_OK)
        return -1;
    PGnotify *notice = PQnotifies(c->pg);
    if (!notice) {
        struct pollfd fd = {.fd = PQsocket(c->pg), .events = POLLIN};
        int rv = poll(&fd, 1, timeout_ms);
        if (rv > 0 && !PQconsumeInput(c->pg))
            return -1;
        notice = PQnotifies(c->pg);
    }
    if (!notice)
        return 0;
    snprintf(channel, 64, "%.63s", notice->relname);
    PQfreemem(notice);
    return 1;
}
