/* See metrics.h. */
#include "rpc/metrics.h"

#include <nng/nng.h>
#include <nng/supplemental/http/http.h>
#include <stdatomic.h>
#include <stdlib.h>

static const int64_t BUCKETS_US[] = {100, 250, 500, 1000, 2500, 5000, 10000, 25000, 100000, 500000, 2500000, 10000000};
static const char *const BUCKET_NAMES[] = {"0.0001", "0.00025", "0.0005", "0.001", "0.0025", "0.005",
                                           "0.01",   "0.025",   "0.1",    "0.5",   "2.5",    "10"};
enum { BUCKET_COUNT = sizeof BUCKETS_US / sizeof BUCKETS_US[0] };

typedef struct series {
    atomic_ullong buckets[BUCKET_COUNT];
    atomic_ullong count;
    atomic_ullong sum_us;
} series;

struct nt_metrics {
    const nt_methods *methods;
    series *all; /* (methods + 1) x codes */
    atomic_llong connections;
    atomic_llong queued[2];
    atomic_int serving;
    nng_http_server *server;
};

nt_metrics *nt_metrics_new(const nt_methods *methods) {
    nt_metrics *metrics = calloc(1, sizeof *metrics);
    if (!metrics)
        return NULL;
    metrics->methods = methods;
    metrics->all = calloc((nt_methods_count(methods) + 1) * NT_CODE_COUNT, sizeof *metrics->all);
    if (!metrics->all) {
        free(metrics);
        return NULL;
    }
    return metrics;
}

void nt_metrics_free(nt_metrics *metrics) {
    if (!metrics)
        return;
    if (metrics->server) {
        nng_http_server_stop(metrics->server);
        nng_http_server_release(metrics->server);
    }
    free(metrics->all);
    free(metrics);
}

static series *series_of(const nt_metrics *metrics, size_t method, nt_code code) {
    return &metrics->all[method * NT_CODE_COUNT + (size_t)code];
}

void nt_metrics_count(nt_metrics *metrics, const nt_method *method, nt_code code, int64_t duration_us) {
    series *s = series_of(metrics, method ? method->index : nt_methods_count(metrics->methods), code);
    int b = 0;
    while (b < BUCKET_COUNT && duration_us > BUCKETS_US[b])
        b++;
    if (b < BUCKET_COUNT)
        atomic_fetch_add_explicit(&s->buckets[b], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->sum_us, (unsigned long long)duration_us, memory_order_relaxed);
    atomic_fetch_add_explicit(&s->count, 1, memory_order_relaxed);
}

void nt_metrics_connection(nt_metrics *metrics, int change) {
    atomic_fetch_add(&metrics->connections, change);
}

void nt_metrics_queue(nt_metrics *metrics, int write_pool, int change) {
    atomic_fetch_add_explicit(&metrics->queued[write_pool ? 1 : 0], change, memory_order_relaxed);
}

void nt_metrics_serving(nt_metrics *metrics, int serving) {
    atomic_store(&metrics->serving, serving);
}

static void write_series(nt_buffer *out, const char *method, const char *code, series *s) {
    unsigned long long running = 0, count = atomic_load(&s->count);
    for (int b = 0; b < BUCKET_COUNT; b++) {
        running += atomic_load(&s->buckets[b]);
        nt_buffer_printf(out, "nithet_call_seconds_bucket{method=\"%s\",status=\"%s\",le=\"%s\"} %llu\n", method, code,
                         BUCKET_NAMES[b], running);
    }
    nt_buffer_printf(out, "nithet_call_seconds_bucket{method=\"%s\",status=\"%s\",le=\"+Inf\"} %llu\n", method, code,
                     count);
    nt_buffer_printf(out, "nithet_call_seconds_sum{method=\"%s\",status=\"%s\"} %.6f\n", method, code,
                     (double)atomic_load(&s->sum_us) / 1e6);
    nt_buffer_printf(out, "nithet_call_seconds_count{method=\"%s\",status=\"%s\"} %llu\n", method, code, count);
}

void nt_metrics_write(nt_metrics *metrics, nt_buffer *out) {
    size_t methods = nt_methods_count(metrics->methods);
    nt_buffer_text(out,
                   "# HELP nithet_connections Transport connections that are open.\n# TYPE nithet_connections gauge\n");
    nt_buffer_printf(out, "nithet_connections %lld\n", (long long)atomic_load(&metrics->connections));
    nt_buffer_text(out, "# HELP nithet_queue_depth Calls waiting for a worker.\n# TYPE nithet_queue_depth gauge\n");
    nt_buffer_printf(out, "nithet_queue_depth{pool=\"read\"} %lld\nnithet_queue_depth{pool=\"write\"} %lld\n",
                     (long long)atomic_load(&metrics->queued[0]), (long long)atomic_load(&metrics->queued[1]));
    nt_buffer_text(out, "# HELP nithet_calls_total Calls answered.\n# TYPE nithet_calls_total counter\n");
    for (size_t m = 0; m <= methods; m++)
        for (int c = 0; c < NT_CODE_COUNT; c++) {
            unsigned long long n = atomic_load(&series_of(metrics, m, (nt_code)c)->count);
            if (n)
                nt_buffer_printf(out, "nithet_calls_total{method=\"%s\",status=\"%s\"} %llu\n",
                                 m < methods ? nt_methods_at(metrics->methods, m)->full_name : "unknown",
                                 nt_code_name((nt_code)c), n);
        }
    nt_buffer_text(out,
                   "# HELP nithet_call_seconds Time from arrival to reply.\n# TYPE nithet_call_seconds histogram\n");
    for (size_t m = 0; m <= methods; m++)
        for (int c = 0; c < NT_CODE_COUNT; c++) {
            series *s = series_of(metrics, m, (nt_code)c);
            if (atomic_load(&s->count))
                write_series(out, m < methods ? nt_methods_at(metrics->methods, m)->full_name : "unknown",
                             nt_code_name((nt_code)c), s);
        }
}

static void answer(nng_aio *aio, uint16_t status, const char *type, nt_bytes body) {
    nng_http_res *res = NULL;
    int rv = nng_http_res_alloc(&res);
    if (rv == 0)
        rv = nng_http_res_set_status(res, status);
    if (rv == 0)
        rv = nng_http_res_set_header(res, "Content-Type", type);
    if (rv == 0)
        rv = nng_http_res_copy_data(res, body.data, body.size);
    if (rv == 0)
        nng_aio_set_output(aio, 0, res);
    else if (res)
        nng_http_res_free(res);
    nng_aio_finish(aio, rv);
}

static void serve_metrics(nng_aio *aio) {
    nt_metrics *metrics = nng_http_handler_get_data(nng_aio_get_input(aio, 1));
    nt_buffer text = {0};
    nt_metrics_write(metrics, &text);
    answer(aio, 200, "text/plain; version=0.0.4; charset=utf-8", nt_bytes_of(text.data, text.size));
    nt_buffer_free(&text);
}

static void serve_health(nng_aio *aio) {
    nt_metrics *metrics = nng_http_handler_get_data(nng_aio_get_input(aio, 1));
    int serving = atomic_load(&metrics->serving);
    answer(aio, serving ? 200 : 503, "text/plain", nt_bytes_text(serving ? "SERVING\n" : "NOT_SERVING\n"));
}

static int add_page(nt_metrics *metrics, const char *path, void (*page)(nng_aio *)) {
    nng_http_handler *handler = NULL;
    int rv = nng_http_handler_alloc(&handler, path, page);
    if (rv)
        return rv;
    nng_http_handler_set_data(handler, metrics, NULL);
    rv = nng_http_server_add_handler(metrics->server, handler);
    if (rv)
        nng_http_handler_free(handler);
    return rv;
}

int nt_metrics_serve(nt_metrics *metrics, const char *url, const char **fault) {
    nng_url *parsed = NULL;
    int rv = nng_url_parse(&parsed, url);
    if (rv == 0)
        rv = nng_http_server_hold(&metrics->server, parsed);
    if (rv == 0)
        rv = add_page(metrics, "/metrics", serve_metrics);
    if (rv == 0)
        rv = add_page(metrics, "/healthz", serve_health);
    if (rv == 0)
        rv = nng_http_server_start(metrics->server);
    if (parsed)
        nng_url_free(parsed);
    *fault = rv ? nng_strerror(rv) : NULL;
    return rv;
}
