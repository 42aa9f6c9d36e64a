/* The checkpointer by itself: changes of state of random keys are folded into a snapshot, in groups
 * as large as the consumer makes them. What it sustains bounds what campaigns may change for good.
 * One JSON line on standard output.
 *
 *     checkpoint_micro [--keys N] [--seconds N] [--dir PATH]
 *
 * Each key is written once before anything is measured; then changes come at random, each replacing
 * what its key and slot had, with an image of IMAGE_BYTES. */
#include "base/clock.h"
#include "control/checkpoint/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IMAGE_BYTES 60u
#define GROUP_CHANGES 80000u /* 8 MiB of blocks */

static struct {
	uint64_t keys;
	double seconds;
	const char *dir;
} options = {.keys = 1000000, .seconds = 5, .dir = "/var/tmp"};

static void die(const char *what)
{
	fprintf(stderr, "checkpoint_micro: %s\n", what);
	exit(3);
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void give(struct sl_checkpoint *checkpoint, uint64_t number)
{
	struct {
		struct sl_delta_record head;
		char key[9];
		uint8_t image[IMAGE_BYTES];
	} __attribute__((packed)) payload;
	struct sl_record record = {.type = SL_RECORD_DELTA,
				   .version = SL_RECORD_LAYOUT,
				   .payload = (const uint8_t *)&payload,
				   .bytes = sizeof(payload)};
	char key[24];

	snprintf(key, sizeof(key), "C%08llu", (unsigned long long)number);
	memcpy(payload.key, key, sizeof(payload.key));
	payload.head = (struct sl_delta_record){
		.slot = 1,
		.partition = sl_event_partition((struct sl_text){key, sizeof(payload.key)}),
		.key_bytes = sizeof(payload.key),
		.image_bytes = IMAGE_BYTES,
	};
	memset(payload.image, (int)number, sizeof(payload.image));
	payload.image[0] = SL_DELTA_WHOLE;
	if (sl_checkpoint_ops.record(checkpoint, &record, 1, 0))
		die("a change is not taken");
}

static void settle(struct sl_checkpoint *checkpoint, uint64_t *position)
{
	if (sl_checkpoint_ops.settle(checkpoint, ++*position))
		die("a group is not made durable");
}

static void fill(struct sl_checkpoint *checkpoint, uint64_t *position)
{
	for (uint64_t i = 0; i < options.keys; i++) {
		give(checkpoint, i);
		if (i % GROUP_CHANGES == GROUP_CHANGES - 1)
			settle(checkpoint, position);
	}
	settle(checkpoint, position);
}

static void take_arguments(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--keys"))
			options.keys = strtoull(argv[i + 1], NULL, 10);
		else if (!strcmp(argv[i], "--seconds"))
			options.seconds = atof(argv[i + 1]);
		else if (!strcmp(argv[i], "--dir"))
			options.dir = argv[i + 1];
		else
			die("checkpoint_micro [--keys N] [--seconds N] [--dir PATH]");
	}
	if (!options.keys || options.keys > 99999999)
		die("--keys is 1 to 99999999");
}

int main(int argc, char **argv)
{
	static const uint8_t journal[16] = {1};
	struct sl_consumer_stats stats = {0};
	struct sl_checkpoint *checkpoint;
	uint64_t position = 1, covered, random = 88172645463325252ull, changes = 0;
	char path[512], command[600];
	int64_t begin_ns, end_ns;

	take_arguments(argc, argv);
	snprintf(path, sizeof(path), "%s/sluice-checkpoint-%d", options.dir, (int)getpid());
	if (sl_checkpoint_new(path, 16, &stats, &checkpoint) ||
	    sl_checkpoint_ops.start(checkpoint, journal, 1, &covered))
		die("no snapshot can be made there");
	fill(checkpoint, &position);
	begin_ns = end_ns = sl_clock_read(CLOCK_MONOTONIC);
	while ((double)(end_ns - begin_ns) < options.seconds * 1e9) {
		for (unsigned i = 0; i < GROUP_CHANGES; i++)
			give(checkpoint, next_random(&random) % options.keys);
		settle(checkpoint, &position);
		changes += GROUP_CHANGES;
		end_ns = sl_clock_read(CLOCK_MONOTONIC);
	}
	printf("{\"part\":\"checkpoint\",\"keys\":%llu,\"changes\":%llu,\"changes_per_s\":%.0f}\n",
	       (unsigned long long)options.keys, (unsigned long long)changes,
	       (double)changes * 1e9 / (double)(end_ns - begin_ns));
	sl_checkpoint_free(checkpoint);
	snprintf(command, sizeof(command), "rm -rf %s", path);
	return system(command) ? 3 : 0;
}
