/* Runs dataplane and control until told to stop: starts what dies, tells when all is ready, and at
 * the end stops the dataplane first, lets control forward what is left, and stops it then. */
#ifndef SL_SLUICE_UP_SUPERVISE_H
#define SL_SLUICE_UP_SUPERVISE_H

#include "tools/sluice/up/child.h"

enum sl_child_role { SL_CHILD_DATAPLANE, SL_CHILD_CONTROL, SL_CHILDREN };

struct sl_supervisor {
	struct sl_child children[SL_CHILDREN]; /* found, with their arguments */
	const char *api;                       /* control's address */
	int signals; /* signalfd of SIGCHLD, SIGTERM, SIGINT and SIGHUP, which are blocked */
};

/* Returns the exit code. A ready line goes to standard output whenever everything is up. */
int sl_supervise(struct sl_supervisor *supervisor);

#endif
