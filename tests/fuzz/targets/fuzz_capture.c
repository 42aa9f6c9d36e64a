/* Capture files from their first byte to the summary: it always adds up to the packets read. */
#include "tools/sluice/capture/capture.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *at;
	size_t left;
	size_t step; /* a file comes in pieces too */
};

static ssize_t read_some(void *context, void *at, size_t bytes)
{
	struct input *input = context;
	size_t part = bytes < input->left ? bytes : input->left;

	part = part < input->step ? part : input->step;
	if (part)
		memcpy(at, input->at, part);
	input->at += part;
	input->left -= part;
	return (ssize_t)part;
}

/* The sum of the numbers in {"reason":n,…}. */
static uint64_t sum_of(const char *at)
{
	uint64_t sum = 0;

	while (*at != '}') {
		at = at[0] == ':' ? at + 1 : at;
		if (*at >= '0' && *at <= '9')
			sum += strtoull(at, (char **)&at, 10);
		else
			at++;
	}
	return sum;
}

static uint64_t number(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	assert(at);
	return strtoull(at + strlen(name), NULL, 10);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct sl_capture_options options = {.requests = true};
	struct input input = {.at = data, .left = size, .step = size % 7 ? 4096 : 13};
	char why[SL_SENTENCE_BYTES] = "";
	char *text = NULL;
	const char *summary;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);
	int result;

	assert(to);
	result = sl_capture_run(&options, read_some, &input, to, why);
	fclose(to);
	assert(result >= 0 && (result == SL_CAPTURE_END || why[0]));
	summary = strstr(text, "{\"summary\":");
	assert(summary);
	assert(number(summary, "\"packets\":") ==
	       number(summary, "\"used\":") + sum_of(strstr(summary, "\"ignored\":{") + 11) +
		       sum_of(strstr(summary, "\"drops\":{") + 9));
	free(text);
	return 0;
}
