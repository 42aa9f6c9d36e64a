/* What the files of this folder share. */
#ifndef SL_CONTROL_TAIL_PRIV_H
#define SL_CONTROL_TAIL_PRIV_H

#include "base/program.h"
#include "control/delivery/delivery.h"
#include "control/tail/tail.h"

#include <jansson.h>
#include <pthread.h>

/* ---- one record, looked at once for all tails ------------------------------------------------ */

enum sl_where_name {
#define SL_WHERE_NAME(name, text, kind, doc) SL_WHERE_##name,
#include "control/tail/where_names.def"
#undef SL_WHERE_NAME
	SL_WHERE_NAMES
};

#define SL_WHERE_ITEMS 4096u /* values of `data`; with more it is empty */

/* Points into the record's payload, which ends with the walk. */
struct sl_tail_record {
	enum sl_tail_kind kind;
	struct sl_text campaign, key; /* empty: none */
	struct sl_text data;          /* JSON */
	bool has_data;                /* it is among the names */
	struct sl_any names[SL_WHERE_NAMES];
	json_t *root; /* of data */
	uint32_t n_items;
	char id[33];
	struct sl_any items[SL_WHERE_ITEMS];
};

/* False: it is of no kind that is shown. */
bool sl_tail_record_read(const struct sl_record *from, int64_t committed_ns,
			 struct sl_tail_record *record);
/* `data` as a value; a condition that does not ask for it does without. */
void sl_tail_record_want_data(struct sl_tail_record *record);
void sl_tail_record_fini(struct sl_tail_record *record);

/* ---- conditions ------------------------------------------------------------------------------ */

struct sl_where;

int sl_where_new(const char *text, struct sl_where **ret_where, char ret_why[SL_SENTENCE_BYTES]);
void sl_where_free(struct sl_where *where); /* takes NULL */
/* A fault is no. */
bool sl_where_holds(const struct sl_where *where, struct sl_tail_record *record);

/* ---- the room of one tail -------------------------------------------------------------------- */

/* Lines that wait for their reader, whole ones only, in a ring. One side puts, one takes; the
 * caller's lock is around both. */
struct sl_tail_room {
	uint64_t missed_records, missed_blocks; /* since the last line that said so */
	size_t from, bytes;
	char at[SL_TAIL_ROOM];
};

void sl_tail_room_put(struct sl_tail_room *room, const char *line, size_t n);
size_t sl_tail_room_take(struct sl_tail_room *room, char *at, size_t n);

/* ---- tails and their thread ------------------------------------------------------------------ */

#define SL_TAIL_LINE (SL_DELIVERY_VALUE_BYTES + 4096u)

struct sl_tail {
	struct sl_tails *tails;
	unsigned users; /* the list and the thread; under the list's lock */
	unsigned kinds;
	struct sl_text campaign, key; /* copies; at NULL: any */
	struct sl_where *where;       /* NULL: any */
	uint64_t after;               /* position; the thread's own once it is listed */
	pthread_mutex_t lock;         /* of the room */
	struct sl_tail_room room;
};

struct sl_tails {
	void (*wake)(void *context);
	void *context;
	pthread_mutex_t lock; /* of the list and what follows */
	pthread_cond_t changed;
	bool started, stopping;
	pthread_t thread;
	struct sl_journal *journal; /* set by the first tail, the same ever after */
	struct sl_tail *list[SL_TAILS_MAX];
	unsigned n;
	uint64_t wanted; /* position that a new tail begins at, 0: none is new */
	/* the thread's own */
	struct sl_reader *reader;
	struct sl_tail *looking[SL_TAILS_MAX];
	unsigned n_looking;
	uint64_t last;       /* position of the last record that was walked */
	bool put;            /* lines, in this turn */
	int64_t complain_ns; /* not before */
	struct sl_tail_record record;
	char line[SL_TAIL_LINE];
};

/* tail.c: with the list's lock held. The last one frees it. */
void sl_tail_unuse(struct sl_tail *tail);

/* thread.c: reads for all tails until they are closed. */
void *sl_tails_run(void *tails);

#endif
