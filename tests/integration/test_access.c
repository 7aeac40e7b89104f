/* Who may call what: every method of the contract, by every role, for the own province and for another. The table here
 * is written apart from the service's own (service/api/handlers.c); a method that stands in neither fails. */
#include "check.h"
#include "office.h"

#include "api/handlers.h"
#include "base/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ADMIN, OFFICER, HEAD, ANALYST, READER, ROLES };

static const struct {
    const char *method;
    const char *roles; /* A admin, O province officer, H province head, G regional analyst, R reader; * everyone, also
                          without a session */
} EXPECTED[] = {
    {"HealthService/Check", "*"},
    {"ReflectionService/GetFileDescriptorSet", "*"},
    {"ServerInfoService/GetServerInfo", "*"},
    {"DiagnosticService/Echo", "AOHGR"},
    {"DiagnosticService/Delay", "A"},
    {"IdentityService/OpenSession", "*"},
    {"IdentityService/CloseSession", "AOHGR"},
    {"IdentityService/WhoAmI", "AOHGR"},
    {"IdentityService/RegisterKey", "A"},
    {"IdentityService/RevokeKey", "AOHGR"}, /* administrators, or one's own */
    {"IdentityService/ListOfficers", "AHG"},
    {"DirectoryService/ListOrgUnits", "AOHGR"},
    {"DirectoryService/ApplyOrgUnits", "A"},
    {"CatalogueService/ListStrategicIssues", "AOHGR"},
    {"CatalogueService/ListDimensions", "AOHGR"},
    {"CatalogueService/ListIndicators", "AOHGR"},
    {"CatalogueService/ListForms", "AOHGR"},
    {"CatalogueService/ResolvePeriod", "AOHGR"},
    {"CatalogueService/ApplyCatalogue", "A"},
    {"SubmissionService/Validate", "O"},
    {"SubmissionService/Submit", "O"},
    {"SubmissionService/CreateDraft", "O"},
    {"SubmissionService/PutChunk", "O"},
    {"SubmissionService/GetDraft", "O"},
    {"SubmissionService/CommitDraft", "O"},
    {"SubmissionService/DiscardDraft", "O"},
    {"SubmissionService/GetSubmission", "AOHGR"},
    {"SubmissionService/ListSubmissions", "AOHGR"},
    {"SubmissionService/Transition", "OHG"},
    {"SubmissionService/GrantExtension", "G"},
    {"QueryService/QueryObservations", "AOHGR"},
    {"QueryService/GetOverview", "AOHGR"},
    {"MonitoringService/GetStatus", "AOHGR"},
    {"MonitoringService/ListConcerns", "AOHGR"},
    {"TargetService/ApplyTargets", "AG"},
    {"TargetService/ListTargets", "AOHGR"},
    {"AnalysisService/GetScorecard", "AOHGR"},
    {"AnalysisService/Pivot", "AOHGR"},
    {"AnalysisService/Explain", "AOHGR"},
    {"AnalysisService/ListChanges", "AOHGR"},
    {"AnalysisService/CheckRollups", "AOHGR"},
    {"PublicationService/Publish", "G"},
    {"PublicationService/ListPublications", "AOHGR"},
    {"PublicationService/GetPublication", "AOHGR"},
    {"AuditService/ListAuditChains", "AOHGR"},
    {"AuditService/ListAuditEvents", "AOHGR"},
    {"AuditService/ListAuditAnchors", "AOHGR"},
    {"AuditService/GetSignedRequest", "AOHGR"},
};

static const char LETTERS[ROLES] = "AOHGR";
static office *o;
static nithet_client *clients[ROLES];
/* Of TH-50 and of TH-11. */
static uint64_t drafts[2], submissions[2];
static char keys[2][33];

static uint64_t first_number(const nithet_reply *reply) {
    nt_wire_reader r = nt_wire_read(nt_bytes_of(reply->payload, reply->payload_size));
    nt_wire_field f;
    return nt_wire_next(&r, &f) ? f.value : 0;
}

static void prepare(int which, const char *org, const char *login) {
    const char *key = office_key(o, login, "province_officer", org);
    nithet_client *c = office_client(o, key);
    nt_buffer b = {0};
    nithet_reply reply = {0};
    uint8_t id[16];
    nt_wire_put_bytes(&b, 1, nt_bytes_text("GRAD_M6"));
    nt_wire_put_bytes(&b, 2, nt_bytes_text(org));
    nt_wire_put_bytes(&b, 3, nt_bytes_text("AY2560"));
    assert_int_equal(nithet_call(c, "nithet.v1.SubmissionService/CreateDraft", b.data, b.size, NULL, &reply, NULL),
                     NITHET_OK);
    drafts[which] = first_number(&reply);
    nithet_reply_clear(&reply);
    nt_buffer_free(&b);
    nithet_submission *s = nithet_submission_new("GRAD_M6", org, "AY2561");
    nithet_submission_add(s, "GRAD_M6", org, "sex=male", "1", NITHET_NORMAL, NULL, NULL);
    nithet_submission_add(s, "GRAD_M6", org, "sex=female", "1", NITHET_NORMAL, NULL, NULL);
    nithet_receipt *r = nithet_submission_send(c, s, NULL, NULL);
    assert_non_null(r);
    submissions[which] = r->submission_id;
    nithet_receipt_free(r);
    nithet_submission_free(s);
    assert_int_equal(nithet_key_public(key, NULL, id, NULL), NITHET_OK);
    nt_hex(id, 16, keys[which]);
    nithet_close(c);
}

static int set_up(void **state) {
    UNUSED_STATE;
    static const char *const roles[ROLES][3] = {{"admin", "admin", "TH"},
                                                {"officer", "province_officer", "TH-50"},
                                                {"head", "province_head", "TH-50"},
                                                {"analyst", "regional_analyst", "REO15"},
                                                {"reader", "reader", "TH-50"}};
    o = office_open(1);
    prepare(0, "TH-50", "own");
    prepare(1, "TH-11", "foreign");
    for (int i = 0; i < ROLES; i++)
        clients[i] = office_client(o, office_key(o, roles[i][0], roles[i][1], roles[i][2]));
    return 0;
}

static int tear_down(void **state) {
    UNUSED_STATE;
    for (int i = 0; i < ROLES; i++)
        nithet_close(clients[i]);
    office_close(o);
    return 0;
}

static const ProtobufCFieldDescriptor *field(const ProtobufCMessageDescriptor *type, const char *name) {
    return protobuf_c_message_descriptor_get_field_by_name(type, name);
}

/* A message that is about the own province (0) or another (1), and otherwise says nothing; 0 if the method is about
 * neither. */
static int about(const ProtobufCMessageDescriptor *type, int which, nt_buffer *out) {
    static const char *const orgs[2] = {"TH-50", "TH-11"};
    const ProtobufCFieldDescriptor *f;
    if ((f = field(type, "submission_id")) && !field(type, "org"))
        nt_wire_put_uint(out, f->id, submissions[which]);
    else if ((f = field(type, "draft_id")) && !field(type, "statement"))
        nt_wire_put_uint(out, f->id, drafts[which]);
    else if ((f = field(type, "key_id")) && f->type == PROTOBUF_C_TYPE_STRING)
        nt_wire_put_bytes(out, f->id, nt_bytes_text(keys[which]));
    else if ((f = field(type, "statement"))) {
        nt_buffer inner = {0};
        nt_wire_put_bytes(&inner, field(f->descriptor, "org")->id, nt_bytes_text(orgs[which]));
        nt_wire_put_element(out, f->id, nt_bytes_of(inner.data, inner.size));
        nt_buffer_free(&inner);
    } else if ((f = field(type, "org")))
        nt_wire_put_bytes(out, f->id, nt_bytes_text(orgs[which]));
    else
        return 0;
    return 1;
}

static const char *expected_roles(const char *full_name) {
    const char *name = full_name + strlen("nithet.v1.");
    for (size_t i = 0; i < sizeof EXPECTED / sizeof EXPECTED[0]; i++)
        if (strcmp(EXPECTED[i].method, name) == 0)
            return EXPECTED[i].roles;
    return NULL;
}

static nithet_code attempt(nithet_client *c, const char *method, const nt_buffer *payload, unsigned flags) {
    nithet_call_options options = {.flags = flags, .timeout_ms = 5000};
    nithet_reply reply = {0};
    nithet_code code = nithet_call(c, method, payload->data, payload->size, &options, &reply, NULL);
    nithet_reply_clear(&reply);
    return code;
}

TEST(every_method_by_every_role_for_the_own_province_and_another) {
    UNUSED_STATE;
    char fault[200];
    nt_methods *methods = nt_handlers_build(fault);
    assert_int_equal(nt_methods_count(methods), sizeof EXPECTED / sizeof EXPECTED[0]);
    int wrong = 0, tried = 0;
    for (size_t m = 0; m < nt_methods_count(methods); m++) {
        const nt_method *method = nt_methods_at(methods, m);
        const char *roles = expected_roles(method->full_name);
        if (!roles)
            fail_msg("%s: nobody has said who may call it", method->full_name);
        if (strcmp(roles, "*") == 0 || strstr(method->full_name, "CloseSession"))
            continue;
        for (int role = 0; role < ROLES; role++)
            for (int which = 0; which < 2; which++) {
                nt_buffer payload = {0};
                int scoped = about(method->descriptor->input, which, &payload);
                /* The country's administrator has no other province; nobody but one revokes the own key. */
                int own_key = strstr(method->full_name, "RevokeKey") != NULL;
                int allowed = strchr(roles, LETTERS[role]) && (!scoped || which == 0 || role == ADMIN) &&
                              (!own_key || role == ADMIN);
                nithet_code code = attempt(clients[role], method->full_name, &payload, NITHET_CALL_SIGNED);
                nt_buffer_free(&payload);
                tried++;
                if ((code == NITHET_PERMISSION_DENIED) == allowed || code == NITHET_INTERNAL ||
                    code == NITHET_UNAUTHENTICATED || code == NITHET_UNIMPLEMENTED) {
                    fprintf(stderr, "%s by %c for %s: %s\n", method->full_name, LETTERS[role],
                            which ? "another" : "the own", nithet_code_name(code));
                    wrong++;
                }
            }
    }
    printf("%d combinations\n", tried);
    nt_methods_free(methods);
    assert_int_equal(wrong, 0);
}

TEST(no_method_that_needs_a_session_answers_without_one) {
    UNUSED_STATE;
    char fault[200];
    nt_methods *methods = nt_handlers_build(fault);
    nithet_client *nobody = office_client(o, NULL);
    nt_buffer nothing = {0};
    for (size_t m = 0; m < nt_methods_count(methods); m++) {
        const nt_method *method = nt_methods_at(methods, m);
        if (strcmp(expected_roles(method->full_name), "*") != 0)
            assert_int_equal(attempt(nobody, method->full_name, &nothing, NITHET_CALL_OPEN), NITHET_UNAUTHENTICATED);
    }
    nithet_close(nobody);
    nt_methods_free(methods);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_method_by_every_role_for_the_own_province_and_another),
                                       cmocka_unit_test(no_method_that_needs_a_session_answers_without_one)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
