/* manager: what control tells the service manager (sd_notify(3)), if there is one.
 *
 * The watchdog is fed from the API's loop, and only while every consumer of the journal takes its
 * turns: one that has not for half of the manager's limit ends it. A consumer that tries something
 * again and again is alive; that its sink cannot be written is told by the status and the log.
 * Without a manager everything here does nothing. One thread. */
#ifndef SL_CONTROL_MANAGER_H
#define SL_CONTROL_MANAGER_H

#include "base/pulse.h"
#include "control/journal/consumers.h"
#include "control/rulesets/rulesets.h"

#include <stdbool.h>

struct sl_manager {
	struct sl_watch watch; /* of the consumers */
	bool ready;            /* was told */
};

/* Reads the environment that the manager made. */
void sl_manager_init(struct sl_manager *manager, int64_t now_ns);

/* In every round of the loop: with the first it is told that the API answers. */
void sl_manager_tick(struct sl_manager *manager, struct sl_consumers *consumers,
		     struct sl_rulesets *rulesets, int64_t now_ns);

/* Around a reload. */
void sl_manager_reloading(void);
void sl_manager_reloaded(void);

void sl_manager_stopping(void);

#endif
