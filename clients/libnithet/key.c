/* An officer's key in a file. */
#include "error.h"

#include "base/keyfile.h"
#include "base/proof.h"

#include <errno.h>
#include <sodium.h>

nithet_code nithet_key_generate(const char *path, nithet_error **error) {
    uint8_t seed[32];
    if (sodium_init() < 0)
        return nithet_fail_memory(error);
    randombytes_buf(seed, sizeof seed);
    int rv = nt_keyfile_create(path, NT_KEYFILE_OFFICER, seed);
    sodium_memzero(seed, sizeof seed);
    if (rv == EEXIST)
        return nithet_fail(error, NITHET_ALREADY_EXISTS,
                           "%s exists, and a key is never overwritten: choose another name",
                           "มีไฟล์ %s อยู่แล้ว กุญแจจะไม่ถูกเขียนทับ ให้ใช้ชื่ออื่น", path);
    if (rv)
        return nithet_fail(error, NITHET_FAILED_PRECONDITION, "%s: %s", "%s: %s", path, strerror(rv));
    return NITHET_OK;
}

nithet_code nithet_key_public(const char *path, uint8_t public_key[32], uint8_t key_id[16], nithet_error **error) {
    uint8_t seed[32], own_public[NT_PUBLIC_KEY_SIZE], secret[NT_SECRET_KEY_SIZE];
    int rv = sodium_init() < 0 ? ENOMEM : nt_keyfile_read(path, NT_KEYFILE_OFFICER, seed);
    if (rv == EACCES)
        return nithet_fail(error, NITHET_FAILED_PRECONDITION,
                           "%s: a key must be readable by its owner alone: chmod 600 it",
                           "%s: ไฟล์กุญแจต้องอ่านได้เฉพาะเจ้าของ ให้สั่ง chmod 600", path);
    if (rv)
        return nithet_fail(error, NITHET_FAILED_PRECONDITION, "%s: no officer's key (%s)", "%s: ไม่ใช่กุญแจเจ้าหน้าที่ (%s)",
                           path, strerror(rv));
    crypto_sign_seed_keypair(own_public, secret, seed);
    sodium_memzero(seed, sizeof seed);
    sodium_memzero(secret, sizeof secret);
    if (public_key)
        memcpy(public_key, own_public, sizeof own_public);
    if (key_id)
        nt_proof_key_id(own_public, key_id);
    return NITHET_OK;
}
