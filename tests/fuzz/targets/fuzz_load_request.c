/* Bodies of POST /v1/rulesets: what is taken has names that stay inside their directory. */
#include "control/rulesets/rulesets_priv.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct sl_ruleset_request request;
	char why[256] = "";

	if (sl_ruleset_request_parse((const char *)bytes, n, &request, why)) {
		assert(why[0]);
		return 0;
	}
	assert(request.n_files >= 1 && request.n_files <= SL_RULESET_FILES_MAX);
	assert(request.bytes <= SL_RULESET_BYTES_MAX);
	for (size_t i = 0; i < request.n_files; i++) {
		const struct sl_ruleset_file *file = &request.files[i];

		assert(file->name[0] != '/' && !strstr(file->name, "/.") && file->name[0] != '.');
		assert(strlen(file->text) == file->bytes);
	}
	sl_ruleset_request_free(&request);
	return 0;
}
