#include "rules/lint/filled_priv.h"

#include "rules/diagnostics_priv.h"
#include "rules/nearest_priv.h"

#include <stdio.h>

#define NAMED_MAX 6u /* channels in one sentence */

static bool has_slot(const uint64_t slots[SL_FIELDS_MAX / 64], unsigned slot)
{
	return slots[slot / 64] >> slot % 64 & 1;
}

static void put_slot(uint64_t slots[SL_FIELDS_MAX / 64], unsigned slot)
{
	slots[slot / 64] |= UINT64_C(1) << slot % 64;
}

/* ---- the announcement ----------------------------------------------------------------------- */

/* The next word of a line; without bytes: there is none. */
static struct sl_slice next_word(const char **at)
{
	struct sl_slice word;

	*at += strspn(*at, " ");
	word = (struct sl_slice){*at, (uint32_t)strcspn(*at, " \n")};
	*at += word.bytes;
	return word;
}

static void warn_of_name(const struct sl_schema *schema, struct sl_slice channel,
			 struct sl_slice name, struct sl_diagnostics *diagnostics)
{
	struct sl_nearest nearest = {.wrote = name};
	int below = sl_schema_branch(schema, name);
	char hint[2 * SL_SCHEMA_PATH_MAX + 64];

	for (uint32_t i = 0; i < schema->n_fields; i++)
		sl_nearest_offer(&nearest, schema->fields[i].path);
	if (below >= 0)
		snprintf(hint, sizeof(hint), "fields lie below it: name each, as in `%.*s`",
			 SL_SLICE_ARGS(schema->fields[below].path));
	else
		sl_nearest_hint(&nearest, hint, sizeof(hint));
	sl_diagnose(diagnostics, SL_SEVERITY_WARNING, (struct sl_place){0}, "unknown_field", hint,
		    "channel `%.*s` has `%.*s` among its `fields`, which the schema does not have",
		    SL_SLICE_ARGS(channel), SL_SLICE_ARGS(name));
}

/* False: the channel may fill any field. */
static bool read_fields(const char **at, struct sl_slice channel, const struct sl_schema *schema,
			struct sl_diagnostics *diagnostics, struct sl_filled *filled)
{
	struct sl_slice name = next_word(at);
	bool some = name.bytes > 0;

	for (; name.bytes; name = next_word(at)) {
		int slot = sl_schema_find(schema, name);

		if (slot < 0)
			warn_of_name(schema, channel, name, diagnostics);
		else
			put_slot(filled->slots, (unsigned)slot);
	}
	return some;
}

static void say_none(const struct sl_slice *channels, unsigned n, char *to, size_t room)
{
	size_t used;

	if (n == 1) {
		snprintf(to, room, "`%.*s` does not name it", SL_SLICE_ARGS(channels[0]));
		return;
	}
	used = (size_t)snprintf(to, room, "none of");
	for (unsigned i = 0; i < n && i < NAMED_MAX && used < room; i++)
		used += (size_t)snprintf(to + used, room - used, "%s `%.*s`", i ? "," : "",
					 SL_SLICE_ARGS(channels[i]));
	if (n > NAMED_MAX && used < room)
		used += (size_t)snprintf(to + used, room - used, " and %u more", n - NAMED_MAX);
	if (used < room)
		snprintf(to + used, room - used, " names it");
}

void sl_filled_read(const char *announced, const struct sl_schema *schema,
		    struct sl_diagnostics *diagnostics, struct sl_filled *ret_filled)
{
	struct sl_filled filled = {.known = true};
	struct sl_slice channels[NAMED_MAX];
	const char *at = announced ? announced : "";
	unsigned n = 0;

	while (*at) {
		struct sl_slice channel = next_word(&at);

		if (channel.bytes) {
			filled.known &= read_fields(&at, channel, schema, diagnostics, &filled);
			if (n < NAMED_MAX)
				channels[n] = channel;
			n++;
		}
		at += *at == '\n';
	}
	filled.known &= n > 0;
	if (filled.known)
		say_none(channels, n, filled.none, sizeof(filled.none));
	*ret_filled = filled;
}

void sl_filled_add_to(const struct sl_filled *filled, struct sl_buffer *to)
{
	sl_buffer_add(to, &filled->known, sizeof(filled->known));
	if (!filled->known)
		return;
	sl_buffer_add(to, filled->slots, sizeof(filled->slots));
	sl_buffer_add_slice(to, sl_slice_of(filled->none));
}

/* ---- campaigns ------------------------------------------------------------------------------ */

struct uses {
	const struct sl_filled *filled;
	uint32_t first[SL_FIELDS_MAX]; /* offset + 1 of the first use of what nobody fills; 0: none
					*/
};

static void walk(struct uses *uses, const struct sl_expr *expr)
{
	if (expr->kind == SL_EXPR_FIELD && !has_slot(uses->filled->slots, expr->slot)) {
		uint32_t *first = &uses->first[expr->slot];

		if (!*first || expr->offset < *first - 1)
			*first = expr->offset + 1;
	}
	for (uint32_t i = 0; i < expr->n_args; i++)
		walk(uses, expr->args[i]);
}

void sl_filled_lint(const struct sl_filled *filled, const struct sl_expr_context *context,
		    const struct sl_expr *expr, uint64_t told[SL_FIELDS_MAX / 64])
{
	struct uses uses = {.filled = filled};

	if (!filled->known)
		return;
	walk(&uses, expr);
	for (unsigned slot = 0; slot < context->schema->n_fields; slot++) {
		if (!uses.first[slot] || has_slot(told, slot))
			continue;
		put_slot(told, slot);
		sl_diagnose(context->diagnostics, SL_SEVERITY_WARNING,
			    sl_expr_place(context, uses.first[slot] - 1), "field_unfilled",
			    "add it to the `fields` of a channel in the settings, or remove it "
			    "from the "
			    "campaign",
			    "no channel fills `%.*s`: %s",
			    SL_SLICE_ARGS(context->schema->fields[slot].path), filled->none);
	}
}
