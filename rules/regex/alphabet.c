/* Which code points an automaton tells apart. */
#include "rules/regex/automaton_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>

/* Different sets of the automaton, and what assertions ask for. */
#define SETS_MAX (SL_REGEX_POSITIONS_MAX + 2)
#define SIGNATURE_WORDS ((SETS_MAX + 63) / 64)

struct event {
	uint32_t code;
	uint32_t set; /* begins, or ends, here */
};

struct signature {
	uint64_t sets[SIGNATURE_WORDS];
};

struct division {
	const struct sl_regex_automaton *automaton;
	struct sl_regex_alphabet *alphabet;
	struct sl_table
		known; /* hash of a set's ranges: its index; then of a signature: its class */
	uint32_t n_sets;
	uint32_t words_set, newline_set; /* UINT32_MAX: not asked for */
	uint32_t set_of[SL_REGEX_POSITIONS_MAX];
	struct sl_buffer events; /* struct event */
};

static int compare(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return (x->code > y->code) - (x->code < y->code);
}

static int add_set(struct division *division, const struct sl_regex_range *ranges, uint32_t n,
		   uint32_t *ret_set)
{
	uint64_t key[2];
	uint32_t *index;
	bool is_new;

	sl_rules_hash(ranges, n * sizeof(*ranges), key);
	index = sl_table_put(&division->known, key, &is_new);
	if (!index)
		return -ENOMEM;
	if (is_new) {
		*index = division->n_sets++;
		for (uint32_t i = 0; i < n; i++) {
			struct event events[] = {{ranges[i].first, *index},
						 {ranges[i].last + 1, *index}};

			sl_buffer_add(&division->events, events, sizeof(events));
		}
	}
	*ret_set = *index;
	return division->events.failed ? -ENOMEM : 0;
}

static int add_sets(struct division *division)
{
	const struct sl_regex_automaton *automaton = division->automaton;
	int error = 0;

	division->words_set = division->newline_set = UINT32_MAX;
	if (automaton->asks_words)
		error = add_set(division, sl_regex_words, 4, &division->words_set);
	if (automaton->asks_lines && !error)
		error = add_set(division, sl_regex_newline, 1, &division->newline_set);
	for (uint32_t i = 0; i < automaton->n && !error; i++)
		error = add_set(division, automaton->sets[i]->ranges, automaton->sets[i]->n,
				&division->set_of[i]);
	return error;
}

static bool has(const struct signature *signature, uint32_t set)
{
	return set != UINT32_MAX && signature->sets[set / 64] >> set % 64 & 1;
}

static int add_class(struct division *division, const struct signature *signature)
{
	struct sl_regex_alphabet *alphabet = division->alphabet;
	uint8_t kind = has(signature, division->newline_set) ? SL_REGEX_NEWLINE
		       : has(signature, division->words_set) ? SL_REGEX_WORD
							     : SL_REGEX_OTHER;
	struct sl_regex_row mask = {0};

	if (alphabet->n == SL_REGEX_CLASSES_MAX)
		return -SL_E_LIMIT;
	for (uint32_t i = 0; i < division->automaton->n; i++)
		if (has(signature, division->set_of[i]))
			sl_regex_row_add(&mask, i);
	alphabet->n++;
	sl_buffer_add(&alphabet->kinds, &kind, sizeof(kind));
	sl_buffer_add(&alphabet->masks, &mask, sizeof(mask));
	return alphabet->kinds.failed || alphabet->masks.failed ? -ENOMEM : 0;
}

static int class_of(struct division *division, const struct signature *signature,
		    uint16_t *ret_class)
{
	uint64_t key[2];
	uint32_t *class;
	bool is_new;
	int error = 0;

	sl_rules_hash(signature, sizeof(*signature), key);
	class = sl_table_put(&division->known, key, &is_new);
	if (!class)
		return -ENOMEM;
	if (is_new) {
		*class = division->alphabet->n;
		error = add_class(division, signature);
	}
	*ret_class = (uint16_t) * class;
	return error;
}

/* Code points from first to before end are of the class. */
static int add_interval(struct sl_regex_alphabet *alphabet, uint32_t first, uint32_t end,
			uint16_t class)
{
	size_t n = alphabet->range_class.bytes / sizeof(uint16_t);

	for (; first < end && first < 0x80; first++)
		alphabet->ascii[first] = class;
	if (first >= end || (n && ((uint16_t *)alphabet->range_class.at)[n - 1] == class))
		return 0;
	if (n == SL_REGEX_RANGES_MAX)
		return -SL_E_LIMIT;
	sl_buffer_add(&alphabet->range_first, &first, sizeof(first));
	sl_buffer_add(&alphabet->range_class, &class, sizeof(class));
	return alphabet->range_first.failed || alphabet->range_class.failed ? -ENOMEM : 0;
}

/* From one code point at which a set begins or ends to the next. */
static int sweep(struct division *division)
{
	struct event *events = (struct event *)division->events.at;
	size_t n = division->events.bytes / sizeof(*events);
	struct signature signature = {0};
	uint32_t first = 0;
	uint16_t class;
	int error = class_of(division, &signature, &class);

	if (n)
		qsort(events, n, sizeof(*events), compare);
	for (size_t i = 0; i <= n && !error; i++) {
		uint32_t code = i < n ? events[i].code : SL_CODE_POINT_MAX + 1;

		if (code > first) {
			error = class_of(division, &signature, &class);
			if (!error)
				error = add_interval(division->alphabet, first, code, class);
			first = code;
		}
		if (i < n)
			signature.sets[events[i].set / 64] ^= (uint64_t)1 << events[i].set % 64;
	}
	return error;
}

int sl_regex_alphabet_init(const struct sl_regex_automaton *automaton,
			   struct sl_regex_alphabet *ret_alphabet)
{
	struct sl_regex_alphabet alphabet = {0};
	struct division *division = calloc(1, sizeof(*division));
	int error;

	if (!division)
		return -ENOMEM;
	division->automaton = automaton;
	division->alphabet = &alphabet;
	error = add_sets(division);
	sl_table_fini(&division->known);
	if (!error)
		error = sweep(division);
	sl_table_fini(&division->known);
	sl_buffer_fini(&division->events);
	free(division);
	if (error)
		sl_regex_alphabet_fini(&alphabet);
	else
		*ret_alphabet = alphabet;
	return error;
}

void sl_regex_alphabet_fini(struct sl_regex_alphabet *alphabet)
{
	sl_buffer_fini(&alphabet->range_first);
	sl_buffer_fini(&alphabet->range_class);
	sl_buffer_fini(&alphabet->kinds);
	sl_buffer_fini(&alphabet->masks);
}
