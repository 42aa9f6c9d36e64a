/* record: accepted events into the journal, as they were decoded, where the setting record.events
 * is on.
 *
 * - JSON of the schema's fields, in one order whatever the event's was; `sluice replay` reads it.
 *   The time is there also where the event had none: its receipt. What the schema does not name is
 *   not there, nor a field nested deeper than SL_RECORD_PARTS.
 * - Recorded where it was received, before its owner judges whether it is a duplicate; an event
 *   that had to wait for its owner, or whose client sends it again, may be there twice.
 * - Each costs its rendering, its bytes in the journal, and the wait for a commit also where it
 *   matches nothing. One too long for a record is counted, and not recorded. */
#ifndef SL_WORKER_RECORD_PRIV_H
#define SL_WORKER_RECORD_PRIV_H

#include "base/artifact.h"
#include "base/event.h"

#include <errno.h>
#include <stdbool.h>

#define SL_RECORD_PARTS 16u
#define SL_RECORDED_BYTES 130000u /* the longest that is recorded */
#define SL_RECORDED_ROOM 512u     /* beside it in its record */

struct sl_record_field {
	uint16_t slot;
	uint8_t n_parts;
	uint8_t common; /* of its parts with those of the field before */
	bool is_time;
	struct sl_text parts[SL_RECORD_PARTS]; /* of its path; point into the artifact */
};

struct sl_record_plan {
	uint32_t n;
	struct sl_record_field fields[];
};

int sl_record_plan_new(const struct sl_artifact *artifact, struct sl_record_plan **ret_plan);
void sl_record_plan_free(struct sl_record_plan *plan); /* takes NULL */

/* The event as JSON, in `room` of SL_RECORDED_BYTES; 0 bytes: it does not fit. */
struct sl_text sl_record_render(const struct sl_record_plan *plan, const struct sl_event *event,
				char *room);

#endif
