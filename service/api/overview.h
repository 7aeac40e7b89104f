/* One organisation at a glance. */
#ifndef NT_API_OVERVIEW_H
#define NT_API_OVERVIEW_H

#include "api/service.h"

nt_status nt_overview_reply(nt_call *call, const nt_org *org, const nt_period *period, int breakdowns,
                            int64_t as_of_us);

#endif
