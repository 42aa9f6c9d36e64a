/* The value of one field: typed strictly, and read to its end also where it does not fit. */
#include "decode/decode_priv.h"

/* Not what the schema says: the first such is the event's reason, the rest is only checked. */
static SL_COLD const uint32_t *misfit(struct sl_walk *walk, const uint32_t *at,
				      const struct sl_edge *edge, const char *what)
{
	sl_walk_unfit_field(walk, at, SL_WHY_FIELD_TYPE, edge->slot, what);
	return sl_walk_skip(walk, at);
}

static SL_COLD const uint32_t *not_a_value(struct sl_walk *walk, const uint32_t *at)
{
	return sl_walk_malformed(walk, at, SL_WHY_JSON_MALFORMED, "expected a value");
}

static const uint32_t *string_value(struct sl_walk *walk, const uint32_t *at,
				    const struct sl_edge *edge)
{
	struct sl_value *value = &walk->slots[edge->slot];
	const uint32_t *next;
	struct sl_text text;

	if (walk->text[at[0]] != '"')
		return misfit(walk, at, edge, "expected a string");
	next = sl_walk_string(walk, at, &text);
	if (!next)
		return NULL;
	if (text.bytes > edge->bytes_max) {
		sl_walk_unfit_field(walk, at, SL_WHY_FIELD_RANGE, edge->slot,
				    "longer than the schema allows");
		return next;
	}
	value->text = text.at;
	value->count = text.bytes;
	value->kind = SL_TYPE_STRING;
	return next;
}

static bool begins_number(uint8_t c)
{
	return c == '-' || (c >= '0' && c <= '9');
}

static const uint32_t *int_value(struct sl_walk *walk, const uint32_t *at,
				 const struct sl_edge *edge)
{
	struct sl_value *value = &walk->slots[edge->slot];
	struct sl_number number;

	if (!begins_number(walk->text[at[0]]))
		return misfit(walk, at, edge, "expected an integer");
	if (!sl_token_number(walk->text, at, &number))
		return not_a_value(walk, at);
	if (!number.whole) {
		sl_walk_unfit_field(walk, at, SL_WHY_FIELD_TYPE, edge->slot,
				    "expected an integer without fraction or exponent");
	} else if (!sl_number_int(&number, &value->integer)) {
		sl_walk_unfit_field(walk, at, SL_WHY_FIELD_RANGE, edge->slot,
				    "does not fit in 64 bits");
	} else {
		/* one number, one text: -0 is 0 */
		unsigned sign = value->integer == 0 && number.bytes > 1;

		value->kind = SL_TYPE_INT;
		walk->digits[edge->role] = (struct sl_text){
			.at = (const char *)walk->text + at[0] + sign,
			.bytes = number.bytes - sign,
		};
	}
	return at + 1;
}

static const uint32_t *decimal_value(struct sl_walk *walk, const uint32_t *at,
				     const struct sl_edge *edge)
{
	struct sl_value *value = &walk->slots[edge->slot];
	struct sl_number number;

	if (!begins_number(walk->text[at[0]]))
		return misfit(walk, at, edge, "expected a number");
	if (!sl_token_number(walk->text, at, &number))
		return not_a_value(walk, at);
	if (sl_number_double(&number, (const char *)walk->text + at[0], &value->decimal))
		value->kind = SL_TYPE_DECIMAL;
	else
		sl_walk_unfit_field(walk, at, SL_WHY_FIELD_RANGE, edge->slot,
				    "too large for a decimal");
	return at + 1;
}

static const uint32_t *bool_value(struct sl_walk *walk, const uint32_t *at,
				  const struct sl_edge *edge)
{
	struct sl_value *value = &walk->slots[edge->slot];
	uint8_t c = walk->text[at[0]];

	if (c != 't' && c != 'f')
		return misfit(walk, at, edge, "expected true or false");
	if (!(c == 't' ? sl_token_is(walk->text, at, "true", 4)
		       : sl_token_is(walk->text, at, "false", 5)))
		return not_a_value(walk, at);
	value->integer = c == 't';
	value->kind = SL_TYPE_BOOL;
	return at + 1;
}

static enum sl_time_result time_from_number(const struct sl_number *number, int64_t *ret_ns)
{
	int64_t ms;

	if (!number->whole)
		return SL_TIME_SHAPE;
	return sl_number_int(number, &ms) ? sl_time_from_ms(ms, ret_ns) : SL_TIME_RANGE;
}

static const uint32_t *time_value(struct sl_walk *walk, const uint32_t *at,
				  const struct sl_edge *edge)
{
	struct sl_value *value = &walk->slots[edge->slot];
	const uint32_t *next = at + 1;
	enum sl_time_result result;
	struct sl_number number;
	struct sl_text text;

	if (walk->text[at[0]] == '"') {
		next = sl_walk_string(walk, at, &text);
		if (!next)
			return NULL;
		result = sl_time_parse(text, &value->integer);
	} else if (begins_number(walk->text[at[0]])) {
		if (!sl_token_number(walk->text, at, &number))
			return not_a_value(walk, at);
		result = time_from_number(&number, &value->integer);
	} else {
		return misfit(walk, at, edge, "expected a time");
	}
	if (result == SL_TIME_DONE)
		value->kind = SL_TYPE_TIME;
	else if (result == SL_TIME_SHAPE)
		sl_walk_unfit_field(walk, at, SL_WHY_FIELD_TYPE, edge->slot,
				    "expected an RFC 3339 time with zone, or milliseconds");
	else
		sl_walk_unfit_field(walk, at, SL_WHY_FIELD_RANGE, edge->slot,
				    "no such time, or outside the years 1678 to 2261");
	return next;
}

/* One item of a list of strings, to the low end of the arena, where those before it lie. */
static const uint32_t *take_item(struct sl_walk *walk, const uint32_t *at,
				 const struct sl_edge *edge, uint32_t count)
{
	struct sl_decoder *decoder = walk->decoder;
	const uint32_t *next;
	struct sl_text text;

	if (walk->text[at[0]] != '"')
		return misfit(walk, at, edge, "expected a list of strings");
	next = sl_walk_string(walk, at, &text);
	if (!next)
		return NULL;
	if (count == edge->items_max)
		sl_walk_unfit_field(walk, at, SL_WHY_FIELD_RANGE, edge->slot,
				    "more items than the schema allows");
	if (text.bytes > edge->bytes_max)
		sl_walk_unfit_field(walk, at, SL_WHY_FIELD_RANGE, edge->slot,
				    "longer than the schema allows");
	if (walk->unfit)
		return next;
	if (decoder->high - decoder->low < sizeof(text))
		return sl_walk_malformed(walk, at, SL_WHY_TOO_LARGE, "no room left for its lists");
	memcpy(decoder->arena + decoder->low, &text, sizeof(text));
	decoder->low += sizeof(text);
	return next;
}

static const uint32_t *list_value(struct sl_walk *walk, const uint32_t *at,
				  const struct sl_edge *edge)
{
	const void *first = walk->decoder->arena + walk->decoder->low;
	struct sl_value *value = &walk->slots[edge->slot];
	uint32_t count = 0;

	if (walk->text[at[0]] != '[')
		return misfit(walk, at, edge, "expected a list of strings");
	at = sl_walk_open(walk, at);
	if (!at)
		return NULL;
	if (walk->text[at[0]] != ']') {
		for (;;) {
			at = take_item(walk, at, edge, count++);
			if (!at)
				return NULL;
			if (walk->text[at[0]] != ',')
				break;
			at++;
		}
	}
	if (walk->text[at[0]] != ']')
		return sl_walk_malformed(walk, at, SL_WHY_JSON_MALFORMED,
					 "expected a comma or the closing bracket");
	if (!walk->unfit) {
		value->list = first;
		value->count = count;
		value->kind = SL_TYPE_STRINGS;
	}
	return sl_walk_close(walk, at);
}

const uint32_t *sl_walk_value(struct sl_walk *walk, const uint32_t *at, const struct sl_edge *edge)
{
	if (walk->text[at[0]] == 'n' && sl_token_is(walk->text, at, "null", 4))
		return at + 1;
	switch (edge->type) {
	case SL_TYPE_STRING:
		return string_value(walk, at, edge);
	case SL_TYPE_INT:
		return int_value(walk, at, edge);
	case SL_TYPE_DECIMAL:
		return decimal_value(walk, at, edge);
	case SL_TYPE_BOOL:
		return bool_value(walk, at, edge);
	case SL_TYPE_TIME:
		return time_value(walk, at, edge);
	default: /* the plan was refused for any other type */
		return list_value(walk, at, edge);
	}
}
