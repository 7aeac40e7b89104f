/* See cursor.h. */
#include "rpc/cursor.h"

#include "base/clock.h"

#include <sodium.h>

enum { VERSION = 1, HEAD = 9, MAC = 16 };

static void compute_mac(const nt_call *call, const uint8_t key[32], nt_bytes head_and_state, uint8_t mac[MAC]) {
    crypto_generichash_state state;
    uint8_t digest[NT_DIGEST_SIZE];
    uint8_t officer[4];
    uint32_t id = call->caller ? (uint32_t)call->caller->officer_id : 0;
    for (int i = 0; i < 4; i++)
        officer[i] = (uint8_t)(id >> (8 * i));
    nt_proof_digest(call->request->payload, digest);
    crypto_generichash_init(&state, key, 32, MAC);
    crypto_generichash_update(&state, officer, sizeof officer);
    crypto_generichash_update(&state, digest, sizeof digest);
    crypto_generichash_update(&state, head_and_state.data, head_and_state.size);
    crypto_generichash_update(&state, (const uint8_t *)call->method->full_name, strlen(call->method->full_name));
    crypto_generichash_final(&state, mac, MAC);
}

nt_bytes nt_cursor_seal(const nt_call *call, const uint8_t key[32], nt_bytes state) {
    size_t size = HEAD + state.size + MAC;
    uint8_t *out = state.size > NT_CURSOR_STATE_MAX ? NULL : nt_arena_alloc(call->arena, size);
    if (!out)
        return (nt_bytes){0};
    int64_t expiry = nt_clock_wall_us() / 1000000 + NT_CURSOR_LIFE_SECONDS;
    out[0] = VERSION;
    for (int i = 0; i < 8; i++)
        out[1 + i] = (uint8_t)((uint64_t)expiry >> (8 * i));
    memcpy(out + HEAD, state.data, state.size);
    compute_mac(call, key, nt_bytes_of(out, HEAD + state.size), out + HEAD + state.size);
    return nt_bytes_of(out, size);
}

nt_status nt_cursor_open(const nt_call *call, const uint8_t key[32], nt_bytes cursor, nt_bytes *state) {
    uint8_t mac[MAC];
    if (cursor.size < HEAD + MAC || cursor.data[0] != VERSION)
        goto foreign;
    compute_mac(call, key, nt_bytes_of(cursor.data, cursor.size - MAC), mac);
    if (sodium_memcmp(mac, cursor.data + cursor.size - MAC, MAC) != 0)
        goto foreign;
    uint64_t expiry = 0;
    for (int i = 0; i < 8; i++)
        expiry |= (uint64_t)cursor.data[1 + i] << (8 * i);
    if ((int64_t)expiry < nt_clock_wall_us() / 1000000)
        return nt_fail(call->arena, NT_OUT_OF_RANGE, "this continuation is over %d hours old: ask from the beginning",
                       "การอ่านต่อนี้เก่าเกิน %d ชั่วโมง ให้เริ่มอ่านใหม่ตั้งแต่ต้น", NT_CURSOR_LIFE_SECONDS / 3600);
    *state = nt_bytes_of(cursor.data + HEAD, cursor.size - HEAD - MAC);
    return nt_success();
foreign:
    return nt_fail_field(call->arena, "continuation", "FOREIGN_CURSOR",
                         "this continuation was not given out for this request: ask from the beginning",
                         "ตัวชี้การอ่านต่อนี้ไม่ใช่ของคำขอนี้ ให้เริ่มอ่านใหม่ตั้งแต่ต้น");
}
