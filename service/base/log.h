/* The log: one JSON object a line on standard error. Lines are gathered and written by a thread of their own within 50
 * milliseconds, so that a call does not wait for whoever reads them; what must not be lost is in the audit, not here.
 */
#ifndef NT_BASE_LOG_H
#define NT_BASE_LOG_H

#include "base/bytes.h"

typedef enum nt_log_level { NT_LOG_DEBUG, NT_LOG_INFO, NT_LOG_WARN, NT_LOG_ERROR } nt_log_level;

/* Lines below `least` are left out. */
void nt_log_start(nt_log_level least);
/* Writes what is left and ends the thread. */
void nt_log_stop(void);

/* {"time":..,"level":..,"message":..} */
void nt_log(nt_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A whole line, already JSON, without its newline. */
void nt_log_line(nt_bytes json);
/* `text` as a JSON string with its quotes; bytes that are not UTF-8 or not printable are escaped. */
void nt_log_quote(nt_buffer *out, nt_bytes text);

#endif
