/* The catalogue and the organisation tree in the database: read whole, as an immutable snapshot; changed entity by
 * entity. */
#ifndef NT_STORE_CATALOGUE_H
#define NT_STORE_CATALOGUE_H

#include "domain/change.h"
#include "store/connection.h"

/* Snapshots in use, shared by all workers of a process. */
typedef struct nt_catalogue_cache nt_catalogue_cache;

nt_catalogue_cache *nt_catalogue_cache_new(void);
void nt_catalogue_cache_free(nt_catalogue_cache *cache);
/* The newest snapshot; loads it if what is there is known to be old, or is of another day. Release it after the call.
 */
nt_status nt_catalogue_acquire(nt_catalogue_cache *cache, nt_connection *c, nt_arena *arena, const nt_catalogue **out);
void nt_catalogue_release(nt_catalogue_cache *cache, const nt_catalogue *catalogue);
/* What is held is old. */
void nt_catalogue_invalidate(nt_catalogue_cache *cache);
/* Off: every acquire asks the database whether what is held is still the newest. */
void nt_catalogue_trust(nt_catalogue_cache *cache, int on);

/* Inside an effect: locks the catalogue against others' changes. ABORTED if it is not `snapshot` any more. */
nt_status nt_store_catalogue_lock(nt_connection *c, nt_arena *arena, const nt_catalogue *snapshot);
/* Writes what changed as generation `snapshot->generation + 1`, with the list of changes. */
nt_status nt_store_issue_put(nt_connection *c, nt_arena *arena, const nt_issue *issue);
nt_status nt_store_dimension_put(nt_connection *c, nt_arena *arena, const nt_dimension *dimension);
nt_status nt_store_indicator_put(nt_connection *c, nt_arena *arena, const nt_indicator *indicator, int64_t generation);
nt_status nt_store_form_put(nt_connection *c, nt_arena *arena, const nt_form *form, int64_t generation);
/* From `valid_from` (`2025-10-01`) on. FAILED_PRECONDITION for a day before the unit's last change. */
nt_status nt_store_org_put(nt_connection *c, nt_arena *arena, const nt_org *org);
nt_status nt_store_catalogue_changed(nt_connection *c, nt_arena *arena, const nt_changes *changes, int64_t generation,
                                     const char *officer, int64_t at_us);

/* The tree on another day: the units as they were, without parents that were not there. Lives in `arena`. */
nt_status nt_store_orgs_on(nt_connection *c, nt_arena *arena, const char *day, nt_catalogue *out);

#endif
