/* Small pieces that several handlers put into their messages. */
#ifndef NT_API_MESSAGE_H
#define NT_API_MESSAGE_H

#include "domain/change.h"

#include "nithet/v1/catalogue.pb-c.h"
#include "nithet/v1/common.pb-c.h"

/* protobuf-c's structs want char *; what is given here is never written to. */
static inline char *nt_text(const char *text) {
    return text ? (char *)(uintptr_t)text : (char *)(uintptr_t) "";
}

static inline ProtobufCBinaryData nt_data(nt_bytes bytes) {
    return (ProtobufCBinaryData){bytes.size, (uint8_t *)(uintptr_t)bytes.data};
}

static inline nt_bytes nt_view(ProtobufCBinaryData data) {
    return nt_bytes_of(data.data, data.len);
}

/* NULL when the arena is full. */
Nithet__V1__LocalizedText *nt_message_name(nt_arena *arena, nt_name name);
Nithet__V1__Date *nt_message_date(nt_arena *arena, const char *iso);
nt_status nt_message_changes(nt_arena *arena, const nt_changes *changes, Nithet__V1__Change ***out, size_t *count);
nt_status nt_message_issues(nt_arena *arena, const nt_catalogue *catalogue, Nithet__V1__StrategicIssue ***out,
                            size_t *count);
/* Texts of a message that may be left out. */
nt_name nt_name_of(const Nithet__V1__LocalizedText *text);

#endif
