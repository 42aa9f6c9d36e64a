#include "tools/sluice/dump/print.h"

#include "tools/sluice/dump/constant_listing.h"

#include <stdlib.h>
#include <string.h>

void sl_dump_print_text(FILE *to, struct sl_text text)
{
	for (uint32_t i = 0; i < text.bytes;) {
		/* whole characters: a piece that ends inside one is given up to its begin */
		uint32_t n = text.bytes - i < 128 ? text.bytes - i : 128;
		char piece[6 * 128 + 1];
		struct sl_listing listing = {.at = piece, .room = sizeof(piece)};

		while (n > 125 && i + n < text.bytes && ((uint8_t)text.at[i + n] & 0xc0) == 0x80)
			n--;
		sl_listing_plain(&listing, (struct sl_text){text.at + i, n});
		fputs(piece, to);
		i += n;
	}
}

static struct sl_text text_of(const json_t *value)
{
	return (struct sl_text){json_string_value(value), (uint32_t)json_string_length(value)};
}

static void print_members_inline(const json_t *object);

static void print_value(const json_t *value)
{
	const json_t *item;
	size_t i;

	if (json_is_string(value))
		sl_dump_print_text(stdout, text_of(value));
	else if (json_is_integer(value))
		printf("%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "yes" : "no", stdout);
	else if (json_is_array(value))
		json_array_foreach(value, i, item)
		{
			fputs(i ? " " : "", stdout);
			print_value(item);
		}
	else if (json_is_object(value))
		print_members_inline(value);
}

static void print_members_inline(const json_t *object)
{
	const char *name, *before = "";
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
	{
		printf("%s%s ", before, name);
		print_value(value);
		before = ", ";
	}
}

static void print_pairs(const json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
	{
		printf("  %-16s ", name);
		print_value(value);
		putchar('\n');
	}
}

/* "name value" for each, but what is not so, empty or none; the first is the row's number. */
static void print_row(const json_t *object)
{
	const char *name;
	json_t *value;
	bool first = true;

	putchar(' ');
	json_object_foreach((json_t *)object, name, value)
	{
		bool is_nothing = json_is_false(value) ||
				  (json_is_integer(value) && json_integer_value(value) == 0) ||
				  (json_is_string(value) && json_string_length(value) == 0);

		if (is_nothing && !first)
			continue;
		first = false;
		printf(" %s", name);
		if (json_is_true(value))
			continue;
		putchar(' ');
		print_value(value);
	}
	putchar('\n');
}

static const json_t *get(const json_t *object, const char *name)
{
	return json_object_get(object, name);
}

static void print_section(const json_t *object, bool first)
{
	if (first)
		printf("  %-14s %12s %14s\n", "name", "records", "bytes");
	printf("  %-14s %12" JSON_INTEGER_FORMAT " %14" JSON_INTEGER_FORMAT "\n",
	       json_string_value(get(object, "name")), json_integer_value(get(object, "records")),
	       json_integer_value(get(object, "bytes")));
}

static void print_setting(const json_t *object)
{
	printf("  %-32s ", json_string_value(get(object, "path")));
	print_value(get(object, "value"));
	putchar('\n');
}

/* What has to hold at one place, joined. */
static void print_place(const json_t *place)
{
	const json_t *part;
	size_t i;

	fputs("      filed   ", stdout);
	if (json_array_size(place) == 0)
		fputs("every event", stdout);
	json_array_foreach(place, i, part)
	{
		fputs(i ? " && " : "", stdout);
		print_value(part);
	}
	putchar('\n');
}

static void print_trigger(const json_t *trigger)
{
	const json_t *item;
	size_t i;

	printf("    trigger %" JSON_INTEGER_FORMAT ", %s",
	       json_integer_value(get(trigger, "index")), json_string_value(get(trigger, "role")));
	if (strcmp(json_string_value(get(trigger, "role")), "match") != 0)
		printf(" %" JSON_INTEGER_FORMAT, json_integer_value(get(trigger, "step")));
	putchar('\n');
	if (json_array_size(get(trigger, "filed")) == 0)
		puts("      filed   nowhere: it can never match");
	json_array_foreach(get(trigger, "filed"), i, item) print_place(item);
	if (json_array_size(get(trigger, "program")) == 0)
		puts("      program none: being found there decides");
	json_array_foreach(get(trigger, "program"), i, item)
	{
		fputs(i ? "              " : "      program ", stdout);
		print_value(item);
		putchar('\n');
	}
}

/* Those of the members that are there, one a line. */
static void print_members(const json_t *object, const char *before, const char *const *names,
			  size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const json_t *value = get(object, names[i]);

		if (!value || (json_is_string(value) && json_string_length(value) == 0))
			continue;
		printf("%s%-11s ", before, names[i]);
		print_value(value);
		putchar('\n');
	}
}

static void print_sequence(const json_t *sequence)
{
	static const char *const names[] = {"within_ns", "after_match",   "runs",    "strict",
					    "draining",  "bytes_per_key", "captures"};
	static const char *const parts[] = {"within_ns", "from", "to", "link", "window"};
	const json_t *step;
	size_t i;

	printf("    sequence, slot %" JSON_INTEGER_FORMAT "\n",
	       json_integer_value(get(sequence, "slot")));
	print_members(sequence, "      ", names, sizeof(names) / sizeof(*names));
	json_array_foreach(get(sequence, "steps"), i, step)
	{
		printf("      step %zu, %s ", i, json_string_value(get(step, "kind")));
		print_value(get(step, "name"));
		putchar('\n');
		print_members(step, "        ", parts, sizeof(parts) / sizeof(*parts));
	}
}

static void print_campaign(const json_t *campaign)
{
	static const char *const ranks[] = {"by",    "for",      "join",     "join_within_ns",
					    "limit", "priority", "exclusive"};
	static const char *const rest[] = {"version", "owner",    "kind",       "step",
					   "channel", "template", "valid_from", "valid_until"};
	const json_t *item;
	size_t i;

	fputs("  ", stdout);
	print_value(get(campaign, "name"));
	putchar('\n');
	for (i = 0; i < sizeof(rest) / sizeof(*rest); i++) {
		const json_t *value = get(campaign, rest[i]);

		if (!value || json_string_length(value) == 0)
			continue;
		printf("    %-11s ", rest[i]);
		print_value(value);
		putchar('\n');
	}
	json_array_foreach(get(campaign, "data"), i, item)
	{
		printf("    data        ");
		print_value(get(item, "name"));
		fputs(" = ", stdout);
		print_value(get(item, "value"));
		putchar('\n');
	}
	print_members(campaign, "    ", ranks, sizeof(ranks) / sizeof(*ranks));
	json_array_foreach(get(campaign, "sequences"), i, item) print_sequence(item);
	json_array_foreach(get(campaign, "triggers"), i, item) print_trigger(item);
}

void sl_dump_print(enum sl_dump_part part, const json_t *object, bool first)
{
	static const char *const headings[SL_DUMP_PARTS] = {
		[SL_DUMP_HEADER] = "header",     [SL_DUMP_SECTIONS] = "sections",
		[SL_DUMP_SCHEMA] = "schema",     [SL_DUMP_DATABASES] = "databases",
		[SL_DUMP_PATTERNS] = "patterns", [SL_DUMP_ZONES] = "zones",
		[SL_DUMP_REGISTRY] = "registry", [SL_DUMP_CAMPAIGNS] = "campaigns",
		[SL_DUMP_SETTINGS] = "settings", [SL_DUMP_CHANNELS] = "channels",
		[SL_DUMP_WIRES] = "wires",
	};

	if (first)
		puts(headings[part]);
	switch (part) {
	case SL_DUMP_HEADER:
		print_pairs(object);
		break;
	case SL_DUMP_SECTIONS:
		print_section(object, first);
		break;
	case SL_DUMP_SETTINGS:
		print_setting(object);
		break;
	case SL_DUMP_CAMPAIGNS:
		print_campaign(object);
		break;
	default:
		print_row(object);
	}
}
