/* Messages as JSON and back, by schema. Field names as in the .proto; bytes in base64; 64-bit numbers as numbers; enums
 * by name. What is empty is left out, both ways. */
#ifndef NITHET_CLI_MESSAGE_JSON_H
#define NITHET_CLI_MESSAGE_JSON_H

#include "schema.h"

#include <jansson.h>

/* 0 and a sentence in `fault` (of 300 bytes) if the JSON does not fit the message. */
int message_from_json(const schema_message *type, const json_t *json, nt_buffer *out, char fault[300]);
/* NULL if the bytes are no such message. */
json_t *message_to_json(const schema_message *type, nt_bytes bytes);

#endif
