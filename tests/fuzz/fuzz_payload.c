/* Every request type of the contract: the first byte chooses it. What is unpacked and found good is packed and unpacked
 * again. And it never takes more than the arena's cap. */
#include "rpc/payload.h"

#include "nithet/v1/audit.pb-c.h"
#include "nithet/v1/catalogue.pb-c.h"
#include "nithet/v1/directory.pb-c.h"
#include "nithet/v1/health.pb-c.h"
#include "nithet/v1/identity.pb-c.h"
#include "nithet/v1/query.pb-c.h"
#include "nithet/v1/server_info.pb-c.h"
#include "nithet/v1/submission.pb-c.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const ProtobufCMessageDescriptor *choose(uint8_t number) {
    static const ProtobufCServiceDescriptor *const services[] = {
        &nithet__v1__audit_service__descriptor,      &nithet__v1__catalogue_service__descriptor,
        &nithet__v1__directory_service__descriptor,  &nithet__v1__health_service__descriptor,
        &nithet__v1__identity_service__descriptor,   &nithet__v1__query_service__descriptor,
        &nithet__v1__diagnostic_service__descriptor, &nithet__v1__submission_service__descriptor};
    unsigned total = 0, at;
    for (size_t s = 0; s < sizeof services / sizeof services[0]; s++)
        total += services[s]->n_methods;
    at = number % total;
    size_t s = 0;
    while (at >= services[s]->n_methods)
        at -= services[s++]->n_methods;
    return services[s]->methods[at].input;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static nt_arena *arena;
    ProtobufCMessage *message, *again;
    nt_bytes packed;
    if (!arena)
        arena = nt_arena_new(4 << 20);
    nt_arena_reset(arena);
    if (size == 0)
        return 0;
    const ProtobufCMessageDescriptor *type = choose(data[0]);
    nt_status st = nt_payload_unpack(arena, type, nt_bytes_of(data + 1, size - 1), &message);
    if (nt_arena_used(arena) > 4 << 20)
        abort();
    if (!nt_ok(st)) {
        nt_buffer details = {0};
        nt_payload_error_details(st, &details);
        nt_buffer_free(&details);
        return 0;
    }
    if (!nt_ok(nt_payload_pack(arena, message, &packed)))
        return 0;
    st = nt_payload_unpack(arena, type, packed, &again);
    if (!nt_ok(st) && st.code != NT_RESOURCE_EXHAUSTED)
        abort();
    return 0;
}
