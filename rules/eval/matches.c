/* Regular expressions by PCRE2, told to mean what RE2 means where both know a construct: UTF-8, \d
 * \s \w and \b of ASCII, . not over a line's end, $ at the very end only. Where the same letters
 * mean something else, \s \v \w, the pattern is written anew before it is compiled. Constructs that
 * RE2 has not are refused before this is asked. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "rules/eval/eval_priv.h"

#include <pcre2.h>

/* A pattern that PCRE2 would take too long over says LIMIT, which the oracles leave aside. */
#define STEPS_MAX 10000000u

static struct sl_eval_any search(const pcre2_code *code, struct sl_slice text)
{
	pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
	pcre2_match_context *context = pcre2_match_context_create(NULL);
	int found = PCRE2_ERROR_NOMEMORY;

	if (data && context) {
		pcre2_set_match_limit(context, STEPS_MAX);
		found = pcre2_match(code, (PCRE2_SPTR)text.at, text.bytes, 0, PCRE2_NO_UTF_CHECK,
				    data, context);
	}
	pcre2_match_context_free(context);
	pcre2_match_data_free(data);
	if (found < 0 && found != PCRE2_ERROR_NOMATCH)
		return sl_eval_fault(SL_FAULT_LIMIT);
	return sl_eval_bool(found != PCRE2_ERROR_NOMATCH);
}

/* The escapes that differ: outside of brackets, and within them. */
static const struct {
	char letter;
	const char *outside, *inside;
} escapes[] = {
	{'s', "[\\t\\n\\f\\r ]", "\\t\\n\\f\\r "}, /* without the vertical tab */
	{'S', "[^\\t\\n\\f\\r ]", "\\x00-\\x08\\x0b\\x0e-\\x1f\\x21-\\x{10ffff}"},
	{'v', "\\x0b", "\\x0b"},             /* the vertical tab and nothing else */
	{'w', "[0-9A-Za-z_]", "0-9A-Za-z_"}, /* with (?i) also what folds to a letter */
	{'W', "[^0-9A-Za-z_]", "\\W"},
};

static void add(struct sl_buffer *buffer, const char *text, size_t n)
{
	sl_buffer_add(buffer, text, n);
}

/* An escape of two bytes, or what stands for it. */
static void add_escape(struct sl_buffer *buffer, const char *at, bool in_class)
{
	for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
		const char *text = in_class ? escapes[i].inside : escapes[i].outside;

		if (at[1] == escapes[i].letter) {
			add(buffer, text, strlen(text));
			return;
		}
	}
	add(buffer, at, 2);
}

/* Bytes of a literal run \Q…\E, whose end may be missing. */
static uint32_t quoted_bytes(const char *at, uint32_t left)
{
	const char *end = memmem(at, left, "\\E", 2);

	return end ? (uint32_t)(end - at) + 2 : left;
}

/* Bytes of a named class [:alpha:] inside of brackets, or 0. */
static uint32_t named_bytes(const char *at, uint32_t left)
{
	const char *end =
		left > 4 && at[0] == '[' && at[1] == ':' ? memmem(at, left, ":]", 2) : NULL;

	return end ? (uint32_t)(end - at) + 2 : 0;
}

static void rewrite(struct sl_slice pattern, struct sl_buffer *buffer)
{
	uint32_t class_from = 0; /* where a ] is the first in its brackets, and no end */
	bool in_class = false;
	uint32_t n;

	for (uint32_t i = 0; i < pattern.bytes; i += n) {
		const char *at = pattern.at + i;
		uint32_t left = pattern.bytes - i;

		n = 1;
		if (*at == '\\' && left > 1) {
			n = at[1] == 'Q' && !in_class ? quoted_bytes(at, left) : 2;
			if (n == 2)
				add_escape(buffer, at, in_class);
			else
				add(buffer, at, n);
			continue;
		}
		if (in_class && named_bytes(at, left))
			n = named_bytes(at, left);
		else if (in_class && *at == ']' && i > class_from)
			in_class = false;
		else if (!in_class && *at == '[') {
			in_class = true;
			n = left > 1 && at[1] == '^' ? 2 : 1;
			class_from = i + n;
		}
		add(buffer, at, n);
	}
}

struct sl_eval_any sl_eval_matches(struct sl_slice text, struct sl_slice pattern)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	struct sl_buffer written = {0};
	struct sl_eval_any answer;
	PCRE2_SIZE offset;
	pcre2_code *code = NULL;
	int error;

	rewrite(pattern, &written);
	if (context && !written.failed) {
		pcre2_set_newline(context, PCRE2_NEWLINE_LF);
		code = pcre2_compile((PCRE2_SPTR)(written.at ? (char *)written.at : ""),
				     written.bytes,
				     PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_CIRCUMFLEX |
					     PCRE2_NEVER_BACKSLASH_C | PCRE2_NO_AUTO_CAPTURE,
				     &error, &offset, context);
	}
	answer = code ? search(code, text) : sl_eval_fault(SL_FAULT_ARGUMENT);
	pcre2_code_free(code);
	pcre2_compile_context_free(context);
	sl_buffer_fini(&written);
	return answer;
}
