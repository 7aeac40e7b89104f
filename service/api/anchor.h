/* The thread that anchors the audit chains: signs their heads, every so often, if something changed. Several daemons
 * share the work. */
#ifndef NT_API_ANCHOR_H
#define NT_API_ANCHOR_H

#include "api/service.h"

typedef struct nt_anchorer nt_anchorer;

nt_anchorer *nt_anchorer_start(const nt_service *service, unsigned every_seconds);
void nt_anchorer_stop(nt_anchorer *anchorer);

#endif
