/* Passing over a value that the schema does not ask for: all of it is checked nevertheless. Without
 * recursion, for the depth is the sender's choice. */
#include "decode/decode_priv.h"

static const uint32_t *skip_scalar(struct sl_walk *walk, const uint32_t *at)
{
	const uint8_t *text = walk->text;
	struct sl_number number;
	bool is_sound;

	switch (text[at[0]]) {
	case '"':
		return walk->escapes ? sl_walk_check_escapes(walk, at) : at + 1;
	case 't':
		is_sound = sl_token_is(text, at, "true", 4);
		break;
	case 'f':
		is_sound = sl_token_is(text, at, "false", 5);
		break;
	case 'n':
		is_sound = sl_token_is(text, at, "null", 4);
		break;
	default:
		is_sound = sl_token_number(text, at, &number);
		break;
	}
	return is_sound ? at + 1
			: sl_walk_malformed(walk, at, SL_WHY_JSON_MALFORMED, "expected a value");
}

/* A member's name and its colon. */
static const uint32_t *skip_name(struct sl_walk *walk, const uint32_t *at)
{
	if (walk->text[at[0]] != '"')
		return sl_walk_malformed(walk, at, SL_WHY_JSON_MALFORMED,
					 "expected a name in quotes");
	if (walk->escapes && !sl_walk_check_escapes(walk, at))
		return NULL;
	if (walk->text[at[1]] != ':')
		return sl_walk_malformed(walk, at + 1, SL_WHY_JSON_MALFORMED, "expected a colon");
	return at + 2;
}

/* Behind a value: closes what ends here, down to `base`, or moves to where the next value begins.
 */
static const uint32_t *skip_ends(struct sl_walk *walk, const uint32_t *at, uint32_t base)
{
	const bool *is_object = walk->decoder->is_object;

	while (at && walk->depth != base) {
		uint8_t c = walk->text[at[0]];

		if (c == ',')
			return is_object[walk->depth] ? skip_name(walk, at + 1) : at + 1;
		if (c != (is_object[walk->depth] ? '}' : ']'))
			return sl_walk_malformed(walk, at, SL_WHY_JSON_MALFORMED,
						 "expected a comma or the closing bracket");
		at = sl_walk_close(walk, at);
	}
	return at;
}

const uint32_t *sl_walk_skip(struct sl_walk *walk, const uint32_t *at)
{
	bool *is_object = walk->decoder->is_object;
	uint32_t base = walk->depth;

	do {
		uint8_t c = walk->text[at[0]];
		bool is_empty = true;

		if (c == '{' || c == '[') {
			at = sl_walk_open(walk, at);
			if (!at)
				return NULL;
			is_object[walk->depth] = c == '{';
			is_empty = walk->text[at[0]] == (c == '{' ? '}' : ']');
			if (!is_empty && c == '{')
				at = skip_name(walk, at);
		} else {
			at = skip_scalar(walk, at);
		}
		if (at && is_empty)
			at = skip_ends(walk, at, base);
	} while (at && walk->depth != base);
	return at;
}

bool sl_walk_is_closed(const struct sl_walk *walk, const uint32_t *at)
{
	uint8_t first = walk->text[at[0]];
	uint8_t last = walk->text[walk->end[-1]];

	if (first == '{')
		return last == '}';
	return first == '[' ? last == ']' : at + 1 == walk->end;
}
