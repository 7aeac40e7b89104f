/* Latency of one kind of call after the other, through libnithet: p50 and p99 in microseconds.
 *
 *   bench_calls ENDPOINT KEY overview ORG PERIOD COUNT
 *   bench_calls ENDPOINT KEY submit PERIOD COUNT        small submissions, each a correction of the one before */
#include "nithet.h"

#include "base/clock.h"
#include "base/wire.h"

#include <stdio.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static int overview(nithet_client *c, const char *org, const char *period) {
    nt_buffer b = {0};
    nithet_reply reply = {0};
    nithet_call_options o = {.flags = NITHET_CALL_READ};
    nt_wire_put_bytes(&b, 1, nt_bytes_text(org));
    nt_wire_put_bytes(&b, 2, nt_bytes_text(period));
    nithet_code code = nithet_call(c, "nithet.v1.QueryService/GetOverview", b.data, b.size, &o, &reply, NULL);
    nithet_reply_clear(&reply);
    nt_buffer_free(&b);
    return code == NITHET_OK;
}

/* The form ENROLMENT's 10 cells by level and sex, and some more: 20 figures. */
static int submit(nithet_client *c, const char *period, int number) {
    static const char *const levels[] = {"pre", "pri", "lsec", "usec", "voc"};
    nithet_submission *s = nithet_submission_new("ENROLMENT", "TH-50", period);
    nithet_error *error = NULL;
    char breakdown[64], value[24];
    snprintf(value, sizeof value, "%d", 1000 + number);
    for (int i = 0; i < 10; i++) {
        snprintf(breakdown, sizeof breakdown, "level=%s;sex=%s", levels[i % 5], i < 5 ? "male" : "female");
        nithet_submission_add(s, "STUDENTS", "TH-50", breakdown, value, NITHET_NORMAL, NULL, NULL);
    }
    static const char *const others[][2] = {{"POP_3_17", ""},     {"DROPOUTS", "sex=male"}, {"DROPOUTS", "sex=female"},
                                            {"OOSC", "sex=male"}, {"OOSC", "sex=female"},   {"OOSC_RETURNED", ""},
                                            {"SMALL_SCHOOLS", ""}};
    for (int i = 0; i < 7; i++)
        nithet_submission_add(s, others[i][0], "TH-50", others[i][1], others[i][0][0] == 'O' ? "5" : value,
                              NITHET_NORMAL, "measured",
                              NULL); /* the note: figures that jump from year to year want a reason */
    nithet_submission_reason(s, "measured");
    nithet_receipt *r = nithet_submission_send(c, s, NULL, &error);
    if (!r)
        fprintf(stderr, "%s\n", error->en);
    int ok = r != NULL;
    nithet_receipt_free(r);
    nithet_submission_free(s);
    return ok;
}

int main(int argc, char **argv) {
    if (argc < 6)
        return 2;
    int is_overview = strcmp(argv[3], "overview") == 0;
    int count = atoi(argv[argc - 1]);
    nithet_options options = {.endpoints = argv[1], .key_file = argv[2]};
    nithet_client *c = nithet_open(&options, NULL);
    int64_t *us = calloc((size_t)count, sizeof *us);
    if (!c || !us)
        return 1;
    int64_t began = nt_clock_monotonic_us();
    for (int i = 0; i < count; i++) {
        int64_t before = nt_clock_monotonic_us();
        if (!(is_overview ? overview(c, argv[4], argv[5]) : submit(c, argv[4], i)))
            return 1;
        us[i] = nt_clock_monotonic_us() - before;
    }
    double rate = count * 1e6 / (double)(nt_clock_monotonic_us() - began);
    qsort(us, (size_t)count, sizeof *us, by_value);
    printf("p50 %lld us, p99 %lld us, %.0f calls a second\n", (long long)us[count / 2], (long long)us[count * 99 / 100],
           rate);
    free(us);
    nithet_close(c);
    return 0;
}
