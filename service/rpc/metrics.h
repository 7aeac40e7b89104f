/* Counters and latency histograms by method and status, as Prometheus text on a loopback HTTP port. */
#ifndef NT_RPC_METRICS_H
#define NT_RPC_METRICS_H

#include "rpc/method.h"

typedef struct nt_metrics nt_metrics;

nt_metrics *nt_metrics_new(const nt_methods *methods);
void nt_metrics_free(nt_metrics *metrics);

/* `method` is NULL for a call of no known method. */
void nt_metrics_count(nt_metrics *metrics, const nt_method *method, nt_code code, int64_t duration_us);
void nt_metrics_connection(nt_metrics *metrics, int change);
void nt_metrics_queue(nt_metrics *metrics, int write_pool, int change);
/* Prometheus text, version 0.0.4. */
void nt_metrics_write(nt_metrics *metrics, nt_buffer *out);

/* Serves `/metrics` (and `/healthz`, 200 or 503 by `*serving`) at `url`, such as `http://127.0.0.1:9464`. Returns 0, or
 * nng's error with its text in `fault`. */
int nt_metrics_serve(nt_metrics *metrics, const char *url, const char **fault);
void nt_metrics_serving(nt_metrics *metrics, int serving);

#endif
