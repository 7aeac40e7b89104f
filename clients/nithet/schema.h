/* The contract as data: services, messages, enums and their comments, from a FileDescriptorSet (reflection's, or the
 * one that this program was built with). */
#ifndef NITHET_CLI_SCHEMA_H
#define NITHET_CLI_SCHEMA_H

#include "base/arena.h"
#include "base/bytes.h"

typedef enum schema_type {
    SCHEMA_DOUBLE = 1,
    SCHEMA_FLOAT,
    SCHEMA_INT64,
    SCHEMA_UINT64,
    SCHEMA_INT32,
    SCHEMA_FIXED64,
    SCHEMA_FIXED32,
    SCHEMA_BOOL,
    SCHEMA_STRING,
    SCHEMA_GROUP,
    SCHEMA_MESSAGE,
    SCHEMA_BYTES,
    SCHEMA_UINT32,
    SCHEMA_ENUM,
    SCHEMA_SFIXED32,
    SCHEMA_SFIXED64,
    SCHEMA_SINT32,
    SCHEMA_SINT64
} schema_type; /* FieldDescriptorProto.Type */

typedef struct schema_value {
    const char *name;
    int32_t number;
    const char *comment;
} schema_value;

typedef struct schema_enum {
    const char *name; /* full: `nithet.v1.Role` */
    const char *comment;
    schema_value *values;
    size_t count;
} schema_enum;

typedef struct schema_field {
    const char *name;
    uint32_t number;
    schema_type type;
    int repeated;
    const char *type_name; /* of messages and enums, full */
    const struct schema_message *message;
    const schema_enum *enumeration;
    const char *comment;
} schema_field;

typedef struct schema_message {
    const char *name;
    const char *comment;
    schema_field *fields;
    size_t count;
} schema_message;

typedef struct schema_method {
    const char *name; /* `Submit` */
    const char *input, *output;
    const char *comment;
} schema_method;

typedef struct schema_service {
    const char *name; /* `nithet.v1.SubmissionService` */
    const char *comment;
    schema_method *methods;
    size_t count;
} schema_service;

typedef struct schema {
    schema_service *services;
    size_t service_count;
    schema_message *messages;
    size_t message_count;
    schema_enum *enums;
    size_t enum_count;
} schema;

/* NULL if the bytes are no FileDescriptorSet. Lives in the arena, and borrows nothing. */
const schema *schema_parse(nt_arena *arena, nt_bytes descriptor_set);
/* By full name, or by the last part of it if that is unambiguous. */
const schema_message *schema_find_message(const schema *s, const char *name);
const schema_enum *schema_find_enum(const schema *s, const char *name);
const schema_service *schema_find_service(const schema *s, const char *name);
/* `nithet.v1.SubmissionService/Submit`, or `SubmissionService/Submit`, or `.` for `/`. */
const schema_method *schema_find_method(const schema *s, const char *name, const schema_service **service);
const char *schema_type_name(const schema_field *field);

#endif
