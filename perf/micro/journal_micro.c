/* The journal beside bare LMDB: the same values in transactions of the same size, ours and the
 * floor in turns, medians over the turns. One JSON line on standard output.
 *
 *     journal_micro [--seconds N] [--batch BYTES] [--workers N] [--dir PATH]
 *     journal_micro --fill-drain ROUNDS [--dir PATH]
 *
 * An event here is one record with a payload of EVENT_BYTES. Ours builds, hashes and hands over
 * every record; the floor writes blocks that lie ready, as many a transaction as ours had on the
 * average in the turn before it. --fill-drain fills to the backpressure mark and drains, again and
 * again: commit times and file size must stay flat. */
#include "base/clock.h"
#include "base/counters.h"
#include "sluice/error.h"
#include "store/store.h"

#include <lmdb.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

#define EVENT_BYTES 250u
#define TURNS 5u
#define WORKERS_MAX 16u
#define MAP_BYTES (16ull << 30)
#define FILL_MAP_BYTES (256ull << 20)
#define SAMPLES_MAX 65536u

static struct {
	double seconds;
	uint32_t batch_bytes;
	unsigned workers;
	unsigned rounds;
	const char *dir;
} options = {.seconds = 1, .batch_bytes = 65536, .workers = 1, .dir = "/var/tmp"};

struct bench {
	struct sl_store *store;
	struct sl_stats_store stats;
	sem_t woken[WORKERS_MAX];
	_Atomic bool stop;
	uint64_t commit_ns[SAMPLES_MAX]; /* committer: rw; read by others while it rests */
	_Atomic unsigned samples;
};

static void die(const char *what, const char *why)
{
	fprintf(stderr, "journal_micro: %s: %s\n", what, why);
	exit(3);
}

static int by_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int by_uint64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static double median(const double *values, unsigned n)
{
	double sorted[TURNS];

	memcpy(sorted, values, n * sizeof(*values));
	qsort(sorted, n, sizeof(*sorted), by_double);
	return sorted[n / 2];
}

static void remove_dir(const char *path)
{
	char command[600];

	snprintf(command, sizeof(command), "rm -rf '%s'", path);
	if (system(command) != 0)
		die(path, "cannot be removed");
}

static void on_wake(void *context, unsigned worker)
{
	struct bench *bench = context;
	unsigned n = atomic_load(&bench->samples);

	if (n < SAMPLES_MAX) {
		bench->commit_ns[n] = sl_stat_get(&bench->stats.commit_ns_last);
		atomic_store(&bench->samples, n + 1);
	}
	sem_post(&bench->woken[worker]);
}

static void on_failed(void *context, int error, const char *sentence)
{
	(void)context;
	(void)error;
	die("commit", sentence);
}

static void bench_open(struct bench *bench, const char *path, const char *cursors,
		       uint64_t map_bytes)
{
	struct sl_store_config config = {
		.journal_path = path,
		.cursors_path = cursors,
		.map_bytes = map_bytes,
		.backpressure_percent = 70,
		.batch_bytes = options.batch_bytes,
		.workers = options.workers,
		.stats = &bench->stats,
		.wake = on_wake,
		.failed = on_failed,
		.context = bench,
	};
	char why[256];

	memset(bench, 0, sizeof(*bench));
	for (unsigned w = 0; w < WORKERS_MAX; w++)
		sem_init(&bench->woken[w], 0, 0);
	if (sl_store_open(&config, &bench->store, why) < 0 || sl_store_start(bench->store) < 0)
		die(path, why);
}

struct producer {
	pthread_t thread;
	struct bench *bench;
	unsigned worker;
	uint64_t events;
};

static void *produce(void *context)
{
	static const uint8_t payload[EVENT_BYTES] = "an event's worth of bytes";
	const struct sl_span part = {.at = payload, .bytes = sizeof(payload)};
	struct producer *p = context;
	struct sl_store_worker *worker = sl_store_worker(p->bench->store, p->worker);

	while (!atomic_load_explicit(&p->bench->stop, memory_order_relaxed)) {
		struct sl_blocks *blocks = sl_store_open_batch(worker, sizeof(payload), 1);

		if (!blocks) {
			sem_wait(&p->bench->woken[p->worker]);
			continue;
		}
		if (sl_blocks_append(blocks, SL_RECORD_DELTA, &part, 1) < 0)
			die("append", "no room where room was promised");
		p->events++;
	}
	sl_store_seal(worker, true);
	return NULL;
}

struct turn {
	uint64_t events, blocks, commits;
	double seconds;
};

static struct turn turn_of_ours(const char *path)
{
	static struct bench bench;
	struct producer producers[WORKERS_MAX];
	struct turn turn = {0};
	int64_t began_ns;

	bench_open(&bench, path, NULL, MAP_BYTES);
	began_ns = sl_clock_read(CLOCK_MONOTONIC);
	for (unsigned w = 0; w < options.workers; w++) {
		producers[w] = (struct producer){.bench = &bench, .worker = w};
		pthread_create(&producers[w].thread, NULL, produce, &producers[w]);
	}
	usleep((useconds_t)(options.seconds * 1e6));
	atomic_store(&bench.stop, true);
	for (unsigned w = 0; w < options.workers; w++) {
		pthread_join(producers[w].thread, NULL);
		turn.events += producers[w].events;
	}
	sl_store_stop(bench.store); /* until the last event is durable */
	turn.seconds = (double)(sl_clock_read(CLOCK_MONOTONIC) - began_ns) / 1e9;
	turn.blocks = sl_stat_get(&bench.stats.blocks);
	turn.commits = sl_stat_get(&bench.stats.commits);
	sl_store_close(bench.store);
	remove_dir(path);
	return turn;
}

static void lmdb(int rc)
{
	if (rc)
		die("bare LMDB", mdb_strerror(rc));
}

static struct turn turn_of_floor(const char *path, uint64_t blocks_per_txn)
{
	static uint8_t block[SL_BLOCK_BYTES_MAX];
	struct turn turn = {0};
	uint64_t position = 1;
	int64_t began_ns, now_ns;
	MDB_cursor *cursor;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	mkdir(path, 0750);
	lmdb(mdb_env_create(&env));
	lmdb(mdb_env_set_mapsize(env, MAP_BYTES));
	lmdb(mdb_env_open(env, path, MDB_NOTLS, 0640));
	lmdb(mdb_txn_begin(env, NULL, 0, &txn));
	lmdb(mdb_dbi_open(txn, NULL, 0, &dbi));
	lmdb(mdb_txn_commit(txn));
	began_ns = now_ns = sl_clock_read(CLOCK_MONOTONIC);
	while (now_ns - began_ns < (int64_t)(options.seconds * 1e9)) {
		lmdb(mdb_txn_begin(env, NULL, 0, &txn));
		lmdb(mdb_cursor_open(txn, dbi, &cursor));
		for (uint64_t i = 0; i < blocks_per_txn; i++) {
			uint64_t name = __builtin_bswap64(position++);
			MDB_val key = {sizeof(name), &name}, value = {sizeof(block), block};

			lmdb(mdb_cursor_put(cursor, &key, &value, MDB_APPEND));
		}
		mdb_cursor_close(cursor);
		lmdb(mdb_txn_commit(txn));
		turn.blocks += blocks_per_txn;
		turn.commits++;
		now_ns = sl_clock_read(CLOCK_MONOTONIC);
	}
	turn.seconds = (double)(now_ns - began_ns) / 1e9;
	mdb_env_close(env);
	remove_dir(path);
	return turn;
}

static void beside_lmdb(const char *base)
{
	double ours_ns[TURNS], floor_ns[TURNS], ratio[TURNS], per_txn[TURNS];
	char path[512];

	for (unsigned i = 0; i < TURNS; i++) {
		struct turn ours, bare;

		snprintf(path, sizeof(path), "%s/ours", base);
		ours = turn_of_ours(path);
		snprintf(path, sizeof(path), "%s/bare", base);
		bare = turn_of_floor(path, (ours.blocks + ours.commits - 1) / ours.commits);
		bare.events = bare.blocks * ours.events / ours.blocks;
		ours_ns[i] = ours.seconds * 1e9 / (double)ours.events;
		floor_ns[i] = bare.seconds * 1e9 / (double)bare.events;
		ratio[i] = ours_ns[i] / floor_ns[i];
		per_txn[i] = (double)ours.blocks / (double)ours.commits;
	}
	printf("{\"scenario\":\"journal\",\"case\":{\"batch\":%u,\"workers\":%u},\"events_per_s\":%"
	       ".0f,"
	       "\"ns_per_event\":%.1f,\"blocks_per_commit\":%.0f,\"floor\":{\"name\":\"bare LMDB\","
	       "\"ns_per_event\":%.1f},\"ratio\":%.3f,\"runs\":%u,",
	       options.batch_bytes, options.workers, 1e9 / median(ours_ns, TURNS),
	       median(ours_ns, TURNS), median(per_txn, TURNS), median(floor_ns, TURNS),
	       median(ratio, TURNS), TURNS);
	qsort(ratio, TURNS, sizeof(*ratio), by_double);
	printf("\"spread\":%.3f}\n", (ratio[TURNS - 1] - ratio[0]) / ratio[TURNS / 2]);
}

/* ---- fill and drain -------------------------------------------------------------------------- */

/* The consumer's process: saves each position it is told, answers when it is saved. */
static void consume(const char *cursors, const struct sl_cursor *like, int asked, int answered)
{
	struct sl_cursor cursor = *like;
	MDB_env *env;
	MDB_dbi dbi;

	mkdir(cursors, 0750);
	lmdb(mdb_env_create(&env));
	lmdb(mdb_env_open(env, cursors, MDB_NOTLS, 0640));
	while (read(asked, &cursor.position, 8) == 8) {
		MDB_val key = {8, (void *)"consumer"}, value = {sizeof(cursor), &cursor};
		MDB_txn *txn;

		cursor.check = XXH3_64bits(&cursor, offsetof(struct sl_cursor, check));
		lmdb(mdb_txn_begin(env, NULL, 0, &txn));
		lmdb(mdb_dbi_open(txn, NULL, 0, &dbi));
		lmdb(mdb_put(txn, dbi, &key, &value, 0));
		lmdb(mdb_txn_commit(txn));
		if (write(answered, &cursor.position, 8) != 8)
			break;
	}
	mdb_env_close(env);
	exit(0);
}

/* The uuid that the journal there was given, read by a process that ends: see LMDB on opening an
 * environment twice. */
static void make_journal(const char *path, struct sl_cursor *ret_cursor)
{
	uint64_t zero = 0;
	MDB_val key = {sizeof(zero), &zero}, value;
	static struct bench bench;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	bench_open(&bench, path, NULL, FILL_MAP_BYTES);
	sl_store_close(bench.store);
	lmdb(mdb_env_create(&env));
	lmdb(mdb_env_open(env, path, MDB_RDONLY | MDB_NOTLS, 0640));
	lmdb(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn));
	lmdb(mdb_dbi_open(txn, NULL, 0, &dbi));
	lmdb(mdb_get(txn, dbi, &key, &value));
	*ret_cursor = (struct sl_cursor){.version = SL_CURSORS_VERSION};
	memcpy(ret_cursor->journal, ((const struct sl_journal_meta *)value.mv_data)->uuid, 16);
	mdb_txn_abort(txn);
	mdb_env_close(env);
}

static void fill(struct bench *bench)
{
	struct producer producer = {.bench = bench};

	atomic_store(&bench->stop, false);
	pthread_create(&producer.thread, NULL, produce, &producer);
	while (!sl_store_backpressure(bench->store))
		usleep(200);
	atomic_store(&bench->stop, true);
	sem_post(&bench->woken[0]);
	pthread_join(producer.thread, NULL);
	while (sl_store_committed(sl_store_worker(bench->store, 0)) <
	       sl_store_pending(sl_store_worker(bench->store, 0)))
		usleep(1000);
}

static void report_round(struct bench *bench, unsigned round, const char *path, double drain_s)
{
	unsigned n = atomic_load(&bench->samples);
	char file[600];
	struct stat st;

	snprintf(file, sizeof(file), "%s/data.mdb", path);
	if (stat(file, &st) < 0)
		die(file, "cannot be looked at");
	qsort(bench->commit_ns, n, sizeof(bench->commit_ns[0]), by_uint64);
	printf("{\"scenario\":\"journal-fill-drain\",\"case\":{\"round\":%u},\"commits\":%u,"
	       "\"commit_us\":{\"p50\":%.0f,\"p99\":%.0f},\"drain_s\":%.2f,\"file_bytes\":%llu,"
	       "\"retries\":%llu}\n",
	       round + 1, n, n ? (double)bench->commit_ns[n / 2] / 1e3 : 0,
	       n ? (double)bench->commit_ns[n * 99 / 100] / 1e3 : 0, drain_s,
	       (unsigned long long)st.st_size,
	       (unsigned long long)sl_stat_get(&bench->stats.retries));
	fflush(stdout);
	atomic_store(&bench->samples, 0);
}

static void fill_and_drain(const char *base)
{
	static struct bench bench;
	char path[512], cursors[512];
	struct sl_cursor like;
	int ask[2], answer[2];
	pid_t child;

	snprintf(path, sizeof(path), "%s/ours", base);
	snprintf(cursors, sizeof(cursors), "%s/cursors", base);
	options.workers = 1;
	make_journal(path, &like);
	if (pipe(ask) < 0 || pipe(answer) < 0 || (child = fork()) < 0)
		die("consumer", "cannot be started");
	if (child == 0) {
		close(ask[1]);
		consume(cursors, &like, ask[0], answer[1]);
	}
	close(ask[0]);
	bench_open(&bench, path, cursors, FILL_MAP_BYTES);
	for (unsigned round = 0; round < options.rounds; round++) {
		uint64_t position, saved;
		int64_t began_ns;

		fill(&bench);
		position = sl_stat_get(&bench.stats.position);
		began_ns = sl_clock_read(CLOCK_MONOTONIC);
		if (write(ask[1], &position, 8) != 8 || read(answer[0], &saved, 8) != 8)
			die("consumer", "is gone");
		while (sl_stat_get(&bench.stats.trimmed_blocks) + 2 < position)
			usleep(1000);
		report_round(&bench, round, path,
			     (double)(sl_clock_read(CLOCK_MONOTONIC) - began_ns) / 1e9);
	}
	close(ask[1]);
	waitpid(child, NULL, 0);
	sl_store_close(bench.store);
}

int main(int argc, char **argv)
{
	char base[256];

	for (int i = 1; i < argc; i += 2) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";

		if (!strcmp(argv[i], "--seconds") && atof(value) > 0)
			options.seconds = atof(value);
		else if (!strcmp(argv[i], "--batch") && atol(value) >= 4096 &&
			 atol(value) <= 64 << 20)
			options.batch_bytes = (uint32_t)atol(value);
		else if (!strcmp(argv[i], "--workers") && atoi(value) > 0 &&
			 atoi(value) <= (int)WORKERS_MAX)
			options.workers = (unsigned)atoi(value);
		else if (!strcmp(argv[i], "--fill-drain") && atoi(value) > 0)
			options.rounds = (unsigned)atoi(value);
		else if (!strcmp(argv[i], "--dir") && *value)
			options.dir = value;
		else {
			fprintf(stderr, "usage: journal_micro [--seconds N] [--batch BYTES] "
					"[--workers N] [--fill-drain ROUNDS] [--dir PATH]\n");
			return 2;
		}
	}
	snprintf(base, sizeof(base), "%s/journal_micro-XXXXXX", options.dir);
	if (!mkdtemp(base))
		die(base, "cannot be made");
	if (options.rounds)
		fill_and_drain(base);
	else
		beside_lmdb(base);
	remove_dir(base);
	return 0;
}
