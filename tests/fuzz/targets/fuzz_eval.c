/* Lines for `sluice eval --batch` from anybody: JSON, typed values, expressions. Engine and
 * reference answer each; where both give a value or a run-time error, it has to be the same, but
 * for what exceeds the limits that each has of its own. */
#include "tools/sluice/eval/batch.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static struct sl_eval_asker *engine, *reference;

/* The whole of what is answered; ends with free(). */
static char *answers(struct sl_eval_asker *asker, const uint8_t *bytes, size_t n)
{
	char *text = NULL;
	size_t n_text;
	FILE *from = fmemopen((void *)bytes, n, "r"), *to = open_memstream(&text, &n_text);

	if (!from || !to || sl_eval_batch(asker, from, to))
		abort();
	fclose(from);
	fclose(to);
	return text;
}

/* Without the place of an error, which the two may see a little apart. */
static char *next_line(char **rest)
{
	char *line = strsep(rest, "\n"), *place = line ? strstr(line, ",\"line\":") : NULL;

	if (place)
		*place = '\0';
	return line && *line ? line : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char *a, *b, *rest_a, *rest_b, *line_a;

	if (n == 0 || n > 4096)
		return 0;
	if (!engine && (sl_eval_asker_new(NULL, NULL, false, &engine) ||
			sl_eval_asker_new(NULL, NULL, true, &reference)))
		abort();
	a = rest_a = answers(engine, bytes, n);
	b = rest_b = answers(reference, bytes, n);
	while ((line_a = next_line(&rest_a))) {
		char *line_b = next_line(&rest_b);

		if (!line_b)
			abort();
		if (!strstr(line_a, "more steps or memory") &&
		    !strstr(line_b, "more steps or memory") &&
		    !strstr(line_a, "more room than the engine") && strcmp(line_a, line_b))
			abort();
	}
	free(a);
	free(b);
	return 0;
}
