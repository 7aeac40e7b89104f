/* Fault points: places at which a test kills the daemon, or cuts its connection to the database. Compiled in for
 * tests/faults alone (NITHET_FAULTS); nothing at all otherwise.
 *
 * NITHET_FAULT=POINT:N kills the process (SIGKILL) when it comes to POINT for the N-th time; POINT:N:cut makes the
 * point return 1 instead, and the place cuts what it holds. */
#ifndef NT_BASE_FAULT_H
#define NT_BASE_FAULT_H

#ifdef NITHET_FAULTS
int nt_fault_point(const char *name);
#else
static inline int nt_fault_point(const char *name) {
    (void)name;
    return 0;
}
#endif

#endif
