/* Calls a second by key: a token bucket for each officer's key that has called lately. A second's worth may come at
 * once. */
#ifndef NT_RPC_RATE_H
#define NT_RPC_RATE_H

#include "base/proof.h"

#include <stddef.h>

typedef struct nt_rate nt_rate;

/* `per_second` 0: no limit, and nothing is kept. */
nt_rate *nt_rate_new(unsigned per_second);
void nt_rate_free(nt_rate *rate);
/* 0 if the call may go on; else after how many milliseconds the next one may. `now_us` is monotonic. */
unsigned nt_rate_take(nt_rate *rate, const uint8_t key_id[NT_KEY_ID_SIZE], int64_t now_us);

#endif
