/* Named sets of characters: \d, [:alpha:], \p{Lu}, \p{Hangul}. */
#include "rules/regex/set_priv.h"

enum category {
	Cn, /* not assigned; Unicode's name for it is not offered, as in RE2 */
	Cc,
	Cf,
	Co,
	Cs,
	Ll,
	Lm,
	Lo,
	Lt,
	Lu,
	Mc,
	Me,
	Mn,
	Nd,
	Nl,
	No,
	Pc,
	Pd,
	Pe,
	Pf,
	Pi,
	Po,
	Ps,
	Sc,
	Sk,
	Sm,
	So,
	Zl,
	Zp,
	Zs,
	LuLl, /* Lu and Ll in turn */
};

static const char names[][3] = {
	[Cc] = "Cc", [Cf] = "Cf", [Co] = "Co", [Cs] = "Cs", [Ll] = "Ll", [Lm] = "Lm",
	[Lo] = "Lo", [Lt] = "Lt", [Lu] = "Lu", [Mc] = "Mc", [Me] = "Me", [Mn] = "Mn",
	[Nd] = "Nd", [Nl] = "Nl", [No] = "No", [Pc] = "Pc", [Pd] = "Pd", [Pe] = "Pe",
	[Pf] = "Pf", [Pi] = "Pi", [Po] = "Po", [Ps] = "Ps", [Sc] = "Sc", [Sk] = "Sk",
	[Sm] = "Sm", [So] = "So", [Zl] = "Zl", [Zp] = "Zp", [Zs] = "Zs",
};

static const struct run {
	uint32_t first;
	uint32_t category;
} runs[] = {
#define RUN(first, category) {first, category},
#include "rules/regex/category.def"
#undef RUN
	{SL_CODE_POINT_MAX + 1, Cn},
};

static const struct {
	const char *name;
	uint32_t first, last;
} scripts[] = {
#define SCRIPT(name, first, last) {#name, first, last},
#include "rules/regex/script.def"
#undef SCRIPT
};

static const struct {
	const char *name;
	const char *ranges; /* pairs of first and last */
} posix[] = {
	{"alnum", "09AZaz"},  {"alpha", "AZaz"},     {"ascii", NULL},     {"blank", "\t\t  "},
	{"cntrl", NULL},      {"digit", "09"},       {"graph", "!~"},     {"lower", "az"},
	{"print", " ~"},      {"punct", "!/:@[`{~"}, {"space", "\t\r  "}, {"upper", "AZ"},
	{"word", "09AZ__az"}, {"xdigit", "09AFaf"},
};

static void add_pairs(struct sl_regex_builder *builder, const char *pairs)
{
	for (; *pairs; pairs += 2)
		sl_regex_builder_add(builder, (unsigned char)pairs[0], (unsigned char)pairs[1]);
}

bool sl_regex_add_perl(struct sl_regex_builder *builder, char letter)
{
	switch (letter) {
	case 'd':
		add_pairs(builder, "09");
		return true;
	case 's': /* without \v */
		add_pairs(builder, "\t\n\f\r  ");
		return true;
	case 'w':
		add_pairs(builder, "09AZ__az");
		return true;
	default:
		return false;
	}
}

bool sl_regex_add_posix(struct sl_regex_builder *builder, struct sl_slice name)
{
	for (size_t i = 0; i < sizeof(posix) / sizeof(*posix); i++) {
		if (!sl_slice_is(name, posix[i].name))
			continue;
		if (posix[i].ranges) {
			add_pairs(builder, posix[i].ranges);
		} else if (name.at[0] == 'a') {
			sl_regex_builder_add(builder, 0, 0x7f);
		} else {
			sl_regex_builder_add(builder, 0, 0x1f);
			sl_regex_builder_add(builder, 0x7f, 0x7f);
		}
		return true;
	}
	return false;
}

/* Letters of a LuLl run that are of the category; which is one of the two. */
static void add_turns(struct sl_regex_builder *builder, uint32_t first, uint32_t end,
		      enum category category)
{
	for (uint32_t code = first + (category == Ll); code < end; code += 2)
		sl_regex_builder_add(builder, code, code);
}

static void add_category(struct sl_regex_builder *builder, enum category category)
{
	for (size_t i = 0; i + 1 < sizeof(runs) / sizeof(*runs); i++) {
		if (runs[i].category == category)
			sl_regex_builder_add(builder, runs[i].first, runs[i + 1].first - 1);
		else if (runs[i].category == LuLl && (category == Lu || category == Ll))
			add_turns(builder, runs[i].first, runs[i + 1].first, category);
	}
}

bool sl_regex_add_property(struct sl_regex_builder *builder, struct sl_slice name)
{
	bool known = false;

	if (sl_slice_is(name, "Any")) {
		sl_regex_builder_add(builder, 0, SL_CODE_POINT_MAX);
		return true;
	}
	for (unsigned i = Cc; i < LuLl && name.bytes >= 1 && name.bytes <= 2; i++) {
		if (memcmp(name.at, names[i], name.bytes) == 0) {
			add_category(builder, i);
			known = true;
		}
	}
	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
		if (sl_slice_is(name, scripts[i].name)) {
			sl_regex_builder_add(builder, scripts[i].first, scripts[i].last);
			known = true;
		}
	}
	return known;
}
