/* Files of campaigns to be laid out: what is taken is taken a second time and stays as it is. */
#include "rules/fmt/fmt.h"
#include "sluice/error.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	char *once, *twice, *text = malloc(n + 1);
	size_t n_once, n_twice;
	int error;

	assert(diagnostics && text);
	memcpy(text, bytes, n);
	text[n] = 0;
	error = sl_rules_format("a.yaml", text, n, diagnostics, &once, &n_once);
	assert(!error || error == -SL_E_RULES);
	assert(!error || sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR) > 0);
	if (!error) {
		assert(!sl_rules_format("a.yaml", once, n_once, diagnostics, &twice, &n_twice));
		assert(n_once == n_twice && !memcmp(once, twice, n_once));
		free(once);
		free(twice);
	}
	free(text);
	sl_diagnostics_free(diagnostics);
	return 0;
}
