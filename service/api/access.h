/* May this caller do this? The one place that decides, before any handler: the role must be one of the method's, and
 * what the call is about must lie in the caller's subtree. */
#ifndef NT_API_ACCESS_H
#define NT_API_ACCESS_H

#include "domain/catalogue.h"
#include "rpc/call.h"

/* Leaves the organisation that the call is about in call->scope (an nt_org, or NULL). PERMISSION_DENIED,
 * INVALID_ARGUMENT for an unknown organisation, NOT_FOUND for an unknown draft, submission or key. */
nt_status nt_access_check(nt_call *call, const void *message);

/* Ids of the offices in a subtree, as nt_connection_scope wants them; NULL when the arena is full. */
const char *nt_scope_units(nt_arena *arena, const nt_catalogue *catalogue, const nt_org *root);

#endif
