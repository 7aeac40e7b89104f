/* Bulk submission: N observations of 30,000 schools through libnithet (digested, validated, chunked, audited,
 * committed). Prints observations a second, from the first byte sent to the receipt.
 *
 *   bench_bulk ENDPOINT KEY N PERIOD */
#include "nithet.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
    if (argc < 5)
        return 2;
    static const char *const levels[] = {"pre", "pri", "lsec", "usec", "voc"};
    nithet_options options = {.endpoints = argv[1], .key_file = argv[2]};
    nithet_error *error = NULL;
    nithet_client *client = nithet_open(&options, &error);
    nithet_submission *s = nithet_submission_new("BULK", "TH-50", argv[4]);
    long n = strtol(argv[3], NULL, 10);
    char org[16], breakdown[64], value[16], indicator[16];
    if (!client || !s)
        return 1;
    for (long i = 0; i < n; i++) { /* 10 cells an indicator and school */
        snprintf(indicator, sizeof indicator, "BULK_%ld", i / 300000);
        snprintf(org, sizeof org, "10%06ld", i / 10 % 30000);
        snprintf(breakdown, sizeof breakdown, "level=%s;sex=%s", levels[i % 5], i % 10 < 5 ? "male" : "female");
        snprintf(value, sizeof value, "%ld", i % 1000);
        if (nithet_submission_add(s, indicator, org, breakdown, value, NITHET_NORMAL, NULL, &error) != NITHET_OK)
            return 1;
    }
    int64_t began = nt_clock_monotonic_us();
    nithet_receipt *receipt = nithet_submission_send(client, s, NULL, &error);
    double seconds = (double)(nt_clock_monotonic_us() - began) / 1e6;
    if (!receipt) {
        fprintf(stderr, "%s\n", error ? error->en : "");
        return 1;
    }
    printf("%.0f\n", (double)n / seconds);
    nithet_receipt_free(receipt);
    nithet_submission_free(s);
    nithet_close(client);
    return 0;
}
