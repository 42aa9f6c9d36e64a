/* What one event, or one instant that fell due, does to one key at its owner; and the time by which
 * owners judge. Included by worker_priv.h. */
#ifndef SL_WORKER_OWNER_PRIV_H
#define SL_WORKER_OWNER_PRIV_H

#include "base/artifact.h"
#include "base/record.h"
#include "decide/decide.h"
#include "io/io.h"
#include "state/state.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct sl_blocks;
struct sl_engine;
struct sl_generation;
struct sl_mail;
struct sl_part;
struct sl_request;
struct sl_worker;

#define SL_MAILED_MAX 64u /* letters that are kept free for one event's matches */
#define SL_DUE_BURST 64u  /* instants between two looks at what else there is to do */
#define SL_STEPS_BYTES 16384u
#define SL_TICK_SAVE_NS (100 * SL_NS_PER_MS)

/* ---- what a generation remembers by ---------------------------------------------------------- */

struct sl_temporal {
	struct sl_state_plan *plan;
	bool remembers; /* some campaign has a sequence, a limit or a group: none, and owners do as
			   if there were no such thing */
	bool by;        /* some remember by another field than the customer */
	uint64_t *asking; /* a bit for each trigger whose campaign is one of those */
	uint32_t *mailed; /* campaigns with for_customer, by name */
	uint32_t n_mailed;
};

int sl_temporal_init(struct sl_temporal *temporal, const struct sl_artifact *artifact,
		     char ret_why[SL_SENTENCE_BYTES]);
void sl_temporal_fini(struct sl_temporal *temporal);
/* Whether one of these triggers asks what a key remembers. Where none does, the event is judged as
 * if the generation remembered nothing. */
static inline bool sl_temporal_asks(const struct sl_temporal *temporal, const uint32_t *triggers,
				    uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (temporal->asking[triggers[i] / 64] >> triggers[i] % 64 & 1)
			return true;
	return false;
}
/* The campaign with for_customer of that name, or UINT32_MAX. */
uint32_t sl_temporal_mailed(const struct sl_temporal *temporal, const struct sl_artifact *artifact,
			    struct sl_text name);

/* ---- one event for one key ------------------------------------------------------------------- */

struct sl_take {
	const struct sl_generation *generation;
	const struct sl_event *event;
	struct sl_text key;
	uint64_t key_hash;  /* sl_text_hash() of it */
	uint16_t partition; /* of the key */
	uint64_t seen[2];
	const uint32_t *triggers;
	uint32_t n_triggers;
	int64_t watermark_ns; /* of its origin, before it */
	unsigned origin;
};

/* What the records of a candidate are made of. */
struct sl_occurrence {
	const struct sl_generation *generation;
	const struct sl_campaign *campaign;
	const struct sl_state_fire *fire; /* NULL: the event alone matched */
	const struct sl_event *event;     /* NULL: nothing came, or it is gone */
	struct sl_text key;
	uint16_t partition;
	bool due;
	int64_t time_ns; /* of the match */
	int64_t event_time_ns;
	struct sl_text event_id, event_type, event_channel, first_id;
	/* what it is remembered by, where that is another's match and no first event tells which;
	 * else none */
	struct sl_text remembered;
};

/* Parts of one event, each for another key: told to the request as one event. */
struct sl_fan {
	struct sl_fan *next; /* free list */
	struct sl_request *request;
	uint32_t left;
	bool fresh; /* some part was no duplicate */
	bool matched;
};

/* ---- time ------------------------------------------------------------------------------------ */

/* Of an origin: what came over each of its channels. */
struct sl_origin_time {
	int64_t newest_ns[SL_CHANNELS_MAX]; /* greatest event time; INT64_MIN: none yet */
	int64_t came_ns[SL_CHANNELS_MAX];   /* monotonic, of the last one */
	bool idle[SL_CHANNELS_MAX];
	int64_t watermark_ns;
};

/* Of an owner: what it heard of each origin, and its tick: all events before it are taken to have
 * come. */
struct sl_owner_time {
	int64_t heard_ns[SL_IO_WORKERS_MAX]; /* INT64_MIN: nothing yet */
	int64_t tick_ns;
	int64_t due_done_ns; /* nothing is due any more before this tick */
	int64_t saved_ns;    /* tick of the last TICK record */
	bool decided;        /* something was, by what may be a later one */
	int64_t save_at_ns;  /* monotonic */
};

/* ---- what may have been lost ------------------------------------------------------------------
 */

#define SL_LOSS_LISTS                                                                              \
	2u /* what concerns all; what concerns those that remember by another field                \
	    */

/* Written by its worker alone, under a version that is odd meanwhile; read by all. */
struct sl_loss_board {
	_Atomic uint32_t version;
	_Atomic uint32_t n[SL_LOSS_LISTS];
	_Atomic int64_t from_ns[SL_LOSS_LISTS][SL_GAPS_MAX], to_ns[SL_LOSS_LISTS][SL_GAPS_MAX];
	_Atomic int64_t came_ns[SL_CHANNELS_MAX]; /* monotonic, of the last that came; not under it
						   */
};

struct sl_loss_second {
	int64_t from_ns; /* 0: nothing of it yet */
	uint64_t seen, lost;
};

struct sl_losses {
	struct sl_gaps gaps[SL_GAPS_LISTS_MAX]; /* those of the board, and when it was alive last */
	struct sl_loss_second seconds[SL_CHANNELS_MAX];
	int64_t came_ns[SL_CHANNELS_MAX]; /* of packets */
	bool is_silent[SL_CHANNELS_MAX], silent_again[SL_CHANNELS_MAX];
	int64_t began_ns, saved_ns; /* monotonic */
	bool is_changed;
	unsigned n_foreign; /* partitions whose record was another board's, to be cleared */
	uint16_t foreign[SL_IO_WORKERS_MAX];
	struct sl_loss_board board;
};

struct sl_loss;

/* loss.c. sl_loss_seen() and sl_loss_notice(): worker_priv.h. */
bool sl_loss_withholds(const struct sl_worker *worker, const struct sl_campaign *campaign,
		       const struct sl_state_fire *fire);
void sl_loss_take(struct sl_worker *worker, const struct sl_generation *generation,
		  struct sl_text key, int64_t from_ns, int64_t to_ns);
void sl_loss_housekeeping(struct sl_worker *worker);
int sl_loss_restore(struct sl_engine *engine, uint16_t partition, struct sl_span image);
void sl_loss_resume(struct sl_engine *engine);

/* time.c. Hot but for the first. */
void sl_time_init(struct sl_worker *worker);
void sl_time_note(struct sl_worker *worker, unsigned channel, int64_t event_time_ns);
void sl_time_hear(struct sl_worker *worker, unsigned origin, int64_t watermark_ns);
void sl_time_step(struct sl_worker *worker);         /* once a round: what the engine orders */
void sl_time_housekeeping(struct sl_worker *worker); /* idle channels, ticks to peers, records */
void sl_time_gauges(struct sl_worker *worker);
void sl_time_save(struct sl_worker *worker, struct sl_blocks *blocks);

/* owner.c */
struct sl_blocks *sl_owner_room(struct sl_worker *worker, size_t bytes, unsigned n_records);
enum sl_verdict sl_owner_take(struct sl_worker *worker, const struct sl_take *take);
void sl_owner_serve(struct sl_worker *worker); /* parts that peers sent */
bool sl_owner_ready(struct sl_worker *worker); /* room to begin an event or a due instant */

/* groups.c: an event whose campaigns remember by several fields. False: nothing was done. */
bool sl_groups_take(struct sl_worker *worker, struct sl_request *request,
		    const struct sl_event *event, struct sl_span text, const uint32_t *triggers,
		    uint32_t n);
void sl_fan_note(struct sl_worker *worker, struct sl_fan *fan, enum sl_verdict verdict);

/* effects.c: what an outcome comes to, decided and written */
enum sl_verdict sl_effects_event(struct sl_worker *worker, const struct sl_take *take,
				 const struct sl_seen_record *seen);
enum sl_gate sl_effects_mailed(struct sl_worker *worker, struct sl_match_view *match,
			       uint32_t campaign, const struct sl_seen_record *seen);
void sl_effects_sweep(struct sl_worker *worker); /* what no campaign asks for any more */
void sl_effects_due(struct sl_worker *worker);   /* what fell due, a burst of it */

/* match_mail.c: matches that another key's owner decides */
/* False: the outbox is full. */
bool sl_match_mail_post(struct sl_worker *worker, const struct sl_occurrence *occurrence,
			const uint64_t id[2], uint16_t from);
void sl_match_mail_take(struct sl_worker *worker, const struct sl_mail *mail,
			const struct sl_seen_record *seen);

/* emit.c: records of one decided candidate; the room is there */
void sl_emit_id(const struct sl_occurrence *occurrence, uint64_t ret_id[2]);
size_t sl_emit_bytes(const struct sl_occurrence *occurrence);
void sl_emit_view(struct sl_worker *worker, const struct sl_occurrence *occurrence,
		  const uint64_t id[2], size_t room, struct sl_match_view *ret_match);
void sl_emit_decided(struct sl_worker *worker, struct sl_blocks *blocks,
		     struct sl_match_view *match, enum sl_gate gate);
void sl_emit_candidate(struct sl_worker *worker, const struct sl_occurrence *occurrence,
		       const uint64_t id[2], enum sl_gate gate);

#endif
