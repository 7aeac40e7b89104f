/* Many offices at once, through libnithet.
 *
 *   bench_load ENDPOINT[ ENDPOINT] FOLDER submit THREADS SECONDS PERIOD
 *       each thread is the officer of another province (FOLDER/p0.key, p1.key, ...: FOLDER/p0.org says which), and
 * submits 40 figures of the form SMALL again and again, each a correction of the one before; thread n talks to endpoint
 * n modulo their number. Prints submissions a second, p50 and p99. bench_load ENDPOINT FOLDER overview THREADS SECONDS
 * ORG PERIOD bench_load ENDPOINT FOLDER pivot THREADS SECONDS ORG FROM TO with FOLDER/admin.key. */
#include "nithet.h"

#include "base/clock.h"
#include "base/wire.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS_MOST = 64, CALLS_MOST = 2000000 };

static const char *endpoints[8];
static int endpoint_count;
static const char *folder, *what, *arguments[4];
static int64_t until_us;

typedef struct office {
    pthread_t thread;
    int number;
    int64_t *us;
    size_t count;
    int failed;
} office;

static int submit(nithet_client *c, const char *org, const char *period, size_t number) {
    static const char *const levels[] = {"pre", "pri", "lsec", "usec", "voc"};
    nithet_submission *s = nithet_submission_new("SMALL", org, period);
    nithet_error *error = NULL;
    char indicator[16], breakdown[64], value[24];
    for (int i = 0; i < 40; i++) {
        snprintf(indicator, sizeof indicator, "BULK_%d", i / 10);
        snprintf(breakdown, sizeof breakdown, "level=%s;sex=%s", levels[i % 5], i % 10 < 5 ? "male" : "female");
        snprintf(value, sizeof value, "%zu", 1000 + number + (size_t)i);
        nithet_submission_add(s, indicator, org, breakdown, value, NITHET_NORMAL, NULL, NULL);
    }
    nithet_submission_reason(s, "measured");
    nithet_receipt *r = nithet_submission_send(c, s, NULL, &error);
    if (!r)
        fprintf(stderr, "%s\n", error ? error->en : "?");
    nithet_error_free(error);
    int ok = r != NULL;
    nithet_receipt_free(r);
    nithet_submission_free(s);
    return ok;
}

static int ask(nithet_client *c, const char *method, const nt_buffer *payload) {
    nithet_reply reply = {0};
    nithet_error *error = NULL;
    nithet_call_options o = {.flags = NITHET_CALL_READ};
    nithet_code code = nithet_call(c, method, payload->data, payload->size, &o, &reply, &error);
    if (code != NITHET_OK)
        fprintf(stderr, "%s\n", error ? error->en : "?");
    nithet_error_free(error);
    nithet_reply_clear(&reply);
    return code == NITHET_OK;
}

static int overview(nithet_client *c) {
    nt_buffer b = {0};
    nt_wire_put_bytes(&b, 1, nt_bytes_text(arguments[0]));
    nt_wire_put_bytes(&b, 2, nt_bytes_text(arguments[1]));
    int ok = ask(c, "nithet.v1.QueryService/GetOverview", &b);
    nt_buffer_free(&b);
    return ok;
}

static int pivot(nithet_client *c) {
    nt_buffer b = {0};
    nt_wire_put_bytes(&b, 1, nt_bytes_text(arguments[0]));
    nt_wire_put_bytes(&b, 2, nt_bytes_text("org"));
    nt_wire_put_bytes(&b, 3, nt_bytes_text("period"));
    nt_wire_put_bytes(&b, 4, nt_bytes_text("MONTHLY"));
    nt_wire_put_bytes(&b, 7, nt_bytes_text(arguments[1]));
    nt_wire_put_bytes(&b, 8, nt_bytes_text(arguments[2]));
    int ok = ask(c, "nithet.v1.AnalysisService/Pivot", &b);
    nt_buffer_free(&b);
    return ok;
}

static void *work(void *arg) {
    office *o = arg;
    char key[400], org_file[400], org[16] = "";
    int submits = strcmp(what, "submit") == 0;
    snprintf(key, sizeof key, submits ? "%s/p%d.key" : "%s/admin.key", folder, o->number);
    snprintf(org_file, sizeof org_file, "%s/p%d.org", folder, o->number);
    FILE *f = submits ? fopen(org_file, "r") : NULL;
    if (submits && (!f || fscanf(f, "%15s", org) != 1))
        o->failed = 1;
    if (f)
        fclose(f);
    nithet_options options = {.endpoints = endpoints[o->number % endpoint_count], .key_file = key};
    nithet_client *c = nithet_open(&options, NULL);
    while (c && !o->failed && nt_clock_monotonic_us() < until_us && o->count < CALLS_MOST) {
        int64_t before = nt_clock_monotonic_us();
        int ok = submits ? submit(c, org, arguments[0], o->count) : strcmp(what, "pivot") == 0 ? pivot(c) : overview(c);
        o->failed = !ok;
        o->us[o->count++] = nt_clock_monotonic_us() - before;
    }
    nithet_close(c);
    return NULL;
}

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

int main(int argc, char **argv) {
    if (argc < 7)
        return 2;
    for (char *rest = NULL, *at = strtok_r(argv[1], " ", &rest); at && endpoint_count < 8;
         at = strtok_r(NULL, " ", &rest))
        endpoints[endpoint_count++] = at;
    folder = argv[2];
    what = argv[3];
    int threads = atoi(argv[4]);
    for (int i = 6; i < argc && i < 10; i++)
        arguments[i - 6] = argv[i];
    static office offices[THREADS_MOST];
    if (threads < 1 || threads > THREADS_MOST || endpoint_count == 0)
        return 2;
    int64_t began = nt_clock_monotonic_us();
    until_us = began + atoll(argv[5]) * 1000000;
    for (int i = 0; i < threads; i++) {
        offices[i].number = i;
        offices[i].us = malloc(CALLS_MOST * sizeof(int64_t));
        if (!offices[i].us || pthread_create(&offices[i].thread, NULL, work, &offices[i]) != 0)
            return 1;
    }
    int64_t *all = NULL;
    size_t count = 0;
    int failed = 0;
    for (int i = 0; i < threads; i++) {
        pthread_join(offices[i].thread, NULL);
        failed |= offices[i].failed;
        all = realloc(all, (count + offices[i].count + 1) * sizeof *all);
        if (!all)
            return 1;
        memcpy(all + count, offices[i].us, offices[i].count * sizeof *all);
        count += offices[i].count;
        free(offices[i].us);
    }
    double seconds = (double)(nt_clock_monotonic_us() - began) / 1e6;
    if (count == 0 || failed)
        return 1;
    qsort(all, count, sizeof *all, by_value);
    printf("%.0f a second, p50 %.2f ms, p99 %.2f ms\n", (double)count / seconds, (double)all[count / 2] / 1000,
           (double)all[count * 99 / 100] / 1000);
    free(all);
    return 0;
}
