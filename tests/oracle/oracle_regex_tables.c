/* The tables of regular expressions against PCRE2's, character by character: general categories,
 * scripts, and letters that differ in case only. Exit status: 0 all agree, 1 a difference, 3 it
 * could not look. */
#define PCRE2_CODE_UNIT_WIDTH 8

#include "rules/regex/regex_priv.h"

#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES (4u * (SL_CODE_POINT_MAX + 1))

static uint8_t *text; /* all characters in order */
static uint32_t text_bytes;
static pcre2_match_data *match_data;

static void give_up(const char *what)
{
	fprintf(stderr, "oracle_regex_tables: %s\n", what);
	exit(3);
}

/* Marks each character that the pattern finds in the text; the caller clears the marks. */
static void find_all(const char *pattern, uint32_t options, uint8_t *found)
{
	PCRE2_SIZE at = 0, offset;
	int error;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
					 PCRE2_UTF | options, &error, &offset, NULL);

	if (!code)
		give_up(pattern);
	while (pcre2_match(code, text, text_bytes, at, PCRE2_NO_UTF_CHECK, match_data, NULL) > 0) {
		const PCRE2_SIZE *span = pcre2_get_ovector_pointer(match_data);
		uint32_t character, n;

		for (at = span[0]; at < span[1]; at += n) {
			n = sl_regex_decode((const char *)text + at, text_bytes - (uint32_t)at,
					    &character);
			found[character] = 1;
		}
	}
	pcre2_code_free(code);
}

/* Compares what was found among some characters, and clears their marks. */
static unsigned compare(const char *what, const struct sl_regex_set *set,
			const struct sl_regex_range *among, uint32_t n, uint8_t *found)
{
	unsigned faults = 0;

	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t code = among[i].first; code <= among[i].last; code++) {
			if (sl_regex_set_has(set, code) != found[code] && faults++ < 3)
				printf("%s: U+%04X is %s here, and there it is not so\n", what,
				       code, found[code] ? "no member" : "a member");
			found[code] = 0;
		}
	}
	return faults;
}

/* Surrogates are no characters of a text. */
static const struct sl_regex_range everything[] = {{0, 0xd7ff}, {0xe000, SL_CODE_POINT_MAX}};

static unsigned compare_property(const char *name, const char *pattern, uint8_t *found)
{
	struct sl_regex_builder builder = {0};
	struct sl_arena arena = {0};
	const struct sl_regex_set *set;
	unsigned faults;

	if (!sl_regex_add_property(&builder, sl_slice_of(name)))
		give_up(name);
	set = sl_regex_set_seal(&builder, &arena);
	if (!set)
		give_up("no memory");
	find_all(pattern, 0, found);
	faults = compare(name, set, everything, 2, found);
	sl_regex_builder_fini(&builder);
	sl_arena_fini(&arena);
	return faults;
}

static const struct sl_regex_set *fold(uint32_t code, struct sl_arena *arena)
{
	struct sl_regex_builder builder = {0};
	const struct sl_regex_set *set;

	sl_regex_builder_add(&builder, code, code);
	sl_regex_builder_fold(&builder);
	set = sl_regex_set_seal(&builder, arena);
	if (!set)
		give_up("no memory");
	sl_regex_builder_fini(&builder);
	return set;
}

/* Letters that have others like them. */
static const struct sl_regex_set *find_letters(struct sl_arena *arena)
{
	struct sl_regex_builder builder = {0};
	const struct sl_regex_set *set;
	struct sl_arena scratch = {0};

	for (uint32_t code = 0; code <= SL_CODE_POINT_MAX; code++) {
		if (sl_regex_set_count(fold(code, &scratch)) > 1)
			sl_regex_builder_add(&builder, code, code);
		if (code % 1024 == 0)
			sl_arena_reset(&scratch);
	}
	set = sl_regex_set_seal(&builder, arena);
	if (!set)
		give_up("no memory");
	sl_regex_builder_fini(&builder);
	sl_arena_fini(&scratch);
	return set;
}

/* No other character is like one of the letters. Two that are both none of them could be like each
 * other: that is not looked at. */
static unsigned compare_letters(const struct sl_regex_set *letters, uint8_t *found)
{
	char *pattern = malloc(32 * (size_t)letters->n + 8), *at = pattern;
	unsigned faults;

	if (!pattern)
		give_up("no memory");
	at += sprintf(at, "[");
	for (uint32_t i = 0; i < letters->n; i++)
		at += sprintf(at, "\\x{%x}-\\x{%x}", letters->ranges[i].first,
			      letters->ranges[i].last);
	sprintf(at, "]+");
	find_all(pattern, PCRE2_CASELESS, found);
	faults = compare("letters with a case", letters, everything, 2, found);
	free(pattern);
	return faults;
}

/* Each letter by itself, in a text of all of them. */
static unsigned compare_folding(const struct sl_regex_set *letters, uint8_t *found)
{
	struct sl_arena arena = {0};
	unsigned faults = 0, n = 0;
	char pattern[32];

	text_bytes = 0;
	for (uint32_t i = 0; i < letters->n; i++)
		for (uint32_t code = letters->ranges[i].first; code <= letters->ranges[i].last;
		     code++, n++)
			text_bytes += sl_regex_encode(code, text + text_bytes);
	for (uint32_t i = 0; i < letters->n; i++)
		for (uint32_t code = letters->ranges[i].first; code <= letters->ranges[i].last;
		     code++) {
			snprintf(pattern, sizeof(pattern), "\\x{%x}+", code);
			find_all(pattern, PCRE2_CASELESS, found);
			faults += compare(pattern, fold(code, &arena), letters->ranges, letters->n,
					  found);
		}
	printf("%u letters with a case\n", n);
	sl_arena_fini(&arena);
	return faults + (n < 2000);
}

int main(void)
{
	static const char *const categories[] = {
		"Cc", "Cf", "Co", "L",  "Ll", "Lm", "Lo", "Lt", "Lu", "M",  "Mc", "Me",
		"Mn", "N",  "Nd", "Nl", "No", "P",  "Pc", "Pd", "Pe", "Pf", "Pi", "Po",
		"Ps", "S",  "Sc", "Sk", "Sm", "So", "Z",  "Zl", "Zp", "Zs"};
	static const char *const scripts[] = {"Cyrillic", "Greek",    "Han",  "Hangul",
					      "Hiragana", "Katakana", "Latin"};
	uint8_t *found = calloc(1, SL_CODE_POINT_MAX + 1);
	const struct sl_regex_set *letters;
	struct sl_arena arena = {0};
	unsigned faults = 0;
	char pattern[64];

	text = malloc(TEXT_BYTES);
	match_data = pcre2_match_data_create(1, NULL);
	if (!text || !found || !match_data)
		give_up("no memory");
	for (uint32_t code = 0; code <= SL_CODE_POINT_MAX; code++)
		if (code < 0xd800 || code >= 0xe000)
			text_bytes += sl_regex_encode(code, text + text_bytes);
	letters = find_letters(&arena);
	faults += compare_letters(letters, found);
	for (size_t i = 0; i < sizeof(categories) / sizeof(*categories); i++) {
		snprintf(pattern, sizeof(pattern), "\\p{%s}+", categories[i]);
		faults += compare_property(categories[i], pattern, found);
	}
	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
		snprintf(pattern, sizeof(pattern), "\\p{sc:%s}+", scripts[i]);
		faults += compare_property(scripts[i], pattern, found);
	}
	faults += compare_folding(letters, found);
	sl_arena_fini(&arena);
	pcre2_match_data_free(match_data);
	free(text);
	free(found);
	printf("%u differences\n", faults);
	return faults ? 1 : 0;
}
