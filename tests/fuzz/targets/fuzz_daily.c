/* A file of a day, as it is met at start and when it is asked; and a block of one whose hashes are
 * right, so that what is behind them is reached. */
#include "control/archive/row_priv.h"
#include "control/daily/file_priv.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static uint8_t raw[SL_BLOCK_RAW_MAX];
static ZSTD_DCtx *unpacker;

static void walk_records(uint32_t raw_bytes)
{
	struct sl_archived decision;
	struct sl_span record;
	uint32_t offset = 0, before = 0;
	int64_t time_ns;

	while (sl_block_next(raw, raw_bytes, &offset, &time_ns, &record) > 0) {
		assert(offset > before && offset <= raw_bytes);
		assert(record.at + record.bytes <= raw + raw_bytes);
		before = offset;
		if (!sl_archive_row_read(record, &decision))
			assert((const uint8_t *)decision.event_channel.at +
				       decision.event_channel.bytes <=
			       record.at + record.bytes);
	}
}

/* The input as a block: its first bytes are the head, whose hashes are made right. */
static void one_block(const uint8_t *bytes, size_t n)
{
	static uint8_t at[sizeof(struct sl_daily_block) + (1u << 20)];
	struct sl_daily_block block;

	if (n < sizeof(block) || n > sizeof(at))
		return;
	memcpy(at, bytes, n);
	memcpy(&block, at, sizeof(block));
	if (block.stored_bytes > n - sizeof(block))
		block.stored_bytes = (uint32_t)(n - sizeof(block));
	memcpy(at, &block, sizeof(block));
	sl_block_seal(at);
	if (sl_block_head(at, &block))
		return;
	assert(sl_block_bytes(&block) <= sl_block_bytes_max());
	if (!sl_block_unpack(unpacker, &block, at + sizeof(block), raw))
		walk_records(block.raw_bytes);
}

static void ask(int fd, const struct sl_daily_file *file)
{
	struct sl_daily_entry entry;
	uint32_t *blocks, n;

	for (unsigned i = 0; i < SL_DAILY_INDEXES; i++) {
		if (sl_daily_pages_find(fd, file, i, 0x0123456789abcdef, &blocks, &n))
			continue;
		assert(n <= file->n_blocks);
		free(blocks);
	}
	sl_daily_pages_entry(fd, file, file->n_blocks / 2, &entry);
}

static void one_file(const uint8_t *bytes, size_t n)
{
	struct sl_daily_file file;
	uint64_t damaged = 0;
	int fd = memfd_create("file", MFD_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, bytes, n) != (ssize_t)n || sl_daily_file_look(fd, &file)) {
		close(fd);
		return;
	}
	assert(file.end <= n);
	if (file.sealed) {
		ask(fd, &file);
	} else {
		if (!sl_daily_file_walk(fd, unpacker, sl_archive_hashes, &file, &damaged)) {
			assert(file.end <= n && file.end >= SL_DAILY_HEAD_BYTES);
			assert(!sl_daily_file_seal(fd, &file));
			ask(fd, &file);
		}
		sl_daily_open_free(file.open);
	}
	close(fd);
}

static void names(const uint8_t *bytes, size_t n)
{
	char text[64], again[SL_DAILY_NAME_BYTES];
	struct sl_daily_place place;
	uint64_t number;
	int64_t day;

	snprintf(text, sizeof(text), "%.*s", (int)(n < 60 ? n : 60), (const char *)bytes);
	if (!sl_daily_place_parse(text, &place)) {
		sl_daily_place_format(place, again);
		assert(!strcmp(text, again));
	}
	if (sl_daily_name_read("archive", text, &day, &number)) {
		sl_daily_name("archive", day, number, again);
		assert(!strcmp(text, again));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	if (!unpacker)
		unpacker = ZSTD_createDCtx();
	names(bytes, n);
	one_block(bytes, n);
	one_file(bytes, n);
	return 0;
}
