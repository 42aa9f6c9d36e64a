/* A tail's condition over a match: text of the condition, a zero byte, the match's data. */
#include "control/tail/tail_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct sl_tail_record record;
	static _Alignas(8) uint8_t room[70 * SL_BLOCK_BYTES_MAX];
	const uint8_t *end = memchr(bytes, '\0', n);
	struct sl_match_view match = {.campaign = {.at = "loan", .bytes = 4}};
	char why[SL_SENTENCE_BYTES] = "";
	struct sl_record_walker walker;
	struct sl_where *where;
	struct sl_record from;
	struct sl_blocks blocks;
	size_t offset = 0;
	int e;

	if (!end || n > 100000)
		return 0;
	match.data = (struct sl_text){.at = (const char *)end + 1,
				      .bytes = (uint32_t)(n - (size_t)(end + 1 - bytes))};
	e = sl_where_new((const char *)bytes, &where, why);
	if (e) {
		assert(e == -SL_E_RULES && why[0]);
		return 0;
	}
	sl_blocks_init(&blocks, room, 70);
	assert(!sl_blocks_append_match(&blocks, &match));
	sl_record_walker_init(&walker);
	for (uint8_t *block = room; sl_record_next(&walker, block, &offset, &from) == 0; offset = 0)
		block += SL_BLOCK_BYTES_MAX;
	assert(sl_tail_record_read(&from, 1, &record));
	sl_where_holds(where, &record);
	sl_tail_record_fini(&record);
	sl_where_free(where);
	return 0;
}
