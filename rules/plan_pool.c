#include "rules/plan_priv.h"

#include <math.h>
#include <stdlib.h>

struct sl_text_ref sl_pool_text(struct sl_pool *pool, struct sl_slice text)
{
	struct sl_text_ref ref = {.bytes = text.bytes};
	uint64_t hash[2];
	uint32_t *offset;
	bool is_new;

	if (text.bytes == 0)
		return ref;
	sl_rules_hash(text.at, text.bytes, hash);
	offset = sl_table_put(&pool->texts, hash, &is_new);
	if (!offset || pool->text.bytes > UINT32_MAX - text.bytes) {
		pool->failed = true;
		return (struct sl_text_ref){0};
	}
	if (is_new) {
		*offset = (uint32_t)pool->text.bytes;
		sl_buffer_add(&pool->text, text.at, text.bytes);
	}
	ref.offset = *offset;
	return ref;
}

uint32_t sl_pool_constant(struct sl_pool *pool, const struct sl_expr *literal)
{
	struct sl_constant constant;
	uint64_t hash[2];
	uint32_t *index;
	bool is_new;

	memset(&constant, 0, sizeof(constant)); /* it is hashed: no byte may be left to chance */
	constant.type = literal->type == SL_KIND_TIMESTAMP ? SL_TYPE_TIME : literal->type;
	if (literal->type == SL_TYPE_STRING)
		constant.text = sl_pool_text(pool, literal->text);
	else if (literal->type == SL_TYPE_DECIMAL)
		constant.decimal = fpclassify(literal->decimal) == FP_ZERO ? 0.0 : literal->decimal;
	else if (literal->type == SL_KIND_TIMESTAMP)
		constant.integer = sl_expr_instant(literal);
	else
		constant.integer = literal->integer;
	sl_rules_hash(&constant, sizeof(constant), hash);
	index = sl_table_put(&pool->constant_index, hash, &is_new);
	if (!index) {
		pool->failed = true;
		return 0;
	}
	if (is_new) {
		*index = (uint32_t)(pool->constants.bytes / sizeof(constant));
		sl_buffer_add(&pool->constants, &constant, sizeof(constant));
	}
	return *index;
}

static int compare(const struct sl_expr *a, const struct sl_expr *b)
{
	if (a->type == SL_TYPE_STRING)
		return sl_slice_compare(a->text, b->text);
	if (a->type == SL_TYPE_DECIMAL)
		return (a->decimal > b->decimal) - (a->decimal < b->decimal);
	if (a->type == SL_KIND_TIMESTAMP && a->integer == b->integer)
		return (a->nanos > b->nanos) - (a->nanos < b->nanos);
	return (a->integer > b->integer) - (a->integer < b->integer);
}

static int by_value(const void *a, const void *b)
{
	return compare(*(struct sl_expr *const *)a, *(struct sl_expr *const *)b);
}

uint32_t sl_pool_set(struct sl_pool *pool, struct sl_expr *const *literals, uint32_t n)
{
	uint32_t index = (uint32_t)(pool->sets.bytes / sizeof(struct sl_set));
	struct sl_set set = {.type = literals[0]->type == SL_KIND_TIMESTAMP ? SL_TYPE_TIME
									    : literals[0]->type};
	struct sl_buffer sorted = {0};
	struct sl_expr **at;

	set.first = (uint32_t)(pool->members.bytes / sizeof(uint32_t));
	sl_buffer_add(&sorted, literals, n * sizeof(*literals));
	if (sorted.failed) {
		pool->failed = true;
		return 0;
	}
	at = (struct sl_expr **)sorted.at;
	qsort(at, n, sizeof(*at), by_value);
	for (uint32_t i = 0; i < n; i++) {
		uint32_t member;

		if (i > 0 && compare(at[i - 1], at[i]) == 0)
			continue;
		member = sl_pool_constant(pool, at[i]);
		sl_buffer_add(&pool->members, &member, sizeof(member));
		set.count++;
	}
	sl_buffer_fini(&sorted);
	sl_buffer_add(&pool->sets, &set, sizeof(set));
	return index;
}

bool sl_pool_failed(const struct sl_pool *pool)
{
	return pool->failed || pool->text.failed || pool->constants.failed || pool->sets.failed ||
	       pool->members.failed;
}

void sl_pool_fini(struct sl_pool *pool)
{
	sl_buffer_fini(&pool->text);
	sl_buffer_fini(&pool->constants);
	sl_buffer_fini(&pool->sets);
	sl_buffer_fini(&pool->members);
	sl_table_fini(&pool->texts);
	sl_table_fini(&pool->constant_index);
}
