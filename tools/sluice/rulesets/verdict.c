#include "tools/sluice/rulesets/verdict.h"

#include "tools/sluice/gateway/api.h"
#include "tools/sluice/terminal_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file that is not UTF-8 is one of the things that diagnostics speak of. */
static json_t *text_of(const char *text)
{
	json_t *value = json_string(text);
	char *copy = value ? NULL : strdup(text);

	if (!copy)
		return value;
	for (char *at = copy; *at; at++)
		if (*at & 0x80)
			*at = '?';
	value = json_string(copy);
	free(copy);
	return value;
}

json_t *sl_verdict_diagnostic(const struct sl_diagnostic *diagnostic)
{
	return json_pack("{s:s, s:o, s:i, s:i, s:s, s:o, s:o, s:o}", "severity",
			 diagnostic->severity == SL_SEVERITY_ERROR ? "error" : "warning", "file",
			 text_of(diagnostic->file), "line", (int)diagnostic->line, "column",
			 (int)diagnostic->column, "code", diagnostic->code, "message",
			 text_of(diagnostic->message), "hint", text_of(diagnostic->hint), "source",
			 text_of(diagnostic->source));
}

static bool is_error(const json_t *item)
{
	return strcmp(sl_api_text(item, "severity", "error"), "warning") != 0;
}

static void print_diagnostic(const struct sl_diagnostic *diagnostic)
{
	size_t bytes = sl_diagnostic_format(diagnostic, NULL, 0);
	char *text = malloc(bytes + 1);

	if (!text)
		abort();
	sl_diagnostic_format(diagnostic, text, bytes + 1);
	sl_terminal_put_lines(stderr, text);
	free(text);
}

static void print_for_people(const json_t *item)
{
	struct sl_diagnostic diagnostic = {
		.severity = is_error(item) ? SL_SEVERITY_ERROR : SL_SEVERITY_WARNING,
		.file = sl_api_text(item, "file", ""),
		.line = (unsigned)sl_api_int(item, "line", 0),
		.column = (unsigned)sl_api_int(item, "column", 0),
		.code = sl_api_text(item, "code", ""),
		.message = sl_api_text(item, "message", ""),
		.hint = sl_api_text(item, "hint", ""),
		.source = sl_api_text(item, "source", ""),
	};

	print_diagnostic(&diagnostic);
}

void sl_verdict_diagnostics(const struct sl_diagnostics *diagnostics)
{
	const struct sl_diagnostic *list;
	size_t n = sl_diagnostics_all(diagnostics, &list);

	for (size_t i = 0; i < n; i++)
		print_diagnostic(&list[i]);
}

static bool says_unreadable(const char *code)
{
	return !strcmp(code, "unreadable");
}

enum sl_exit sl_verdict_errors(const struct sl_diagnostics *diagnostics)
{
	const struct sl_diagnostic *list;
	size_t n = sl_diagnostics_all(diagnostics, &list);

	for (size_t i = 0; i < n; i++)
		if (says_unreadable(list[i].code))
			return SL_EXIT_FAILED;
	return SL_EXIT_NO;
}

int sl_verdict_print(const json_t *diagnostics, const json_t *summary, const char *sentence,
		     bool as_json)
{
	size_t i, errors = 0, warnings = 0, unreadable = 0;
	const json_t *item;

	json_array_foreach(diagnostics, i, item)
	{
		if (says_unreadable(sl_api_text(item, "code", "")))
			unreadable++;
		if (is_error(item))
			errors++;
		else
			warnings++;
	}
	json_array_foreach(diagnostics, i, item)
	{
		if (!as_json)
			print_for_people(item);
		else if (errors)
			sl_api_print(item);
	}
	if (errors) {
		if (!as_json)
			fprintf(stderr, "%zu error%s, %zu warning%s\n", errors,
				errors == 1 ? "" : "s", warnings, warnings == 1 ? "" : "s");
		return unreadable ? SL_EXIT_FAILED : SL_EXIT_NO;
	}
	if (as_json)
		sl_api_print(summary);
	else
		puts(sentence);
	return SL_EXIT_DONE;
}
