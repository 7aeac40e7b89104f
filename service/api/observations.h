/* An ObservationSet message as the domain's columns. */
#ifndef NT_API_OBSERVATIONS_H
#define NT_API_OBSERVATIONS_H

#include "domain/observation.h"

#include "nithet/v1/submission.pb-c.h"

/* Faults of form (text where a number should be, columns of unequal length) go to `faults`; the others are for
 * domain/validate. Fails for want of memory, or where nothing can be said of single figures. */
nt_status nt_observations_read(nt_arena *arena, const Nithet__V1__ObservationSet *in, size_t most,
                               nt_violations *faults, nt_observations *out);

#endif
