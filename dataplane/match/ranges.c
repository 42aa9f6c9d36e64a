/* Which triggers of a run can be told apart by one number: made once a set, read per event. */
#include "match_priv.h"

#include <errno.h>
#include <stdlib.h>

/* Below this many a look at each is as cheap as a search. */
#define GROUP_MIN 8u

/* A trigger of the run under way: of `class` 0 it asks for no range, else for one of this slot. */
struct entry {
	int64_t key;
	uint32_t class;
	uint32_t trigger;
	uint32_t order; /* in the run: keeps what is alike as it was */
};

static bool is_range(uint8_t op)
{
	return op == SL_OP_LT_INT || op == SL_OP_GT_INT || op == SL_OP_LT_DECIMAL ||
	       op == SL_OP_GT_DECIMAL;
}

static bool is_test(uint8_t op)
{
	return op != SL_OP_END && op != SL_OP_TRUE && op != SL_OP_FALSE && op != SL_OP_AND;
}

/* Test, AND to the end, test, … END: each test has to hold. Any other program may pass one by. */
static bool is_conjunction(const struct sl_instruction *code, uint32_t n)
{
	if (n == 0 || n % 2 || code[n - 1].op != SL_OP_END)
		return false;
	for (uint32_t i = 0; i < n - 1; i++)
		if (i % 2 == 0 ? !is_test(code[i].op)
			       : code[i].op != SL_OP_AND || code[i].arg != n - 1)
			return false;
	return true;
}

static uint32_t class_of(uint8_t op, uint16_t slot)
{
	bool decimal = op == SL_OP_LT_DECIMAL || op == SL_OP_GT_DECIMAL;
	bool reversed = op == SL_OP_LT_INT || op == SL_OP_LT_DECIMAL;

	return 4 * (slot + 1u) + 2 * decimal + reversed;
}

static struct entry entry_of(const struct sl_artifact *artifact, uint32_t index, uint32_t order)
{
	const struct sl_trigger *trigger = &artifact->triggers[index];
	const struct sl_instruction *code = artifact->code + trigger->code;
	struct entry entry = {.trigger = index, .order = order};

	if (!is_conjunction(code, trigger->code_count))
		return entry;
	for (uint32_t i = 0; i < trigger->code_count; i += 2) {
		const struct sl_constant *constant = &artifact->constants[code[i].arg];

		if (!is_range(code[i].op))
			continue;
		entry.class = class_of(code[i].op, code[i].slot);
		entry.key = sl_range_key(constant->integer, constant->decimal, entry.class & 2,
					 entry.class & 1);
		break;
	}
	return entry;
}

static int by_class(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	if (x->class && x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static uint32_t count_alike(const struct entry *entries, uint32_t from, uint32_t n)
{
	uint32_t i = from;

	while (i < n && entries[i].class == entries[from].class)
		i++;
	return i - from;
}

/* Classes of too few become plain; then the plain ones come first. */
static void sort_entries(struct entry *entries, uint32_t n)
{
	qsort(entries, n, sizeof(*entries), by_class);
	for (uint32_t i = 0, alike; i < n; i += alike) {
		alike = count_alike(entries, i, n);
		for (uint32_t j = i; alike < GROUP_MIN && j < i + alike; j++)
			entries[j].class = 0;
	}
	qsort(entries, n, sizeof(*entries), by_class);
}

static void fill_run(struct sl_match_ranges *ranges, const struct sl_artifact *artifact,
		     const uint32_t *list, uint32_t n, uint32_t first, struct entry *entries,
		     struct sl_range_run *run)
{
	*run = (struct sl_range_run){.first = first, .group = ranges->n_groups};
	for (uint32_t i = 0; i < n; i++)
		entries[i] = entry_of(artifact, list[i], i);
	sort_entries(entries, n);
	for (uint32_t i = 0; i < n; i++) {
		ranges->triggers[first + i] = entries[i].trigger;
		ranges->keys[first + i] = entries[i].key;
	}
	while (run->plain < n && entries[run->plain].class == 0)
		run->plain++;
	for (uint32_t i = run->plain, alike; i < n; i += alike) {
		alike = count_alike(entries, i, n);
		ranges->groups[ranges->n_groups++] = (struct sl_range_group){
			.first = first + i,
			.count = alike,
			.slot = (uint16_t)(entries[i].class / 4 - 1),
			.decimal = entries[i].class & 2,
			.reversed = entries[i].class & 1,
		};
		run->n_groups++;
	}
}

int sl_match_ranges_init(struct sl_match_ranges *ranges, const struct sl_artifact *artifact)
{
	size_t n = (size_t)artifact->n_filed + artifact->n_always;
	struct entry *entries = malloc((n + 1) * sizeof(*entries));
	int error = -ENOMEM;

	ranges->triggers = malloc((n + 1) * sizeof(*ranges->triggers));
	ranges->keys = malloc((n + 1) * sizeof(*ranges->keys));
	ranges->groups = malloc((n / GROUP_MIN + 1) * sizeof(*ranges->groups));
	ranges->runs = malloc(((size_t)artifact->n_atoms + 1) * sizeof(*ranges->runs));
	if (!entries || !ranges->triggers || !ranges->keys || !ranges->groups || !ranges->runs)
		goto out; /* the set is freed by whoever began it */
	for (uint32_t i = 0; i < artifact->n_atoms; i++) {
		const struct sl_atom *atom = &artifact->atoms[i];

		fill_run(ranges, artifact, artifact->filed + atom->filed, atom->filed_count,
			 atom->filed, entries, &ranges->runs[i]);
	}
	fill_run(ranges, artifact, artifact->always, artifact->n_always, artifact->n_filed, entries,
		 &ranges->runs[artifact->n_atoms]);
	error = 0;
out:
	free(entries);
	return error;
}

void sl_match_ranges_fini(struct sl_match_ranges *ranges)
{
	free(ranges->triggers);
	free(ranges->keys);
	free(ranges->groups);
	free(ranges->runs);
}
