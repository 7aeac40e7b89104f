/* What the other files of the library see of a client. */
#ifndef NITHET_CLIENT_H
#define NITHET_CLIENT_H

#include "base/proof.h"
#include "error.h"
#include "rpc/payload.h"

/* As nithet_call, with messages. `*out` lives in `arena`. `continuation` (in and out, in `arena`) may be NULL. */
nithet_code nithet_call_message(nithet_client *client, nt_arena *arena, const char *method, const ProtobufCMessage *in,
                                const nithet_call_options *options, const ProtobufCMessageDescriptor *type,
                                ProtobufCMessage **out, nt_bytes *continuation, nithet_error **error);

/* The officer's own signature of a request, with the client's key. Needs no network. */
nithet_code nithet_client_sign(const nithet_client *client, const nt_proof_request *request,
                               uint8_t signature[NT_SIGNATURE_SIZE], nithet_error **error);

#endif
