/* See fault.h. */
#include "base/fault.h"

#ifdef NITHET_FAULTS

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int nt_fault_point(const char *name) {
    static atomic_int hits;
    const char *wanted = getenv("NITHET_FAULT");
    size_t length = strlen(name);
    if (!wanted || strncmp(wanted, name, length) != 0 || wanted[length] != ':')
        return 0;
    char *action;
    long at = strtol(wanted + length + 1, &action, 10);
    if (atomic_fetch_add(&hits, 1) + 1 != at)
        return 0;
    if (strcmp(action, ":cut") == 0)
        return 1;
    kill(getpid(), SIGKILL);
    return 0;
}

#else
typedef int nt_no_faults; /* a file is not empty */
#endif
