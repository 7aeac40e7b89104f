/* The contract and the codec around it: descriptors, envelope, payloads, proofs. */
#include "check.h"

#include "api/handlers.h"
#include "base/wire.h"
#include "rpc/envelope.h"
#include "rpc/payload.h"
#include "rpc/server.h"

#include "nithet/v1/catalogue.pb-c.h"
#include "nithet/v1/query.pb-c.h"
#include "nithet/v1/submission.pb-c.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static nt_arena *arena;

static int set_up(void **state) {
    UNUSED_STATE;
    arena = nt_arena_new(8 << 20);
    return arena == NULL || sodium_init() < 0;
}

static int tear_down(void **state) {
    UNUSED_STATE;
    nt_arena_free(arena);
    return 0;
}

/* protobuf-c has no limit of recursion: nothing in the contract may contain itself. */
static int deepest(const ProtobufCMessageDescriptor *type, const ProtobufCMessageDescriptor **path, int depth) {
    for (int i = 0; i < depth; i++)
        assert_ptr_not_equal(path[i], type);
    assert_true(depth < 16);
    path[depth] = type;
    int most = depth + 1;
    for (unsigned f = 0; f < type->n_fields; f++)
        if (type->fields[f].type == PROTOBUF_C_TYPE_MESSAGE) {
            int d = deepest(type->fields[f].descriptor, path, depth + 1);
            most = d > most ? d : most;
        }
    return most;
}

TEST(no_message_contains_itself_and_every_method_has_a_handler_and_a_rule) {
    UNUSED_STATE;
    char fault[200] = "";
    nt_methods *methods = nt_handlers_build(fault);
    assert_string_equal(fault, "");
    assert_non_null(methods);
    const ProtobufCMessageDescriptor *path[32];
    for (size_t i = 0; i < nt_methods_count(methods); i++) {
        const nt_method *m = nt_methods_at(methods, i);
        assert_in_range(deepest(m->descriptor->input, path, 0), 1, 6);
        assert_in_range(deepest(m->descriptor->output, path, 0), 1, 6);
        assert_ptr_equal(nt_methods_find(methods, nt_bytes_text(m->full_name)), m);
        /* Whatever is signed changes something; whatever needs no session changes nothing of anybody's. */
        if (m->entry->flags & NT_METHOD_SIGNED)
            assert_true(m->entry->flags & NT_METHOD_MUTATES);
        if (m->entry->flags & NT_METHOD_OPEN)
            assert_false(m->entry->flags & NT_METHOD_MUTATES);
    }
    assert_null(nt_methods_find(methods, nt_bytes_text("nithet.v1.SubmissionService/submit")));
    nt_methods_free(methods);
}

TEST(a_method_without_a_handler_is_found_at_start) {
    UNUSED_STATE;
    char fault[200] = "";
    const ProtobufCServiceDescriptor *services[] = {&nithet__v1__query_service__descriptor};
    static const nt_method_entry half[] = {
        {&nithet__v1__query_service__descriptor, "GetOverview", nt_get_overview, 0, ~0u, NT_SCOPE_ORG}};
    assert_null(nt_methods_build(services, 1, half, 1, fault));
    assert_non_null(strstr(fault, "QueryObservations"));
}

TEST(an_envelope_reads_back_as_written) {
    UNUSED_STATE;
    uint8_t id[32] = {1}, tag[32] = {2}, signature[64] = {3};
    nt_request q = {.fields = {.method = nt_bytes_text("m"),
                               .payload = nt_bytes_text("p"),
                               .request_id = nt_bytes_text("r"),
                               .idempotency_key = nt_bytes_text("k"),
                               .session_id = nt_bytes_of(id, 32),
                               .audience = nt_bytes_text("a"),
                               .signature = nt_bytes_of(signature, 64),
                               .continuation = nt_bytes_text("c"),
                               .sent_at_us = -5,
                               .timeout_ms = 7},
                    .tag = nt_bytes_of(tag, 32),
                    .traceparent = nt_bytes_text("t"),
                    .metadata = {nt_bytes_text("x=y")},
                    .metadata_count = 1},
               back;
    nt_buffer b = {0};
    nt_request_write(&b, &q);
    assert_true(nt_ok(nt_request_parse(arena, nt_bytes_of(b.data, b.size), &back)));
    assert_true(
        nt_bytes_equal(back.fields.method, q.fields.method) && nt_bytes_equal(back.fields.payload, q.fields.payload) &&
        nt_bytes_equal(back.fields.session_id, q.fields.session_id) &&
        nt_bytes_equal(back.fields.signature, q.fields.signature) &&
        nt_bytes_equal(back.fields.continuation, q.fields.continuation) && nt_bytes_equal(back.tag, q.tag) &&
        nt_bytes_equal(back.metadata[0], q.metadata[0]) && back.fields.sent_at_us == -5 && back.fields.timeout_ms == 7);
    for (size_t cut = 0; cut < b.size; cut++) { /* never reads beyond, never crashes */
        uint8_t *exact = nt_arena_memdup(arena, b.data, cut);
        nt_request_parse(arena, nt_bytes_of(exact, cut), &back);
    }
    nt_buffer_free(&b);
    char long_text[200];
    memset(long_text, 'x', sizeof long_text);
    nt_request too_long = {.fields = {.method = nt_bytes_of(long_text, 129)}};
    nt_request_write(&b, &too_long);
    assert_int_equal(nt_request_parse(arena, nt_bytes_of(b.data, b.size), &back).code, NT_INVALID_ARGUMENT);
    b.size = 0;
    nt_request unprintable = {.fields = {.method = nt_bytes_text("m\n")}};
    nt_request_write(&b, &unprintable);
    assert_int_equal(nt_request_parse(arena, nt_bytes_of(b.data, b.size), &back).code, NT_INVALID_ARGUMENT);
    nt_buffer_free(&b);
}

TEST(a_reply_reads_back_as_written) {
    UNUSED_STATE;
    nt_reply r = {.code = NT_ABORTED,
                  .message = nt_bytes_text("m"),
                  .details = nt_bytes_text("d"),
                  .payload = nt_bytes_text("pp"),
                  .continuation = nt_bytes_text("c"),
                  .request_id = nt_bytes_text("r"),
                  .tag = nt_bytes_text("t")},
             back;
    nt_buffer b = {0};
    nt_reply_write_head(&b, &r, 1234);
    nt_buffer_append(&b, r.payload.data, r.payload.size);
    assert_true(nt_reply_parse(nt_bytes_of(b.data, b.size), &back));
    assert_int_equal(back.code, NT_ABORTED);
    assert_true(nt_bytes_equal(back.payload, r.payload) && nt_bytes_equal(back.details, r.details) &&
                nt_bytes_equal(back.tag, r.tag));
    assert_false(nt_reply_parse(nt_bytes_of(b.data, b.size - 1), &back));
    nt_buffer_free(&b);
}

TEST(a_payload_is_unpacked_within_a_cap_and_its_texts_and_enums_are_checked) {
    UNUSED_STATE;
    ProtobufCMessage *m;
    nt_arena *tiny = nt_arena_new(64 * 1024);
    nt_buffer b = {0};
    for (int i = 0; i < 50000; i++)
        nt_wire_put_element(&b, 1, (nt_bytes){0});
    assert_int_equal(
        nt_payload_unpack(tiny, &nithet__v1__apply_catalogue_request__descriptor, nt_bytes_of(b.data, b.size), &m).code,
        NT_RESOURCE_EXHAUSTED);
    nt_arena_free(tiny);
    b.size = 0;
    nt_wire_put_uint(&b, 4, 99); /* ListSubmissionsRequest.state */
    nt_status st =
        nt_payload_unpack(arena, &nithet__v1__list_submissions_request__descriptor, nt_bytes_of(b.data, b.size), &m);
    assert_int_equal(st.code, NT_INVALID_ARGUMENT);
    assert_string_equal(st.fault->violations->path, "state");
    b.size = 0;
    nt_wire_put_bytes(&b, 2, nt_bytes_text("\xff")); /* in a repeated string */
    st = nt_payload_unpack(arena, &nithet__v1__query_observations_request__descriptor, nt_bytes_of(b.data, b.size), &m);
    assert_string_equal(st.fault->violations->path, "indicators[0]");
    assert_string_equal(st.fault->violations->rule, "NOT_UTF8");
    nt_buffer_free(&b);
}

TEST(error_details_never_pass_their_limit) {
    UNUSED_STATE;
    nt_violations faults;
    nt_violations_init(&faults, arena);
    for (int i = 0; i < NT_VIOLATIONS_KEPT; i++)
        nt_violations_add(&faults, "p", "RULE", "%0500d", "%0500d", i);
    nt_buffer b = {0};
    nt_payload_error_details(nt_violations_status(&faults), &b);
    assert_in_range(b.size, 200 * 1024, 256 * 1024);
    nt_buffer_free(&b);
}

TEST(both_ends_agree_on_a_session_key_and_nobody_else_does) {
    UNUSED_STATE;
    uint8_t a_secret[32], b_secret[32], c_secret[32], a_public[32], b_public[32], digest[32] = {7}, one[32], two[32],
                                                                                  zero[32] = {0};
    randombytes_buf(a_secret, 32);
    randombytes_buf(b_secret, 32);
    randombytes_buf(c_secret, 32);
    crypto_scalarmult_base(a_public, a_secret);
    crypto_scalarmult_base(b_public, b_secret);
    assert_true(nt_proof_session_key(a_secret, b_public, digest, one));
    assert_true(nt_proof_session_key(b_secret, a_public, digest, two));
    assert_memory_equal(one, two, 32);
    assert_true(nt_proof_session_key(c_secret, a_public, digest, two));
    assert_true(memcmp(one, two, 32) != 0);
    assert_false(nt_proof_session_key(a_secret, zero, digest, two)); /* a point that gives no secret */
}

TEST(a_tag_covers_every_field_that_matters) {
    UNUSED_STATE;
    uint8_t key[32] = {1}, tag[32], other[32];
    nt_proof_request base = {.method = nt_bytes_text("m"),
                             .payload = nt_bytes_text("p"),
                             .request_id = nt_bytes_text("r"),
                             .idempotency_key = nt_bytes_text("k"),
                             .session_id = nt_bytes_text("s"),
                             .audience = nt_bytes_text("a"),
                             .signature = nt_bytes_text("g"),
                             .continuation = nt_bytes_text("c"),
                             .sent_at_us = 1,
                             .timeout_ms = 2};
    nt_proof_request_tag(&base, key, tag);
    nt_bytes *fields[] = {&base.method,     &base.payload,  &base.request_id, &base.idempotency_key,
                          &base.session_id, &base.audience, &base.signature,  &base.continuation};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        nt_bytes kept = *fields[i];
        *fields[i] = nt_bytes_text("");
        nt_proof_request_tag(&base, key, other);
        assert_true(memcmp(tag, other, 32) != 0);
        *fields[i] = kept;
    }
    base.sent_at_us++;
    nt_proof_request_tag(&base, key, other);
    assert_true(memcmp(tag, other, 32) != 0);
}

TEST(session_ids_cannot_be_invented) {
    UNUSED_STATE;
    uint8_t key[32] = {4}, id[32];
    nt_session_id_new(key, id);
    assert_true(nt_session_id_genuine(key, nt_bytes_of(id, 32)));
    for (int i = 0; i < 32; i++) {
        id[i] ^= 1;
        assert_false(nt_session_id_genuine(key, nt_bytes_of(id, 32)));
        id[i] ^= 1;
    }
    assert_false(nt_session_id_genuine(key, nt_bytes_of(id, 31)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_message_contains_itself_and_every_method_has_a_handler_and_a_rule),
        cmocka_unit_test(a_method_without_a_handler_is_found_at_start),
        cmocka_unit_test(an_envelope_reads_back_as_written),
        cmocka_unit_test(a_reply_reads_back_as_written),
        cmocka_unit_test(a_payload_is_unpacked_within_a_cap_and_its_texts_and_enums_are_checked),
        cmocka_unit_test(error_details_never_pass_their_limit),
        cmocka_unit_test(both_ends_agree_on_a_session_key_and_nobody_else_does),
        cmocka_unit_test(a_tag_covers_every_field_that_matters),
        cmocka_unit_test(session_ids_cannot_be_invented),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
