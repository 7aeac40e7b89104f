/* Sessions that this daemon has seen lately, so that a call needs no SQL to know its caller.
 *
 * Only as good as the news of revocations: whoever listens for these (store/listener.h) clears it, and turns it off
 * while it cannot listen. */
#ifndef NT_RPC_SESSION_CACHE_H
#define NT_RPC_SESSION_CACHE_H

#include "rpc/call.h"

typedef struct nt_session_cache nt_session_cache;

nt_session_cache *nt_session_cache_new(void);
void nt_session_cache_free(nt_session_cache *cache);

/* 1 and a copy, if it is there, on, and not expired. */
int nt_session_cache_get(nt_session_cache *cache, const uint8_t id[NT_SESSION_ID_SIZE], nt_caller *out);
/* To be read before the session is loaded, and given to put: what was loaded before a clear is not kept after it. */
uint64_t nt_session_cache_generation(nt_session_cache *cache);
void nt_session_cache_put(nt_session_cache *cache, uint64_t generation, const uint8_t id[NT_SESSION_ID_SIZE],
                          const nt_caller *caller);
void nt_session_cache_clear(nt_session_cache *cache);
/* Off: get finds nothing, put keeps nothing. */
void nt_session_cache_enable(nt_session_cache *cache, int on);

#endif
