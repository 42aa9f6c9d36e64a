/* A whole engine in one thread: a journal in memory, a clock that the test owns, and the mem
 * backend, or with RIG_BACKEND=packets in the environment the fake one of tests/fakes, in whose
 * tiny buffers nothing may be looked at again. */
#ifndef SL_TESTS_WORKER_RIG_H
#define SL_TESTS_WORKER_RIG_H

#include "base/record.h"
#include "io/mem.h"
#include "worker/worker.h"

#include <stdbool.h>
#include <stdint.h>

#define RIG_RECORDS_MAX 4096

/* How bytes get into a backend and out of it. */
struct rig_feeder {
	const struct sl_io_ops *io;
	int (*connect)(struct sl_io *io, unsigned listener);
	int (*feed)(struct sl_io *io, unsigned connection, const void *at, size_t n,
		    int64_t stamp_ns);
	void (*end)(struct sl_io *io, unsigned connection, bool whole);
	size_t (*take)(struct sl_io *io, unsigned connection, void *ret_at, size_t n);
};

struct rig_record {
	uint8_t type;
	char campaign[64], key[64], event[64], text[256], data[256], steps[256];
	int64_t time_ns;
	unsigned flags;
	uint64_t id[2];
	unsigned gate, reason, part;
};

struct rig {
	struct sl_engine *engine;
	struct sl_engine_config config;
	struct sl_now now;
	uint32_t lateness_ms; /* of the channel, set before it is opened */
	bool udp;             /* the channel takes datagrams, on the mem backend; before rig_open */
	bool record_events;   /* the setting; before rig_open */
	void (*adjust)(struct rig *rig); /* its config, once filled; before rig_open; NULL */
	int64_t tick_ns; /* what the monotonic clock goes on by with every look at it */
	struct sl_record_walker walker;
	struct rig_record records[RIG_RECORDS_MAX];
	unsigned n_records;
	char artifact[64];
	void *fed[4096]; /* buffers that were fed, freed at the end */
	unsigned n_fed;
	unsigned opened;
	const struct rig_feeder *feeder;
	size_t unsettled; /* bytes fed since the last settle */
};

/* Compiles `campaigns` (YAML documents, ${SCHEMA} beside them) and starts an engine with these
 * workers; tcp: the one channel speaks lines and not HTTP. */
void rig_open(struct rig *rig, const char *campaigns, unsigned workers, bool tcp, bool acknowledge);
/* The same with an engine's journal on disk under `data`. */
void rig_open_on_disk(struct rig *rig, const char *campaigns, unsigned workers, const char *data);
/* On disk, with config.io and its listener given, workers left for threads to open and close. */
void rig_open_threaded(struct rig *rig, const char *campaigns, unsigned workers, const char *data);
void rig_close(struct rig *rig);

/* What is compiled from now on has this schema; NULL: ${SCHEMA}. The text stays the caller's. */
void rig_use_schema(const char *text);

/* A second rule set, loaded while the engine runs. */
int rig_load(struct rig *rig, const char *campaigns);
/* The same where threads step the workers. */
int rig_load_running(struct rig *rig, const char *campaigns);

int rig_connect(struct rig *rig, unsigned worker);
void rig_feed(struct rig *rig, unsigned worker, int connection, const char *bytes, size_t n);
/* The peer ends: half (it still reads) or whole. */
void rig_end(struct rig *rig, unsigned worker, int connection, bool whole);
/* Steps all workers until nothing is under way. */
void rig_settle(struct rig *rig);
void rig_step_one(struct rig *rig, unsigned worker);
/* What was sent to the connection since the last take, terminated. */
const char *rig_take(struct rig *rig, unsigned worker, int connection);
/* Feeds a POST with that body to worker 0's connection, settles, returns the whole reply. */
const char *rig_post(struct rig *rig, int connection, const char *type, const char *body);

unsigned rig_count(const struct rig *rig, unsigned type);
uint64_t rig_ledger(const struct rig *rig, unsigned entry);
uint64_t rig_counter(const struct rig *rig, unsigned counter);
/* received = accepted + refused + duplicates + dropped; accepted = matched + unmatched */
void rig_assert_adds_up(const struct rig *rig);

#endif
