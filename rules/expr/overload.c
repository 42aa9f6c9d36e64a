/* Which arguments each operator and function takes: CEL's overloads, a line each. */
#include "rules/expr/type_priv.h"

#include <stdio.h>

/* Arguments, then ">", then the result, a letter for a type:
 *   b bool   i int   u uint   d double   s string   y bytes   t timestamp   D duration   T type
 *   A B anything, the same where the letter is the same   L list of A   M map of A to B
 *   S list of strings   N list of numbers, each of A   R list of ints   V list of anything   * dyn
 */
static const char *const overloads[SL_FUNCTION_COUNT][14] = {
	[SL_FUNCTION_NOT] = {"b>b"},
	[SL_FUNCTION_EQ] = {"AA>b"},
	[SL_FUNCTION_NE] = {"AA>b"},
#define ORDERED                                                                                    \
	{                                                                                          \
		"bb>b", "ii>b", "iu>b", "id>b", "uu>b", "ui>b", "ud>b", "dd>b", "di>b", "du>b",    \
			"ss>b", "yy>b", "tt>b", "DD>b"                                             \
	}
	[SL_FUNCTION_LT] = ORDERED,
	[SL_FUNCTION_LE] = ORDERED,
	[SL_FUNCTION_GT] = ORDERED,
	[SL_FUNCTION_GE] = ORDERED,
#undef ORDERED
	[SL_FUNCTION_IN] = {"AL>b", "AM>b"},
	[SL_FUNCTION_ADD] = {"ii>i", "uu>u", "dd>d", "ss>s", "yy>y", "LL>L", "tD>t", "Dt>t",
			     "DD>D"},
	[SL_FUNCTION_SUBTRACT] = {"ii>i", "uu>u", "dd>d", "tt>D", "tD>t", "DD>D"},
	[SL_FUNCTION_MULTIPLY] = {"ii>i", "uu>u", "dd>d"},
	[SL_FUNCTION_DIVIDE] = {"ii>i", "uu>u", "dd>d"},
	[SL_FUNCTION_MODULO] = {"ii>i", "uu>u"},
	[SL_FUNCTION_NEGATE] = {"i>i", "d>d"},
	[SL_FUNCTION_CONDITIONAL] = {"bAA>A"},
	[SL_FUNCTION_INDEX] = {"Li>A", "MA>B"},
	[SL_FUNCTION_STARTS_WITH] = {"ss>b"},
	[SL_FUNCTION_CONTAINS] = {"ss>b"},
	[SL_FUNCTION_ENDS_WITH] = {"ss>b"},
	[SL_FUNCTION_MATCHES] = {"ss>b"},
	[SL_FUNCTION_TIMESTAMP] = {"s>t", "i>t", "t>t"},
	[SL_FUNCTION_DURATION] = {"s>D", "D>D"},
	[SL_FUNCTION_SIZE] = {"s>i", "y>i", "L>i", "M>i"},
	[SL_FUNCTION_INT] = {"i>i", "u>i", "d>i", "s>i", "t>i"},
	[SL_FUNCTION_UINT] = {"u>u", "i>u", "d>u", "s>u"},
	[SL_FUNCTION_DOUBLE] = {"d>d", "i>d", "u>d", "s>d"},
	[SL_FUNCTION_STRING] = {"s>s", "b>s", "i>s", "u>s", "d>s", "y>s", "t>s", "D>s"},
	[SL_FUNCTION_BYTES] = {"y>y", "s>y"},
	[SL_FUNCTION_BOOL] = {"b>b", "s>b"},
	[SL_FUNCTION_TYPE] = {"A>T"},
	[SL_FUNCTION_DYN] = {"A>*"},
	[SL_FUNCTION_GET_FULL_YEAR] = {"t>i", "ts>i"},
	[SL_FUNCTION_GET_MONTH] = {"t>i", "ts>i"},
	[SL_FUNCTION_GET_DATE] = {"t>i", "ts>i"},
	[SL_FUNCTION_GET_DAY_OF_MONTH] = {"t>i", "ts>i"},
	[SL_FUNCTION_GET_DAY_OF_WEEK] = {"t>i", "ts>i"},
	[SL_FUNCTION_GET_DAY_OF_YEAR] = {"t>i", "ts>i"},
	[SL_FUNCTION_GET_HOURS] = {"t>i", "ts>i", "D>i"},
	[SL_FUNCTION_GET_MINUTES] = {"t>i", "ts>i", "D>i"},
	[SL_FUNCTION_GET_SECONDS] = {"t>i", "ts>i", "D>i"},
	[SL_FUNCTION_GET_MILLISECONDS] = {"t>i", "ts>i", "D>i"},
	[SL_FUNCTION_LOWER_ASCII] = {"s>s"},
	[SL_FUNCTION_UPPER_ASCII] = {"s>s"},
	[SL_FUNCTION_TRIM] = {"s>s"},
	[SL_FUNCTION_SPLIT] = {"ss>S", "ssi>S"},
	[SL_FUNCTION_REPLACE] = {"sss>s", "sssi>s"},
	[SL_FUNCTION_SUBSTRING] = {"si>s", "sii>s"},
	[SL_FUNCTION_INDEX_OF] = {"ss>i", "ssi>i"},
	[SL_FUNCTION_LAST_INDEX_OF] = {"ss>i", "ssi>i"},
	[SL_FUNCTION_CHAR_AT] = {"si>s"},
	[SL_FUNCTION_JOIN] = {"S>s", "Ss>s"},
	[SL_FUNCTION_FORMAT] = {"sV>s"},
	[SL_FUNCTION_REVERSE] = {"s>s", "L>L"},
	[SL_FUNCTION_QUOTE] = {"s>s"},
	[SL_FUNCTION_GREATEST] = {"i>i", "u>u", "d>d", "N>A"},
	[SL_FUNCTION_LEAST] = {"i>i", "u>u", "d>d", "N>A"},
	[SL_FUNCTION_ABS] = {"i>i", "u>u", "d>d"},
	[SL_FUNCTION_SIGN] = {"i>i", "u>u", "d>d"},
	[SL_FUNCTION_CEIL] = {"d>d"},
	[SL_FUNCTION_FLOOR] = {"d>d"},
	[SL_FUNCTION_ROUND] = {"d>d"},
	[SL_FUNCTION_TRUNC] = {"d>d"},
	[SL_FUNCTION_IS_NAN] = {"d>b"},
	[SL_FUNCTION_IS_INF] = {"d>b"},
	[SL_FUNCTION_IS_FINITE] = {"d>b"},
	[SL_FUNCTION_BIT_AND] = {"ii>i", "uu>u"},
	[SL_FUNCTION_BIT_OR] = {"ii>i", "uu>u"},
	[SL_FUNCTION_BIT_XOR] = {"ii>i", "uu>u"},
	[SL_FUNCTION_BIT_NOT] = {"i>i", "u>u"},
	[SL_FUNCTION_BIT_SHIFT_LEFT] = {"ii>i", "ui>u"},
	[SL_FUNCTION_BIT_SHIFT_RIGHT] = {"ii>i", "ui>u"},
	[SL_FUNCTION_SLICE] = {"Lii>L"},
	[SL_FUNCTION_FLATTEN] = {"L>V", "Li>V"},
	[SL_FUNCTION_SORT] = {"L>L"},
	[SL_FUNCTION_DISTINCT] = {"L>L"},
	[SL_FUNCTION_LISTS_RANGE] = {"i>R"},
	[SL_FUNCTION_BASE64_ENCODE] = {"y>s"},
	[SL_FUNCTION_BASE64_DECODE] = {"s>y"},
};

#define OVERLOADS_MAX (sizeof(overloads[0]) / sizeof(overloads[0][0]))

/* What A and B stand for, as far as the arguments have said. */
struct bindings {
	const struct sl_type *at[2];
	struct sl_arena *arena;
	bool failed;
};

static uint8_t kind_of(char letter)
{
	switch (letter) {
	case 'b':
		return SL_KIND_BOOL;
	case 'i':
		return SL_KIND_INT;
	case 'u':
		return SL_KIND_UINT;
	case 'd':
		return SL_KIND_DOUBLE;
	case 's':
		return SL_KIND_STRING;
	case 'y':
		return SL_KIND_BYTES;
	case 't':
		return SL_KIND_TIMESTAMP;
	case 'D':
		return SL_KIND_DURATION;
	case 'T':
		return SL_KIND_TYPE;
	case 'L':
	case 'S':
	case 'N':
	case 'R':
	case 'V':
		return SL_KIND_LIST;
	case 'M':
		return SL_KIND_MAP;
	default:
		return SL_TYPE_DYN;
	}
}

static bool bind(struct bindings *bindings, unsigned letter, const struct sl_type *type)
{
	const struct sl_type **bound = &bindings->at[letter];

	if (*bound && !sl_types_fit(*bound, type))
		return false;
	*bound = *bound ? sl_types_join(bindings->arena, *bound, type) : type;
	if (!*bound) {
		bindings->failed = true;
		*bound = type;
	}
	return true;
}

static bool is_number(const struct sl_type *type)
{
	return type->kind == SL_KIND_INT || type->kind == SL_KIND_UINT ||
	       type->kind == SL_KIND_DOUBLE || type->kind == SL_TYPE_DYN;
}

static bool fits(struct bindings *bindings, char letter, const struct sl_type *type)
{
	const struct sl_type *any = sl_type_of(SL_TYPE_DYN);
	bool is_dyn = type->kind == SL_TYPE_DYN;

	if (letter == 'A' || letter == 'B')
		return bind(bindings, (unsigned)(letter - 'A'), type);
	if (!is_dyn && kind_of(letter) != type->kind)
		return type->kind == SL_KIND_NULL && (letter == 't' || letter == 'D');
	switch (letter) {
	case 'L':
		return bind(bindings, 0, is_dyn ? any : type->element);
	case 'M':
		return bind(bindings, 0, is_dyn ? any : type->key) &&
		       bind(bindings, 1, is_dyn ? any : type->element);
	case 'N':
		return (is_dyn || is_number(type->element)) &&
		       bind(bindings, 0, is_dyn ? any : type->element);
	case 'S':
		return is_dyn || sl_types_fit(type->element, sl_type_of(SL_KIND_STRING));
	default:
		return true;
	}
}

/* The first argument that does not fit, or n_args: all do. */
static uint32_t misfit(struct bindings *bindings, const char *overload, const struct sl_expr *call)
{
	for (uint32_t i = 0; i < call->n_args; i++) {
		if (!fits(bindings, overload[i], call->args[i]->of))
			return i;
	}
	return call->n_args;
}

static uint32_t count_of(const char *overload)
{
	return (uint32_t)strcspn(overload, ">");
}

static const struct sl_type *result_of(struct bindings *bindings, const char *overload)
{
	char letter = overload[count_of(overload) + 1];

	switch (letter) {
	case 'A':
	case 'B':
		return bindings->at[letter - 'A'];
	case 'L':
		return sl_type_list(bindings->arena, bindings->at[0]);
	case 'S':
		return sl_type_list(bindings->arena, sl_type_of(SL_KIND_STRING));
	case 'R':
		return sl_type_list(bindings->arena, sl_type_of(SL_KIND_INT));
	default:
		return sl_type_of(kind_of(letter));
	}
}

bool sl_overload_takes(enum sl_function function, uint32_t n)
{
	for (size_t i = 0; i < OVERLOADS_MAX && overloads[function][i]; i++) {
		if (count_of(overloads[function][i]) == n)
			return true;
	}
	return false;
}

enum sl_overload_answer sl_overload_find(struct sl_arena *arena, const struct sl_expr *call,
					 const struct sl_type **ret_type)
{
	const struct sl_type *found = NULL;

	if (!sl_overload_takes((enum sl_function)call->function, call->n_args))
		return SL_OVERLOAD_COUNT;
	for (size_t i = 0; i < OVERLOADS_MAX && overloads[call->function][i]; i++) {
		const char *overload = overloads[call->function][i];
		struct bindings bindings = {.arena = arena};
		const struct sl_type *result;

		if (count_of(overload) != call->n_args ||
		    misfit(&bindings, overload, call) < call->n_args)
			continue;
		result = bindings.failed ? NULL : result_of(&bindings, overload);
		if (!result) {
			*ret_type = NULL;
			return SL_OVERLOAD_FITS;
		}
		/* arguments of dyn may fit several: where they differ, nothing is known */
		found = !found || sl_type_equal(found, result) ? result : sl_type_of(SL_TYPE_DYN);
	}
	if (!found)
		return SL_OVERLOAD_TYPES;
	*ret_type = found;
	return SL_OVERLOAD_FITS;
}

uint32_t sl_overload_misfit(const struct sl_expr *call, char *expected, size_t room)
{
	const char *letters[OVERLOADS_MAX];
	uint32_t n = 0, furthest = 0;
	size_t used = 0;

	for (size_t i = 0; i < OVERLOADS_MAX && overloads[call->function][i]; i++) {
		const char *overload = overloads[call->function][i];
		struct sl_arena arena = {0};
		struct bindings bindings = {.arena = &arena};
		uint32_t at = UINT32_MAX;

		if (count_of(overload) == call->n_args)
			at = misfit(&bindings, overload, call);
		sl_arena_fini(&arena);
		if (at == UINT32_MAX || at < furthest)
			continue;
		n = at > furthest ? 0 : n;
		furthest = at;
		letters[n++] = overload + at;
	}
	expected[0] = '\0';
	for (uint32_t i = 0; i < n && used < room; i++) {
		char text[SL_TYPE_TEXT_MAX];
		bool repeated = false;
		int more;

		for (uint32_t j = 0; j < i; j++)
			repeated |= *letters[j] == *letters[i];
		if (repeated)
			continue;
		more = snprintf(expected + used, room - used, "%s%s",
				used == 0    ? ""
				: i + 1 == n ? " or "
					     : ", ",
				*letters[i] == 'S' ? "a list of strings"
				: *letters[i] == 'N'
					? "a list of numbers"
					: sl_type_text(sl_type_of(kind_of(*letters[i])), text));
		used += more > 0 ? (size_t)more : 0;
	}
	return furthest;
}
