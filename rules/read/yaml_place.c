/* From a byte of a scalar's value back to the byte of the file that it came from. Exact for plain,
 * quoted and literal scalars; in folded ones with lines indented further it may be off by the line
 * breaks that folding kept. */
#include "rules/read/yaml_priv.h"

/* What stands at one position of the file, and how much of the value it makes. */
struct step {
	uint32_t taken;
	uint32_t made;
};

static unsigned hex_value(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
}

static uint32_t utf8_bytes(unsigned code)
{
	return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

static bool is_break(char c)
{
	return c == '\n' || c == '\r';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* A run of blanks: as it is within a line, folded where it holds line breaks. */
static struct step step_blank(const char *at, uint32_t room)
{
	uint32_t n = 0, breaks = 0;

	while (n < room && (is_blank(at[n]) || is_break(at[n])))
		breaks += at[n++] == '\n';
	if (!breaks)
		return (struct step){1, 1};
	return (struct step){n, breaks == 1 ? 1 : breaks - 1};
}

static struct step step_escape(const char *at, uint32_t room)
{
	unsigned digits = 0, code = 0;

	if (room < 2)
		return (struct step){room, 1};
	switch (at[1]) {
	case 'x':
		digits = 2;
		break;
	case 'u':
		digits = 4;
		break;
	case 'U':
		digits = 8;
		break;
	case 'N':
	case '_':
		return (struct step){2, 2};
	case 'L':
	case 'P':
		return (struct step){2, 3};
	case '\r':
	case '\n': {
		uint32_t n = 1;

		while (n < room && (is_blank(at[n]) || is_break(at[n])))
			n++;
		return (struct step){n, 0};
	}
	default:
		return (struct step){2, 1};
	}
	for (unsigned i = 0; i < digits && 2 + i < room; i++)
		code = (code << 4) | (hex_value(at[2 + i]) & 15u);
	return (struct step){2 + digits, utf8_bytes(code)};
}

static uint32_t flow_offset(const struct sl_source *source, const struct sl_yaml_node *node,
			    uint32_t target)
{
	uint32_t at = node->start + (node->style == SL_YAML_PLAIN ? 0 : 1), made = 0;

	while (at < node->end) {
		const char *text = source->text + at;
		struct step step = {1, 1};

		if (node->style == SL_YAML_DOUBLE && *text == '\\')
			step = step_escape(text, node->end - at);
		else if (node->style == SL_YAML_SINGLE && *text == '\'')
			step.taken = 2;
		else if (is_blank(*text) || is_break(*text))
			step = step_blank(text, node->end - at);
		/* an escaped line break makes nothing: what is sought lies behind it */
		if (made + step.made > target || (made == target && step.made > 0))
			break;
		made += step.made;
		at += step.taken;
	}
	return at;
}

static uint32_t skip_spaces(const struct sl_source *source, uint32_t at, uint32_t end,
			    uint32_t most)
{
	for (uint32_t n = 0; n < most && at < end && source->text[at] == ' '; n++)
		at++;
	return at;
}

/* Spaces before the first line of a block that holds anything. */
static uint32_t block_indent(const struct sl_source *source, uint32_t at, uint32_t end)
{
	while (at < end) {
		uint32_t text = skip_spaces(source, at, end, UINT32_MAX);

		if (text < end && !is_break(source->text[text]))
			return text - at;
		while (text < end && source->text[text] != '\n')
			text++;
		at = text + 1;
	}
	return 0;
}

static uint32_t block_offset(const struct sl_source *source, const struct sl_yaml_node *node,
			     uint32_t target)
{
	uint32_t at = node->start, end = node->end, made = 0, indent;

	while (at < end && source->text[at] != '\n')
		at++;
	at = at < end ? at + 1 : at;
	indent = block_indent(source, at, end);
	at = skip_spaces(source, at, end, indent);
	while (made < target && at < end) {
		uint32_t next = at, breaks = 0;

		while (next < end && is_break(source->text[next])) {
			breaks += source->text[next] == '\n';
			next = skip_spaces(source, next + 1, end,
					   source->text[next] == '\n' ? indent : 0);
		}
		if (!breaks) {
			made++;
			at++;
			continue;
		}
		if (node->style == SL_YAML_FOLDED && breaks > 1)
			breaks--;
		if (made + breaks > target)
			break;
		made += breaks;
		at = next;
	}
	return at;
}

struct sl_place sl_yaml_place(const struct sl_source *source, const struct sl_yaml_node *node,
			      uint32_t value_offset)
{
	bool block = node->style == SL_YAML_LITERAL || node->style == SL_YAML_FOLDED;
	uint32_t offset = block ? block_offset(source, node, value_offset)
				: flow_offset(source, node, value_offset);

	return (struct sl_place){.source = source, .offset = offset};
}
