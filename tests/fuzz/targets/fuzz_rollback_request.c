/* Bodies of POST /v1/rulesets/rollback. */
#include "control/rulesets/rulesets_priv.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct sl_rollback_request request;
	char why[SL_SENTENCE_BYTES] = "";

	if (sl_rollback_request_parse((const char *)bytes, n, &request, why)) {
		assert(why[0]);
		return 0;
	}
	assert(request.version <= INT64_MAX);
	assert(strlen(request.author) <= 200);
	for (const char *at = request.author; *at; at++)
		assert((unsigned char)*at >= ' ' && *at != 0x7f);
	return 0;
}
