/* See call.h. */
#include "rpc/call.h"

#include "base/clock.h"
#include "rpc/payload.h"

nt_status nt_call_reply(nt_call *call, const ProtobufCMessage *response) {
    return nt_payload_pack(call->arena, response, &call->reply);
}

void nt_call_continue(nt_call *call, nt_bytes state) {
    uint8_t *copy = nt_arena_memdup(call->arena, state.data, state.size);
    if (copy)
        call->next_cursor = nt_bytes_of(copy, state.size);
}

nt_status nt_call_check_deadline(const nt_call *call) {
    if (nt_clock_monotonic_us() < call->deadline_us)
        return nt_success();
    return nt_fail(call->arena, NT_DEADLINE_EXCEEDED,
                   "the time that the caller gave is over; nothing was done: ask again with a longer timeout",
                   "หมดเวลาที่ผู้เรียกกำหนด ยังไม่มีการเปลี่ยนแปลงใด ให้ลองใหม่โดยเพิ่มเวลา");
}
