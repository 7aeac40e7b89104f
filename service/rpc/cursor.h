/* Continuations: opaque, signed, stateless. Any daemon that has the service's key can continue what another began.
 *
 * version (1), expiry in seconds since 1970 (8, little-endian), state, MAC (16). The MAC covers the method, the
 * payload's digest and the caller's officer too, so that a cursor is good for nothing but what it was given out for. */
#ifndef NT_RPC_CURSOR_H
#define NT_RPC_CURSOR_H

#include "rpc/call.h"

enum { NT_CURSOR_LIFE_SECONDS = 24 * 3600, NT_CURSOR_STATE_MAX = 2048 };

/* Empty when the arena is full or the state too long. */
nt_bytes nt_cursor_seal(const nt_call *call, const uint8_t key[32], nt_bytes state);
/* INVALID_ARGUMENT for what is not ours or not of this request, OUT_OF_RANGE for what has expired. */
nt_status nt_cursor_open(const nt_call *call, const uint8_t key[32], nt_bytes cursor, nt_bytes *state);

#endif
