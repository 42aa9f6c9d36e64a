/* What grammar.md shows is true: each example of its tables is read as a campaign's, and each of
 * what it calls not offered is refused so. */
#include "expr_fixture.h"

#include "rules/read/source_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first code of a cell: between backticks, one or two, or <code> with the bar by its number. */
static bool code_of(const char *cell, const char *end, char *ret_code, size_t room)
{
	const char *open, *close, *mark;
	size_t n = 0;

	for (open = cell; open < end && *open != '`' && strncmp(open, "<code>", 6) != 0; open++)
		;
	if (open >= end)
		return false;
	mark = *open == '<' ? "</code>" : open[1] == '`' ? "``" : "`";
	open += *open == '<' ? 6 : strlen(mark);
	close = strstr(open, mark);
	assert_true(close && close < end && (size_t)(close - open) < room);
	while (open < close) {
		bool bar = strncmp(open, "&#124;", 6) == 0;

		ret_code[n++] = bar ? '|' : *open;
		open += bar ? 6 : 1;
	}
	ret_code[n] = '\0';
	return true;
}

static void examples_are_conditions(void **state)
{
	struct sl_source source = {0};
	unsigned examples = 0, wrong = 0;
	const char *line, *end;

	(void)state;
	assert_int_equal(sl_source_read(SL_TEST_EXAMPLES "/../grammar.md", &source), 0);
	line = strstr(source.text, "\n## Conditions");
	end = strstr(source.text, "\n## Warnings");
	assert_true(line && end);
	for (line++; line < end; line = strchr(line, '\n') + 1) {
		const char *stop = strchr(line, '\n'), *cell;
		char code[512];

		if (*line != '|' || strncmp(line, "|---", 4) == 0)
			continue;
		cell = stop - 2; /* behind the last cell stands its bar */
		while (*cell != '|')
			cell--;
		if (!code_of(cell, stop, code, sizeof(code)))
			continue;
		examples++;
		if (!strchr(expr_type(code, EXPR_TYPED), '@'))
			continue;
		print_error("%s: %s\n", code, expr_words(code, EXPR_TYPED));
		wrong++;
	}
	free(source.text);
	assert_true(examples >= 110);
	assert_int_equal(wrong, 0);
}

static void what_is_not_offered_is_said_so(void **state)
{
	static const char *const texts[] = {
		"Name{field: 1}",
		"google.protobuf.Int32Value{value: 1} == 1",
		"proto.getExt(text, a.b)",
		"proto.hasExt(text, a.b)",
		"text.?b",
		"tags[?0]",
		"[?text] == []",
		"{?1: text} == {}",
		"optional.of(1).hasValue()",
		"optional.none()",
		"optional.ofNonZeroValue(text).value() == 1",
		"text.or(text)",
		"text.orValue(text)",
		"text.optMap(v, v)",
		"text.optFlatMap(v, v)",
		"tags.all(i, v, i > 0)",
		"tags.exists(i, v, i > 0)",
		"tags.existsOne(i, v, i > 0)",
		"tags.transformList(i, v, v)",
		"tags.transformMap(i, v, v)",
		"tags.transformMapEntry(i, v, {v: i})",
		"cel.block([1], cel.index(0))",
		"tags.map(cel.iterVar(0, 0), true)",
		"cel.other(1)",
		"math.sqrt(4.0) == 2.0",
		"base64.other(text)",
		"strings.other(text)",
		"lists.other(tags)",
		"ip('10.0.0.1')",
		"cidr('10.0.0.0/8')",
		"isIP(text)",
		"isCIDR(text)",
		"ip.isCanonical(text)",
		"text.containsIP(text)",
		"text.containsCIDR(text)",
		"text.family() == 4",
		"text.masked()",
		"text.prefixLength() == 8",
		"text.isLoopback()",
		"text.isUnspecified()",
		"text.isGlobalUnicast()",
		"text.isLinkLocalUnicast()",
		"text.isLinkLocalMulticast()",
		"sets.contains(tags, tags)",
		"tags.sortBy(t, t)",
		"tags.first() == 'a'",
		"tags.last() == 'a'",
		"regex.extract(text, 'a')",
		"text.matches(channel)",
		"time.getHours(channel) == 1",
	};
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strncmp(expr_type(texts[i], EXPR_TYPED), "unsupported@", 12) == 0 &&
		    !strchr(expr_type(texts[i], EXPR_TYPED), ' '))
			continue;
		print_error("%s: %s\n", texts[i], expr_type(texts[i], EXPR_TYPED));
		wrong++;
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_are_conditions),
		cmocka_unit_test(what_is_not_offered_is_said_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
