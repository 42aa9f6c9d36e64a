/* The commander: the dataplane's main thread. It answers control's commands (contract 4b) and
 * signals, and is the only one that loads rule sets and ends the process. */
#ifndef SL_WORKER_COMMANDER_H
#define SL_WORKER_COMMANDER_H

#include "sluice/command.h"
#include "worker/service.h"
#include "worker/worker.h"

struct sl_commander {
	struct sl_engine *engine;
	struct sl_stats_header *stats;
	struct sl_service *service;
	const char *run; /* directory of the socket */
	struct sl_command_listener listeners[SL_CHANNELS_MAX];
	int doors[SL_CHANNELS_MAX]; /* their sockets, the engine's */
	unsigned n_listeners;
	unsigned workers;
	bool ordered; /* out: it was the command to stop, and no signal */
	int signals;  /* signalfd, not blocking: SIGTERM, SIGINT, SIGHUP */
};

/* Serves until told to stop; the engine is then drained, or its time was up. 0 or an error. */
int sl_commander_run(struct sl_commander *commander);

#endif
