/* Publications: figures frozen under a name. */
#ifndef NT_STORE_PUBLICATION_H
#define NT_STORE_PUBLICATION_H

#include "store/connection.h"

typedef struct nt_publication {
    int64_t id;
    const char *name;
    int32_t org_id;
    const char *period;
    const char *note;
    int64_t figures;
    nt_bytes digest, signature;
    int64_t at_us;
    int32_t officer_id;
    const char *officer;
    int64_t position;
} nt_publication;

typedef struct nt_published_figure {
    const char *indicator, *org, *breakdown;
    int has_value;
    int64_t value;
    unsigned status;
    uint32_t reported, expected;
} nt_published_figure;

/* Inside an effect. ALREADY_EXISTS for a name that was used. */
nt_status nt_store_publication_add(nt_connection *c, nt_arena *arena, const nt_publication *p,
                                   const nt_published_figure *figures, size_t count);
/* `name` is NULL in `out` if there is none. */
nt_status nt_store_publication_get(nt_connection *c, nt_arena *arena, const char *name, nt_publication *out);
nt_status nt_store_publication_figures(nt_connection *c, nt_arena *arena, int64_t id, nt_published_figure **out,
                                       size_t *count);
/* Of these units, newest first, ids below `before`. */
nt_status nt_store_publications(nt_connection *c, nt_arena *arena, const int32_t *org_ids, size_t org_count,
                                int64_t before, size_t limit, nt_publication **out, size_t *count);

#endif
