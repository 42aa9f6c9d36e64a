#include "rules/plan/plan_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#define VALUE_BYTES_MAX 60u

__attribute__((format(printf, 2, 3))) static void put(struct sl_buffer *text, const char *format,
						      ...)
{
	char room[512];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(room, sizeof(room), format, args);
	va_end(args);
	if (n > 0)
		sl_buffer_add(text, room, n < (int)sizeof(room) ? (size_t)n : sizeof(room) - 1);
}

/* The other way round of sl_filing_number(). */
static double decimal_of(int64_t number)
{
	double decimal;

	number ^= number >> 63 & INT64_MAX;
	memcpy(&decimal, &number, sizeof(decimal));
	return decimal;
}

static void put_time(struct sl_buffer *text, int64_t ns)
{
	time_t seconds = ns / 1000000000 - (ns % 1000000000 < 0);
	int64_t rest = ns - (int64_t)seconds * 1000000000;
	char room[64];
	struct tm utc;

	gmtime_r(&seconds, &utc);
	strftime(room, sizeof(room), "%Y-%m-%dT%H:%M:%S", &utc);
	put(text, rest ? "%s.%09lldZ" : "%sZ", room, (long long)rest);
}

static void put_number(struct sl_buffer *text, uint8_t type, int64_t number)
{
	if (type == SL_TYPE_DECIMAL)
		put(text, "%.17g", decimal_of(number));
	else if (type == SL_TYPE_TIME)
		put_time(text, number);
	else if (type == SL_TYPE_BOOL)
		put(text, "%s", number ? "true" : "false");
	else
		put(text, "%lld", (long long)number);
}

static void put_text(struct sl_buffer *text, const char *at, uint32_t bytes)
{
	bool cut = bytes > VALUE_BYTES_MAX;

	bytes = cut ? VALUE_BYTES_MAX : bytes;
	while (cut && bytes > 0 && ((unsigned char)at[bytes] & 0xc0) == 0x80)
		bytes--; /* not within a character */
	put(text, "\"");
	for (uint32_t i = 0; i < bytes; i++) {
		unsigned char byte = (unsigned char)at[i];

		if (byte < 0x20 || byte == 0x7f)
			put(text, "\\x%02x", byte);
		else if (byte == '"' || byte == '\\')
			put(text, "\\%c", byte);
		else
			sl_buffer_add(text, &byte, 1);
	}
	put(text, cut ? "…\"" : "\"");
}

static void put_node(const struct sl_plan *plan, const struct sl_schema *schema, uint32_t index,
		     struct sl_buffer *text)
{
	const struct sl_tree_node *node = &((const struct sl_tree_node *)plan->nodes.at)[index];
	const struct sl_schema_field *field = &schema->fields[node->slot];
	bool is_list = field->type == SL_TYPE_STRINGS;

	if (node->parent) {
		put_node(plan, schema, node->parent, text);
		put(text, ", ");
	}
	put(text, "%.*s %s ", SL_SLICE_ARGS(field->path), is_list ? "has" : "=");
	if (is_list || field->type == SL_TYPE_STRING)
		put_text(text, (const char *)plan->pool.text.at + node->text.offset,
			 node->text.bytes);
	else
		put_number(text, field->type, (int64_t)node->value);
}

/* The value of a literal, without what stands around it in canonical text. */
static void put_literal(const struct sl_plan *plan, const struct sl_plan_literal *literal,
			struct sl_buffer *text)
{
	const uint8_t *at = plan->literals.at + literal->offset, *end = at + literal->bytes;
	struct sl_buffer value = {0};

	if (at < end && *at == SL_CANON_BEGIN)
		at += SL_CANON_HEAD_BYTES;
	for (; at < end; at++) {
		uint8_t byte = *at;

		if (byte == SL_CANON_END)
			break;
		if (byte == SL_CANON_ESCAPE && at + 1 < end)
			byte = (uint8_t)(*++at - 0x40);
		sl_buffer_add(&value, &byte, 1);
	}
	put_text(text, (const char *)value.at, (uint32_t)value.bytes);
	sl_buffer_fini(&value);
}

static void put_atom(const struct sl_plan *plan, const struct sl_schema *schema, uint32_t index,
		     struct sl_buffer *text)
{
	static const char *const verbs[] = {
		[SL_ATOM_EQUALS] = "is",         [SL_ATOM_PREFIX] = "starts with",
		[SL_ATOM_CONTAINS] = "contains", [SL_ATOM_SUFFIX] = "ends with",
		[SL_ATOM_REGEX] = "matches",
	};
	const struct sl_atom *atom = &((const struct sl_atom *)plan->atoms.at)[index];
	const struct sl_plan_literal *literal =
		&((const struct sl_plan_literal *)plan->literal_index.at)[index];

	put(text, "%.*s %s ", SL_SLICE_ARGS(schema->fields[atom->slot].path), verbs[atom->kind]);
	if (atom->kind == SL_ATOM_REGEX)
		put(text, "a pattern");
	else
		put_literal(plan, literal, text);
}

void sl_plan_place_text(const struct sl_plan *plan, const struct sl_schema *schema,
			const struct sl_plan_filing *filing, struct sl_buffer *text)
{
	const struct sl_schema_field *field;

	text->bytes = 0;
	if (filing->place & SL_PLAN_ATOM)
		put_atom(plan, schema, filing->place & ~SL_PLAN_ATOM, text);
	else if (filing->place)
		put_node(plan, schema, filing->place, text);
	if (filing->slot >= 0) {
		field = &schema->fields[filing->slot];
		put(text, "%s%.*s", filing->place ? ", " : "", SL_SLICE_ARGS(field->path));
		if (filing->low != INT64_MIN) {
			put(text, " from ");
			put_number(text, field->type, filing->low);
		}
		if (filing->high != INT64_MAX) {
			put(text, " to ");
			put_number(text, field->type, filing->high);
		}
	}
	sl_buffer_add(text, "", 1);
}
