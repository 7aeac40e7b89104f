/* Time. Wall time is microseconds since 1970-01-01 UTC; deadlines are on the monotonic clock. */
#ifndef NT_BASE_CLOCK_H
#define NT_BASE_CLOCK_H

#include <stdint.h>

int64_t nt_clock_wall_us(void);
/* Only differences mean anything. */
int64_t nt_clock_monotonic_us(void);

#endif
