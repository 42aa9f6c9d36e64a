#include "rules/expr/expr_priv.h"

static const struct sl_function_info functions[SL_FUNCTION_COUNT] = {
	[SL_FUNCTION_NONE] = {"", SL_FORM_GLOBAL},
#define SL_FUNCTION(name, text, form) [SL_FUNCTION_##name] = {text, SL_FORM_##form},
#include "sluice/functions.def"
#undef SL_FUNCTION
};

const struct sl_function_info *sl_function_info(enum sl_function function)
{
	return &functions[function];
}

enum sl_function sl_function_named(struct sl_slice name)
{
	for (int i = 1; i < SL_FUNCTION_COUNT; i++) {
		if (functions[i].form != SL_FORM_OPERATOR && sl_slice_is(name, functions[i].text))
			return (enum sl_function)i;
	}
	return SL_FUNCTION_NONE;
}

enum sl_function sl_function_mirrored(enum sl_function comparison)
{
	switch (comparison) {
	case SL_FUNCTION_LT:
		return SL_FUNCTION_GT;
	case SL_FUNCTION_LE:
		return SL_FUNCTION_GE;
	case SL_FUNCTION_GT:
		return SL_FUNCTION_LT;
	case SL_FUNCTION_GE:
		return SL_FUNCTION_LE;
	default:
		return comparison;
	}
}

enum sl_function sl_function_inverse(enum sl_function comparison)
{
	switch (comparison) {
	case SL_FUNCTION_EQ:
		return SL_FUNCTION_NE;
	case SL_FUNCTION_NE:
		return SL_FUNCTION_EQ;
	case SL_FUNCTION_LT:
		return SL_FUNCTION_GE;
	case SL_FUNCTION_LE:
		return SL_FUNCTION_GT;
	case SL_FUNCTION_GT:
		return SL_FUNCTION_LE;
	case SL_FUNCTION_GE:
		return SL_FUNCTION_LT;
	default:
		return comparison;
	}
}

/* Of the libraries that go with CEL elsewhere. A name that ends in a dot stands for all that it
 * begins. */
static const struct {
	const char *name, *instead;
} elsewhere[] = {
	{"base64.", "`base64.encode` and `base64.decode` are offered"},
	{"cel.", "`cel.bind(name, value, expression)` is offered"},
	{"cidr", "for a block of addresses write `startsWith(\"10.1.\")`"},
	{"cidr.", "for a block of addresses write `startsWith(\"10.1.\")`"},
	{"ip", "compare the address as a text"},
	{"ip.", "compare the address as a text"},
	{"isCIDR", "compare the address as a text"},
	{"isIP", "compare the address as a text"},
	{"lists.", "`lists.range` is offered"},
	{"math.", "as in `math.greatest(a, b)`, `math.abs(x)`, `math.round(x)`"},
	{"optional.", "ask with `has(field)`"},
	{"proto.", "messages are not offered"},
	{"regex.", "`matches` is offered"},
	{"strings.", "`strings.quote(text)` is offered"},
	{"sets.", "write `list.all(x, x in other)`"},
	{"containsCIDR", "compare the address as a text"},
	{"containsIP", "compare the address as a text"},
	{"family", ""},
	{"first", "write `list[0]`"},
	{"hasValue", "ask with `has(field)`"},
	{"isGlobalUnicast", ""},
	{"isLinkLocalMulticast", ""},
	{"isLinkLocalUnicast", ""},
	{"isLoopback", ""},
	{"isUnspecified", ""},
	{"last", "write `list[size(list) - 1]`"},
	{"masked", ""},
	{"optFlatMap", "write `has(field) ? … : …`"},
	{"optMap", "write `has(field) ? … : …`"},
	{"or", "write `has(field) ? … : …`"},
	{"orValue", "write `has(field) ? … : …`"},
	{"prefixLength", ""},
	{"sortBy", ""},
	{"transformList", "`map(x, …)` has one variable"},
	{"transformMap", "`map(x, …)` makes a list"},
	{"transformMapEntry", "`map(x, …)` makes a list"},
	{"value", "ask with `has(field)`"},
};

const char *sl_function_elsewhere(struct sl_slice name)
{
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
		struct sl_slice known = sl_slice_of(elsewhere[i].name);
		bool begins = known.at[known.bytes - 1] == '.' && name.bytes > known.bytes &&
			      memcmp(name.at, known.at, known.bytes) == 0;

		if (begins || sl_slice_equal(name, known))
			return elsewhere[i].instead;
	}
	return NULL;
}

/* What other languages call it. */
static const struct {
	const char *name, *ours;
} familiar[] = {
	{"abs", "`math.abs(x)`"},
	{"any", "`list.exists(x, …)`"},
	{"avg", "an event knows nothing of others; count and sum come with steps"},
	{"ceil", "`math.ceil(x)`"},
	{"coalesce", "`has(field) ? field : …`"},
	{"concat", "`a + b`"},
	{"count", "`size(list)`; an event knows nothing of others"},
	{"date", "`timestamp(\"2026-01-31T09:00:00+09:00\")`"},
	{"datetime", "`timestamp(\"2026-01-31T09:00:00+09:00\")`"},
	{"day", "`time.getDate(\"Asia/Seoul\")`"},
	{"dayOfWeek", "`time.getDayOfWeek(\"Asia/Seoul\")`"},
	{"defined", "`has(field)`"},
	{"empty", "`field == \"\"`, or `size(list) == 0`"},
	{"equals", "`==`"},
	{"equalsIgnoreCase", "`text.lowerAscii() == \"abc\"`"},
	{"every", "`list.all(x, …)`"},
	{"floor", "`math.floor(x)`"},
	{"greatest", "`math.greatest(a, b)`"},
	{"hour", "`time.getHours(\"Asia/Seoul\")`"},
	{"ifnull", "`has(field) ? field : …`"},
	{"includes", "`text.contains(\"x\")`, or `\"x\" in list`"},
	{"isBlank", "`field.trim() == \"\"`"},
	{"isEmpty", "`field == \"\"`, or `size(list) == 0`"},
	{"isNull", "`!has(field)`"},
	{"is_empty", "`field == \"\"`, or `size(list) == 0`"},
	{"is_null", "`!has(field)`"},
	{"isnull", "`!has(field)`"},
	{"least", "`math.least(a, b)`"},
	{"left", "`text.substring(0, 3)`"},
	{"len", "`size(x)`"},
	{"length", "`size(x)`"},
	{"like", "`text.contains(\"x\")` or `text.startsWith(\"x\")`"},
	{"lower", "`text.lowerAscii()`"},
	{"max", "`math.greatest(a, b)`"},
	{"min", "`math.least(a, b)`"},
	{"minute", "`time.getMinutes()`"},
	{"month", "`time.getMonth(\"Asia/Seoul\")`, where January is 0"},
	{"now", "the time of the event is a field of it"},
	{"nvl", "`has(field) ? field : …`"},
	{"regex", "`text.matches(\"…\")`"},
	{"regexp", "`text.matches(\"…\")`"},
	{"round", "`math.round(x)`"},
	{"some", "`list.exists(x, …)`"},
	{"str", "`string(x)`"},
	{"strip", "`text.trim()`"},
	{"substr", "`text.substring(0, 3)`"},
	{"sum", "an event knows nothing of others; count and sum come with steps"},
	{"toLower", "`text.lowerAscii()`"},
	{"toLowerCase", "`text.lowerAscii()`"},
	{"toString", "`string(x)`"},
	{"toUpper", "`text.upperAscii()`"},
	{"toUpperCase", "`text.upperAscii()`"},
	{"today", "the time of the event is a field of it"},
	{"upper", "`text.upperAscii()`"},
	{"weekday", "`time.getDayOfWeek(\"Asia/Seoul\")`"},
	{"year", "`time.getFullYear(\"Asia/Seoul\")`"},
};

const char *sl_function_familiar(struct sl_slice name)
{
	for (size_t i = 0; i < sizeof(familiar) / sizeof(familiar[0]); i++) {
		if (sl_slice_is(name, familiar[i].name))
			return familiar[i].ours;
	}
	return NULL;
}
