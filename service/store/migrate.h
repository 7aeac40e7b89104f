/* The schema, brought up to date: forward only, each migration in a transaction of its own, under an advisory lock, so
 * that two daemons that start at once do it once, and a cut run goes on where it stopped. */
#ifndef NT_STORE_MIGRATE_H
#define NT_STORE_MIGRATE_H

#include "store/connection.h"

/* `c` is connected as the owner of the database (no SET ROLE). `*applied` counts what was done now. */
nt_status nt_migrate(nt_connection *c, nt_arena *arena, int *applied);
/* FAILED_PRECONDITION if the schema is older or newer than this binary. */
nt_status nt_migrate_check(nt_connection *c, nt_arena *arena);

#endif
