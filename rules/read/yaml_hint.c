/* What somebody who never read a book on YAML has to change where libyaml could not read on. */
#include "rules/read/yaml_priv.h"

/* The line that `at` is in, without its blanks before and its end. */
static struct sl_slice line_of(const struct sl_source *source, uint32_t at, bool *ret_tab)
{
	uint32_t start = at < source->bytes ? at : source->bytes, end = start;

	*ret_tab = false;
	while (start > 0 && source->text[start - 1] != '\n')
		start--;
	while (end < source->bytes && source->text[end] != '\n')
		end++;
	while (start < end && (source->text[start] == ' ' || source->text[start] == '\t'))
		*ret_tab |= source->text[start++] == '\t';
	return (struct sl_slice){source->text + start, end - start};
}

static bool begins(struct sl_slice line, const char *with)
{
	size_t n = strlen(with);

	return line.bytes >= n && memcmp(line.at, with, n) == 0;
}

/* `match: `, or a step under it: what stands there is a condition. */
static bool is_condition(struct sl_slice line)
{
	return begins(line, "match:") || begins(line, "- ");
}

/* Between the line's begin and `at` there is one word: the key, not its value. */
static bool is_first_key(const struct sl_source *source, struct sl_slice line, uint32_t at)
{
	uint32_t start = (uint32_t)(line.at - source->text);

	for (uint32_t i = start; i < at; i++)
		if (strchr(" \t:\"'", source->text[i]))
			return false;
	return at > start;
}

static bool is_about(const yaml_parser_t *parser, const char *problem)
{
	return strstr(parser->problem, problem) != NULL;
}

const char *sl_yaml_syntax_hint(const yaml_parser_t *parser, const struct sl_source *source,
				uint32_t at)
{
	const char *context = parser->context ? parser->context : "";
	bool tab;
	struct sl_slice line = line_of(source, at, &tab);

	if (tab || is_about(parser, "a tab character"))
		return "this line begins with a tab: indent with blanks";
	if (strstr(context, "a flow "))
		return "a `{` or `[` is not closed, or a comma is missing";
	if (strstr(context, "quoted scalar"))
		return "a quote is not closed";
	if (is_about(parser, "expected comment or line break"))
		return "behind `|` nothing stands: the condition begins on the next line, indented";
	if (is_about(parser, "mapping values are not allowed") && is_first_key(source, line, at))
		return "keys of one campaign begin in one column, and each has a colon and a blank "
		       "behind it, as in `kind: service`: look at the line before";
	if (is_about(parser, "could not find expected ':'"))
		return "the line before has no `key: value`; what belongs to a `|` is indented";
	if (is_condition(line))
		return "a condition that begins with a quote, a bracket or another sign, or holds "
		       "\": \" or \" #\", goes into a block: `match: |`, or `- event: |`, and the "
		       "condition, indented, on the next line";
	if (is_about(parser, "mapping values are not allowed"))
		return "a value that holds \": \" stands in quotes";
	if (is_about(parser, "document start"))
		return "between two campaigns in a file stands a line `---`";
	if (is_about(parser, "did not find expected key"))
		return "a quote was closed before the value ends, or this line stands in another "
		       "column than the keys before it";
	if (is_about(parser, "cannot start any token"))
		return "a value that begins with a sign stands in quotes";
	return "";
}
