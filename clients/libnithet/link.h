/* The way to one endpoint: an nng REQ socket, with a context for each call in flight. */
#ifndef NITHET_LINK_H
#define NITHET_LINK_H

#include "base/bytes.h"

#include <nng/nng.h>

typedef struct nithet_link nithet_link;

typedef enum nithet_link_result {
    NITHET_LINK_OK,
    NITHET_LINK_NOT_SENT, /* no connection: the service has not seen it */
    NITHET_LINK_LOST,     /* sent, and no reply came: nobody knows */
    NITHET_LINK_LATE      /* the time is over */
} nithet_link_result;

/* `client_cert_file` and `ca_file` may be NULL. On failure NULL, and nng's error number in *rv. */
nithet_link *nithet_link_open(const char *url, const char *ca_file, const char *client_cert_file, int *rv);
void nithet_link_close(nithet_link *link);
const char *nithet_link_url(const nithet_link *link);

/* One request, one reply. Waits at most `connect_ms` for a connection, and until `deadline_us` (monotonic) for the
 * reply, which the caller frees. Many threads may be in here at once. */
nithet_link_result nithet_link_exchange(nithet_link *link, nt_bytes request, unsigned connect_ms, int64_t deadline_us,
                                        nng_msg **reply);

#endif
