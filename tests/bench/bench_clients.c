/* Opens N connections, each with a session and one call, and holds them for some seconds: for the daemon's memory.
 *
 *   bench_clients ENDPOINT KEY N SECONDS */
#include "raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char **argv) {
    if (argc != 5)
        return 2;
    int n = atoi(argv[3]);
    raw *all = n > 0 && n <= 5000 ? calloc((size_t)n, sizeof *all) : NULL;
    if (!all)
        return 2;
    for (int i = 0; i < n; i++) {
        raw_open(&all[i], argv[1], argv[2]);
        nt_request q = raw_session(&all[i])
                           ? raw_request(&all[i], "nithet.v1.IdentityService/WhoAmI", (nt_bytes){0}, NULL)
                           : (nt_request){0};
        if (raw_send(&all[i], &q, 0) != NT_OK)
            return 1;
    }
    printf("%d clients\n", n);
    fflush(stdout);
    nanosleep(&(struct timespec){.tv_sec = atoi(argv[4])}, NULL);
    for (int i = 0; i < n; i++)
        raw_close(&all[i]);
    free(all);
    return 0;
}
