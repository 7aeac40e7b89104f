/* The envelope, both ways: whatever parses as a request is written and parses again to the same. */
#include "rpc/envelope.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static nt_arena *arena;
    if (!arena)
        arena = nt_arena_new(1 << 20);
    nt_arena_reset(arena);
    nt_request request, again;
    nt_reply reply;
    nt_reply_parse(nt_bytes_of(data, size), &reply);
    if (nt_ok(nt_request_parse(arena, nt_bytes_of(data, size), &request))) {
        nt_buffer out = {0};
        nt_request_write(&out, &request);
        if (!nt_ok(nt_request_parse(arena, nt_bytes_of(out.data, out.size), &again)) ||
            !nt_bytes_equal(request.fields.method, again.fields.method) ||
            !nt_bytes_equal(request.fields.payload, again.fields.payload) ||
            request.fields.sent_at_us != again.fields.sent_at_us || request.metadata_count != again.metadata_count)
            abort();
        nt_buffer_free(&out);
    }
    return 0;
}
