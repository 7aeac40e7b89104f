/* Which methods there are, and what each demands of its caller. Built once from the protobuf descriptors; a method that
 * stands in a .proto and has no entry makes the service refuse to start. */
#ifndef NT_RPC_METHOD_H
#define NT_RPC_METHOD_H

#include "base/bytes.h"
#include "base/status.h"

#include <protobuf-c/protobuf-c.h>

typedef struct nt_call nt_call;

/* `in` is of the method's input type, checked. On success the handler has called nt_call_reply. */
typedef nt_status (*nt_handler)(nt_call *call, const void *in);

enum {
    NT_METHOD_OPEN = 1,    /* needs no session */
    NT_METHOD_MUTATES = 2, /* wants an idempotency key */
    NT_METHOD_SIGNED = 4,  /* wants the officer's own signature */
    NT_METHOD_WRITES = 8,  /* runs in the pool for writes */
    NT_METHOD_INLINE = 16  /* touches nothing that could wait: runs where the message arrived */
};

/* Whose figures a method is about, and therefore whom the caller's subtree must contain. */
typedef enum nt_scope {
    NT_SCOPE_NONE,       /* about nothing of anybody's */
    NT_SCOPE_ORG,        /* the message's `org` or `under`; empty is the caller's own */
    NT_SCOPE_STATEMENT,  /* the `org` in the message's `statement` */
    NT_SCOPE_DRAFT,      /* the organisation of the draft `draft_id` */
    NT_SCOPE_SUBMISSION, /* the organisation of `submission_id` */
    NT_SCOPE_KEY         /* the organisation of the officer who has `key_id` */
} nt_scope;

typedef struct nt_method_entry {
    const ProtobufCServiceDescriptor *service;
    const char *name;
    nt_handler handler;
    unsigned flags;
    unsigned roles; /* bit 1 << role; ~0u for any */
    nt_scope scope;
} nt_method_entry;

typedef struct nt_method {
    const nt_method_entry *entry;
    const ProtobufCMethodDescriptor *descriptor;
    const char *full_name; /* `nithet.v1.SubmissionService/Submit` */
    unsigned index;        /* 0 .. count - 1 */
} nt_method;

typedef struct nt_methods nt_methods;

/* `fault` (of 200 bytes) tells which method has no entry, or which entry no method. NULL then. */
nt_methods *nt_methods_build(const ProtobufCServiceDescriptor *const *services, size_t service_count,
                             const nt_method_entry *entries, size_t entry_count, char fault[200]);
void nt_methods_free(nt_methods *methods);
size_t nt_methods_count(const nt_methods *methods);
const nt_method *nt_methods_at(const nt_methods *methods, size_t index);
const nt_method *nt_methods_find(const nt_methods *methods, nt_bytes full_name);

#endif
