/* What the gateway is at while it loads, for somebody at a terminal: a line on standard error that
 * is written over, nothing before a second has passed, nothing where standard error is no terminal.
 * A thread asks the gateway; what it does not answer is not shown. */
#ifndef SL_SLUICE_RULESETS_LOAD_WATCH_H
#define SL_SLUICE_RULESETS_LOAD_WATCH_H

#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>

struct sl_load_watch {
	const char *address;
	pthread_t thread;
	sem_t ended; /* by the one that began it */
	bool began;
};

void sl_load_watch_begin(struct sl_load_watch *watch, const char *address);
void sl_load_watch_end(struct sl_load_watch *watch); /* wipes the line away */

#endif
