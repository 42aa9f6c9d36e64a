/* What the files of this folder share. */
#ifndef SL_CONTROL_QUARANTINE_PRIV_H
#define SL_CONTROL_QUARANTINE_PRIV_H

#include "control/quarantine/segment_priv.h"

#include <pthread.h>

#define SL_QUARANTINE_SEGMENTS_MAX 1024u
#define SL_QUARANTINE_PENDING_BYTES 262144u

/* Of what lies behind the cursor on disk already. */
struct sl_quarantine_kept {
	uint64_t position, hash;
};

struct sl_quarantine {
	struct sl_quarantine_config config;

	/* the consumer's own */
	uint8_t journal[16];
	int fd;               /* of the newest segment; -1: none is open for more */
	struct sl_segment at; /* the newest segment as it will be once settled */
	bool sync_failed;     /* of that file: nothing more goes there */
	int64_t failing_ns;   /* since when it cannot be written; 0: it can */
	bool losing;          /* and for too long */
	uint64_t unsettled;   /* records */
	bool look_behind;     /* the next record may have been kept already */
	struct sl_quarantine_kept *behind;
	size_t n_behind, behind_room;
	size_t pending_bytes; /* encoded, not yet written */
	char pending[SL_QUARANTINE_PENDING_BYTES];
	char room[SL_QUARANTINE_RECORD_MAX];

	/* under the lock: the segments as they are on disk, oldest first */
	pthread_mutex_t lock;
	bool opened;
	bool busy;        /* something is not settled: the newest stays */
	bool newest_gone; /* swept away: the consumer has to begin another */
	struct sl_segment segments[SL_QUARANTINE_SEGMENTS_MAX];
	unsigned n_segments;
	uint64_t last_number; /* ever given */
	uint64_t let_go, lost;
};

/* store.c: each under the lock. */
int sl_quarantine_open_segments(struct sl_quarantine *quarantine);
void sl_quarantine_drop_oldest(struct sl_quarantine *quarantine);
void sl_quarantine_drop_newest(struct sl_quarantine *quarantine);
uint64_t sl_quarantine_bytes(const struct sl_quarantine *quarantine);

/* Without it. */
int sl_quarantine_open_file(const struct sl_quarantine *quarantine, uint64_t number, int flags,
			    int *ret_fd);

/* write.c */
int sl_quarantine_open(struct sl_quarantine *quarantine);
int sl_quarantine_keep(struct sl_quarantine *quarantine, const struct sl_segment_record *record);
int sl_quarantine_settle(struct sl_quarantine *quarantine);
/* Back to what is settled. */
void sl_quarantine_rewind(struct sl_quarantine *quarantine);

/* read.c: true: go on. Records of the segments, newest first; ends by itself after `records_max`.
 */
typedef bool sl_quarantine_visit(void *context, const struct sl_segment *segment,
				 const struct sl_segment_record *record);
int sl_quarantine_visit_all(struct sl_quarantine *quarantine, struct sl_quarantine_id after,
			    unsigned records_max, sl_quarantine_visit *visit, void *context,
			    struct sl_quarantine_id *ret_next);

#endif
