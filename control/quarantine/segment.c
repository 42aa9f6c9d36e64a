#include "control/quarantine/segment_priv.h"

#include "base/clock.h"
#include "control/files.h"
#include "sluice/error.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#define MAGIC "SLQUAR\x1a\n"
#define SEAL_MAGIC "SLQSEAL\n"
#define RECORD_MAGIC 0x4652514cu /* "LQRF" */
#define VERSION 1u
#define SUFFIX ".refused"

struct head {
	char magic[8];
	uint32_t version;
	uint32_t reserved;
	uint8_t journal[16];
	int64_t created_ns;
	uint64_t check; /* XXH3-64 of what stands before */
};

struct seal {
	char magic[8];
	uint64_t end, last, records;
	int64_t first_ns, last_ns;
	uint64_t check;
};

struct record {
	uint32_t magic;
	uint32_t bytes;  /* with this header, padded to 8 */
	uint32_t before; /* bytes of the record before; 0: it is the first */
	uint32_t fault_offset;
	int64_t received_ns;
	int64_t committed_ns;
	uint64_t position;
	uint64_t payload_hash;
	uint32_t text_whole_bytes;
	uint32_t text_bytes;
	uint16_t channel_bytes;
	uint16_t reason_bytes;
	uint16_t detail_bytes;
	uint16_t reserved;
	uint64_t check; /* XXH3-64 of the whole, this being 0 */
};

void sl_segment_name(uint64_t number, char ret_name[SL_SEGMENT_NAME_BYTES])
{
	snprintf(ret_name, SL_SEGMENT_NAME_BYTES, "%020" PRIu64 SUFFIX, number);
}

uint64_t sl_segment_number_of(const char *name)
{
	char again[SL_SEGMENT_NAME_BYTES];
	uint64_t number = 0;

	if (strlen(name) != 20 + sizeof(SUFFIX) - 1)
		return 0;
	for (unsigned i = 0; i < 20; i++)
		number = number * 10 + (uint64_t)(name[i] - '0');
	sl_segment_name(number, again);
	return strcmp(again, name) ? 0 : number;
}

int sl_segment_create(const char *directory, uint64_t number, const uint8_t journal[16],
		      struct sl_segment *ret_segment, int *ret_fd)
{
	struct sl_segment segment = {.number = number, .end = sizeof(struct head)};
	char name[SL_SEGMENT_NAME_BYTES];
	struct head head = {.magic = MAGIC, .version = VERSION};
	int e;

	segment.created_ns = sl_clock_read(CLOCK_REALTIME);
	segment.file_bytes = sizeof(head);
	memcpy(segment.journal, journal, sizeof(segment.journal));
	memcpy(head.journal, journal, sizeof(head.journal));
	head.created_ns = segment.created_ns;
	head.check = XXH3_64bits(&head, offsetof(struct head, check));
	sl_segment_name(number, name);
	/* the name has to be on disk before a cursor moves past what is in it */
	e = sl_file_create(directory, name, &head, sizeof(head), ret_fd);
	if (e)
		return e;
	*ret_segment = segment;
	return 0;
}

/* True: the seal at its end says what is in it. */
static bool look_at_seal(int fd, uint64_t file_bytes, struct sl_segment *segment)
{
	struct seal seal;

	if (file_bytes < sizeof(struct head) + sizeof(seal) ||
	    sl_file_read_at(fd, &seal, sizeof(seal), file_bytes - sizeof(seal)))
		return false;
	if (memcmp(seal.magic, SEAL_MAGIC, sizeof(seal.magic)) != 0 ||
	    seal.check != XXH3_64bits(&seal, offsetof(struct seal, check)) ||
	    seal.end != file_bytes - sizeof(seal) || seal.last >= seal.end)
		return false;
	segment->sealed = true;
	segment->end = seal.end;
	segment->last = seal.last;
	segment->records = seal.records;
	segment->first_ns = seal.first_ns;
	segment->last_ns = seal.last_ns;
	return true;
}

static int walk(int fd, uint64_t file_bytes, struct sl_segment *segment)
{
	char *room = malloc(SL_QUARANTINE_RECORD_MAX);
	struct sl_segment_record record;
	uint64_t before;

	if (!room)
		return -ENOMEM;
	segment->end = sizeof(struct head);
	while (!sl_segment_record_read(fd, file_bytes, segment->end, room, &record, &before) &&
	       before == segment->last) {
		segment->last = segment->end;
		segment->end += sl_segment_record_bytes(&record);
		if (!segment->records++)
			segment->first_ns = record.body.committed_ns;
		segment->last_ns = record.body.committed_ns;
	}
	free(room);
	return 0;
}

int sl_segment_look(int fd, struct sl_segment *ret_segment)
{
	struct sl_segment segment = {0};
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
	segment.created_ns = head.created_ns;
	segment.file_bytes = (uint64_t)st.st_size;
	memcpy(segment.journal, head.journal, sizeof(segment.journal));
	if (!look_at_seal(fd, segment.file_bytes, &segment))
		e = walk(fd, segment.file_bytes, &segment);
	if (!e)
		*ret_segment = segment;
	return e;
}

int sl_segment_seal(int fd, struct sl_segment *segment)
{
	struct seal seal = {
		.magic = SEAL_MAGIC,
		.end = segment->end,
		.last = segment->last,
		.records = segment->records,
		.first_ns = segment->first_ns,
		.last_ns = segment->last_ns,
	};

	seal.check = XXH3_64bits(&seal, offsetof(struct seal, check));
	if (pwrite(fd, &seal, sizeof(seal), (off_t)segment->end) != (ssize_t)sizeof(seal))
		return -EIO;
	if (fdatasync(fd))
		return -errno;
	segment->file_bytes = segment->end + sizeof(seal);
	segment->sealed = true;
	return 0;
}

static size_t padded(size_t n)
{
	return (n + 7) / 8 * 8;
}

size_t sl_segment_record_bytes(const struct sl_segment_record *record)
{
	const struct sl_quarantined *body = &record->body;

	return padded(sizeof(struct record) + body->channel.bytes + body->reason.bytes +
		      body->detail.bytes + body->text.bytes);
}

static char *add(char *at, struct sl_text text)
{
	if (text.bytes)
		memcpy(at, text.at, text.bytes);
	return at + text.bytes;
}

void sl_segment_record_write(const struct sl_segment_record *record, uint64_t offset,
			     uint64_t before, char *at)
{
	const struct sl_quarantined *body = &record->body;
	size_t bytes = sl_segment_record_bytes(record);
	struct record header = {
		.magic = RECORD_MAGIC,
		.bytes = (uint32_t)bytes,
		.before = before ? (uint32_t)(offset - before) : 0,
		.fault_offset = body->fault_offset,
		.received_ns = body->received_ns,
		.committed_ns = body->committed_ns,
		.position = record->position,
		.payload_hash = record->hash,
		.text_whole_bytes = body->text_whole_bytes,
		.text_bytes = body->text.bytes,
		.channel_bytes = (uint16_t)body->channel.bytes,
		.reason_bytes = (uint16_t)body->reason.bytes,
		.detail_bytes = (uint16_t)body->detail.bytes,
	};
	char *to = at + sizeof(header);

	assert(bytes <= SL_QUARANTINE_RECORD_MAX);
	memset(at, 0, bytes);
	to = add(to, body->channel);
	to = add(to, body->reason);
	to = add(to, body->detail);
	add(to, body->text);
	memcpy(at, &header, sizeof(header));
	header.check = XXH3_64bits(at, bytes);
	memcpy(at, &header, sizeof(header));
}

static struct sl_text take(const char **at, uint32_t bytes)
{
	struct sl_text text = {.at = *at, .bytes = bytes};

	*at += bytes;
	return text;
}

int sl_segment_record_read(int fd, uint64_t end, uint64_t offset,
			   char room[SL_QUARANTINE_RECORD_MAX],
			   struct sl_segment_record *ret_record, uint64_t *ret_before)
{
	const char *at = room + sizeof(struct record);
	struct record header;
	uint64_t check;
	int e;

	if (offset % 8 || offset < sizeof(struct head) || offset > end ||
	    end - offset < sizeof(header))
		return -SL_E_DAMAGED;
	e = sl_file_read_at(fd, &header, sizeof(header), offset);
	if (e)
		return e;
	if (header.magic != RECORD_MAGIC || header.bytes > SL_QUARANTINE_RECORD_MAX ||
	    header.bytes > end - offset || header.before > offset - sizeof(struct head) ||
	    header.text_bytes > header.bytes ||
	    header.bytes != padded(sizeof(header) + header.channel_bytes + header.reason_bytes +
				   header.detail_bytes + header.text_bytes))
		return -SL_E_DAMAGED;
	e = sl_file_read_at(fd, room, header.bytes, offset);
	if (e)
		return e;
	check = header.check;
	memset(room + offsetof(struct record, check), 0, sizeof(header.check));
	if (check != XXH3_64bits(room, header.bytes))
		return -SL_E_DAMAGED;
	memset(ret_record, 0, sizeof(*ret_record));
	ret_record->body.received_ns = header.received_ns;
	ret_record->body.committed_ns = header.committed_ns;
	ret_record->body.fault_offset = header.fault_offset;
	ret_record->body.text_whole_bytes = header.text_whole_bytes;
	ret_record->body.channel = take(&at, header.channel_bytes);
	ret_record->body.reason = take(&at, header.reason_bytes);
	ret_record->body.detail = take(&at, header.detail_bytes);
	ret_record->body.text = take(&at, header.text_bytes);
	ret_record->position = header.position;
	ret_record->hash = header.payload_hash;
	*ret_before = header.before ? offset - header.before : 0;
	return 0;
}
