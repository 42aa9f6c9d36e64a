#include "rules/plan/plan_priv.h"
#include "rules/regex/regex_priv.h"
#include "rules/time/zones_priv.h"

#include "sluice/error.h"

#include <errno.h>
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

static uint32_t put_constant(struct sl_pool *pool, const struct sl_constant *constant)
{
	uint64_t hash[2];
	uint32_t *index;
	bool is_new;

	sl_rules_hash(constant, sizeof(*constant), hash);
	index = sl_table_put(&pool->constant_index, hash, &is_new);
	if (!index) {
		pool->failed = true;
		return 0;
	}
	if (is_new) {
		*index = (uint32_t)(pool->constants.bytes / sizeof(*constant));
		sl_buffer_add(&pool->constants, constant, sizeof(*constant));
	}
	return *index;
}

uint32_t sl_pool_constant(struct sl_pool *pool, const struct sl_expr *literal)
{
	struct sl_constant constant;

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
	return put_constant(pool, &constant);
}

/* The members' indexes stand behind each other, and before that of the whole. */
static struct sl_constant_run put_members(struct sl_pool *pool, const struct sl_expr *whole)
{
	struct sl_constant_run run = {.count = whole->kind == SL_EXPR_MAP ? whole->n_args / 2
									  : whole->n_args};
	struct sl_buffer indexes = {0};

	for (uint32_t i = 0; i < whole->n_args; i++) {
		uint32_t index = sl_pool_value(pool, whole->args[i]);

		sl_buffer_add(&indexes, &index, sizeof(index));
	}
	run.first = (uint32_t)(pool->members.bytes / sizeof(uint32_t));
	if (indexes.bytes)
		sl_buffer_add(&pool->members, indexes.at, indexes.bytes);
	pool->failed |= indexes.failed;
	sl_buffer_fini(&indexes);
	return run;
}

uint32_t sl_pool_value(struct sl_pool *pool, const struct sl_expr *expr)
{
	struct sl_constant constant;

	memset(&constant, 0, sizeof(constant)); /* it is hashed: no byte may be left to chance */
	constant.type = expr->type;
	if (expr->kind == SL_EXPR_LIST || expr->kind == SL_EXPR_MAP) {
		constant.type = expr->kind == SL_EXPR_MAP ? SL_KIND_MAP : SL_KIND_LIST;
		constant.run = put_members(pool, expr);
	} else if (expr->type == SL_KIND_STRING || expr->type == SL_KIND_BYTES) {
		constant.text = sl_pool_text(pool, expr->text);
	} else if (expr->type == SL_KIND_DOUBLE) {
		constant.decimal = expr->decimal;
	} else if (expr->type != SL_KIND_NULL) {
		constant.integer = expr->integer;
		if (expr->type == SL_KIND_TIMESTAMP || expr->type == SL_KIND_DURATION)
			constant.nanos = expr->nanos;
	}
	return put_constant(pool, &constant);
}

bool sl_pool_zone(struct sl_pool *pool, struct sl_slice name, uint32_t *ret_zone)
{
	struct sl_time_zone zone;
	uint64_t hash[2];
	uint32_t *index;
	bool is_new;

	memset(&zone, 0, sizeof(zone));
	zone.first = (uint32_t)(pool->transitions.bytes / sizeof(struct sl_transition));
	sl_rules_hash(name.at, name.bytes, hash);
	if (sl_table_find(&pool->zone_index, hash)) {
		*ret_zone = *sl_table_find(&pool->zone_index, hash);
		return true;
	}
	if (!sl_zone_load(name, &pool->transitions, &zone.repeats_from_s))
		return false;
	zone.name = sl_pool_text(pool, name);
	zone.count =
		(uint32_t)(pool->transitions.bytes / sizeof(struct sl_transition)) - zone.first;
	index = sl_table_put(&pool->zone_index, hash, &is_new);
	if (!index) {
		pool->failed = true;
		return false;
	}
	*index = (uint32_t)(pool->zones.bytes / sizeof(zone));
	*ret_zone = *index;
	sl_buffer_add(&pool->zones, &zone, sizeof(zone));
	return true;
}

/* 0 with the blob added, or what is wrong with the pattern. */
static int compile_pattern(struct sl_pool *pool, const struct sl_expr *pattern,
			   struct sl_regex_fault *ret_fault)
{
	struct sl_arena arena = {0};
	struct sl_regex_tree tree;
	int error;

	if (pattern->compiled) {
		sl_buffer_add(&pool->pattern_bytes, pattern->compiled->at,
			      pattern->compiled->bytes);
		return pool->pattern_bytes.failed ? -ENOMEM : 0;
	}
	error = sl_regex_parse(pattern->text, &arena, &tree, ret_fault);
	if (!error)
		error = sl_regex_compile(&tree, &pool->pattern_bytes, ret_fault);
	sl_arena_fini(&arena);
	return error;
}

enum sl_pool_answer sl_pool_pattern(struct sl_pool *pool, const struct sl_expr *literal,
				    uint32_t *ret_pattern)
{
	struct sl_pattern pattern = {.offset = pool->pattern_bytes.bytes};
	struct sl_regex_fault fault;
	uint64_t hash[2];
	uint32_t *index;
	bool is_new;
	int error;

	sl_rules_hash(literal->text.at, literal->text.bytes, hash);
	if (sl_table_find(&pool->pattern_index, hash)) {
		*ret_pattern = *sl_table_find(&pool->pattern_index, hash);
		return SL_POOL_DONE;
	}
	error = compile_pattern(pool, literal, &fault);
	if (error == -SL_E_RULES)
		return fault.kind == SL_REGEX_TOO_LARGE ? SL_POOL_TOO_LARGE : SL_POOL_BAD;
	index = error ? NULL : sl_table_put(&pool->pattern_index, hash, &is_new);
	if (!index) {
		pool->failed = true;
		return SL_POOL_BAD;
	}
	pattern.bytes = pool->pattern_bytes.bytes - pattern.offset;
	*index = (uint32_t)(pool->patterns.bytes / sizeof(pattern));
	*ret_pattern = *index;
	sl_buffer_add(&pool->patterns, &pattern, sizeof(pattern));
	return SL_POOL_DONE;
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
	for (uint32_t i = 0; i < n; i++) /* a NaN equals nothing, and has no place in an order */
		if (literals[i]->type != SL_TYPE_DECIMAL || !isnan(literals[i]->decimal))
			sl_buffer_add(&sorted, &literals[i], sizeof(*literals));
	if (sorted.failed) {
		pool->failed = true;
		return 0;
	}
	at = (struct sl_expr **)sorted.at;
	n = (uint32_t)(sorted.bytes / sizeof(*at));
	if (n)
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
	       pool->members.failed || pool->patterns.failed || pool->pattern_bytes.failed ||
	       pool->zones.failed || pool->transitions.failed;
}

void sl_pool_fini(struct sl_pool *pool)
{
	sl_buffer_fini(&pool->text);
	sl_buffer_fini(&pool->constants);
	sl_buffer_fini(&pool->sets);
	sl_buffer_fini(&pool->members);
	sl_table_fini(&pool->texts);
	sl_table_fini(&pool->constant_index);
	sl_buffer_fini(&pool->patterns);
	sl_buffer_fini(&pool->pattern_bytes);
	sl_buffer_fini(&pool->zones);
	sl_buffer_fini(&pool->transitions);
	sl_table_fini(&pool->zone_index);
	sl_table_fini(&pool->pattern_index);
}
