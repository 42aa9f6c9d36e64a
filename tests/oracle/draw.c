#include "tests/oracle/draw.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (uint32_t)(sizeof(array) / sizeof(*(array)))

static uint32_t draw(struct sl_choices *choices, uint32_t n)
{
	return sl_choose(choices, n);
}

/* What is special: the delimiters of the canonical text, its escape and what escapes become, the
 * bytes of its codes; two and three bytes of UTF-8. A rule set and its events draw from a few of
 * them, so that literals do occur. */
static const uint32_t letters[] = {'a', 'a',  'b',  'b',  'A',  'B', 'D',  '0',    '1', '`', 'c',
				   ' ', 0x01, 0x02, 0x03, 0x04, 5,   0xe9, 0xd574, '"', '\\'};

static const int64_t integers[] = {INT64_MIN, -7, -1, 0, 1, 2, 3, 5, 1000000, INT64_MAX};
static const char *const decimals[] = {"-1.5", "-0.0", "0.0", "0.5", "2.0", "1e300", "-1e-300"};

#define SECOND_NS 1000000000ll
#define TIMES_FROM 1767225600ll /* 2026-01-01T00:00:00Z */
#define N_TIMES 5u

const char *sl_draw_path(unsigned field)
{
	static const char *const paths[SL_DRAW_FIELDS] = {
		"customer", "type", "page", "device.os", "device.ver", "amount", "tags"};

	return paths[field];
}

static uint32_t put_utf8(char *at, uint32_t c)
{
	if (c < 0x80) {
		at[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		at[0] = (char)(0xc0 | c >> 6);
		at[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	at[0] = (char)(0xe0 | c >> 12);
	at[1] = (char)(0x80 | (c >> 6 & 0x3f));
	at[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

static uint32_t draw_letter(struct sl_choices *choices, const struct sl_draw_rules *rules)
{
	return rules->letters[draw(choices, SL_DRAW_LETTERS)];
}

static struct sl_eval_text draw_text(struct sl_choices *choices, const struct sl_draw_rules *rules,
				     char *at)
{
	uint32_t n = draw(choices, draw(choices, 6) ? 6 : 40), bytes = 0;

	for (uint32_t i = 0; i < n; i++)
		bytes += put_utf8(at + bytes, draw_letter(choices, rules));
	return (struct sl_eval_text){.at = at, .bytes = bytes};
}

static char *put(char *at, const char *text)
{
	size_t n = strlen(text);

	memcpy(at, text, n + 1);
	return at + n;
}

static char *put_string(struct sl_choices *choices, const struct sl_draw_rules *rules, char *at)
{
	uint32_t n = draw(choices, 5);

	at = put(at, "\"");
	for (uint32_t i = 0; i < n; i++) {
		uint32_t c = draw_letter(choices, rules);
		char escaped[8];

		snprintf(escaped, sizeof(escaped), "\\u%04x", c & 0xffff);
		if (c < 0x20 || c == '"' || c == '\\')
			at = put(at, escaped);
		else
			at += put_utf8(at, c);
	}
	return put(at, "\"");
}

static char *put_literal(struct sl_choices *choices, const struct sl_draw_rules *rules,
			 enum sl_field_type type, char *at)
{
	char text[48];

	switch (type) {
	case SL_TYPE_INT:
		snprintf(text, sizeof(text), "%lld",
			 (long long)integers[draw(choices, COUNT(integers))]);
		return put(at, text);
	case SL_TYPE_DECIMAL:
		return put(at, decimals[draw(choices, COUNT(decimals))]);
	case SL_TYPE_BOOL:
		return put(at, draw(choices, 2) ? "true" : "false");
	case SL_TYPE_TIME:
		snprintf(text, sizeof(text), "timestamp(\"2026-01-01T00:00:%02uZ\")",
			 draw(choices, N_TIMES));
		return put(at, text);
	default:
		return put_string(choices, rules, at);
	}
}

static char *put_list(struct sl_choices *choices, const struct sl_draw_rules *rules,
		      enum sl_field_type type, char *at)
{
	uint32_t n = 1 + draw(choices, 4);

	for (uint32_t i = 0; i < n; i++) {
		at = put(at, i ? ", " : "[");
		at = put_literal(choices, rules, type, at);
	}
	return put(at, "]");
}

/* A pattern that asks for a run of the set's own letters, at a place or anywhere. */
static char *put_pattern(struct sl_choices *choices, const struct sl_draw_rules *rules, char *at)
{
	static const char *const ends[] = {"", "$", ".", "+", "*$", "{1,2}", "|x"};

	at = put(at, draw(choices, 2) ? ".matches(\"" : ".matches(\"^");
	for (uint32_t n = 1 + draw(choices, 3); n; n--) {
		char escaped[24];

		snprintf(escaped, sizeof(escaped), "\\\\x{%x}", draw_letter(choices, rules));
		at = put(at, escaped);
	}
	return put(put(at, ends[draw(choices, COUNT(ends))]), "\")");
}

/* One question about a field, in the language of conditions. */
static char *put_question(struct sl_choices *choices, const struct sl_draw_rules *rules, char *at)
{
	static const char *const comparisons[] = {" == ", " != ", " < ", " > ", " <= ", " >= "};
	static const char *const asks[] = {".startsWith(", ".contains(", ".endsWith("};
	unsigned field = draw(choices, SL_DRAW_FIELDS);
	enum sl_field_type type = rules->types[field];
	const char *path = sl_draw_path(field);

	if (type == SL_TYPE_STRINGS)
		return put(put(put_string(choices, rules, at), " in "), path);
	at = put(at, path);
	if (type == SL_TYPE_BOOL && draw(choices, 2))
		return at;
	if (type == SL_TYPE_STRING && draw(choices, 2)) {
		if (draw(choices, 8) == 0)
			return put_pattern(choices, rules, at);
		at = put(at, asks[draw(choices, 3)]);
		return put(put_string(choices, rules, at), ")");
	}
	if (type != SL_TYPE_BOOL && type != SL_TYPE_TIME && draw(choices, 3) == 0)
		return put_list(choices, rules, type, put(at, " in "));
	if (draw(choices, 4) == 0) /* equalities file best, and are what campaigns are made of */
		at = put(at, comparisons[draw(choices, type == SL_TYPE_BOOL ? 2 : 6)]);
	else
		at = put(at, comparisons[type == SL_TYPE_BOOL ? 0 : 2 * draw(choices, 2)]);
	return put_literal(choices, rules, type, at);
}

static void draw_condition(struct sl_choices *choices, const struct sl_draw_rules *rules, char *at)
{
	uint32_t n = 1 + draw(choices, 3);

	for (uint32_t i = 0; i < n; i++) {
		uint32_t form = draw(choices, 8);

		at = put(at, i ? " && " : "");
		at = put(at, form == 1 ? "!(" : form > 5 ? "(" : "");
		at = put_question(choices, rules, at);
		if (form == 7)
			at = put_question(choices, rules, put(at, " || "));
		at = put(at, form == 1 || form > 5 ? ")" : "");
	}
}

/* One of all the language, behind a simple one now and then: a campaign as its author writes it. */
static void draw_any(struct sl_choices *choices, const struct sl_draw_rules *rules, char *at)
{
	static char text[SL_DRAW_CEL_BYTES];
	struct sl_draw_cel_field fields[SL_DRAW_FIELDS];
	const struct sl_draw_cel_names names = {.fields = fields, .n_fields = SL_DRAW_FIELDS};

	for (unsigned i = 0; i < SL_DRAW_FIELDS; i++)
		fields[i] = (struct sl_draw_cel_field){sl_draw_path(i), rules->types[i]};
	sl_draw_cel_begin();
	if (draw(choices, 2)) {
		at = put_question(choices, rules, at);
		at = put(at, draw(choices, 3) ? " && " : " || ");
	}
	sl_draw_cel(choices, &names, SL_DRAW_BOOL, text);
	put(at, strlen(text) < SL_DRAW_CONDITION_BYTES - 512 ? text : "true");
}

void sl_draw_rules(struct sl_choices *choices, struct sl_draw_rules *ret_rules)
{
	static const uint8_t types[] = {SL_TYPE_STRING, SL_TYPE_STRING,  SL_TYPE_STRING,
					SL_TYPE_INT,    SL_TYPE_DECIMAL, SL_TYPE_BOOL,
					SL_TYPE_TIME,   SL_TYPE_STRINGS, SL_TYPE_STRINGS};

	for (unsigned i = 0; i < SL_DRAW_FIELDS; i++)
		ret_rules->types[i] = i == 0 ? SL_TYPE_STRING : types[draw(choices, COUNT(types))];
	for (unsigned i = 0; i < SL_DRAW_LETTERS; i++)
		ret_rules->letters[i] = letters[draw(choices, COUNT(letters))];
	if (draw(choices, 3) == 0) { /* a letter that is escaped, and what its escape ends with */
		ret_rules->letters[0] = 1 + draw(choices, 4);
		ret_rules->letters[1] = ret_rules->letters[0] + 0x40;
	}
	ret_rules->n_campaigns = 1 + draw(choices, SL_DRAW_CAMPAIGNS);
	for (uint32_t i = 0; i < ret_rules->n_campaigns; i++) {
		if (draw(choices, 2))
			draw_any(choices, ret_rules, ret_rules->conditions[i]);
		else
			draw_condition(choices, ret_rules, ret_rules->conditions[i]);
	}
}

static double decimal_of(const char *text)
{
	double value = 0;

	sscanf(text, "%lf", &value);
	return value;
}

static void draw_value(struct sl_choices *choices, const struct sl_draw_rules *rules,
		       unsigned field, struct sl_draw_event *event)
{
	struct sl_eval_value *value = &event->values[field];

	switch (value->type) {
	case SL_TYPE_STRING:
		value->text = draw_text(choices, rules, event->texts[field][0]);
		break;
	case SL_TYPE_INT:
		value->integer = integers[draw(choices, COUNT(integers))];
		break;
	case SL_TYPE_DECIMAL:
		value->decimal = decimal_of(decimals[draw(choices, COUNT(decimals))]);
		break;
	case SL_TYPE_BOOL:
		value->integer = draw(choices, 2);
		break;
	case SL_TYPE_TIME:
		value->integer =
			(TIMES_FROM + draw(choices, N_TIMES)) * SECOND_NS + draw(choices, 2);
		break;
	default:
		value->list = event->lists[field];
		value->count = draw(choices, SL_DRAW_ITEMS + 1);
		for (uint32_t i = 0; i < value->count; i++)
			event->lists[field][i] = draw_text(choices, rules, event->texts[field][i]);
	}
}

void sl_draw_event(struct sl_choices *choices, const struct sl_draw_rules *rules,
		   struct sl_draw_event *ret_event)
{
	for (unsigned i = 0; i < SL_DRAW_FIELDS; i++) {
		bool absent = i && draw(choices, 8) == 0;

		ret_event->values[i] = (struct sl_eval_value){.path = sl_draw_path(i),
							      .type = absent ? 0 : rules->types[i]};
		if (!absent)
			draw_value(choices, rules, i, ret_event);
	}
}
