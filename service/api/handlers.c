/* See handlers.h. */
#include "api/handlers.h"

#include "domain/workflow.h"

#include "nithet/v1/analysis.pb-c.h"
#include "nithet/v1/audit.pb-c.h"
#include "nithet/v1/catalogue.pb-c.h"
#include "nithet/v1/directory.pb-c.h"
#include "nithet/v1/health.pb-c.h"
#include "nithet/v1/identity.pb-c.h"
#include "nithet/v1/monitoring.pb-c.h"
#include "nithet/v1/publication.pb-c.h"
#include "nithet/v1/query.pb-c.h"
#include "nithet/v1/reflection.pb-c.h"
#include "nithet/v1/server_info.pb-c.h"
#include "nithet/v1/submission.pb-c.h"
#include "nithet/v1/target.pb-c.h"

#define HEALTH &nithet__v1__health_service__descriptor
#define REFLECTION &nithet__v1__reflection_service__descriptor
#define INFO &nithet__v1__server_info_service__descriptor
#define DIAGNOSTIC &nithet__v1__diagnostic_service__descriptor
#define IDENTITY &nithet__v1__identity_service__descriptor
#define DIRECTORY &nithet__v1__directory_service__descriptor
#define CATALOGUE &nithet__v1__catalogue_service__descriptor
#define SUBMISSION &nithet__v1__submission_service__descriptor
#define AUDIT &nithet__v1__audit_service__descriptor
#define MONITORING &nithet__v1__monitoring_service__descriptor
#define TARGET &nithet__v1__target_service__descriptor
#define ANALYSIS &nithet__v1__analysis_service__descriptor
#define PUBLICATION &nithet__v1__publication_service__descriptor
#define QUERY &nithet__v1__query_service__descriptor

#define ANY (~0u)
#define ADMIN (1u << NT_ROLE_ADMIN)
#define OFFICER (1u << NT_ROLE_PROVINCE_OFFICER)
#define HEAD (1u << NT_ROLE_PROVINCE_HEAD)
#define ANALYST (1u << NT_ROLE_REGIONAL_ANALYST)

#define OPEN NT_METHOD_OPEN
#define INLINE NT_METHOD_INLINE
#define EFFECT (NT_METHOD_MUTATES | NT_METHOD_WRITES)
#define SIGNED (NT_METHOD_MUTATES | NT_METHOD_WRITES | NT_METHOD_SIGNED)

static const nt_method_entry ENTRIES[] = {
    {HEALTH, "Check", nt_check_health, OPEN | INLINE, ANY, NT_SCOPE_NONE},
    {REFLECTION, "GetFileDescriptorSet", nt_get_file_descriptor_set, OPEN | INLINE, ANY, NT_SCOPE_NONE},
    {INFO, "GetServerInfo", nt_get_server_info, OPEN | INLINE, ANY, NT_SCOPE_NONE},
    {DIAGNOSTIC, "Echo", nt_echo, INLINE, ANY, NT_SCOPE_NONE},
    {DIAGNOSTIC, "Delay", nt_delay, 0, ADMIN, NT_SCOPE_NONE},

    {IDENTITY, "OpenSession", nt_open_session, OPEN | NT_METHOD_WRITES, ANY, NT_SCOPE_NONE},
    {IDENTITY, "CloseSession", nt_close_session, NT_METHOD_WRITES, ANY, NT_SCOPE_NONE},
    {IDENTITY, "WhoAmI", nt_who_am_i, 0, ANY, NT_SCOPE_NONE},
    {IDENTITY, "RegisterKey", nt_register_key, SIGNED, ADMIN, NT_SCOPE_ORG},
    {IDENTITY, "RevokeKey", nt_revoke_key, SIGNED, ANY, NT_SCOPE_KEY},
    {IDENTITY, "ListOfficers", nt_list_officers, 0, ADMIN | HEAD | ANALYST, NT_SCOPE_ORG},

    {DIRECTORY, "ListOrgUnits", nt_list_org_units, 0, ANY, NT_SCOPE_NONE},
    {DIRECTORY, "ApplyOrgUnits", nt_apply_org_units, SIGNED, ADMIN, NT_SCOPE_NONE},

    {CATALOGUE, "ListStrategicIssues", nt_list_strategic_issues, 0, ANY, NT_SCOPE_NONE},
    {CATALOGUE, "ListDimensions", nt_list_dimensions, 0, ANY, NT_SCOPE_NONE},
    {CATALOGUE, "ListIndicators", nt_list_indicators, 0, ANY, NT_SCOPE_NONE},
    {CATALOGUE, "ListForms", nt_list_forms, 0, ANY, NT_SCOPE_NONE},
    {CATALOGUE, "ResolvePeriod", nt_resolve_period, 0, ANY, NT_SCOPE_NONE},
    {CATALOGUE, "ApplyCatalogue", nt_apply_catalogue, SIGNED, ADMIN, NT_SCOPE_NONE},

    {SUBMISSION, "Validate", nt_validate, 0, OFFICER, NT_SCOPE_STATEMENT},
    {SUBMISSION, "Submit", nt_submit, SIGNED, OFFICER, NT_SCOPE_STATEMENT},
    {SUBMISSION, "CreateDraft", nt_create_draft, EFFECT, OFFICER, NT_SCOPE_ORG},
    {SUBMISSION, "PutChunk", nt_put_chunk, EFFECT, OFFICER, NT_SCOPE_DRAFT},
    {SUBMISSION, "GetDraft", nt_get_draft, 0, OFFICER, NT_SCOPE_DRAFT},
    {SUBMISSION, "CommitDraft", nt_commit_draft, SIGNED, OFFICER, NT_SCOPE_STATEMENT},
    {SUBMISSION, "DiscardDraft", nt_discard_draft, EFFECT, OFFICER, NT_SCOPE_DRAFT},
    {SUBMISSION, "GetSubmission", nt_get_submission, 0, ANY, NT_SCOPE_SUBMISSION},
    {SUBMISSION, "ListSubmissions", nt_list_submissions, 0, ANY, NT_SCOPE_ORG},
    {SUBMISSION, "GrantExtension", nt_grant_extension, SIGNED, ANALYST, NT_SCOPE_ORG},
    {SUBMISSION, "Transition", nt_transition, SIGNED, OFFICER | HEAD | ANALYST, NT_SCOPE_SUBMISSION},

    {QUERY, "QueryObservations", nt_query_observations, 0, ANY, NT_SCOPE_ORG},
    {QUERY, "GetOverview", nt_get_overview, 0, ANY, NT_SCOPE_ORG},

    {MONITORING, "GetStatus", nt_get_status, 0, ANY, NT_SCOPE_ORG},
    {MONITORING, "ListConcerns", nt_list_concerns, 0, ANY, NT_SCOPE_ORG},

    {TARGET, "ApplyTargets", nt_apply_targets, SIGNED, ADMIN | ANALYST, NT_SCOPE_ORG},
    {TARGET, "ListTargets", nt_list_targets, 0, ANY, NT_SCOPE_ORG},

    {ANALYSIS, "GetScorecard", nt_get_scorecard, 0, ANY, NT_SCOPE_ORG},
    {ANALYSIS, "Pivot", nt_pivot, 0, ANY, NT_SCOPE_ORG},
    {ANALYSIS, "Explain", nt_explain, 0, ANY, NT_SCOPE_ORG},
    {ANALYSIS, "ListChanges", nt_list_changes, 0, ANY, NT_SCOPE_ORG},
    {ANALYSIS, "CheckRollups", nt_check_rollups, 0, ANY, NT_SCOPE_ORG},

    {PUBLICATION, "Publish", nt_publish, SIGNED, ANALYST, NT_SCOPE_ORG},
    {PUBLICATION, "ListPublications", nt_list_publications, 0, ANY, NT_SCOPE_ORG},
    {PUBLICATION, "GetPublication", nt_get_publication, 0, ANY, NT_SCOPE_ORG},

    {AUDIT, "ListAuditChains", nt_list_audit_chains, 0, ANY, NT_SCOPE_ORG},
    {AUDIT, "ListAuditEvents", nt_list_audit_events, 0, ANY, NT_SCOPE_ORG},
    {AUDIT, "ListAuditAnchors", nt_list_audit_anchors, 0, ANY, NT_SCOPE_NONE},
    {AUDIT, "GetSignedRequest", nt_get_signed_request, 0, ANY, NT_SCOPE_ORG},
};

nt_methods *nt_handlers_build(char fault[200]) {
    static const ProtobufCServiceDescriptor *const services[] = {
        HEALTH,     REFLECTION, INFO,       DIAGNOSTIC, IDENTITY, DIRECTORY,   CATALOGUE,
        SUBMISSION, QUERY,      MONITORING, TARGET,     ANALYSIS, PUBLICATION, AUDIT};
    return nt_methods_build(services, sizeof services / sizeof services[0], ENTRIES, sizeof ENTRIES / sizeof ENTRIES[0],
                            fault);
}
