/* Arena, faults, bytes, wire format, key files. */
#include "check.h"

#include "base/bytes.h"
#include "base/keyfile.h"
#include "base/status.h"
#include "base/wire.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

TEST(an_arena_stops_at_its_cap_and_begins_again_after_a_reset) {
    UNUSED_STATE;
    nt_arena *a = nt_arena_new(100000);
    size_t got = 0;
    while (nt_arena_alloc(a, 1000))
        got++;
    assert_in_range(got, 90, 100);
    assert_true(nt_arena_exhausted(a));
    assert_null(nt_arena_zalloc(a, SIZE_MAX / 2, 16));
    nt_arena_reset(a);
    assert_false(nt_arena_exhausted(a));
    assert_non_null(nt_arena_alloc(a, 1000));
    for (int i = 1; i < 100; i++)
        assert_int_equal((uintptr_t)nt_arena_alloc(a, (size_t)i) % 16, 0);
    nt_arena_free(a);
    nt_arena_free(NULL);
}

TEST(a_fault_has_both_languages_and_violations_are_counted_beyond_what_is_kept) {
    UNUSED_STATE;
    nt_arena *a = nt_arena_new(4 << 20);
    nt_status st = nt_fail(a, NT_NOT_FOUND, "no %s", "ไม่มี %s", "x");
    assert_string_equal(st.fault->en, "no x");
    assert_string_equal(st.fault->th, "ไม่มี x");
    nt_violations list;
    nt_violations_init(&list, a);
    assert_true(nt_ok(nt_violations_status(&list)));
    for (int i = 0; i < NT_VIOLATIONS_KEPT + 5; i++)
        nt_violations_add(&list, "p", "RULE", "en %d", "th %d", i);
    st = nt_violations_status(&list);
    assert_int_equal(st.code, NT_INVALID_ARGUMENT);
    assert_int_equal(st.fault->violations_omitted, 5);
    assert_string_equal(st.fault->violations->en, "en 0");
    nt_arena_free(a);
    nt_arena *tiny = nt_arena_new(0); /* no room for a fault: a fixed text instead */
    st = nt_fail(tiny, NT_INTERNAL, "en", "th");
    assert_int_equal(st.code, NT_INTERNAL);
    assert_non_null(st.fault->en);
    nt_arena_free(tiny);
}

TEST(a_message_that_cuts_a_letter_in_two_is_well_formed_all_the_same) {
    UNUSED_STATE;
    nt_arena *a = nt_arena_new(1 << 20);
    nt_status st = nt_fail(a, NT_NOT_FOUND, "no \"%.4s\"", "ไม่มี \"%.4s\"", "กขค");
    assert_true(nt_utf8_valid(nt_bytes_text(st.fault->en)));
    assert_true(nt_utf8_valid(nt_bytes_text(st.fault->th)));
    assert_non_null(strstr(st.fault->en, "ก?"));
    nt_arena_free(a);
}

TEST(ulids_are_valid_and_sort_by_time) {
    UNUSED_STATE;
    char a[27], b[27];
    nt_ulid_new(a);
    usleep(2000);
    nt_ulid_new(b);
    assert_true(nt_ulid_valid(nt_bytes_text(a)));
    assert_true(strncmp(a, b, 10) < 0);
    assert_false(nt_ulid_valid(nt_bytes_text("01ARZ3NDEKTSV4RRFFQ69G5FA")));
    assert_false(nt_ulid_valid(nt_bytes_text("01ARZ3NDEKTSV4RRFFQ69G5FAU"))); /* U is none of the letters */
    assert_false(nt_ulid_valid(nt_bytes_text("81ARZ3NDEKTSV4RRFFQ69G5FAV"))); /* over 128 bits */
    assert_true(nt_ulid_valid(nt_bytes_text("01ARZ3NDEKTSV4RRFFQ69G5FAV")));
}

TEST(utf8_is_checked_strictly) {
    UNUSED_STATE;
    assert_true(nt_utf8_valid(nt_bytes_text("นิเทศ ñ 😀")));
    assert_false(nt_utf8_valid(nt_bytes_text("\xc0\xaf")));
    assert_false(nt_utf8_valid(nt_bytes_text("\xed\xa0\x80")));
    assert_false(nt_utf8_valid(nt_bytes_text("\xe0\xb8")));
    assert_false(nt_utf8_valid(nt_bytes_of("a\0b", 3)));
}

TEST(hex_goes_there_and_back_and_takes_nothing_else) {
    UNUSED_STATE;
    uint8_t raw[4] = {0, 0xab, 0x10, 0xff}, back[4];
    char text[9];
    nt_hex(raw, 4, text);
    assert_string_equal(text, "00ab10ff");
    assert_true(nt_unhex(text, back, 4));
    assert_memory_equal(raw, back, 4);
    assert_false(nt_unhex("00ab10f", back, 4));
    assert_false(nt_unhex("00ab10fg", back, 4));
    assert_false(nt_unhex("00ab10ff0", back, 4));
}

TEST(the_wire_format_reads_what_it_wrote_and_refuses_what_is_malformed) {
    UNUSED_STATE;
    nt_buffer b = {0};
    nt_wire_put_uint(&b, 1, UINT64_MAX);
    nt_wire_put_bytes(&b, 2, nt_bytes_text("abc"));
    nt_wire_put_fixed64(&b, 3, 0x0102030405060708);
    nt_wire_reader r = nt_wire_read(nt_bytes_of(b.data, b.size));
    nt_wire_field f;
    assert_true(nt_wire_next(&r, &f));
    assert_true(f.number == 1 && f.value == UINT64_MAX);
    assert_true(nt_wire_next(&r, &f));
    assert_true(f.number == 2 && nt_bytes_equal(f.bytes, nt_bytes_text("abc")));
    assert_true(nt_wire_next(&r, &f));
    assert_true(f.number == 3 && f.value == 0x0102030405060708);
    assert_false(nt_wire_next(&r, &f));
    assert_false(r.broken);
    static const char *const bad[] = {"\x08",
                                      "\x12\x05"
                                      "ab",
                                      "\x0b",
                                      "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
                                      "\x02\x01",
                                      "\x19\x01",
                                      "\x0e"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        nt_wire_reader reader = nt_wire_read(nt_bytes_text(bad[i]));
        while (nt_wire_next(&reader, &f))
            ;
        assert_true(reader.broken);
    }
    nt_buffer_free(&b);
}

TEST(a_key_file_is_never_overwritten_and_not_read_if_others_can) {
    UNUSED_STATE;
    char folder[] = "/tmp/nithet-key-XXXXXX", path[64];
    uint8_t seed[32] = {5}, back[32];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/key", folder);
    assert_int_equal(nt_keyfile_read(path, NT_KEYFILE_OFFICER, back), ENOENT);
    assert_int_equal(nt_keyfile_create(path, NT_KEYFILE_OFFICER, seed), 0);
    assert_int_equal(nt_keyfile_create(path, NT_KEYFILE_OFFICER, seed), EEXIST);
    assert_int_equal(nt_keyfile_read(path, NT_KEYFILE_OFFICER, back), 0);
    assert_memory_equal(seed, back, 32);
    assert_int_equal(nt_keyfile_read(path, NT_KEYFILE_SERVICE, back), EINVAL);
    chmod(path, 0644);
    assert_int_equal(nt_keyfile_read(path, NT_KEYFILE_OFFICER, back), EACCES);
    unlink(path);
    rmdir(folder);
}

int main(void) {
    if (sodium_init() < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arena_stops_at_its_cap_and_begins_again_after_a_reset),
        cmocka_unit_test(a_fault_has_both_languages_and_violations_are_counted_beyond_what_is_kept),
        cmocka_unit_test(a_message_that_cuts_a_letter_in_two_is_well_formed_all_the_same),
        cmocka_unit_test(ulids_are_valid_and_sort_by_time),
        cmocka_unit_test(utf8_is_checked_strictly),
        cmocka_unit_test(hex_goes_there_and_back_and_takes_nothing_else),
        cmocka_unit_test(the_wire_format_reads_what_it_wrote_and_refuses_what_is_malformed),
        cmocka_unit_test(a_key_file_is_never_overwritten_and_not_read_if_others_can),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
