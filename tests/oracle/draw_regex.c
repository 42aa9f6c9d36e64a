#include "tests/oracle/draw_regex.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct drawing {
	uint64_t *seed;
	char *at;
	uint32_t bytes, room;
};

uint32_t sl_draw_number(uint64_t *seed, uint32_t n)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)((z ^ z >> 31) % n);
}

static void put(struct drawing *drawing, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void put(struct drawing *drawing, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	drawing->bytes += (uint32_t)vsnprintf(drawing->at + drawing->bytes,
					      drawing->room - drawing->bytes, format, arguments);
	va_end(arguments);
}

static uint32_t one_of(struct drawing *drawing, uint32_t n)
{
	return sl_draw_number(drawing->seed, n);
}

/* The letters are few, so that texts match. */
static void draw_character(struct drawing *drawing)
{
	static const char *const characters[] = {
		"a",         "a",     "b",   "b",     "A",     "k",     "1",     "_",
		" ",         "-",     "\\n", "\\x01", "\\x04", "\\.",   "가",    "나",
		"\\x{AC00}", "é",     "É",   "ſ",     "\\0",   "\\001", "\\x61", "\\Qa\\E",
		"\\x02",     "\\x03", "σ",   "ς",     "Σ",     "\\t",   "😀",     "@"};

	put(drawing, "%s", characters[one_of(drawing, one_of(drawing, 3) ? 8 : 32)]);
}

static void draw_class(struct drawing *drawing)
{
	static const char *const members[] = {"a",
					      "a-c",
					      "b",
					      "A-Z",
					      "0-9",
					      "\\d",
					      "\\w",
					      "[:alpha:]",
					      "[:punct:]",
					      "[:space:]",
					      "\\n",
					      "\\x00-\\x05",
					      "가-힣",
					      "나",
					      "é-ü",
					      "\\-",
					      "\\]",
					      "_",
					      "\\x{80}-\\x{10FFFF}",
					      "\\x{390}-\\x{3ff}",
					      "k",
					      " ",
					      "\\.-1"};
	/* each with something that PCRE2 10.42 does not take it wrong beside: it misses characters
	 * beyond 255 in [\S[:space:]] and the like */
	static const char *const negated[] = {"\\Da", "b\\W", "\\S", "[:^alnum:]b", "[:^lower:]"};
	uint32_t n = 1 + one_of(drawing, 3);

	put(drawing, one_of(drawing, 3) ? "[" : "[^");
	if (one_of(drawing, 12) == 0)
		put(drawing, "]");
	if (one_of(drawing, 5) == 0) {
		put(drawing, "%s]", negated[one_of(drawing, sizeof(negated) / sizeof(*negated))]);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		put(drawing, "%s", members[one_of(drawing, sizeof(members) / sizeof(*members))]);
	put(drawing, "]");
}

static void draw_atom(struct drawing *drawing)
{
	static const char *const named[] = {"\\d", "\\D",      "\\s",   "\\S",     "\\w",
					    "\\W", ".",        "\\pN",  "\\p{Lo}", "\\P{Hangul}",
					    ".",   "\\p{^Nd}", "(?s:.)"};

	switch (one_of(drawing, 8)) {
	case 0:
		draw_class(drawing);
		break;
	case 1:
		put(drawing, "%s", named[one_of(drawing, sizeof(named) / sizeof(*named))]);
		break;
	default:
		draw_character(drawing);
	}
}

static void draw_repeat(struct drawing *drawing)
{
	uint32_t min = one_of(drawing, 4), max = min + one_of(drawing, 3);

	switch (one_of(drawing, 8)) {
	case 0:
		put(drawing, "*");
		break;
	case 1:
		put(drawing, "+");
		break;
	case 2:
	case 3:
		put(drawing, "?");
		break;
	case 4:
		put(drawing, "{%u}", min);
		break;
	case 5:
		put(drawing, "{%u,}", min);
		break;
	default:
		put(drawing, "{%u,%u}", min, max);
	}
	if (one_of(drawing, 6) == 0)
		put(drawing, "?");
}

static void draw_alternatives(struct drawing *drawing, uint32_t depth);

static void draw_group(struct drawing *drawing, uint32_t depth)
{
	static const char *const heads[] = {
		"(", "(?:", "(?:", "(?:", "(?i:", "(?m:", "(?s:", "(?-i:", "(?U:", "(?:(?m)"};

	put(drawing, "%s", heads[one_of(drawing, sizeof(heads) / sizeof(*heads))]);
	draw_alternatives(drawing, depth - 1);
	put(drawing, ")");
}

static void draw_concat(struct drawing *drawing, uint32_t depth)
{
	static const char *const assertions[] = {"^", "$", "\\b", "\\B", "\\A", "\\z", "\\b", "^"};
	uint32_t n = one_of(drawing, 5);

	for (uint32_t i = 0; i < n && drawing->bytes + 200 < drawing->room; i++) {
		if (one_of(drawing, 8) == 0) {
			put(drawing, "%s", assertions[one_of(drawing, 8)]);
			continue;
		}
		if (depth && one_of(drawing, 4) == 0)
			draw_group(drawing, depth);
		else
			draw_atom(drawing);
		if (one_of(drawing, 3) == 0)
			draw_repeat(drawing);
	}
}

static void draw_alternatives(struct drawing *drawing, uint32_t depth)
{
	uint32_t n = one_of(drawing, 3) ? 1 : 1 + one_of(drawing, 3);

	for (uint32_t i = 0; i < n; i++) {
		put(drawing, i ? "|" : "");
		draw_concat(drawing, depth);
	}
}

uint32_t sl_draw_pattern(uint64_t *seed, char ret_pattern[SL_DRAW_PATTERN_BYTES])
{
	struct drawing drawing = {.seed = seed, .at = ret_pattern, .room = SL_DRAW_PATTERN_BYTES};

	*ret_pattern = '\0';
	if (sl_draw_number(seed, 6) == 0)
		put(&drawing, "(?i)");
	if (sl_draw_number(seed, 8) == 0)
		put(&drawing, "(?m)");
	draw_alternatives(&drawing, 3);
	return drawing.bytes;
}

static bool folds_words(const char *pattern)
{
	return strstr(pattern, "(?i") &&
	       (strstr(pattern, "[:") || strstr(pattern, "\\w") || strstr(pattern, "\\W"));
}

uint32_t sl_draw_subject(uint64_t *seed, const char *pattern,
			 char ret_subject[SL_DRAW_SUBJECT_BYTES])
{
	/* 0 stands for itself */
	static const char *const characters[] = {"a",
						 "a",
						 "b",
						 "b",
						 "A",
						 "k",
						 "1",
						 "_",
						 " ",
						 "-",
						 "\n",
						 "\x01",
						 "\x04",
						 ".",
						 "가",
						 "나",
						 "é",
						 "É",
						 "ſ",
						 "",
						 "\x02",
						 "\x03",
						 "σ",
						 "ς",
						 "Σ",
						 "\t",
						 "😀",
						 "K",
						 "\xe2\x84\xaa",
						 "힣",
						 "ü",
						 "@",
						 "D",
						 "\n",
						 "s",
						 "S",
						 "]",
						 "\x05",
						 "²",
						 "٣"};
	uint32_t n = sl_draw_number(seed, sl_draw_number(seed, 10) ? 12 : 60), bytes = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t many = sl_draw_number(seed, 3) ? 11 : sizeof(characters) / sizeof(char *);
		const char *character = characters[sl_draw_number(seed, many)];
		if (folds_words(pattern) &&
		    (strcmp(character, "ſ") == 0 || strcmp(character, "\xe2\x84\xaa") == 0))
			character = "s";
		size_t length = *character ? strlen(character) : 1;

		memcpy(ret_subject + bytes, character, length);
		bytes += (uint32_t)length;
	}
	return bytes;
}
