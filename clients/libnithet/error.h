/* Making nithet_error: all of it lives in one arena. */
#ifndef NITHET_ERROR_H
#define NITHET_ERROR_H

#include "base/bytes.h"
#include "base/status.h"

#include "nithet.h"

/* Sets *error, if the caller wants it, and returns the code. Both formats take the same arguments. */
nithet_code nithet_fail(nithet_error **error, nithet_code code, const char *en, const char *th, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));
/* From a service's ErrorDetails. */
nithet_code nithet_fail_details(nithet_error **error, nithet_code code, nt_bytes message, nt_bytes details);
/* From a fault of the domain rules, which this library shares with the service. */
nithet_code nithet_fail_status(nithet_error **error, nt_status st);
nithet_code nithet_fail_memory(nithet_error **error);

#endif
