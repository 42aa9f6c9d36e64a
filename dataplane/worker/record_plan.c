/* How events of a schema are written as JSON again: made once per generation. */
#include "worker/record_priv.h"

#include <stdlib.h>
#include <string.h>

static void split(struct sl_text path, struct sl_record_field *field)
{
	const char *at = path.at, *end = path.at + path.bytes;

	while (at < end && field->n_parts < SL_RECORD_PARTS) {
		const char *dot = memchr(at, '.', (size_t)(end - at));
		const char *stop = dot ? dot : end;

		field->parts[field->n_parts++] = (struct sl_text){at, (uint32_t)(stop - at)};
		at = dot ? dot + 1 : end;
	}
	if (at < end)
		field->n_parts = 0; /* too deep */
}

static int compare(struct sl_text a, struct sl_text b)
{
	uint32_t n = a.bytes < b.bytes ? a.bytes : b.bytes;
	int order = memcmp(a.at, b.at, n);

	return order ? order : (a.bytes > b.bytes) - (a.bytes < b.bytes);
}

static uint8_t common(const struct sl_record_field *a, const struct sl_record_field *b)
{
	uint8_t n = 0;

	while (n < a->n_parts && n < b->n_parts && !compare(a->parts[n], b->parts[n]))
		n++;
	return n;
}

static int in_order(const void *left, const void *right)
{
	const struct sl_record_field *a = left, *b = right;
	uint8_t n = common(a, b);

	if (n == a->n_parts || n == b->n_parts)
		return (a->n_parts > b->n_parts) - (a->n_parts < b->n_parts);
	return compare(a->parts[n], b->parts[n]);
}

int sl_record_plan_new(const struct sl_artifact *artifact, struct sl_record_plan **ret_plan)
{
	struct sl_record_plan *plan =
		calloc(1, sizeof(*plan) + artifact->n_fields * sizeof(plan->fields[0]));

	if (!plan)
		return -ENOMEM;
	for (uint32_t i = 0; i < artifact->n_fields; i++) {
		struct sl_record_field *field = &plan->fields[plan->n];

		field->slot = (uint16_t)i;
		field->is_time = artifact->fields[i].role == SL_ROLE_TIME;
		field->n_parts = 0;
		split(sl_artifact_text(artifact, artifact->fields[i].path), field);
		plan->n += field->n_parts > 0;
	}
	/* members of one object stand side by side, or it would be there twice */
	qsort(plan->fields, plan->n, sizeof(plan->fields[0]), in_order);
	for (uint32_t i = 1; i < plan->n; i++)
		plan->fields[i].common = common(&plan->fields[i - 1], &plan->fields[i]);
	*ret_plan = plan;
	return 0;
}

void sl_record_plan_free(struct sl_record_plan *plan)
{
	free(plan);
}
