/* The least that makes requests durable: an open stream of them, committed in groups by one thread.
 *
 *     commit_floor --mode lmdb|fdatasync --rate REQUESTS_PER_S --bytes N [--seconds S] [--dir PATH]
 *
 * A request is due at its moment, whatever became of those before it, as with sluice-gun; nobody
 * sends it, it is there. All that are due are written together, in blocks of the journal's size
 * that lie ready: by LMDB in one transaction, with its default syncs, or by one write and one
 * fdatasync() of a plain file. A request's latency counts from its moment to the end of its commit.
 * The file's space is written once beforehand, as a journal's is that has run for a while. One JSON
 * line on standard output. */
#include "base/clock.h"
#include "base/turns.h"
#include "sluice/journal.h"
#include "tools/gun/histogram.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILL_BYTES (1u << 20)
#define PATH_PAGES 16u /* that a transaction copies beside its blocks, generously */

static struct {
	bool lmdb;
	double rate, bytes, seconds;
	const char *dir;
} options = {.seconds = 1, .dir = "/var/tmp"};

struct floor {
	int fd;
	MDB_env *env;
	MDB_dbi dbi;
	uint64_t position; /* of the next block, or of the next byte */
	uint64_t commits;
	uint8_t *ready; /* fdatasync: what is written */
	size_t ready_bytes;
	struct sl_histogram latency_ns, commit_ns;
};

static void die(const char *what, const char *why)
{
	fprintf(stderr, "commit_floor: %s: %s\n", what, why);
	exit(3);
}

static void lmdb(int rc)
{
	if (rc)
		die("LMDB", mdb_strerror(rc));
}

/* What a whole run may write. */
static uint64_t run_bytes(void)
{
	double commits = options.rate < 20000 ? options.rate : 20000;

	return (uint64_t)(options.seconds * (options.rate * options.bytes * 2.5 +
					     commits * SL_BLOCK_BYTES_MAX * PATH_PAGES / 8)) +
	       (64u << 20);
}

static void fill(int fd)
{
	static uint8_t zeroes[FILL_BYTES];
	struct stat st;

	if (fstat(fd, &st))
		die("file", strerror(errno));
	for (off_t at = st.st_size; at < (off_t)run_bytes(); at += FILL_BYTES)
		if (pwrite(fd, zeroes, sizeof(zeroes), at) != sizeof(zeroes))
			die("file", strerror(errno));
	if (fsync(fd))
		die("file", strerror(errno));
}

static void open_lmdb(struct floor *floor, const char *base)
{
	MDB_txn *txn;

	lmdb(mdb_env_create(&floor->env));
	lmdb(mdb_env_set_mapsize(floor->env, run_bytes() * 2));
	lmdb(mdb_env_open(floor->env, base, MDB_NOTLS, 0640));
	lmdb(mdb_txn_begin(floor->env, NULL, 0, &txn));
	lmdb(mdb_dbi_open(txn, NULL, 0, &floor->dbi));
	lmdb(mdb_txn_commit(txn));
	lmdb(mdb_env_get_fd(floor->env, &floor->fd));
	floor->position = 1;
}

static void open_file(struct floor *floor, const char *base)
{
	char path[600];

	snprintf(path, sizeof(path), "%s/data.mdb", base);
	floor->fd = open(path, O_RDWR | O_CREAT, 0640);
	if (floor->fd < 0)
		die(path, strerror(errno));
	floor->ready_bytes = (size_t)(options.rate * options.bytes * 2) + SL_BLOCK_BYTES_MAX;
	floor->ready = calloc(1, floor->ready_bytes);
	if (!floor->ready)
		die("memory", strerror(errno));
}

static void commit_lmdb(struct floor *floor, uint64_t bytes)
{
	static uint8_t block[SL_BLOCK_BYTES_MAX];
	MDB_cursor *cursor;
	MDB_txn *txn;

	lmdb(mdb_txn_begin(floor->env, NULL, 0, &txn));
	lmdb(mdb_cursor_open(txn, floor->dbi, &cursor));
	while (bytes) {
		uint64_t n = bytes < sizeof(block) ? bytes : sizeof(block);
		uint64_t name = __builtin_bswap64(floor->position++);
		MDB_val key = {sizeof(name), &name}, value = {n, block};

		lmdb(mdb_cursor_put(cursor, &key, &value, MDB_APPEND));
		bytes -= n;
	}
	mdb_cursor_close(cursor);
	lmdb(mdb_txn_commit(txn));
}

static void commit_file(struct floor *floor, uint64_t bytes)
{
	if (bytes > floor->ready_bytes)
		bytes = floor->ready_bytes;
	if (pwrite(floor->fd, floor->ready, bytes, (off_t)floor->position) != (ssize_t)bytes ||
	    fdatasync(floor->fd))
		die("file", strerror(errno));
	floor->position += bytes;
}

static void wait_until(int64_t due_ns)
{
	const struct timespec until = {.tv_sec = due_ns / SL_NS_PER_S,
				       .tv_nsec = due_ns % SL_NS_PER_S};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
}

static int64_t due_at(int64_t start_ns, uint64_t request)
{
	return start_ns + (int64_t)((double)request / options.rate * 1e9);
}

static void run(struct floor *floor)
{
	const uint64_t end = (uint64_t)(options.seconds * options.rate);
	const int64_t start_ns = sl_clock_read(CLOCK_MONOTONIC);
	uint64_t done = 0;

	while (done < end) {
		int64_t began_ns = sl_clock_read(CLOCK_MONOTONIC), ended_ns;
		uint64_t due = done;

		while (due < end && due_at(start_ns, due) <= began_ns)
			due++;
		if (due == done) {
			wait_until(due_at(start_ns, done));
			continue;
		}
		(options.lmdb ? commit_lmdb : commit_file)(
			floor, (uint64_t)ceil((double)(due - done) * options.bytes));
		floor->commits++;
		ended_ns = sl_clock_read(CLOCK_MONOTONIC);
		sl_histogram_add(&floor->commit_ns, ended_ns - began_ns, 1);
		for (; done < due; done++)
			sl_histogram_add(&floor->latency_ns, ended_ns - due_at(start_ns, done), 1);
	}
}

static void print_points(const char *name, const struct sl_histogram *histogram)
{
	printf("\"%s\":{\"p50\":%.0f,\"p90\":%.0f,\"p99\":%.0f,\"p99.9\":%.0f,\"max\":%.0f}", name,
	       (double)sl_histogram_at(histogram, .5) / 1e3,
	       (double)sl_histogram_at(histogram, .9) / 1e3,
	       (double)sl_histogram_at(histogram, .99) / 1e3,
	       (double)sl_histogram_at(histogram, .999) / 1e3, (double)histogram->max / 1e3);
}

static void take_options(int argc, char **argv)
{
	const char *mode = "";

	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--mode"))
			mode = argv[i + 1];
		else if (!strcmp(argv[i], "--rate"))
			options.rate = atof(argv[i + 1]);
		else if (!strcmp(argv[i], "--bytes"))
			options.bytes = atof(argv[i + 1]);
		else if (!strcmp(argv[i], "--seconds"))
			options.seconds = atof(argv[i + 1]);
		else if (!strcmp(argv[i], "--dir"))
			options.dir = argv[i + 1];
		else
			mode = "";
	}
	options.lmdb = !strcmp(mode, "lmdb");
	if ((options.lmdb || !strcmp(mode, "fdatasync")) && argc % 2 && options.rate > 0 &&
	    options.bytes > 0 && options.seconds > 0)
		return;
	fprintf(stderr, "usage: commit_floor --mode lmdb|fdatasync --rate REQUESTS_PER_S --bytes N "
			"[--seconds S] [--dir PATH]\n");
	exit(2);
}

int main(int argc, char **argv)
{
	static struct floor floor;
	char base[256], command[600];

	take_options(argc, argv);
	snprintf(base, sizeof(base), "%s/commit_floor-XXXXXX", options.dir);
	if (!mkdtemp(base))
		die(base, strerror(errno));
	prctl(PR_SET_TIMERSLACK, 1ul); /* both as sluice-gun */
	sl_turns_short();
	sl_turns_first(); /* as the committer */
	(options.lmdb ? open_lmdb : open_file)(&floor, base);
	fill(floor.fd);
	run(&floor);
	printf("{\"requests\":%lu,\"commits\":%lu,", floor.latency_ns.count, floor.commits);
	print_points("latency_us", &floor.latency_ns);
	printf(",");
	print_points("commit_us", &floor.commit_ns);
	printf("}\n");
	free(floor.ready);
	if (floor.env)
		mdb_env_close(floor.env);
	else
		close(floor.fd);
	snprintf(command, sizeof(command), "rm -rf '%s'", base);
	return system(command) ? 3 : 0;
}
