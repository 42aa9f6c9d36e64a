/* api: HTTP/1.1 on a Unix socket (run/control.sock, 0600): what `sluice` and operators' tools ask.
 *
 *     GET  /healthz               the process answers
 *     GET  /readyz                200 while the gateway does what it is for, else 503 and why not
 *     GET  /v1/status             everything counted, both processes; see status.c
 *     GET  /v1/rulesets           {"rulesets":[…]}, the versions that are kept, newest first
 *     GET  /v1/rulesets/current   {"version","campaigns","hash","author","time","in_force"} or 404
 *     GET  /v1/rulesets/N         the same of version N
 *     GET  /v1/rulesets/N/sources?from=K
 *                                 {"version","files":[{"name","text"}…],"total","next"}: about a
 *                                 MiB of its files from number K on; no "next" behind the last
 *     POST /v1/rulesets           load, see control/rulesets; 200, 400, 409, 413, 422, 503
 *     POST /v1/rulesets/rollback  {"version","author","dry_run"}: the same with an older version,
 *                                 404 where it is not kept; without one, the one before
 *
 * - One thread: a poll loop. Nothing in it takes long; loads run elsewhere and their requests wait.
 * - Bounds: SL_API_CONNECTIONS_MAX at once, heads of 16 KiB, bodies of 64 KiB but for the one load
 *   under way, a time-out for every state.
 * - The socket's permissions decide who may ask. */
#ifndef SL_CONTROL_API_H
#define SL_CONTROL_API_H

#include "control/config/config.h"
#include "control/dataplane/heartbeats.h"
#include "control/journal/consumers.h"
#include "control/paths.h"
#include "control/rulesets/rulesets.h"
#include "sluice/error.h"

#include <stdbool.h>

#define SL_API_CONNECTIONS_MAX 64u
#define SL_API_TICK_MS 100

struct sl_api;

struct sl_api_config {
	const struct sl_settings *settings;
	const struct sl_properties *kafka; /* of the sink */
	const struct sl_paths *paths;
	struct sl_rulesets *rulesets;
	struct sl_consumers *consumers;
	int wake_fd; /* an eventfd: a load's reply is there */
	int stop_fd; /* readable: end */
	/* Every SL_API_TICK_MS. Not 0: end with that. */
	int (*tick)(void *context);
	void *context;
};

int sl_api_open(const struct sl_api_config *config, struct sl_api **ret_api,
		char ret_why[SL_SENTENCE_BYTES]);
/* Until it is to end: 0, or what `tick` answered. */
int sl_api_run(struct sl_api *api);
void sl_api_close(struct sl_api *api); /* takes NULL */

/* The body of GET /v1/status; the caller frees it. NULL: no memory. */
char *sl_api_status(const struct sl_api_config *config, struct sl_heartbeats *heartbeats,
		    size_t *ret_bytes);

/* The body of GET /readyz; likewise. */
char *sl_api_ready(const struct sl_api_config *config, struct sl_heartbeats *heartbeats,
		   size_t *ret_bytes, bool *ret_ready);

#endif
