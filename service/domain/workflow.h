/* The way of a submission, and who may take which step. */
#ifndef NT_DOMAIN_WORKFLOW_H
#define NT_DOMAIN_WORKFLOW_H

#include "base/status.h"

/* As in submission.proto. */
typedef enum nt_state {
    NT_STATE_DRAFT = 1,
    NT_STATE_SUBMITTED = 2,
    NT_STATE_ENDORSED = 3,
    NT_STATE_ACCEPTED = 4,
    NT_STATE_PUBLISHED = 5,
    NT_STATE_RETURNED = 6,
    NT_STATE_WITHDRAWN = 7
} nt_state;

/* As in identity.proto. */
typedef enum nt_role {
    NT_ROLE_ADMIN = 1,
    NT_ROLE_PROVINCE_OFFICER = 2,
    NT_ROLE_PROVINCE_HEAD = 3,
    NT_ROLE_REGIONAL_ANALYST = 4,
    NT_ROLE_READER = 5
} nt_role;

const char *nt_state_name(nt_state state, int thai);
const char *nt_role_name(nt_role role, int thai);

/* FAILED_PRECONDITION if no one may step from `from` to `to`; PERMISSION_DENIED if `role` may not;
 * INVALID_ARGUMENT if the step wants a comment and has none. */
nt_status nt_workflow_step(nt_arena *arena, nt_state from, nt_state to, nt_role role, const char *comment);

/* Does the table have the step at all? For the tests, which hold it against the database's own copy. */
int nt_workflow_allows(nt_state from, nt_state to);

#endif
