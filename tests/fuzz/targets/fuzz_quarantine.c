/* A segment of the quarantine, and the ids that name what is in one. */
#include "control/quarantine/segment_priv.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void walk_back(int fd, const struct sl_segment *segment)
{
	static char room[SL_QUARANTINE_RECORD_MAX];
	struct sl_segment_record record;
	uint64_t before;

	for (uint64_t at = segment->last; at; at = before) {
		if (sl_segment_record_read(fd, segment->end, at, room, &record, &before))
			return;
		assert(before < at);
		assert(sl_segment_record_bytes(&record) <= SL_QUARANTINE_RECORD_MAX);
		assert(record.body.text.at + record.body.text.bytes <= room + sizeof(room));
	}
}

static void name(const uint8_t *bytes, size_t n)
{
	struct sl_quarantine_id id;
	char text[64], again[SL_QUARANTINE_ID_BYTES];

	snprintf(text, sizeof(text), "%.*s", (int)(n < 60 ? n : 60), (const char *)bytes);
	if (sl_quarantine_id_parse(text, &id))
		return;
	sl_quarantine_id_format(id, again);
	assert(!strcmp(text, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct sl_segment segment;
	int fd = memfd_create("segment", MFD_CLOEXEC);

	name(bytes, n);
	if (fd < 0)
		return 0;
	if (write(fd, bytes, n) == (ssize_t)n && !sl_segment_look(fd, &segment)) {
		assert(segment.end <= n || segment.end == 48);
		walk_back(fd, &segment);
	}
	close(fd);
	return 0;
}
