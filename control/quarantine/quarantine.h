/* quarantine: refused events, with their reason and their masked original, kept beyond the journal.
 *
 * - A consumer of the journal: see control/journal/consumer.h. What it keeps lies in segments,
 *   files that only grow, under data/quarantine: at most `bytes` of them, none with anything older
 *   than `age_ns` and a sixteenth. The oldest segment goes as a whole, and what was in it is
 *   counted. A record that is read again after a crash is not kept twice.
 * - Nothing here may stand in the way of matches: where it cannot be written for longer than
 *   `patience_ns`, refused events are counted as lost and the journal goes on.
 * - One thread is the consumer; any other may look, walk, get and sweep. What they see has reached
 *   the disk. A walk reads a bounded number of records, newest first, and what is let go meanwhile
 *   is passed over.
 * - A record's id says where it lies, and holds as long as it is kept. */
#ifndef SL_CONTROL_QUARANTINE_H
#define SL_CONTROL_QUARANTINE_H

#include "base/record.h"
#include "control/journal/consumer.h"

#include <stddef.h>
#include <stdint.h>

#define SL_QUARANTINE_ID_BYTES 48u
#define SL_QUARANTINE_WALK_MAX 4096u /* records of one walk */
/* Channel, reason and detail are each at most 65,535 bytes by their lengths, and far shorter. */
#define SL_QUARANTINE_RECORD_MAX (SL_RECORD_BYTES_MAX + 1024u)

struct sl_quarantine;

struct sl_quarantine_config {
	const char *directory; /* made where missing */
	uint64_t bytes;
	int64_t age_ns;
	int64_t patience_ns;
	struct sl_consumer_stats *stats;
};

struct sl_quarantine_id {
	uint64_t segment; /* from 1; 0: none */
	uint64_t offset;
};

struct sl_quarantined {
	struct sl_quarantine_id id;
	int64_t received_ns, committed_ns;
	uint32_t fault_offset;     /* of the fault in the event's text */
	uint32_t text_whole_bytes; /* before it was cut */
	struct sl_text channel, reason, detail, text;
};

struct sl_quarantine_view {
	uint64_t kept;  /* records */
	uint64_t bytes; /* of files */
	uint64_t let_go, lost;
	int64_t oldest_ns; /* committed; 0: none is kept */
};

extern const struct sl_consumer_ops sl_quarantine_ops;

int sl_quarantine_new(const struct sl_quarantine_config *config,
		      struct sl_quarantine **ret_quarantine);
void sl_quarantine_free(struct sl_quarantine *quarantine); /* takes NULL */

void sl_quarantine_look(struct sl_quarantine *quarantine, struct sl_quarantine_view *ret_view);

/* Lets go of what is too old. Once in a while. */
void sl_quarantine_sweep(struct sl_quarantine *quarantine, int64_t now_ns);

/* Newest first, from behind `after` (segment 0: from the newest). `each` answers 0 to go on, 1 to
 * end with this one; what it is given is good until it returns. *ret_next is the last one seen,
 * segment 0 where there is none behind it. 0 or -ENOMEM. */
int sl_quarantine_walk(struct sl_quarantine *quarantine, struct sl_quarantine_id after,
		       int (*each)(void *context, const struct sl_quarantined *record),
		       void *context, struct sl_quarantine_id *ret_next);

/* -ENOENT: it is not kept, or never was. Its texts lie in `room`. */
int sl_quarantine_get(struct sl_quarantine *quarantine, struct sl_quarantine_id id,
		      char room[SL_QUARANTINE_RECORD_MAX], struct sl_quarantined *ret_record);

/* "12-4096", and back: -SL_E_FORMAT for anything else. */
void sl_quarantine_id_format(struct sl_quarantine_id id, char ret_text[SL_QUARANTINE_ID_BYTES]);
int sl_quarantine_id_parse(const char *text, struct sl_quarantine_id *ret_id);

#endif
