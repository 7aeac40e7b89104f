/* All methods' handlers, and the table that says what each demands. A new method is a line in handlers.c. */
#ifndef NT_API_HANDLERS_H
#define NT_API_HANDLERS_H

#include "rpc/call.h"

/* NULL and a reason if a method of the contract has no line in the table. */
nt_methods *nt_handlers_build(char fault[200]);

#define NT_HANDLER(name) nt_status name(nt_call *call, const void *in)
NT_HANDLER(nt_check_health);
NT_HANDLER(nt_get_file_descriptor_set);
NT_HANDLER(nt_get_server_info);
NT_HANDLER(nt_echo);
NT_HANDLER(nt_delay);
NT_HANDLER(nt_open_session);
NT_HANDLER(nt_close_session);
NT_HANDLER(nt_who_am_i);
NT_HANDLER(nt_register_key);
NT_HANDLER(nt_revoke_key);
NT_HANDLER(nt_list_officers);
NT_HANDLER(nt_list_org_units);
NT_HANDLER(nt_apply_org_units);
NT_HANDLER(nt_list_strategic_issues);
NT_HANDLER(nt_list_dimensions);
NT_HANDLER(nt_list_indicators);
NT_HANDLER(nt_list_forms);
NT_HANDLER(nt_resolve_period);
NT_HANDLER(nt_apply_catalogue);
NT_HANDLER(nt_validate);
NT_HANDLER(nt_submit);
NT_HANDLER(nt_create_draft);
NT_HANDLER(nt_put_chunk);
NT_HANDLER(nt_get_draft);
NT_HANDLER(nt_commit_draft);
NT_HANDLER(nt_discard_draft);
NT_HANDLER(nt_get_submission);
NT_HANDLER(nt_list_submissions);
NT_HANDLER(nt_transition);
NT_HANDLER(nt_grant_extension);
NT_HANDLER(nt_query_observations);
NT_HANDLER(nt_get_overview);
NT_HANDLER(nt_get_status);
NT_HANDLER(nt_list_concerns);
NT_HANDLER(nt_apply_targets);
NT_HANDLER(nt_list_targets);
NT_HANDLER(nt_get_scorecard);
NT_HANDLER(nt_pivot);
NT_HANDLER(nt_explain);
NT_HANDLER(nt_list_changes);
NT_HANDLER(nt_check_rollups);
NT_HANDLER(nt_publish);
NT_HANDLER(nt_list_publications);
NT_HANDLER(nt_get_publication);
NT_HANDLER(nt_list_audit_chains);
NT_HANDLER(nt_list_audit_events);
NT_HANDLER(nt_list_audit_anchors);
NT_HANDLER(nt_get_signed_request);

#endif
