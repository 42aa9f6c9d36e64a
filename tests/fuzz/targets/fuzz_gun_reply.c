#include "tools/gun/reply.h"

#include <assert.h>

#define EVENTS 7u

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct sl_reply reply;
	uint64_t marked = 0;

	if (sl_reply_read((const char *)bytes, n, EVENTS, &reply))
		return 0;
	/* whatever it said, each event is accounted for once */
	assert(reply.accepted + reply.duplicates + reply.refused == EVENTS);
	assert(reply.matched <= reply.accepted);
	for (uint32_t i = 0; i < SL_REPLY_EVENTS_MAX; i++)
		marked += sl_reply_refuses(&reply, i);
	assert(reply.unnamed ? marked < reply.refused : marked == reply.refused);
	return 0;
}
