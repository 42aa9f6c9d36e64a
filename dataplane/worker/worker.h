/* worker: composes the stages. One engine per process: N workers that share nothing but rings, the
 * committer's hand-back and the current generation of the rule set.
 *
 * - sl_engine_make() takes all memory. sl_worker_open() runs on the thread that will step the
 *   worker, and so does everything else of a worker; an engine whose workers are all stepped by one
 *   thread is as good (replay does so), the order of steps then decides all there is to decide.
 * - sl_engine_load() is called by one thread at a time that is no worker's. It returns once every
 *   worker uses the new generation, or with an error and the old one everywhere; but -SL_E_BUSY may
 *   also mean that it is published and a worker has not taken it in time: sl_engine_ruleset()
 *   tells.
 * - A fatal error (a commit that failed) is told through `fatal` once; nothing is acknowledged
 *   after it and the process has to end. */
#ifndef SL_WORKER_H
#define SL_WORKER_H

#include "base/artifact.h"
#include "base/clock.h"
#include "base/mapping.h"
#include "io/io.h"
#include "io/packets.h"
#include "sluice/command.h"
#include "sluice/stats.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct sl_engine;
struct sl_worker;

/* What a receiver of mail does. May append to the batch through sl_worker_mail(), nothing else. */
struct sl_mail {
	uint64_t id[2];
	uint16_t from, to; /* partitions */
	uint16_t kind;     /* index into the handlers */
	struct sl_span body;
};
typedef void (*sl_mail_handler)(void *context, struct sl_worker *worker,
				const struct sl_mail *mail);

#define SL_MAIL_BODY_MAX 8192u
#define SL_MAIL_MATCH UINT16_MAX /* a kind of its own: a match that its receiver decides */

struct sl_engine_config {
	struct sl_settings settings;
	struct sl_channel channels[SL_CHANNELS_MAX];
	unsigned n_channels;
	unsigned workers;
	const struct sl_io_ops *io;
	const struct sl_packets_ops *packets; /* NULL: there are no wires */
	void *packets_context;
	struct sl_mapping mapping;          /* of mirror channels; its bytes outlive the engine */
	struct sl_wire wires[SL_WIRES_MAX]; /* settings.wires of them */
	struct sl_io_listener
		listeners[SL_CHANNELS_MAX]; /* one a channel, same index; see sl_engine_listen() */
	struct sl_stats_header *stats;      /* the page, zeroed but for its header */
	bool in_memory;                     /* no journal: blocks go to consume() */
	bool hold_mail;                     /* until sl_engine_let_go(): their order is its own */
	void (*consume)(void *context, const void *block, size_t bytes);
	void (*fatal)(void *context, int error, const char *sentence);
	const sl_mail_handler *mail_handlers;
	unsigned n_mail_handlers;
	void *context;
};

/* Takes the memory. */
int sl_engine_make(const struct sl_engine_config *config, struct sl_engine **ret_engine,
		   char ret_why[SL_SENTENCE_BYTES]);
/* Then opens the store and brings back what it remembers. With 0 ret_why is empty, or a warning of
 * what could not be brought back. After an error the engine is only to be freed. */
int sl_engine_open(struct sl_engine *engine, char ret_why[SL_SENTENCE_BYTES]);
/* Both. */
int sl_engine_new(const struct sl_engine_config *config, struct sl_engine **ret_engine,
		  char ret_why[SL_SENTENCE_BYTES]);

/* These two on threads beside sl_engine_open(), and over before sl_engine_free(). The first has the
 * kernel give the memory that the first ids need, and what campaigns will remember; it ends early
 * once `stop` is set. The second, over before the first sl_engine_load(), reads a rule set, which
 * that one takes if it is of the same path. */
void sl_engine_touch(const struct sl_engine *engine, const _Atomic bool *stop);
int sl_engine_read(struct sl_engine *engine, const char *artifact_path,
		   char ret_why[SL_SENTENCE_BYTES]);

void sl_engine_free(struct sl_engine *engine); /* workers closed before; takes NULL */

/* The listening sockets, where they are opened only once the engine stands. Before workers open. */
void sl_engine_listen(struct sl_engine *engine, const struct sl_io_listener *listeners);

/* Starts the committer. */
int sl_engine_start(struct sl_engine *engine);

int sl_engine_load(struct sl_engine *engine, const char *artifact_path,
		   char ret_why[SL_SENTENCE_BYTES]);

/* Of how many keys something is remembered in each slot, all workers together. Each is asked, and
 * answers between two of its rounds, a thousandth of a second or so; those that have no rule set
 * yet remember nothing. -SL_E_BUSY: one is held up, and nothing is known. For who loads. */
#define SL_ENGINE_SLOTS_MAX 128u
int sl_engine_live(struct sl_engine *engine, const uint64_t *slots, unsigned n, uint64_t *ret_live);

/* What is remembered of a key, told by its owner in the same way; names are those of the rule set
 * that the owner uses. Returns how many there are, of which at most SL_COMMAND_LOOKS_MAX are
 * filled in, or -SL_E_BUSY. */
int sl_engine_look(struct sl_engine *engine, struct sl_text key, struct sl_command_look *ret_looks,
		   int64_t *ret_tick_ns);

/* Number of the rule set published last; 0: none. */
uint64_t sl_engine_ruleset(const struct sl_engine *engine);

/* No owner's tick is less from now on: events before it are taken to have come, and the next steps
 * make what falls due by then. INT64_MAX: the end of time. For who owns the clock; any thread. */
void sl_engine_tick(struct sl_engine *engine, int64_t tick_ns);

/* For who owns the clock, and steps all workers on its thread: a tick before which nothing falls
 * due in any of them; INT64_MAX: nothing is left. At it there need not be anything either. */
int64_t sl_engine_next_due(const struct sl_engine *engine);

/* Where mail is held, lets one letter go: the first by time, campaign, key and id of its match.
 * False: there is none. */
bool sl_engine_let_go(struct sl_engine *engine);

/* No new connections and requests; what is under way is finished and acknowledged. */
void sl_engine_drain(struct sl_engine *engine);
bool sl_engine_drained(const struct sl_engine *engine);

/* Commits what is sealed and ends the committer; before the workers close. */
void sl_engine_stop_commits(struct sl_engine *engine);

struct sl_worker *sl_engine_worker(struct sl_engine *engine, unsigned index);
struct sl_io *sl_worker_io(struct sl_worker *worker);
struct sl_packets *sl_worker_packets(struct sl_worker *worker); /* NULL: there are no wires */

/* On the worker's thread: its backend and buffers. */
int sl_worker_open(struct sl_worker *worker);
void sl_worker_close(struct sl_worker *worker);

/* One round: take up to a burst, carry it through, serve peers and commits. Waits at most wait_ns
 * where there is nothing to do. `clock` gives the time of the round. 0 or an error that ends it. */
int sl_worker_step(struct sl_worker *worker, struct sl_now (*clock)(void *context), void *context,
		   int64_t wait_ns);

/* Whether nothing is under way in this worker: requests, parts, batches, mail. */
bool sl_worker_idle(struct sl_worker *worker);

/* Posts what another owner must continue, from within a mail handler or a trigger's effects: a
 * MAILBOX record in the open batch, delivered after its commit, again after a restart until its
 * receiver's commit has cleared it. 0, or -SL_E_FULL: the outbox is full, nothing was posted. */
int sl_worker_mail(struct sl_worker *worker, const struct sl_mail *mail);

#endif
