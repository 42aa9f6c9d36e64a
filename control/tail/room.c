/* Lines on their way to a reader that may be slow. */
#include "control/tail/tail_priv.h"

#include "base/json_out.h"

#include <string.h>

#define MISSED_LINE 128u

static void copy_in(struct sl_tail_room *room, const char *line, size_t n)
{
	size_t at = (room->from + room->bytes) % SL_TAIL_ROOM;
	size_t first = n < SL_TAIL_ROOM - at ? n : SL_TAIL_ROOM - at;

	memcpy(room->at + at, line, first);
	memcpy(room->at, line + first, n - first);
	room->bytes += n;
}

/* A line in place of what was left out, where there is room for it. */
static void tell_missed(struct sl_tail_room *room, size_t besides)
{
	char line[MISSED_LINE];
	struct sl_json json;

	if (!room->missed_records && !room->missed_blocks)
		return;
	if (SL_TAIL_ROOM - room->bytes < MISSED_LINE + besides)
		return;
	sl_json_init(&json, line, sizeof(line) - 1);
	sl_json_object(&json);
	sl_json_name(&json, "kind");
	sl_json_string(&json, "missed");
	sl_json_name(&json, "records");
	sl_json_uint(&json, room->missed_records);
	sl_json_name(&json, "blocks");
	sl_json_uint(&json, room->missed_blocks);
	sl_json_object_end(&json);
	line[json.bytes] = '\n';
	copy_in(room, line, json.bytes + 1);
	room->missed_records = room->missed_blocks = 0;
}

void sl_tail_room_put(struct sl_tail_room *room, const char *line, size_t n)
{
	tell_missed(room, n);
	if (room->missed_records || room->missed_blocks || n > SL_TAIL_ROOM - room->bytes)
		room->missed_records++; /* in order: nothing passes what waits to be told */
	else
		copy_in(room, line, n);
}

size_t sl_tail_room_take(struct sl_tail_room *room, char *at, size_t n)
{
	size_t first;

	tell_missed(room, 0);
	n = n < room->bytes ? n : room->bytes;
	first = n < SL_TAIL_ROOM - room->from ? n : SL_TAIL_ROOM - room->from;
	memcpy(at, room->at + room->from, first);
	memcpy(at + first, room->at, n - first);
	room->from = (room->from + n) % SL_TAIL_ROOM;
	room->bytes -= n;
	return n;
}
