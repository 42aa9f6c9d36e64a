/* What the files of worker/ share. Ownership: a struct's fields belong to the worker's own thread
 * unless a comment says otherwise. */
#ifndef SL_WORKER_PRIV_H
#define SL_WORKER_PRIV_H

#include "base/counters.h"
#include "base/ring.h"
#include "decide/decide.h"
#include "decode/decode.h"
#include "frame/frame.h"
#include "match/match.h"
#include "sluice/error.h"
#include "state/state.h"
#include "worker/owner_priv.h"
#include "worker/record_priv.h"
#include "worker/wire.h"
#include "worker/worker.h"

#include <errno.h>

#define SL_BURST_EVENTS 128u
#define SL_PIPELINE_MAX 256u  /* requests under way on one connection */
#define SL_OUTPUT_PATIENCE 8u /* waits, of 1 ms at most, for a peer whose output is full */
#define SL_REQUESTS 8192u     /* under way in one worker */
#define SL_REFUSED_INLINE 4u
#define SL_REFUSED_LISTED 1024u /* entries of a reply's list; beyond, only counted */
#define SL_PART_INLINE 4096u
#define SL_PARTS_LARGE 32u
#define SL_OUTPUT_BYTES 131072u
#define SL_OUTBOX 1024u
#define SL_DATA_BYTES 98304u /* of one match's data */
#define SL_ROOM_BEFORE                                                                             \
	16384u /* room asked for before an event is begun; what it needs beyond, it waits for */
#define SL_HOUSEKEEPING_NS (50 * SL_NS_PER_MS)
#define SL_ANSWERED_MAX 64u
#define SL_POLLS_EMPTY 1000u /* of the wires; then the worker may nap */
#define SL_CAMPAIGN_PLACES 8192u

/* ---- one version of the rule set ------------------------------------------------------------- */

/* commander: makes and frees; workers: ro but for their own entry of `users`. */
struct sl_generation {
	struct sl_artifact *artifact;
	struct sl_decode_plan *plan;
	struct sl_match_set *set;
	struct sl_temporal temporal;
	struct sl_record_plan *recorded;
	struct sl_map_binding *binding;            /* NULL: no channel is on a wire */
	uint64_t number;                           /* counts swaps of this process */
	_Atomic uint32_t users[SL_IO_WORKERS_MAX]; /* parts under way that worker w sent under it;
						      worker w: rw */
};

int sl_generation_new(const char *path, uint64_t number, struct sl_generation **ret_generation,
		      char ret_why[SL_SENTENCE_BYTES]);
void sl_generation_free(struct sl_generation *generation); /* takes NULL */

/* What a change of rule sets costs a worker, from round to round. */
enum sl_swap {
	SL_SWAP_OVER,
	SL_SWAP_TAKEN,   /* no event has been matched under the new set yet */
	SL_SWAP_MATCHED, /* in this round */
};

struct sl_worker;
void sl_swap_taken(struct sl_worker *worker);     /* asks the clock */
void sl_swap_matched(struct sl_worker *worker);   /* with every burst of events, by matched_ns */
void sl_swap_round_end(struct sl_worker *worker); /* asks the clock, once a change */

/* ---- requests -------------------------------------------------------------------------------- */

struct sl_refused_entry {
	uint32_t index;
	uint32_t reason;
};

/* One message under way: from its first event until its reply is written. */
struct sl_request {
	struct sl_request *next; /* of its connection's queue, or of the free list */
	uint32_t connection;
	uint32_t outstanding; /* parts, the wait for a commit, and 1 while it is being read */
	uint32_t received, accepted, matched, duplicates, refused, dropped;
	uint32_t n_listed;
	uint32_t listed_room;
	uint32_t line;       /* of a TCP stream, from 1 */
	int64_t received_ns; /* monotonic: the burst that brought its end */
	int64_t ready_ns;    /* when all of it was matched, then when all of that was committed */
	uint16_t status;     /* decided already (errors); 0: from the counts */
	uint8_t channel;
	bool answers; /* a reply is owed */
	bool keep_alive;
	bool head_only;
	bool http;
	bool orphan;    /* its connection is gone: finish, answer nobody */
	bool ended;     /* read to its end, but events of it are still in the burst */
	bool cancelled; /* never begun: its line went back into the stash */
	bool waits;     /* for a commit, or for owners */
	bool datagrams; /* nobody sends it again: what cannot be taken is dropped */
	uint32_t in_burst;
	const char *detail; /* of an error, static */
	const char *allow;  /* of 405, static */
	int64_t arrived_ns; /* of the packet at hand; 0: the round's */
	uint8_t arrived_source;
	uint8_t trace_bytes;        /* 0, or all of them */
	char trace[SL_TRACE_BYTES]; /* traceparent of its head */
	struct sl_refused_entry *listed;
	struct sl_refused_entry inline_list[SL_REFUSED_INLINE];
};

/* ---- parts: events handed to their owners ---------------------------------------------------- */

enum sl_part_kind { SL_PART_EVENT = 1, SL_PART_MAIL = 2, SL_PART_TICK = 3, SL_PART_LOSS = 4 };
enum sl_verdict { SL_VERDICT_UNMATCHED = 0, SL_VERDICT_MATCHED = 1, SL_VERDICT_DUPLICATE = 2 };

/* Belongs to its sender; the owner has it between the two rings. */
struct sl_part {
	struct sl_part *next; /* free list */
	uint8_t kind;
	uint8_t verdict;
	uint8_t large;
	uint16_t origin; /* worker */
	struct sl_generation *generation;
	int64_t watermark_ns; /* of its origin: as it was before the event, or a tick */
	union {
		struct {
			struct sl_request *request;
			struct sl_event *event;
			uint32_t *triggers;
			uint32_t n_triggers;
			uint16_t partition; /* of the key, which is the customer's or another's */
			struct sl_text key;
			uint64_t key_hash;
			uint64_t seen[2];
			struct sl_fan *fan; /* NULL: the event's only part */
		};
		struct {
			struct sl_letter *letter;
		};
		struct {
			struct sl_text lost_key;
			int64_t lost_from_ns, lost_to_ns;
		};
	};
	size_t room; /* bytes behind, for the copies */
	_Alignas(16) uint8_t copy[];
};

/* Mail under way, kept by the sender's side until its receiver's commit. */
struct sl_letter {
	struct sl_letter *next;
	struct sl_mail mail;
	uint64_t ready; /* deliverable when the sender has committed this batch */
	bool on_its_way;
	bool held;     /* by who owns the clock */
	bool restored; /* from another life: not of the fixed memory */
	struct sl_letter *next_restored;
	uint8_t body[SL_MAIL_BODY_MAX];
};

/* Rings between two workers, one struct for each ordered pair. */
struct sl_lane {
	struct sl_ring there; /* parts from origin to owner */
	struct sl_ring back;  /* the same parts, answered */
};

/* ---- waiting for commits --------------------------------------------------------------------- */

struct sl_wait {
	uint64_t commit;
	struct sl_request *request; /* one of the two */
	struct sl_part *part;
};

/* First in, first out: batches of a worker commit in order. */
struct sl_waits {
	struct sl_wait *at;
	uint32_t mask;
	uint32_t head, tail;
};

/* Lines that met backpressure, in memory of the arena; SL_SPAN_PADDING more may be read behind. */
struct sl_stash {
	struct sl_stash *next; /* of the departed */
	size_t bytes;
	uint8_t channel;
	uint8_t at[];
};

/* ---- connections ----------------------------------------------------------------------------- */

struct sl_session {
	bool open;
	bool http;
	bool datagrams;     /* a socket of UDP, from open to close */
	bool paused;        /* for backpressure */
	bool ended;         /* the peer sends no more */
	bool closing;       /* no further message is read; closes when its queue is empty */
	bool shut;          /* told the backend so */
	bool continue_owed; /* 100 Continue, when the replies before it are out */
	uint8_t channel;
	uint32_t n_requests;
	uint32_t line;
	struct sl_request *first, *last; /* replies are owed in this order */
	union {
		struct sl_http_framer http_framer;
		struct sl_line_framer line_framer;
		struct {
			int64_t datagrams_since_ns; /* when the last came */
			int64_t datagrams_end_ns;   /* while draining; 0: not yet */
		};
	};
	struct sl_stash *stash; /* TCP under backpressure: what could not be taken yet */
};

/* Events answered since the last look at the clock. */
struct sl_answered {
	int64_t received_ns, ready_ns;
	uint64_t events;
};

/* ---- a burst of decoded events --------------------------------------------------------------- */

struct sl_burst_event {
	struct sl_request *request;
	struct sl_span text;
};

struct sl_burst {
	unsigned n;
	struct sl_event events[SL_BURST_EVENTS];
	struct sl_burst_event of[SL_BURST_EVENTS];
	struct sl_value *slots; /* room for SL_BURST_EVENTS * SL_FIELDS_MAX */
	uint32_t stride;        /* of one event in it: the fields of the schema in use */
};

/* What the commander asks of a worker. A worker that is held up may answer long after nobody waits
 * for it any more: so the question is the worker's own, and stays until it was answered. */
struct sl_inquiry {
	_Atomic bool asked; /* the commander sets it, the worker clears it; what is below is the
			       worker's in between, and the commander's else */
	unsigned n;
	uint64_t slots[SL_ENGINE_SLOTS_MAX];
	uint64_t live[SL_ENGINE_SLOTS_MAX];
	uint32_t key_bytes; /* 0: no key is asked for */
	char key[SL_COMMAND_TEXT_MAX];
	uint32_t n_looks; /* all that there are */
	int64_t tick_ns;
	struct sl_command_look looks[SL_COMMAND_LOOKS_MAX];
};

struct sl_worker {
	struct sl_engine *engine;
	unsigned index;
	const struct sl_io_ops *io_ops;
	struct sl_io *io;
	struct sl_io_burst io_burst;
	struct sl_packets *packets;  /* NULL: there are no wires */
	uint32_t polls_empty;        /* of the wires, one after the other */
	struct sl_wire_reader *wire; /* NULL: no channel is on one */
	bool wire_ended;             /* before a stop */
	struct sl_stats_worker *stats;
	struct sl_store_worker *store;
	struct sl_decoder *decoder;
	struct sl_matcher *matcher;
	struct sl_seen *seen;
	struct sl_states *states;
	struct sl_origin_time origin_time;
	struct sl_owner_time owner_time;
	struct sl_losses losses;
	bool sweeping; /* what retired slots left may still be there */
	uint32_t sweep_place;
	bool due_left;                   /* more fell due than was looked at */
	struct sl_candidate *candidates; /* candidates_room each */
	uint32_t *order;
	struct sl_state_change *changes; /* of limits */
	uint32_t candidates_room;
	struct sl_part *tick_parts;               /* tick_parts[owner] */
	struct sl_part *deferred, *deferred_last; /* peers' events that wait for the outbox */
	struct sl_fan *fans, *free_fans;
	uint32_t *group_triggers; /* candidates_room: the triggers of one group after the other */
	struct sl_assembly *assembly;
	struct sl_http_framer_limits http_limits;
	struct sl_generation *generation; /* in use; changes between rounds only */
	_Atomic uint64_t adopted;         /* its number; worker: rw, commander: ro */
	_Atomic bool drained;             /* worker: rw, commander: ro */
	_Atomic bool running;             /* worker: rw, commander: ro */
	struct sl_now now;
	struct sl_now (*clock)(void *context); /* of this step; NULL before the first */
	void *clock_context;
	int64_t stamp_ns;               /* monotonic, of the last look at the clock */
	int64_t decoded_ns, matched_ns; /* of the latest burst */
	struct sl_answered answered[SL_ANSWERED_MAX];
	unsigned n_answered;
	struct sl_stats_campaigns *campaigns;
	uint16_t campaign_places[SL_CAMPAIGN_PLACES]; /* by hash: entry + 1, 0: free */
	struct sl_session *sessions;                  /* one more than connections: see departed */
	struct sl_stash *departed; /* of connections that are gone; their lines were received */
	uint32_t n_sessions;
	uint32_t sweep; /* next session that housekeeping looks at */
	int64_t housekeeping_ns;
	struct sl_request *requests; /* all of them */
	struct sl_request *free_requests;
	uint32_t n_requests; /* under way */
	struct sl_part *free_parts;
	struct sl_part *free_large;
	uint32_t n_parts; /* under way, sent by this worker */
	uint8_t *part_memory;
	uint8_t *large_memory;
	struct sl_request *gathered; /* datagrams of this round, not yet ended; NULL: none */
	struct sl_lane *lanes_out;   /* lanes_out[owner] */
	struct sl_waits waits;
	struct sl_burst burst;
	struct sl_letter *letters;
	struct sl_letter *free_letters;
	struct sl_letter *restored;             /* all that were, until the worker goes */
	struct sl_letter *outbox, *outbox_last; /* not yet cleared */
	uint32_t n_letters, n_free_letters, n_held;
	bool backpressure; /* as of this round */
	bool resting;      /* there may be a stash, or a connection that is paused */
	bool draining;
	bool busy; /* this round did something */
	struct sl_inquiry inquiry;
	enum sl_swap swap;
	int64_t swap_ns; /* that taking the generation over took */
	char *recorded;  /* SL_RECORDED_BYTES: rendering; NULL: events are not recorded */
	char *data;      /* SL_DATA_BYTES: rendering */
	char *reply;     /* SL_OUTPUT_BYTES */
};

struct sl_engine {
	struct sl_engine_config config;
	unsigned n_workers;
	struct sl_worker *workers;
	struct sl_lane *lanes; /* lanes[origin * n_workers + owner] */
	void **ring_slots;
	struct sl_store *store;
	char journal_path[SL_SETTING_TEXT_MAX + 16];
	char cursors_path[SL_SETTING_TEXT_MAX + 16];
	struct sl_io_group group;
	_Atomic(struct sl_generation *) generation; /* commander: rw, workers: ro */
	struct sl_generation *retired;              /* commander */
	struct sl_map_plan *map_plan;               /* NULL: no channel is on a wire */
	struct sl_map_binding *unbound;             /* before there is a rule set */
	_Atomic bool draining;                      /* commander: rw, workers: ro */
	_Atomic int64_t tick_ns; /* no owner's is less; commander: rw, workers: ro */
	int states_spoilt;       /* restored in part: the error, and why; commander */
	char states_why[SL_SENTENCE_BYTES];
	bool states_restored;       /* what the journal says of them was given back; commander */
	uint64_t loads;             /* commander */
	struct sl_generation *read; /* by sl_engine_read(), for sl_engine_load(); NULL: none */
	char read_path[SL_SETTING_TEXT_MAX + 64];
};

static inline unsigned sl_owner_of(const struct sl_engine *engine, uint16_t partition)
{
	return (unsigned)partition * engine->n_workers / SL_PARTITIONS;
}

/* ahead.c: what was read ahead, if it is of that path; the caller's then. */
struct sl_generation *sl_engine_take_read(struct sl_engine *engine, const char *artifact_path);

/* recovery.c */
int sl_engine_recover(struct sl_engine *engine, char ret_why[SL_SENTENCE_BYTES]);
int sl_engine_restore_states(struct sl_engine *engine, const struct sl_generation *generation,
			     char ret_why[SL_SENTENCE_BYTES]);

/* inquiry.c: between two rounds */
void sl_inquiry_answer(struct sl_worker *worker);

/* wire_step.c: what the wires brought; returns how many packets. Where there are wires. */
unsigned sl_wire_step(struct sl_worker *worker);
void sl_wire_housekeeping(struct sl_worker *worker); /* holes grow older, counts are shown */
extern const struct sl_wire_handler sl_wire_worker;

/* wire_worker_setup.c */
int sl_wire_plan_new(struct sl_engine *engine);
void sl_wire_plan_free(struct sl_engine *engine);
int sl_wire_worker_new(struct sl_worker *worker);

/* The session that a channel on wires has; it is never open, nobody is answered. */
static inline uint32_t sl_wire_session(const struct sl_worker *worker, unsigned channel)
{
	return (uint32_t)worker->engine->config.settings.io_connections + 1 + channel;
}

/* ingest.c: messages in, events out to match and owners */
void sl_worker_take_item(struct sl_worker *worker, const struct sl_io_item *item);
void sl_session_bound_pipeline(struct sl_worker *worker, uint32_t connection);

/* lines.c */
void sl_lines_take(struct sl_worker *worker, uint32_t connection, struct sl_span bytes);

/* datagrams.c */
struct sl_request *sl_datagrams_gather(struct sl_worker *worker, uint32_t connection);
void sl_datagram_take(struct sl_worker *worker, struct sl_request *request, struct sl_span bytes);
void sl_datagrams_take(struct sl_worker *worker, const struct sl_io_item *item);
void sl_datagrams_dropped(struct sl_worker *worker, const struct sl_io_item *item);
void sl_datagrams_end(struct sl_worker *worker); /* of those of this round */
/* Whether its socket is to be closed: the worker stops, and no more seem to come. */
bool sl_datagrams_over(struct sl_worker *worker, uint32_t connection);

/* loss.c: of the worker's own thread. */

/* Something of a channel that is not sent again was lost: bytes of a flow, or packets. */
struct sl_loss {
	unsigned channel;
	int64_t from_ns;  /* the earliest time it may have been of; 0: that of the notice */
	int64_t time_ns;  /* when it was noticed; both since 1970 */
	uint64_t bytes;   /* of a hole in a stream, where that is known */
	uint64_t packets; /* of what sl_loss_seen() counts: 1 or an estimate of a hole */
	bool unknown;     /* how much it was */
	unsigned n_keys;  /* customers that the flow brought last; 0: nobody knows whose it was */
	struct sl_text keys[4];
};

void sl_loss_notice(struct sl_worker *worker, const struct sl_loss *loss);
/* So many packets, datagrams or messages of a channel came whole; once a burst is enough. */
void sl_loss_seen(struct sl_worker *worker, unsigned channel, uint64_t packets);

/* stash.c */
/* The burst, one line more, and the bytes behind it; false: the arena has no room. */
bool sl_stash_burst(struct sl_worker *worker, uint32_t connection, struct sl_span line,
		    struct sl_span rest);
bool sl_stash_more(struct sl_worker *worker, uint32_t connection, struct sl_span bytes);
void sl_stash_take(struct sl_worker *worker, uint32_t connection);
void sl_stash_depart(struct sl_worker *worker, uint32_t connection); /* its connection is gone */
void sl_stash_take_departed(struct sl_worker *worker);
void sl_stash_drop_departed(struct sl_worker *worker); /* at the end: counted */

/* burst.c */
/* Each false: backpressure stopped it; the event (or, of run, what is left in the burst) is not
 * taken. */
bool sl_burst_add(struct sl_worker *worker, struct sl_request *request,
		  const struct sl_piece *piece, uint32_t index);
bool sl_burst_refuse(struct sl_worker *worker, struct sl_request *request,
		     const struct sl_piece *piece, uint32_t index, enum sl_reason reason);
bool sl_burst_refuse_as(struct sl_worker *worker, struct sl_request *request, struct sl_span text,
			uint32_t index, const struct sl_decode_fault *fault);
bool sl_burst_run(struct sl_worker *worker);
struct sl_part *sl_burst_part(struct sl_worker *worker, const struct sl_take *take);
void sl_burst_hand_over(struct sl_worker *worker, struct sl_request *request, struct sl_part *part);
bool sl_burst_room(struct sl_worker *worker);
void sl_burst_message_end(struct sl_worker *worker, struct sl_request *request);
void sl_burst_drop_requests(struct sl_worker *worker);

/* emit.c; what it does for decisions stands in owner_priv.h */
void sl_emit_refused(struct sl_worker *worker, struct sl_blocks *blocks, unsigned channel,
		     struct sl_span text, const struct sl_decode_fault *fault);
void sl_emit_event(struct sl_worker *worker, struct sl_blocks *blocks, const struct sl_event *event,
		   struct sl_text json);

/* campaigns.c */
void sl_campaigns_count(struct sl_worker *worker, struct sl_text name);

/* handover.c, handover_setup.c */
int sl_handover_new(struct sl_worker *worker);
void sl_handover_free(struct sl_worker *worker);
struct sl_part *sl_part_take(struct sl_worker *worker, size_t bytes); /* NULL: none free */
void sl_part_give(struct sl_worker *worker, struct sl_part *part);
void sl_part_send(struct sl_worker *worker, struct sl_part *part, unsigned owner);
void sl_part_answer(struct sl_worker *worker, struct sl_part *part); /* by the owner, committed */
void sl_handover_collect(struct sl_worker *worker);                  /* answers from owners */

/* request.c */
struct sl_request *sl_request_begin(struct sl_worker *worker, uint32_t connection);
void sl_request_refuse(struct sl_worker *worker, struct sl_request *request, uint32_t index,
		       enum sl_reason reason);
void sl_request_drop(struct sl_worker *worker, struct sl_request *request, enum sl_reason reason);
void sl_request_result(struct sl_worker *worker, struct sl_request *request,
		       enum sl_verdict verdict);
void sl_request_end(struct sl_worker *worker, struct sl_request *request); /* all of it was read */
void sl_request_release(struct sl_worker *worker,
			struct sl_request *request);                   /* one outstanding less */
void sl_session_answer(struct sl_worker *worker, uint32_t connection); /* replies that are due */
void sl_session_cancel_tail(struct sl_worker *worker,
			    uint32_t connection); /* drops the cancelled */

/* commits.c */
void sl_waits_add(struct sl_waits *waits, const struct sl_wait *wait);
void sl_commits_collect(struct sl_worker *worker);

/* stages.c */
void sl_stages_at(struct sl_worker *worker, int64_t monotonic_ns); /* the clock was looked at */
void sl_stages_look(struct sl_worker *worker);                     /* looks at it */
void sl_stages_decoded(struct sl_worker *worker);                  /* a burst; looks too */
void sl_stages_matched(struct sl_worker *worker);
void sl_stages_taken(struct sl_worker *worker, unsigned events); /* of that burst */
void sl_stages_ended(struct sl_worker *worker, struct sl_request *request);
void sl_stages_committed(struct sl_worker *worker, struct sl_request *request);
void sl_stages_answered(struct sl_worker *worker, const struct sl_request *request);

/* session.c */
void sl_session_open(struct sl_worker *worker, uint32_t connection, unsigned channel);
void sl_session_end_input(struct sl_worker *worker, uint32_t connection); /* by the peer */
void sl_session_closed(struct sl_worker *worker, uint32_t connection);
void sl_session_housekeeping(struct sl_worker *worker);
void sl_session_backpressure(struct sl_worker *worker, bool on);

/* mailbox.c, mailbox_setup.c */
int sl_mailbox_new(struct sl_worker *worker);
void sl_mailbox_free(struct sl_worker *worker);
int sl_mailbox_restore(struct sl_worker *worker, const struct sl_mail *mail);
void sl_mailbox_forget(struct sl_worker *worker, const uint64_t id[2]);
void sl_mailbox_deliver(struct sl_worker *worker);
void sl_mailbox_receive(struct sl_worker *worker, const struct sl_mail *mail);
void sl_mailbox_cleared(struct sl_worker *worker, struct sl_letter *letter);
void sl_letter_fill(struct sl_letter *letter, const struct sl_mail *mail);
void sl_outbox_add(struct sl_worker *worker, struct sl_letter *letter);
void sl_outbox_remove(struct sl_worker *worker, struct sl_letter *letter);

/* step.c: everything but taking new bytes; used while waiting for room. owner: also peers' parts */
void sl_worker_serve(struct sl_worker *worker, bool owner, int64_t wait_ns);

#endif
