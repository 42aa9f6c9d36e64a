/* Text from outside on a terminal: whatever comes in, only printable characters come out, and as
 * many columns as were asked for. */
#include "tools/sluice/terminal_text.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* Nothing that was shown is written down when it is shown again. */
static void check_shown(const char *shown)
{
	char *again = NULL;
	size_t bytes = 0;
	FILE *to = open_memstream(&again, &bytes);

	assert(to);
	sl_terminal_put(to, shown);
	fclose(to);
	assert(strcmp(shown, again) == 0);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char *text = malloc(n + 1), *shown = NULL;
	unsigned columns = n ? bytes[0] % 100 : 0;
	size_t shown_bytes = 0;
	FILE *to;

	assert(text);
	memcpy(text, bytes, n);
	text[n] = '\0';
	to = open_memstream(&shown, &shown_bytes);
	assert(to);
	sl_terminal_put_cell(to, text, columns);
	fclose(to);
	assert(strlen(shown) == shown_bytes && sl_terminal_columns(shown) == columns);
	check_shown(shown);
	free(shown);
	to = open_memstream(&shown, &shown_bytes);
	assert(to);
	sl_terminal_put(to, text);
	fclose(to);
	assert(sl_terminal_columns(shown) == sl_terminal_columns(text));
	check_shown(shown);
	free(shown);
	free(text);
	return 0;
}
