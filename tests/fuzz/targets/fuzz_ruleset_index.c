/* The index of a version's sources, as it may lie on a damaged disk: its names stay inside. */
#include "control/rulesets/rulesets_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct sl_ruleset_index index = {.text = malloc(n + 1)};
	struct sl_ruleset_entry entry;

	assert(index.text);
	memcpy(index.text, bytes, n);
	index.text[n] = 0;
	index.at = index.text;
	while (sl_ruleset_index_next(&index, &entry) > 0) {
		assert(entry.name > index.text && entry.name <= index.text + n);
		assert(entry.name[0] != '/' && entry.name[0] != '.' && !strstr(entry.name, "/."));
		assert(strlen(entry.hash) <= 32);
	}
	sl_ruleset_index_close(&index);
	return 0;
}
