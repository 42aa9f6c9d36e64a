/* One file: its name, head and seal, and its blocks by offset. */
#include "control/daily/file_priv.h"

#include "base/clock.h"
#include "control/files.h"
#include "sluice/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#define MAGIC "SLDAILY\n"
#define SEAL_MAGIC "SLDSEAL\n"
#define VERSION 1u
#define DAY_S 86400

struct head {
	char magic[8];
	uint32_t version;
	uint32_t reserved;
	uint8_t journal[16];
	uint64_t check; /* XXH3-64 of what stands before */
};

struct seal {
	char magic[8];
	uint64_t end, records;
	int64_t first_ns, last_ns;
	struct sl_daily_mark mark;
	uint32_t n_blocks;
	uint32_t n_hashes[SL_DAILY_INDEXES];
	uint32_t reserved;
	uint64_t check;
};

_Static_assert(sizeof(struct head) == SL_DAILY_HEAD_BYTES, "where blocks begin");

void sl_daily_name(const char *kind, int64_t day, uint64_t number,
		   char ret_name[SL_DAILY_NAME_BYTES])
{
	time_t when = day * DAY_S;
	struct tm utc;

	gmtime_r(&when, &utc);
	snprintf(ret_name, SL_DAILY_NAME_BYTES, "%04d-%02d-%02d.%010" PRIu64 ".%.24s",
		 utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, number, kind);
}

bool sl_daily_name_read(const char *kind, const char *name, int64_t *ret_day, uint64_t *ret_number)
{
	char again[SL_DAILY_NAME_BYTES];
	struct tm utc = {0};
	uint64_t number;
	int64_t day;

	if (strlen(name) >= sizeof(again) ||
	    sscanf(name, "%4d-%2d-%2d.%20" SCNu64, &utc.tm_year, &utc.tm_mon, &utc.tm_mday,
		   &number) != 4 ||
	    !number || number == UINT64_MAX || utc.tm_year < 1970)
		return false;
	utc.tm_year -= 1900;
	utc.tm_mon--;
	day = timegm(&utc) / DAY_S;
	sl_daily_name(kind, day, number, again);
	if (strcmp(again, name) != 0)
		return false;
	*ret_day = day;
	*ret_number = number;
	return true;
}

int sl_daily_write_at(int fd, const void *at, size_t n, uint64_t offset)
{
	const char *from = at;

	while (n) {
		ssize_t put = pwrite(fd, from, n, (off_t)offset);

		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			return put < 0 ? -errno : -EIO;
		from += put;
		offset += (uint64_t)put;
		n -= (size_t)put;
	}
	return 0;
}

int sl_daily_file_create(const char *directory, const char *kind, int64_t day, uint64_t number,
			 const uint8_t journal[16], struct sl_daily_file *ret_file, int *ret_fd)
{
	struct sl_daily_file file = {.number = number, .day = day, .end = sizeof(struct head)};
	char name[SL_DAILY_NAME_BYTES];
	struct head head = {.magic = MAGIC, .version = VERSION};
	int e;

	file.file_bytes = sizeof(head);
	memcpy(file.journal, journal, sizeof(file.journal));
	memcpy(head.journal, journal, sizeof(head.journal));
	head.check = XXH3_64bits(&head, offsetof(struct head, check));
	sl_daily_name(kind, day, number, name);
	/* the name has to be on disk before a cursor moves past what is in it */
	e = sl_file_create(directory, name, &head, sizeof(head), ret_fd);
	if (e)
		return e;
	*ret_file = file;
	return 0;
}

static bool look_at_seal(int fd, struct sl_daily_file *file)
{
	struct seal seal;
	struct sl_daily_file sealed = *file;

	if (file->file_bytes < sizeof(struct head) + sizeof(seal) ||
	    sl_file_read_at(fd, &seal, sizeof(seal), file->file_bytes - sizeof(seal)))
		return false;
	if (memcmp(seal.magic, SEAL_MAGIC, sizeof(seal.magic)) != 0 ||
	    seal.check != XXH3_64bits(&seal, offsetof(struct seal, check)))
		return false;
	sealed.sealed = true;
	sealed.end = seal.end;
	sealed.n_blocks = seal.n_blocks;
	memcpy(sealed.n_hashes, seal.n_hashes, sizeof(sealed.n_hashes));
	sealed.records = seal.records;
	sealed.first_ns = seal.first_ns;
	sealed.last_ns = seal.last_ns;
	sealed.mark = seal.mark;
	if (seal.n_blocks > SL_DAILY_BLOCKS_MAX || seal.end < sizeof(struct head) ||
	    seal.end > file->file_bytes ||
	    file->file_bytes - seal.end != sl_daily_pages_bytes(&sealed) + sizeof(seal))
		return false;
	*file = sealed;
	return true;
}

int sl_daily_file_look(int fd, struct sl_daily_file *ret_file)
{
	struct sl_daily_file file = {0};
	struct head head;
	struct stat st;
	int e = fstat(fd, &st) ? -errno : sl_file_read_at(fd, &head, sizeof(head), 0);

	if (e)
		return e;
	if (memcmp(head.magic, MAGIC, sizeof(head.magic)) != 0)
		return -SL_E_FORMAT;
	if (head.version != VERSION)
		return -SL_E_VERSION;
	if (head.check != XXH3_64bits(&head, offsetof(struct head, check)))
		return -SL_E_CHECKSUM;
	memcpy(file.journal, head.journal, sizeof(file.journal));
	file.file_bytes = (uint64_t)st.st_size;
	file.end = sizeof(head);
	look_at_seal(fd, &file);
	*ret_file = file;
	return 0;
}

int sl_daily_file_seal(int fd, struct sl_daily_file *file)
{
	struct seal seal = {
		.magic = SEAL_MAGIC,
		.end = file->end,
		.records = file->records,
		.first_ns = file->first_ns,
		.last_ns = file->last_ns,
		.mark = file->mark,
		.n_blocks = file->n_blocks,
	};
	uint64_t at = file->end + sl_daily_pages_bytes(file);
	int e = sl_daily_pages_write(fd, file);

	memcpy(seal.n_hashes, file->n_hashes, sizeof(seal.n_hashes));
	seal.check = XXH3_64bits(&seal, offsetof(struct seal, check));
	/* the seal says that the pages are there: they go first */
	if (!e && fdatasync(fd))
		e = -errno;
	if (!e)
		e = sl_daily_write_at(fd, &seal, sizeof(seal), at);
	if (!e && fdatasync(fd))
		e = -errno;
	if (e)
		return e;
	file->file_bytes = at + sizeof(seal);
	file->sealed = true;
	return 0;
}

int sl_daily_file_block(int fd, uint64_t end, uint64_t offset, ZSTD_DCtx *unpacker, uint8_t *room,
			uint8_t *raw, struct sl_daily_block *ret_block)
{
	uint8_t head[sizeof(struct sl_daily_block)];
	struct sl_daily_block block;
	int e;

	memset(ret_block, 0, sizeof(*ret_block));
	if (offset % 8 || offset < sizeof(struct head) || offset > end ||
	    end - offset < sizeof(head))
		return -SL_E_DAMAGED;
	e = sl_file_read_at(fd, head, sizeof(head), offset);
	if (!e)
		e = sl_block_head(head, &block);
	if (!e && sl_block_bytes(&block) > end - offset)
		e = -SL_E_DAMAGED;
	if (e)
		return e;
	*ret_block = block; /* also where its contents are damaged: the next one begins behind it */
	e = sl_file_read_at(fd, room, block.stored_bytes, offset + sizeof(head));
	return e ? e : sl_block_unpack(unpacker, &block, room, raw);
}

uint64_t sl_daily_file_next_head(int fd, uint64_t end, uint64_t offset)
{
	uint8_t heads[64 * sizeof(struct sl_daily_block)];
	struct sl_daily_block block;
	size_t last = sizeof(heads) - sizeof(block);

	for (offset = (offset + 7) / 8 * 8; offset < end && end - offset >= sizeof(block);
	     offset += last + 8) {
		uint64_t n = end - offset < sizeof(heads) ? end - offset : sizeof(heads);

		if (sl_file_read_at(fd, heads, n, offset))
			return 0;
		for (size_t i = 0; i + sizeof(block) <= n; i += 8)
			if (!sl_block_head(heads + i, &block))
				return offset + i;
	}
	return 0;
}
