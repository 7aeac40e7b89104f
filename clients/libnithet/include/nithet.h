/* libnithet: a provincial office's program talks to its regional office with this.
 *
 *     nithet_options options = {.endpoints = "tls+tcp://data.reo15.go.th:7443", .key_file = "officer.key"};
 *     nithet_client *client = nithet_open(&options, &error);
 *     nithet_submission *s = nithet_submission_new("GRAD_M6", "TH-50", "AY2566");
 *     nithet_submission_add(s, "GRAD_M6", "TH-50", "sex=male", "3612", NITHET_NORMAL, NULL, &error);
 *     nithet_receipt *receipt = nithet_submission_send(client, s, NULL, &error);
 *
 * Build: `cc program.c $(pkg-config --cflags --libs nithet)`, or CMake's `find_package(nithet)` and `nithet::nithet`.
 *
 * Threads: a client may be used by many threads at once; everything else by one thread at a time.
 *
 * Errors: functions that can fail take a `nithet_error **`, which may be NULL. On failure they return NULL, or a code
 * other than NITHET_OK, and set *error, which the caller frees. A successful call leaves *error alone.
 *
 * Promises: a call has a deadline. What failed on the way is tried again within it, at the next endpoint and with the
 * same idempotency key, so that nothing happens twice. Every request carries the session's tag, every reply is checked
 * for it. */
#ifndef NITHET_H
#define NITHET_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define NITHET_API __attribute__((visibility("default")))
#else
#define NITHET_API
#endif

/* gRPC's status codes. */
typedef enum nithet_code {
    NITHET_OK = 0,
    NITHET_CANCELLED = 1,
    NITHET_UNKNOWN = 2,
    NITHET_INVALID_ARGUMENT = 3,
    NITHET_DEADLINE_EXCEEDED = 4,
    NITHET_NOT_FOUND = 5,
    NITHET_ALREADY_EXISTS = 6,
    NITHET_PERMISSION_DENIED = 7,
    NITHET_RESOURCE_EXHAUSTED = 8,
    NITHET_FAILED_PRECONDITION = 9,
    NITHET_ABORTED = 10,
    NITHET_OUT_OF_RANGE = 11,
    NITHET_UNIMPLEMENTED = 12,
    NITHET_INTERNAL = 13,
    NITHET_UNAVAILABLE = 14,
    NITHET_DATA_LOSS = 15,
    NITHET_UNAUTHENTICATED = 16
} nithet_code;

/* `INVALID_ARGUMENT`. */
NITHET_API const char *nithet_code_name(nithet_code code);

/* One fault in what was sent: where (`observations[17].value`), which rule (`OUT_OF_RANGE`), and what to do, in both
 * languages. */
typedef struct nithet_violation {
    const char *path;
    const char *rule;
    const char *th;
    const char *en;
    int warning; /* 1: only a warning, which a note at one of the figures with the reason settles */
} nithet_violation;

typedef struct nithet_error {
    nithet_code code;
    const char *th;
    const char *en;
    const nithet_violation *violations;
    size_t violation_count;
    size_t violations_omitted;
    unsigned retry_after_ms; /* above 0: may be sent again then */
    int from_service;        /* 0: the library's own (no network, no key file, ...) */
} nithet_error;

NITHET_API void nithet_error_free(nithet_error *error);

/* Keys. */

/* Makes an officer's key in a new file, readable by its owner alone. Never overwrites. */
NITHET_API nithet_code nithet_key_generate(const char *path, nithet_error **error);
/* The public key (32 bytes) and its id (16 bytes), for the administrator who registers it. Either may be NULL. */
NITHET_API nithet_code nithet_key_public(const char *path, uint8_t public_key[32], uint8_t key_id[16],
                                         nithet_error **error);

/* The client. */

typedef struct nithet_client nithet_client;

typedef struct nithet_options {
    const char *endpoints;        /* URLs, separated by commas: tcp://, ipc://, ws://, tls+tcp://, wss:// */
    const char *key_file;         /* NULL: only methods that need no session */
    const uint8_t *service_key;   /* 32 bytes: the service's public key. NULL: whatever it says at first */
    const char *ca_file;          /* for TLS: who signs the service's certificate. NULL: no TLS endpoints */
    const char *client_cert_file; /* for TLS with client certificates: certificate and key in one PEM file */
    unsigned timeout_ms;          /* for each call; 0: 15000 */
} nithet_options;

/* Does not connect yet. Free with nithet_close. */
NITHET_API nithet_client *nithet_open(const nithet_options *options, nithet_error **error);
/* Ends the session too, if the service can be reached. */
NITHET_API void nithet_close(nithet_client *client);

typedef struct nithet_server_info {
    char version[32];
    char audience[132];
    uint8_t service_key[32];
    uint32_t max_message_bytes;
    uint32_t max_observations_per_submit;
    uint32_t max_observations_per_chunk;
    uint32_t max_page_size;
    int64_t server_time_us;
} nithet_server_info;

NITHET_API nithet_code nithet_get_server_info(nithet_client *client, nithet_server_info *info, nithet_error **error);

/* Any method, with its message as bytes: for what has no function of its own here. */
enum {
    NITHET_CALL_OPEN = 1,   /* the method needs no session */
    NITHET_CALL_SIGNED = 2, /* add the officer's own signature */
    NITHET_CALL_READ = 4    /* changes nothing: needs no idempotency key */
};

typedef struct nithet_call_options {
    unsigned flags;
    unsigned timeout_ms;         /* 0: the client's */
    const char *idempotency_key; /* 26 characters; NULL: a new one */
    const char *request_id;      /* NULL: a new one */
    const void *continuation;    /* from the reply before; the payload must be the same */
    size_t continuation_size;
    const uint8_t *signature; /* with NITHET_CALL_SIGNED: one of 64 bytes that was made earlier, at signed_at_us; */
    int64_t signed_at_us;     /* then idempotency_key is needed too */
} nithet_call_options;

typedef struct nithet_reply {
    void *payload;
    size_t payload_size;
    void *continuation; /* NULL: this was all */
    size_t continuation_size;
} nithet_reply;

NITHET_API nithet_code nithet_call(nithet_client *client, const char *method, const void *payload, size_t size,
                                   const nithet_call_options *options, nithet_reply *reply, nithet_error **error);
NITHET_API void nithet_reply_clear(nithet_reply *reply);

/* A new idempotency key. */
NITHET_API void nithet_new_key(char key[27]);

/* Submitting. */

typedef enum nithet_status {
    NITHET_NORMAL = 1,
    NITHET_ESTIMATED = 2,
    NITHET_PROVISIONAL = 3,
    NITHET_MISSING = 4,   /* no value; the note says why */
    NITHET_SUPPRESSED = 5 /* no value */
} nithet_status;

typedef struct nithet_submission nithet_submission;

/* NULL only when memory is out. */
NITHET_API nithet_submission *nithet_submission_new(const char *form, const char *org, const char *period);
NITHET_API void nithet_submission_free(nithet_submission *submission);
/* Why, for a correction of what was submitted before. */
NITHET_API nithet_code nithet_submission_reason(nithet_submission *submission, const char *reason);
/* Adds a figure. `value` is an exact decimal as text (`1234`, `12.5`, `1,234`, Thai digits too), or NULL.
 * `disaggregation` is `sex=male`, or `level=M6;sex=male` with the dimensions in order of code, or NULL for the total.
 * INVALID_ARGUMENT for a text that is no number. */
NITHET_API nithet_code nithet_submission_add(nithet_submission *submission, const char *indicator, const char *org,
                                             const char *disaggregation, const char *value, nithet_status status,
                                             const char *note, nithet_error **error);
NITHET_API size_t nithet_submission_count(const nithet_submission *submission);
/* Asks the service for all faults, and changes nothing. NITHET_OK if there are none; else INVALID_ARGUMENT with the
 * violations. Paths count figures in the order in which they were added. */
NITHET_API nithet_code nithet_submission_validate(nithet_client *client, nithet_submission *submission,
                                                  nithet_error **error);

typedef struct nithet_send_options {
    /* Told after each chunk. `context` is handed on. */
    void (*progress)(void *context, size_t sent, size_t total);
    void *context;
    /* Where to remember how far it came, so that the same figures can be sent on after a cut, and are never submitted
     * twice. Removed at success. NULL: nothing is remembered. */
    const char *resume_file;
    unsigned timeout_ms; /* for the commit; 0: ten minutes */
} nithet_send_options;

/* What the service promises to have. Signed: nithet_receipt_verify. */
typedef struct nithet_receipt {
    uint64_t submission_id;
    const char *form;
    const char *org;
    const char *period;
    const char *reason;
    uint64_t observations;
    uint8_t content_digest[32];
    uint32_t revision;
    int64_t received_at_us; /* microseconds since 1970 UTC */
    const char *officer;
    const char *key_id;
    uint64_t audit_position;
    uint8_t audit_hash[32];
    uint8_t signature[64];
} nithet_receipt;

/* Submits all or nothing, in one call or (many figures) chunk by chunk. `options` may be NULL. Free the receipt with
 * nithet_receipt_free. */
NITHET_API nithet_receipt *nithet_submission_send(nithet_client *client, nithet_submission *submission,
                                                  const nithet_send_options *options, nithet_error **error);
NITHET_API void nithet_receipt_free(nithet_receipt *receipt);

/* A submission that is signed and can wait: for an office without a network. It keeps its idempotency key, so that it
 * is submitted once however often it is sent. */
typedef struct nithet_request nithet_request;

typedef struct nithet_request_info {
    const char *form, *org, *period, *reason;
    uint64_t observations;
    int64_t signed_at_us;
    const char *idempotency_key;
    const char *label;
    uint8_t content_digest[32];
} nithet_request_info;

/* Needs no network. `audience` is the service's name (nithet_server_info); `label` is the caller's own and may be NULL.
 * At most 5,000 figures, as in one Submit; may wait for 30 days. */
NITHET_API nithet_request *nithet_submission_sign(nithet_client *client, nithet_submission *submission,
                                                  const char *audience, const char *label, nithet_error **error);
/* Whole or not at all, and on the disk when it returns. */
NITHET_API nithet_code nithet_request_save(const nithet_request *request, const char *path, nithet_error **error);
/* DATA_LOSS for a file that is not as it was written. */
NITHET_API nithet_request *nithet_request_load(const char *path, nithet_error **error);
/* Borrows from the request. */
NITHET_API void nithet_request_about(const nithet_request *request, nithet_request_info *info);
NITHET_API nithet_receipt *nithet_request_send(nithet_client *client, const nithet_request *request,
                                               nithet_error **error);
NITHET_API void nithet_request_free(nithet_request *request);
/* 1 if the service with this public key signed it. Needs no network. */
NITHET_API int nithet_receipt_verify(const nithet_receipt *receipt, const uint8_t service_key[32]);

/* Moves a submission on: "ENDORSED", "ACCEPTED", "PUBLISHED", "RETURNED", "WITHDRAWN". `comment` may be NULL where none
 * is wanted. */
NITHET_API nithet_code nithet_transition(nithet_client *client, uint64_t submission_id, const char *state,
                                         const char *comment, nithet_error **error);

/* Asking. */

typedef struct nithet_query nithet_query;

typedef struct nithet_filter {
    const char *form;              /* NULL or "": any; likewise below */
    const char *const *indicators; /* ends with NULL; NULL: any */
    const char *org;               /* the subtree; NULL: the officer's own */
    const char *period_from, *period_to;
    const char *const *disaggregation; /* `sex=male`; ends with NULL */
    int totals_only;
    int revision; /* RevisionSelection: 0 or 1 latest accepted, 2 latest submitted, 3 all */
    int sort;     /* ObservationSort: 0 or 1 period, 2 org, 3 value */
    int descending;
    int64_t as_of_us;       /* 0: now */
    uint64_t submission_id; /* of this submission alone; 0: any */
} nithet_filter;

/* Valid until the next nithet_query_next. */
typedef struct nithet_row {
    const char *indicator, *org, *disaggregation, *value, *note;
    nithet_status status;
    const char *period, *form, *submitted_by;
    uint64_t submission_id;
    uint32_t revision;
    int state; /* SubmissionState */
} nithet_row;

/* Copies the filter. NULL only when memory is out. */
NITHET_API nithet_query *nithet_query_new(nithet_client *client, const nithet_filter *filter);
/* 1 and the next row; 0 at the end; -1 and an error. Fetches page by page. */
NITHET_API int nithet_query_next(nithet_query *query, nithet_row *row, nithet_error **error);
NITHET_API void nithet_query_free(nithet_query *query);

#ifdef __cplusplus
}
#endif

#endif
