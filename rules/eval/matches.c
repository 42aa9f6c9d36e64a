/* Regular expressions by PCRE2, told to mean what RE2 means where both know a construct: UTF-8, \d
 * \s \w and \b of ASCII, . not over a line's end, $ at the very end only. Constructs that RE2 has
 * not are refused before this is asked. */
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

struct sl_eval_any sl_eval_matches(struct sl_slice text, struct sl_slice pattern)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	struct sl_eval_any answer;
	PCRE2_SIZE offset;
	pcre2_code *code = NULL;
	int error;

	if (context) {
		pcre2_set_newline(context, PCRE2_NEWLINE_LF);
		code = pcre2_compile((PCRE2_SPTR)pattern.at, pattern.bytes,
				     PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C |
					     PCRE2_NO_AUTO_CAPTURE,
				     &error, &offset, context);
	}
	answer = code ? search(code, text) : sl_eval_fault(SL_FAULT_ARGUMENT);
	pcre2_code_free(code);
	pcre2_compile_context_free(context);
	return answer;
}
