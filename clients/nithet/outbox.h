/* The outbox: signed submissions that wait for the service, under $XDG_STATE_HOME/nithet/outbox. */
#ifndef NITHET_CLI_OUTBOX_H
#define NITHET_CLI_OUTBOX_H

#include "figures.h"
#include "known.h"

enum { OUTBOX_FIGURES_MOST = 5000 };

/* Signs, keeps, sends; what was sent, or refused, is not kept. The exit status: EXIT_TRY_AGAIN if it stays in the
 * outbox. The same figures that wait there already are not signed a second time. */
int outbox_submit(cli *c, figures *f, const known *k);

#endif
