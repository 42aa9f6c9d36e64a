/* Functions of strings that give a number, a truth or one string. Positions count code points. */
#include "rules/eval/eval_priv.h"

static struct sl_eval_any no_overload(void)
{
	return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
}

/* Whether the arguments have these kinds: one letter each, s(tring) or i(nt). */
static bool are(const struct sl_eval_any *args, uint32_t n_args, const char *kinds)
{
	if (n_args != strlen(kinds))
		return false;
	for (uint32_t i = 0; i < n_args; i++)
		if (args[i].kind != (kinds[i] == 's' ? SL_KIND_STRING : SL_KIND_INT))
			return false;
	return true;
}

static bool begins(struct sl_slice text, struct sl_slice with)
{
	return text.bytes >= with.bytes &&
	       sl_slice_equal((struct sl_slice){text.at, with.bytes}, with);
}

static bool ends(struct sl_slice text, struct sl_slice with)
{
	return text.bytes >= with.bytes &&
	       sl_slice_equal((struct sl_slice){text.at + text.bytes - with.bytes, with.bytes},
			      with);
}

static struct sl_slice behind(struct sl_slice text, uint32_t bytes)
{
	return (struct sl_slice){text.at + bytes, text.bytes - bytes};
}

/* The text from its nth code point on; n is not above their number. */
static struct sl_slice from_letter(struct sl_slice text, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		text = behind(text, sl_eval_letter(text));
	return text;
}

/* The first place at or after `from` where the part stands, the last one at or before `to`, or
 * -1. */
static int64_t first_place(struct sl_slice text, struct sl_slice part, int64_t from)
{
	int64_t n = sl_eval_letters(text);

	text = from_letter(text, from);
	for (int64_t at = from; at <= n; at++) {
		if (begins(text, part))
			return at;
		if (at < n)
			text = from_letter(text, 1);
	}
	return -1;
}

static int64_t last_place(struct sl_slice text, struct sl_slice part, int64_t to)
{
	int64_t n = sl_eval_letters(text), found = -1;

	for (int64_t at = 0; at <= n && at <= to; at++) {
		if (begins(text, part))
			found = at;
		if (at < n)
			text = from_letter(text, 1);
	}
	return found;
}

static struct sl_eval_any contains(const struct sl_eval_any *args)
{
	struct sl_slice text = args[0].text;

	for (uint32_t i = 0; i <= text.bytes; i++)
		if (begins(behind(text, i), args[1].text))
			return sl_eval_bool(true);
	return sl_eval_bool(false);
}

static struct sl_eval_any place(enum sl_function function, const struct sl_eval_any *args,
				uint32_t n_args)
{
	struct sl_slice text = args[0].text, part = args[1].text;
	int64_t n = sl_eval_letters(text);
	bool last = function == SL_FUNCTION_LAST_INDEX_OF;
	int64_t from = n_args == 3 ? args[2].integer : last ? n : 0;

	if (part.bytes == 0) /* an empty text stands wherever it is looked for */
		return sl_eval_int(from);
	if (n_args == 3 && (from < 0 || from >= n))
		return sl_eval_fault(SL_FAULT_INDEX);
	return sl_eval_int(last ? last_place(text, part, from) : first_place(text, part, from));
}

static struct sl_eval_any char_at(const struct sl_eval_any *args)
{
	struct sl_slice text = args[0].text;
	int64_t n = sl_eval_letters(text), at = args[1].integer;

	if (at < 0 || at > n)
		return sl_eval_fault(SL_FAULT_INDEX);
	text = from_letter(text, at);
	if (at < n)
		text.bytes = sl_eval_letter(text);
	return sl_eval_string(text);
}

static struct sl_eval_any substring(const struct sl_eval_any *args, uint32_t n_args)
{
	struct sl_slice text = args[0].text, rest;
	int64_t n = sl_eval_letters(text), from = args[1].integer;
	int64_t to = n_args == 3 ? args[2].integer : n;

	if (from < 0 || to < 0 || from > n || to > n || from > to)
		return sl_eval_fault(SL_FAULT_INDEX);
	text = from_letter(text, from);
	rest = from_letter(text, to - from);
	text.bytes -= rest.bytes;
	return sl_eval_string(text);
}

static struct sl_eval_any in_case(struct sl_eval_room *room, struct sl_slice text, char first,
				  char last)
{
	struct sl_eval_any copy = sl_eval_copy_text(room, SL_KIND_STRING, text);

	for (uint32_t i = 0; copy.kind == SL_KIND_STRING && i < text.bytes; i++)
		if (text.at[i] >= first && text.at[i] <= last)
			((char *)copy.text.at)[i] ^= 'a' ^ 'A';
	return copy;
}

/* Bytes of the white space that the text begins with: what Unicode calls White_Space. */
static uint32_t blank(struct sl_slice text)
{
	static const char *const blanks[] = {
		" ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\xc2\x85",
		"\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004",
		"\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u2028",
		"\u2029", "\u202f", "\u205f", "\u3000",
	};

	for (size_t i = 0; i < sizeof(blanks) / sizeof(blanks[0]); i++)
		if (begins(text, sl_slice_of(blanks[i])))
			return (uint32_t)strlen(blanks[i]);
	return 0;
}

static struct sl_eval_any trim(struct sl_slice text)
{
	struct sl_slice rest;
	uint32_t end = 0;

	while (text.bytes && blank(text))
		text = behind(text, blank(text));
	rest = text;
	while (rest.bytes) { /* the end of the last letter that is no blank */
		bool is_blank = blank(rest) != 0;

		rest = from_letter(rest, 1);
		if (!is_blank)
			end = text.bytes - rest.bytes;
	}
	text.bytes = end;
	return sl_eval_string(text);
}

static struct sl_eval_any one_string(struct sl_eval_room *room, enum sl_function function,
				     struct sl_slice text)
{
	switch (function) {
	case SL_FUNCTION_LOWER_ASCII:
		return in_case(room, text, 'A', 'Z');
	case SL_FUNCTION_UPPER_ASCII:
		return in_case(room, text, 'a', 'z');
	default:
		return trim(text);
	}
}

struct sl_eval_any sl_eval_text_call(struct sl_eval_room *room, enum sl_function function,
				     const struct sl_eval_any *args, uint32_t n_args)
{
	switch (function) {
	case SL_FUNCTION_STARTS_WITH:
		return are(args, n_args, "ss") ? sl_eval_bool(begins(args[0].text, args[1].text))
					       : no_overload();
	case SL_FUNCTION_ENDS_WITH:
		return are(args, n_args, "ss") ? sl_eval_bool(ends(args[0].text, args[1].text))
					       : no_overload();
	case SL_FUNCTION_CONTAINS:
		return are(args, n_args, "ss") ? contains(args) : no_overload();
	case SL_FUNCTION_MATCHES:
		return are(args, n_args, "ss") ? sl_eval_matches(args[0].text, args[1].text)
					       : no_overload();
	case SL_FUNCTION_INDEX_OF:
	case SL_FUNCTION_LAST_INDEX_OF:
		return are(args, n_args, "ss") || are(args, n_args, "ssi")
			       ? place(function, args, n_args)
			       : no_overload();
	case SL_FUNCTION_CHAR_AT:
		return are(args, n_args, "si") ? char_at(args) : no_overload();
	case SL_FUNCTION_SUBSTRING:
		return are(args, n_args, "si") || are(args, n_args, "sii") ? substring(args, n_args)
									   : no_overload();
	case SL_FUNCTION_LOWER_ASCII:
	case SL_FUNCTION_UPPER_ASCII:
	case SL_FUNCTION_TRIM:
		return are(args, n_args, "s") ? one_string(room, function, args[0].text)
					      : no_overload();
	default:
		return sl_eval_text_parts(room, function, args, n_args);
	}
}
