/* See migrate.h. The files are migrations/NNNN_what.sql, embedded by CMake. */
#include "store/migrate.h"

#include "base/clock.h"
#include "base/log.h"

#include <inttypes.h>
#include <string.h>

#define MIGRATION(number, name) extern const char nt_migration_##number##_data[], nt_migration_##number##_data_end[];
#include "migrations.inc"
#undef MIGRATION

static const struct migration {
    const char *name;
    const char *sql;
    const char *end;
} MIGRATIONS[] = {
#define MIGRATION(number, name) {name, nt_migration_##number##_data, nt_migration_##number##_data_end},
#include "migrations.inc"
#undef MIGRATION
};
enum { MIGRATION_COUNT = sizeof MIGRATIONS / sizeof MIGRATIONS[0] };

/* Any number will do, if nobody else in the database uses it: "nithet" in ASCII. */
static const char LOCK[] = "SELECT pg_advisory_lock(121415408739700)";
static const char UNLOCK[] = "SELECT pg_advisory_unlock(121415408739700)";
static const char TABLE[] = "CREATE TABLE IF NOT EXISTS schema_migration ("
                            " number integer PRIMARY KEY, name text NOT NULL, applied_us bigint NOT NULL)";
static const nt_statement LATEST = {.sql = "SELECT coalesce(max(number), 0) FROM schema_migration"};

static nt_status apply(nt_connection *c, nt_arena *arena, const struct migration *m, int number) {
    char *sql = nt_arena_printf(arena,
                                "BEGIN;\n%.*s\n;INSERT INTO schema_migration VALUES (%d, '%s', %" PRId64 ");\n"
                                "GRANT SELECT ON schema_migration TO nithet_service;\nCOMMIT",
                                (int)(m->end - m->sql), m->sql, number, m->name, nt_clock_wall_us());
    if (!sql)
        return nt_fail_memory();
    nt_status st = nt_connection_execute(c, arena, sql);
    if (nt_ok(st))
        nt_log(NT_LOG_INFO, "migration %s applied", m->name);
    else
        nt_log(NT_LOG_ERROR, "migration %s failed, and left nothing behind", m->name);
    return st;
}

nt_status nt_migrate(nt_connection *c, nt_arena *arena, int *applied) {
    *applied = 0;
    nt_status st = nt_connection_execute(c, arena, LOCK);
    if (nt_ok(st))
        st = nt_connection_execute(c, arena, TABLE);
    nt_rows *rows = NULL;
    if (nt_ok(st))
        st = nt_connection_query(c, arena, &LATEST, NULL, &rows);
    if (!nt_ok(st))
        return st;
    int64_t done = nt_rows_int(rows, 0, 0);
    for (int i = (int)done; i < MIGRATION_COUNT && nt_ok(st); i++) {
        st = apply(c, arena, &MIGRATIONS[i], i + 1);
        *applied += nt_ok(st);
    }
    nt_status unlocked = nt_ok(st) ? nt_connection_execute(c, arena, UNLOCK) : nt_success();
    if (nt_ok(st) && done > MIGRATION_COUNT)
        return nt_migrate_check(c, arena);
    return nt_ok(st) ? unlocked : st; /* a failed session's lock goes with its connection */
}

nt_status nt_migrate_check(nt_connection *c, nt_arena *arena) {
    nt_rows *rows = NULL;
    nt_status st = nt_connection_query(c, arena, &LATEST, NULL, &rows);
    if (st.code == NT_UNAVAILABLE)
        return st;
    int64_t done = nt_ok(st) ? nt_rows_int(rows, 0, 0) : 0;
    if (done == MIGRATION_COUNT)
        return nt_success();
    return nt_fail(arena, NT_FAILED_PRECONDITION,
                   "the database's schema is at %" PRId64
                   ", this nithetd wants %d: run `nithetd migrate`, or the nithetd that fits",
                   "โครงสร้างฐานข้อมูลเป็นรุ่น %" PRId64
                   " แต่ nithetd นี้ต้องการรุ่น %d ให้สั่ง `nithetd migrate` หรือใช้ nithetd รุ่นที่ตรงกัน",
                   done, (int)MIGRATION_COUNT);
}
