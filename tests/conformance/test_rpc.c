/* The promises of the RPC layer, asked from outside of a real daemon. */
#include "check.h"
#include "office.h"
#include "raw.h"

#include "base/clock.h"
#include "base/wire.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static office *the_office;
static office_daemon second;
static raw admin;

#define ECHO "nithet.v1.DiagnosticService/Echo"

static int set_up(void **state) {
    UNUSED_STATE;
    the_office = office_open(1);
    office_start(the_office, &second, "second", "[limits]\nread_workers = 1\nread_queue = 1\n");
    raw_open(&admin, office_first(the_office)->endpoint, office_key(the_office, "admin", "", ""));
    return !raw_session(&admin);
}

static int tear_down(void **state) {
    UNUSED_STATE;
    raw_close(&admin);
    int status = office_stop(&second);
    office_close(the_office);
    return status != 0;
}

/* EchoRequest. */
static nt_buffer echo(const char *payload, unsigned fail_with) {
    nt_buffer b = {0};
    nt_wire_put_bytes(&b, 1, nt_bytes_text(payload));
    nt_wire_put_uint(&b, 2, fail_with);
    nt_wire_put_bytes(&b, 3, nt_bytes_text("because"));
    return b;
}

static int send_echo(raw *r, const char *payload, unsigned fail_with) {
    nt_buffer b = echo(payload, fail_with);
    nt_request q = raw_request(r, ECHO, nt_bytes_of(b.data, b.size), NULL);
    int code = raw_send(r, &q, 0);
    nt_buffer_free(&b);
    return code;
}

TEST(echo_gives_back_what_it_got_with_a_tag_and_the_request_id) {
    UNUSED_STATE;
    assert_int_equal(send_echo(&admin, "hello", 0), NT_OK);
    uint8_t tag[32];
    nt_proof_reply_tag(nt_bytes_of(admin.tag, 32), NT_OK, admin.reply.continuation, admin.reply.details,
                       admin.reply.payload, admin.session_key, tag);
    assert_true(nt_proof_equal(tag, 32, admin.reply.tag));
    assert_true(nt_bytes_equal(admin.reply.request_id, nt_bytes_text("raw-1")));
    assert_int_equal(admin.reply.payload.size, 7);
    assert_memory_equal(admin.reply.payload.data + 2, "hello", 5);
}

TEST(each_status_code_of_grpc_comes_back_with_details_in_both_languages) {
    UNUSED_STATE;
    for (unsigned code = 1; code <= 16; code++) {
        assert_int_equal(send_echo(&admin, "", code), code);
        nithet_error *e = NULL;
        nt_wire_reader reader = nt_wire_read(admin.reply.details);
        nt_wire_field f;
        assert_true(nt_wire_next(&reader, &f));
        assert_int_equal(f.number, 1); /* LocalizedText */
        nt_wire_reader text = nt_wire_read(f.bytes);
        int languages = 0;
        while (nt_wire_next(&text, &f))
            languages += f.bytes.size > 0;
        assert_int_equal(languages, 2);
        assert_null(e);
    }
    assert_int_equal(send_echo(&admin, "", 17), NT_INVALID_ARGUMENT);
}

TEST(an_unknown_method_is_unimplemented) {
    UNUSED_STATE;
    nt_request q = raw_request(&admin, "nithet.v1.DiagnosticService/Nope", (nt_bytes){0}, NULL);
    assert_int_equal(raw_send(&admin, &q, 0), NT_UNIMPLEMENTED);
    nt_request none = raw_request(&admin, "", (nt_bytes){0}, NULL);
    assert_int_equal(raw_send(&admin, &none, 0), NT_INVALID_ARGUMENT);
}

TEST(a_message_over_the_limit_is_answered_and_one_over_twice_the_limit_harms_nobody) {
    UNUSED_STATE;
    size_t limit = 8u << 20;
    char *much = malloc(limit * 2 + 1000);
    memset(much, 'x', limit * 2 + 1000);
    nt_request q = raw_request(&admin, ECHO, nt_bytes_of(much, limit + 10), NULL);
    assert_int_equal(raw_send(&admin, &q, 0), NT_RESOURCE_EXHAUSTED);
    raw other; /* its connection will be dropped */
    raw_open(&other, office_first(the_office)->endpoint, NULL);
    assert_false(raw_exchange(&other, nt_bytes_of(much, limit * 2 + 1000), 500));
    raw_close(&other);
    free(much);
    assert_int_equal(send_echo(&admin, "still here", 0), NT_OK);
}

TEST(what_cannot_be_done_in_time_is_deadline_exceeded_and_its_sql_is_stopped) {
    UNUSED_STATE;
    nt_buffer b = {0};
    nt_wire_put_uint(&b, 1, 8000);
    nt_request q = raw_request(&admin, "nithet.v1.DiagnosticService/Delay", nt_bytes_of(b.data, b.size), NULL);
    q.fields.timeout_ms = 300;
    assert_int_equal(raw_send(&admin, &q, 0), NT_DEADLINE_EXCEEDED);
    assert_string_equal(office_sql(the_office, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' "
                                               "AND state = 'active' AND pid <> pg_backend_pid()"),
                        "0");
    nt_buffer_free(&b);
    assert_int_equal(send_echo(&admin, "", 0), NT_OK);
}

TEST(a_request_of_another_time_is_refused) {
    UNUSED_STATE;
    nt_buffer b = echo("x", 0);
    nt_request q = raw_request(&admin, ECHO, nt_bytes_of(b.data, b.size), NULL);
    q.fields.sent_at_us -= INT64_C(3600) * 1000000;
    assert_int_equal(raw_send(&admin, &q, 0), NT_UNAUTHENTICATED);
    assert_non_null(strstr(raw_message(&admin), "clock"));
    q = raw_request(&admin, ECHO, nt_bytes_of(b.data, b.size), NULL);
    q.fields.sent_at_us += INT64_C(3600) * 1000000;
    assert_int_equal(raw_send(&admin, &q, 0), NT_UNAUTHENTICATED);
    q = raw_request(&admin, ECHO, nt_bytes_of(b.data, b.size), NULL);
    q.fields.sent_at_us = INT64_MIN;
    assert_int_equal(raw_send(&admin, &q, 0), NT_UNAUTHENTICATED);
    nt_buffer_free(&b);
}

TEST(a_changed_request_a_foreign_session_and_another_audience_are_refused) {
    UNUSED_STATE;
    nt_buffer b = echo("x", 0);
    uint8_t wrong[32] = {1};
    nt_request q = raw_request(&admin, ECHO, nt_bytes_of(b.data, b.size), NULL);
    q.tag = nt_bytes_of(wrong, 32);
    assert_int_equal(raw_send(&admin, &q, 0), NT_UNAUTHENTICATED);
    q = raw_request(&admin, ECHO, nt_bytes_of(b.data, b.size), NULL);
    q.fields.session_id = nt_bytes_of(wrong, 32);
    assert_int_equal(raw_send(&admin, &q, 0), NT_UNAUTHENTICATED);
    q = raw_request(&admin, ECHO, nt_bytes_of(b.data, b.size), NULL);
    q.fields.session_id = (nt_bytes){0};
    assert_int_equal(raw_send(&admin, &q, 0), NT_UNAUTHENTICATED);
    q = raw_request(&admin, ECHO, nt_bytes_of(b.data, b.size), NULL);
    q.fields.audience = nt_bytes_text("another office");
    assert_int_equal(raw_send(&admin, &q, 0), NT_UNAUTHENTICATED);
    nt_buffer_free(&b);
}

TEST(a_session_cannot_be_opened_twice_with_the_same_words) {
    UNUSED_STATE;
    raw r;
    raw_open(&r, office_first(the_office)->endpoint, office_key(the_office, "admin", "", ""));
    uint8_t own_public[32] = {9}, digest[32], signature[64];
    int64_t now = nt_clock_wall_us();
    nt_buffer payload = {0}, message = {0};
    nt_proof_open_session(nt_bytes_of(r.key_id, 16), nt_bytes_of(own_public, 32), now, nt_bytes_text("test"), digest);
    nt_proof_sign(digest, r.secret_key, signature);
    nt_wire_put_bytes(&payload, 1, nt_bytes_of(r.key_id, 16));
    nt_wire_put_bytes(&payload, 2, nt_bytes_of(own_public, 32));
    nt_wire_put_fixed64(&payload, 3, (uint64_t)now);
    nt_wire_put_bytes(&payload, 4, nt_bytes_text("test"));
    nt_wire_put_bytes(&payload, 5, nt_bytes_of(signature, 64));
    nt_request q = {.fields = {.method = nt_bytes_text("nithet.v1.IdentityService/OpenSession"),
                               .payload = nt_bytes_of(payload.data, payload.size)}};
    nt_request_write(&message, &q);
    assert_true(raw_exchange(&r, nt_bytes_of(message.data, message.size), 10000));
    assert_int_equal(r.reply.code, NT_OK);
    assert_true(raw_exchange(&r, nt_bytes_of(message.data, message.size), 10000));
    assert_int_equal(r.reply.code, NT_UNAUTHENTICATED);
    nt_buffer_free(&payload);
    nt_buffer_free(&message);
    raw_close(&r);
}

/* RegisterKeyRequest of a new officer. */
static nt_buffer registration(const char *login, uint8_t first_byte) {
    nt_buffer b = {0};
    uint8_t key[32] = {first_byte, 7};
    nt_wire_put_bytes(&b, 1, nt_bytes_text(login));
    nt_wire_put_bytes(&b, 2, nt_bytes_text("ผู้อ่าน"));
    nt_wire_put_uint(&b, 3, 5);
    nt_wire_put_bytes(&b, 4, nt_bytes_text("TH"));
    nt_wire_put_bytes(&b, 5, nt_bytes_of(key, 32));
    return b;
}

TEST(a_change_wants_an_idempotency_key_and_what_commits_an_office_wants_a_signature) {
    UNUSED_STATE;
    nt_buffer b = registration("reader1", 1);
    nt_request q = raw_request(&admin, "nithet.v1.IdentityService/RegisterKey", nt_bytes_of(b.data, b.size), NULL);
    assert_int_equal(raw_send(&admin, &q, RAW_SIGNED), NT_INVALID_ARGUMENT);
    assert_string_equal(raw_rule(&admin), "REQUIRED");
    char key[27];
    nt_ulid_new(key);
    q = raw_request(&admin, "nithet.v1.IdentityService/RegisterKey", nt_bytes_of(b.data, b.size), key);
    assert_int_equal(raw_send(&admin, &q, 0), NT_UNAUTHENTICATED);
    uint8_t forged[64] = {3};
    q = raw_request(&admin, "nithet.v1.IdentityService/RegisterKey", nt_bytes_of(b.data, b.size), key);
    q.fields.signature = nt_bytes_of(forged, 64);
    assert_int_equal(raw_send(&admin, &q, 0), NT_UNAUTHENTICATED);
    assert_string_equal(office_sql(the_office, "SELECT count(*) FROM officer WHERE login = 'reader1'"), "0");
    nt_buffer_free(&b);
}

TEST(the_same_key_gets_the_same_reply_and_another_request_with_it_is_refused) {
    UNUSED_STATE;
    char key[27];
    nt_ulid_new(key);
    nt_buffer b = registration("reader2", 2), other = registration("reader3", 3);
    nt_request q = raw_request(&admin, "nithet.v1.IdentityService/RegisterKey", nt_bytes_of(b.data, b.size), key);
    assert_int_equal(raw_send(&admin, &q, RAW_SIGNED), NT_OK);
    uint8_t first[512];
    size_t size = admin.reply.payload.size;
    assert_true(size < sizeof first);
    memcpy(first, admin.reply.payload.data, size);
    raw elsewhere; /* another daemon, another session: the same effect all the same */
    raw_open(&elsewhere, second.endpoint, office_key(the_office, "admin", "", ""));
    assert_true(raw_session(&elsewhere));
    q = raw_request(&elsewhere, "nithet.v1.IdentityService/RegisterKey", nt_bytes_of(b.data, b.size), key);
    assert_int_equal(raw_send(&elsewhere, &q, RAW_SIGNED), NT_OK);
    assert_int_equal(elsewhere.reply.payload.size, size);
    assert_memory_equal(elsewhere.reply.payload.data, first, size);
    raw_close(&elsewhere);
    q = raw_request(&admin, "nithet.v1.IdentityService/RegisterKey", nt_bytes_of(other.data, other.size), key);
    assert_int_equal(raw_send(&admin, &q, RAW_SIGNED), NT_ALREADY_EXISTS);
    assert_string_equal(office_sql(the_office, "SELECT count(*) FROM officer_key k JOIN officer o ON o.id = "
                                               "k.officer_id WHERE login IN ('reader2', 'reader3')"),
                        "1");
    assert_string_equal(office_sql(the_office, "SELECT count(*) FROM audit_event WHERE subject = 'officer/reader2'"),
                        "1");
    nt_buffer_free(&b);
    nt_buffer_free(&other);
}

TEST(a_cursor_goes_on_at_another_daemon_and_fits_no_other_request) {
    UNUSED_STATE;
    nt_buffer b = {0}, other = {0};
    nt_wire_put_uint(&b, 2, 3); /* provinces */
    nt_wire_put_uint(&b, 4, 50);
    nt_wire_put_uint(&other, 4, 50);
    nt_request q = raw_request(&admin, "nithet.v1.DirectoryService/ListOrgUnits", nt_bytes_of(b.data, b.size), NULL);
    assert_int_equal(raw_send(&admin, &q, 0), NT_OK);
    uint8_t cursor[4096];
    size_t size = admin.reply.continuation.size;
    assert_in_range(size, 1, sizeof cursor);
    memcpy(cursor, admin.reply.continuation.data, size);
    raw elsewhere;
    raw_open(&elsewhere, second.endpoint, office_key(the_office, "admin", "", ""));
    assert_true(raw_session(&elsewhere));
    q = raw_request(&elsewhere, "nithet.v1.DirectoryService/ListOrgUnits", nt_bytes_of(b.data, b.size), NULL);
    q.fields.continuation = nt_bytes_of(cursor, size);
    assert_int_equal(raw_send(&elsewhere, &q, 0), NT_OK);
    size_t units = 0;
    nt_wire_reader reader = nt_wire_read(elsewhere.reply.payload);
    nt_wire_field f;
    while (nt_wire_next(&reader, &f))
        units++;
    assert_int_equal(units, 27); /* of 77 */
    assert_int_equal(elsewhere.reply.continuation.size, 0);
    q = raw_request(&elsewhere, "nithet.v1.DirectoryService/ListOrgUnits", nt_bytes_of(other.data, other.size), NULL);
    q.fields.continuation = nt_bytes_of(cursor, size);
    assert_int_equal(raw_send(&elsewhere, &q, 0), NT_INVALID_ARGUMENT);
    for (size_t i = 0; i < size; i += 5) {
        cursor[i] ^= 1;
        q = raw_request(&elsewhere, "nithet.v1.DirectoryService/ListOrgUnits", nt_bytes_of(b.data, b.size), NULL);
        q.fields.continuation = nt_bytes_of(cursor, size);
        assert_int_equal(raw_send(&elsewhere, &q, 0), NT_INVALID_ARGUMENT);
        assert_string_equal(raw_rule(&elsewhere), "FOREIGN_CURSOR");
        cursor[i] ^= 1;
    }
    raw_close(&elsewhere);
    nt_buffer_free(&b);
    nt_buffer_free(&other);
}

static void *delay_for_a_second(void *arg) {
    raw r;
    raw_open(&r, second.endpoint, arg);
    nt_buffer b = {0};
    nt_wire_put_uint(&b, 1, 1000);
    intptr_t code = -1;
    if (raw_session(&r)) {
        nt_request q = raw_request(&r, "nithet.v1.DiagnosticService/Delay", nt_bytes_of(b.data, b.size), NULL);
        code = raw_send(&r, &q, 0);
        if (code == NT_RESOURCE_EXHAUSTED) { /* with when to try again */
            nt_wire_reader reader = nt_wire_read(r.reply.details);
            nt_wire_field f;
            int told = 0;
            while (nt_wire_next(&reader, &f))
                told |= f.number == 4 && f.value > 0;
            code = told ? NT_RESOURCE_EXHAUSTED : -2;
        }
    }
    nt_buffer_free(&b);
    raw_close(&r);
    return (void *)code;
}

TEST(overload_is_answered_at_once_with_when_to_try_again) {
    UNUSED_STATE;
    const char *key = office_key(the_office, "admin", "", "");
    pthread_t threads[6];
    int counts[NT_CODE_COUNT] = {0};
    for (int i = 0; i < 6; i++)
        pthread_create(&threads[i], NULL, delay_for_a_second, (void *)(uintptr_t)key);
    for (int i = 0; i < 6; i++) {
        void *code;
        pthread_join(threads[i], &code);
        assert_in_range((intptr_t)code, 0, NT_CODE_COUNT - 1);
        counts[(intptr_t)code]++;
    }
    assert_true(counts[NT_RESOURCE_EXHAUSTED] >= 1); /* one worker, one place in the queue */
    assert_true(counts[NT_OK] >= 2);
    assert_int_equal(counts[NT_OK] + counts[NT_RESOURCE_EXHAUSTED], 6);
}

TEST(calls_over_the_limit_of_a_key_are_told_when_to_come_again) {
    UNUSED_STATE;
    office_daemon slow;
    raw r, other;
    office_start(the_office, &slow, "slow", "[limits]\ncalls_per_second = 5\n");
    raw_open(&r, slow.endpoint, office_key(the_office, "admin", "", ""));
    raw_open(&other, slow.endpoint, office_key(the_office, "elsewhere", "reader", "TH"));
    assert_true(raw_session(&r) && raw_session(&other));
    int good = 0, refused = 0;
    for (int i = 0; i < 40; i++) {
        int code = send_echo(&r, "x", 0);
        good += code == NT_OK;
        refused += code == NT_RESOURCE_EXHAUSTED;
    }
    assert_int_equal(good + refused, 40);
    assert_in_range(good, 5, 15);
    assert_int_equal(send_echo(&other, "x", 0), NT_OK); /* another key has its own */
    raw_close(&r);
    raw_close(&other);
    assert_int_equal(office_stop(&slow), 0);
}

TEST(health_and_server_info_and_reflection_need_no_session) {
    UNUSED_STATE;
    raw r;
    raw_open(&r, office_first(the_office)->endpoint, NULL);
    nt_buffer b = {0}, message = {0};
    nt_wire_put_bytes(&b, 1, nt_bytes_text("nithet.v1.NoService"));
    nt_request q = {
        .fields = {.method = nt_bytes_text("nithet.v1.HealthService/Check"), .payload = nt_bytes_of(b.data, b.size)}};
    nt_request_write(&message, &q);
    assert_true(raw_exchange(&r, nt_bytes_of(message.data, message.size), 5000));
    assert_int_equal(r.reply.code, NT_NOT_FOUND);
    static const char *const methods[] = {"nithet.v1.HealthService/Check", "nithet.v1.ServerInfoService/GetServerInfo",
                                          "nithet.v1.ReflectionService/GetFileDescriptorSet"};
    for (int i = 0; i < 3; i++) {
        message.size = 0;
        q = (nt_request){.fields = {.method = nt_bytes_text(methods[i])}};
        nt_request_write(&message, &q);
        assert_true(raw_exchange(&r, nt_bytes_of(message.data, message.size), 5000));
        assert_int_equal(r.reply.code, NT_OK);
        assert_true(r.reply.payload.size > 0);
    }
    message.size = 0;
    q = (nt_request){.fields = {.method = nt_bytes_text(ECHO)}};
    nt_request_write(&message, &q);
    assert_true(raw_exchange(&r, nt_bytes_of(message.data, message.size), 5000));
    assert_int_equal(r.reply.code, NT_UNAUTHENTICATED);
    nt_buffer_free(&b);
    nt_buffer_free(&message);
    raw_close(&r);
}

TEST(a_closed_session_ends_on_every_daemon_at_once) {
    UNUSED_STATE;
    raw r;
    raw_open(&r, office_first(the_office)->endpoint, office_key(the_office, "admin", "", ""));
    assert_true(raw_session(&r));
    raw elsewhere = r;
    raw_open(&elsewhere, second.endpoint, office_key(the_office, "admin", "", ""));
    memcpy(elsewhere.session_id, r.session_id, 32);
    memcpy(elsewhere.session_key, r.session_key, 32);
    assert_int_equal(send_echo(&elsewhere, "x", 0), NT_OK);
    nt_request q = raw_request(&r, "nithet.v1.IdentityService/CloseSession", (nt_bytes){0}, NULL);
    assert_int_equal(raw_send(&r, &q, 0), NT_OK);
    int code = NT_OK;
    for (int i = 0; i < 100 && code == NT_OK; i++) { /* the news travels by NOTIFY */
        code = send_echo(&elsewhere, "x", 0);
        if (code == NT_OK)
            nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000}, NULL);
    }
    assert_int_equal(code, NT_UNAUTHENTICATED);
    raw_close(&r);
    raw_close(&elsewhere);
}

static void *delay_and_keep_the_code(void *arg) {
    return delay_for_a_second(arg);
}

TEST(sigterm_finishes_what_was_begun_and_exits_with_0) {
    UNUSED_STATE;
    office_daemon third;
    office_start(the_office, &third, "third", "");
    office_daemon kept = second;
    second = third; /* the thread asks `second` */
    pthread_t thread;
    pthread_create(&thread, NULL, delay_and_keep_the_code, (void *)(uintptr_t)office_key(the_office, "admin", "", ""));
    for (int i = 0; i < 500; i++) { /* until it is inside the database */
        if (strcmp(office_sql(the_office, "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND "
                                          "state = 'active' AND pid <> pg_backend_pid()"),
                   "1") == 0)
            break;
    }
    int status = office_stop(&third);
    void *code;
    pthread_join(thread, &code);
    second = kept;
    assert_int_equal((intptr_t)code, NT_OK);
    assert_int_equal(status, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(echo_gives_back_what_it_got_with_a_tag_and_the_request_id),
        cmocka_unit_test(each_status_code_of_grpc_comes_back_with_details_in_both_languages),
        cmocka_unit_test(an_unknown_method_is_unimplemented),
        cmocka_unit_test(a_message_over_the_limit_is_answered_and_one_over_twice_the_limit_harms_nobody),
        cmocka_unit_test(what_cannot_be_done_in_time_is_deadline_exceeded_and_its_sql_is_stopped),
        cmocka_unit_test(a_request_of_another_time_is_refused),
        cmocka_unit_test(a_changed_request_a_foreign_session_and_another_audience_are_refused),
        cmocka_unit_test(a_session_cannot_be_opened_twice_with_the_same_words),
        cmocka_unit_test(a_change_wants_an_idempotency_key_and_what_commits_an_office_wants_a_signature),
        cmocka_unit_test(the_same_key_gets_the_same_reply_and_another_request_with_it_is_refused),
        cmocka_unit_test(a_cursor_goes_on_at_another_daemon_and_fits_no_other_request),
        cmocka_unit_test(overload_is_answered_at_once_with_when_to_try_again),
        cmocka_unit_test(calls_over_the_limit_of_a_key_are_told_when_to_come_again),
        cmocka_unit_test(health_and_server_info_and_reflection_need_no_session),
        cmocka_unit_test(a_closed_session_ends_on_every_daemon_at_once),
        cmocka_unit_test(sigterm_finishes_what_was_begun_and_exits_with_0),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
