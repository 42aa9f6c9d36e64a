/* Automata as the bytes of sluice/regex.h. */
#include "rules/regex/automaton_priv.h"

#include "sluice/error.h"

#include <errno.h>

/* Positions that are followed by the same others, shift and loop aside. */
struct group {
	struct sl_regex_row members;
	struct sl_regex_row follow;
};

struct writer {
	const struct sl_regex_automaton *automaton;
	const struct sl_regex_alphabet *alphabet;
	struct sl_buffer *blob;
	uint32_t words;
	struct sl_regex_row shift, loop;
	struct sl_buffer groups; /* struct group */
};

static uint32_t words_of(uint32_t positions)
{
	uint32_t words = 1;

	while (words * 64 < positions)
		words *= 2;
	return words;
}

static bool is_nothing(const struct sl_regex_row *row)
{
	for (unsigned i = 0; i < SL_REGEX_WORDS_MAX; i++)
		if (row->bits[i])
			return false;
	return true;
}

static void row_remove(struct sl_regex_row *row, uint32_t position)
{
	row->bits[position / 64] &= ~((uint64_t)1 << position % 64);
}

static int add_to_group(struct writer *writer, struct sl_table *known,
			const struct sl_regex_row *follow, uint32_t position)
{
	uint64_t key[2];
	uint32_t *index;
	bool is_new;

	sl_rules_hash(follow, sizeof(*follow), key);
	index = sl_table_put(known, key, &is_new);
	if (!index)
		return -ENOMEM;
	if (is_new) {
		struct group group = {.follow = *follow};

		*index = (uint32_t)(writer->groups.bytes / sizeof(group));
		sl_buffer_add(&writer->groups, &group, sizeof(group));
	}
	if (writer->groups.failed)
		return -ENOMEM;
	sl_regex_row_add(&((struct group *)writer->groups.at)[*index].members, position);
	return 0;
}

static int divide_follow(struct writer *writer)
{
	const struct sl_regex_automaton *automaton = writer->automaton;
	struct sl_table known = {0};
	int error = 0;

	for (uint32_t p = 0; p < automaton->n && !error; p++) {
		struct sl_regex_row rest = automaton->follow[p];

		if (sl_regex_row_has(&rest, p))
			sl_regex_row_add(&writer->loop, p);
		row_remove(&rest, p);
		if (p + 1 < automaton->n && sl_regex_row_has(&rest, p + 1)) {
			sl_regex_row_add(&writer->shift, p + 1);
			row_remove(&rest, p + 1);
		}
		if (!is_nothing(&rest))
			error = add_to_group(writer, &known, &rest, p);
	}
	sl_table_fini(&known);
	return error;
}

static void add_row(struct writer *writer, const struct sl_regex_row *row)
{
	sl_buffer_add(writer->blob, row->bits, writer->words * sizeof(*row->bits));
}

static void add_start(uint64_t start[4], const struct sl_regex_set *set)
{
	for (uint32_t i = 0; i < set->n; i++) {
		uint8_t first[4], last[4];

		sl_regex_encode(set->ranges[i].first, first);
		sl_regex_encode(set->ranges[i].last, last);
		for (unsigned byte = first[0]; byte <= last[0]; byte++)
			start[byte / 64] |= (uint64_t)1 << byte % 64;
	}
}

/* How the search finds a place where a match may begin. */
static void fill_start(const struct writer *writer, struct sl_regex *header)
{
	const struct sl_regex_automaton *automaton = writer->automaton;
	unsigned n = 0, places = 0;

	for (uint32_t p = 0; p < automaton->n; p++)
		for (unsigned kind = 0; kind < SL_REGEX_KINDS; kind++)
			if (sl_regex_row_has(&automaton->first[kind], p))
				add_start(header->start, automaton->sets[p]);
	for (unsigned byte = 0; byte < 256; byte++) {
		if (header->start[byte / 64] >> byte % 64 & 1) {
			header->start_byte = (uint8_t)byte;
			n++;
		}
	}
	if (n != 1)
		header->start_byte = 0;
	for (unsigned before = SL_REGEX_NEWLINE; before < SL_REGEX_KINDS; before++) {
		places += !is_nothing(&automaton->first[before]);
		for (unsigned behind = 0; behind < SL_REGEX_KINDS; behind++)
			places += (automaton->empty & SL_REGEX_BETWEEN(before, behind)) != 0;
	}
	if (places == 0)
		header->flags |= SL_REGEX_ANCHORED;
	/* an anchored one has nowhere to go on to */
	if (automaton->empty == 0 && places)
		header->flags |= SL_REGEX_SKIP;
	if (automaton->empty == 0 && places && n == 1)
		header->flags |= SL_REGEX_SKIP_ONE;
	if (automaton->always)
		header->flags |= SL_REGEX_ALWAYS;
}

static void add_body(struct writer *writer)
{
	const struct sl_regex_automaton *automaton = writer->automaton;
	const struct sl_regex_alphabet *alphabet = writer->alphabet;
	const struct group *groups = (const struct group *)writer->groups.at;

	for (unsigned kind = 0; kind < SL_REGEX_KINDS; kind++)
		add_row(writer, &automaton->first[kind]);
	for (unsigned kind = 0; kind < SL_REGEX_KINDS; kind++)
		add_row(writer, &automaton->last[kind]);
	add_row(writer, &writer->shift);
	add_row(writer, &writer->loop);
	for (uint32_t i = 0; i < alphabet->n; i++)
		add_row(writer, &((const struct sl_regex_row *)alphabet->masks.at)[i]);
	for (size_t i = 0; i < writer->groups.bytes / sizeof(*groups); i++) {
		add_row(writer, &groups[i].members);
		add_row(writer, &groups[i].follow);
	}
	sl_buffer_add(writer->blob, alphabet->range_first.at, alphabet->range_first.bytes);
	sl_buffer_add(writer->blob, alphabet->range_class.at, alphabet->range_class.bytes);
	sl_buffer_add(writer->blob, alphabet->kinds.at, alphabet->kinds.bytes);
	sl_buffer_grow(writer->blob, -writer->blob->bytes % 8);
}

int sl_regex_blob_add(const struct sl_regex_automaton *automaton,
		      const struct sl_regex_alphabet *alphabet, struct sl_buffer *blob)
{
	struct writer writer = {.automaton = automaton,
				.alphabet = alphabet,
				.blob = blob,
				.words = words_of(automaton->n)};
	struct sl_regex header = {
		.magic = SL_REGEX_MAGIC,
		.version = SL_REGEX_VERSION,
		.positions = (uint16_t)automaton->n,
		.words = (uint16_t)writer.words,
		.classes = (uint16_t)alphabet->n,
		.ranges = (uint32_t)(alphabet->range_first.bytes / sizeof(uint32_t)),
		.empty = automaton->empty,
	};
	int error = divide_follow(&writer);

	if (!error) {
		header.groups = (uint16_t)(writer.groups.bytes / sizeof(struct group));
		header.bytes = (uint32_t)sl_regex_bytes(&header);
		memcpy(header.ascii, alphabet->ascii, sizeof(header.ascii));
		fill_start(&writer, &header);
		sl_buffer_add(blob, &header, sizeof(header));
		add_body(&writer);
		error = blob->failed ? -ENOMEM : 0;
	}
	sl_buffer_fini(&writer.groups);
	return error;
}
