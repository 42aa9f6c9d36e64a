/* api: HTTP/1.1 on a Unix socket (run/control.sock): what `sluice` and operators' tools ask.
 * and, where the settings say so, on a loopback TCP address. Its requests and answers are described
 * in openapi.yaml, its routes listed in routes.c.
 *
 * - One thread: a poll loop. Nothing in it takes long; loads run elsewhere and their requests wait.
 * - Bounds: heads of 16 KiB, bodies of 64 KiB but for the one load under way, a time-out for every
 *   state. Where no more connections are taken, the one that has been silent longest makes room.
 * - The Unix socket's permissions decide who may ask. Over TCP, which is offered on loopback
 *   addresses only and where the settings say so, a bearer token does. */
#ifndef SL_CONTROL_API_H
#define SL_CONTROL_API_H

#include "control/config/config.h"
#include "control/dataplane/heartbeats.h"
#include "control/journal/consumers.h"
#include "control/paths.h"
#include "control/rulesets/rulesets.h"
#include "control/tail/tail.h"
#include "sluice/error.h"

#include <stdbool.h>

#define SL_API_CONNECTIONS_MAX 64u /* on the Unix socket */
#define SL_API_REMOTE_MAX 32u      /* over TCP, beside those */
#define SL_API_TICK_MS 100

struct sl_api;

struct sl_api_config {
	const struct sl_settings *settings;
	const struct sl_properties *kafka;     /* of the sink */
	const struct sl_config *settings_file; /* what they were read from */
	const struct sl_paths *paths;
	struct sl_rulesets *rulesets;
	struct sl_consumers *consumers;
	struct sl_tails *tails;
	int wake_fd;             /* an eventfd: a load's reply is there */
	int stop_fd;             /* readable: end */
	char remote_address[80]; /* filled in by sl_api_open(): "" where there is no TCP */
	/* Every SL_API_TICK_MS. Not 0: end with that. */
	int (*tick)(void *context);
	void *context;
};

int sl_api_open(const struct sl_api_config *config, struct sl_api **ret_api,
		char ret_why[SL_SENTENCE_BYTES]);
/* Until it is to end, by stop_fd or by a request to stop: 0, or what `tick` answered. */
/* ret_ordered: by POST /v1/stop, not by stop_fd. */
int sl_api_run(struct sl_api *api, bool *ret_ordered);
void sl_api_close(struct sl_api *api); /* takes NULL */

/* The body of GET /v1/status; the caller frees it. NULL: no memory. */
char *sl_api_status(const struct sl_api_config *config, struct sl_heartbeats *heartbeats,
		    size_t *ret_bytes);

/* The body of GET /readyz; likewise. */
char *sl_api_ready(const struct sl_api_config *config, struct sl_heartbeats *heartbeats,
		   size_t *ret_bytes, bool *ret_ready);

#endif
