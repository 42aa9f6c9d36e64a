#include "tools/sluice/terminal_text.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <wchar.h>

#include <locale.h>

/* One character of a text: the bytes it takes there, and how it is shown. */
struct glyph {
	size_t bytes;
	unsigned columns;
	bool shown_as_it_is;
	char written[16];
};

/* Format characters that a terminal does not show, or that reorder what stands around them. */
static const struct {
	uint32_t from, to;
} unseen[] = {
	{0x00ad, 0x00ad},    {0x061c, 0x061c},   {0x115f, 0x1160},   {0x17b4, 0x17b5},
	{0x180b, 0x180f},    {0x200b, 0x200f},   {0x2028, 0x202e},   {0x2060, 0x206f},
	{0x3164, 0x3164},    {0xfe00, 0xfe0f},   {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
	{0xfff0, 0xfffb},    {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff},
	{0xf0000, 0x10ffff}, {0xe000, 0xf8ff},
};

static locale_t utf8;

static void make_locale(void)
{
	utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

/* -1: not to be shown. Where the system has no C.UTF-8, only what is known without it is. */
static int width_of(uint32_t character)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	locale_t before;
	int width;

	if (character < 0x7f)
		return character >= 0x20 ? 1 : -1;
	for (size_t i = 0; i < sizeof(unseen) / sizeof(unseen[0]); i++)
		if (character >= unseen[i].from && character <= unseen[i].to)
			return -1;
	if (character >= 0xac00 && character <= 0xd7a3) /* Hangul */
		return 2;
	pthread_once(&once, make_locale);
	if (!utf8)
		return -1;
	before = uselocale(utf8);
	width = wcwidth((wchar_t)character);
	uselocale(before);
	return width;
}

/* Bytes of the well-formed sequence at `at`, 0: there is none. `at` is terminated. */
static size_t decode(const uint8_t *at, uint32_t *ret_character)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t need = at[0] < 0x80 ? 1 : at[0] < 0xc2 ? 0 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;
	uint32_t character = need == 1 ? at[0] : at[0] & (0x7fu >> need);

	if (!need || at[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < need; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		character = character << 6 | (at[i] & 0x3f);
	}
	if (character < least[need] || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return 0;
	*ret_character = character;
	return need;
}

static struct glyph glyph_at(const char *text)
{
	const uint8_t *at = (const uint8_t *)text;
	struct glyph glyph = {0};
	uint32_t character = 0;
	int width;

	glyph.bytes = decode(at, &character);
	width = glyph.bytes ? width_of(character) : -1;
	glyph.shown_as_it_is = width >= 0;
	if (glyph.shown_as_it_is) {
		glyph.columns = (unsigned)width;
		return glyph;
	}
	if (glyph.bytes <= 1)
		snprintf(glyph.written, sizeof(glyph.written), "\\x%02x", at[0]);
	else
		snprintf(glyph.written, sizeof(glyph.written), "\\u%04x", (unsigned)character);
	if (!glyph.bytes)
		glyph.bytes = 1;
	glyph.columns = (unsigned)strlen(glyph.written);
	return glyph;
}

static void put_glyph(FILE *to, const char *text, const struct glyph *glyph)
{
	if (glyph->shown_as_it_is)
		fwrite(text, 1, glyph->bytes, to);
	else
		fputs(glyph->written, to);
}

unsigned sl_terminal_columns(const char *text)
{
	unsigned columns = 0;

	while (*text) {
		struct glyph glyph = glyph_at(text);

		columns += glyph.columns;
		text += glyph.bytes;
	}
	return columns;
}

void sl_terminal_put(FILE *to, const char *text)
{
	while (*text) {
		struct glyph glyph = glyph_at(text);

		put_glyph(to, text, &glyph);
		text += glyph.bytes;
	}
}

unsigned sl_terminal_put_cut(FILE *to, const char *text, unsigned columns)
{
	bool cut = sl_terminal_columns(text) > columns;
	unsigned room = cut && columns ? columns - 1 : columns, used = 0;

	while (*text) {
		struct glyph glyph = glyph_at(text);

		if (used + glyph.columns > room)
			break;
		put_glyph(to, text, &glyph);
		used += glyph.columns;
		text += glyph.bytes;
	}
	if (cut && columns) {
		fputs("…", to);
		used++;
	}
	return used;
}

void sl_terminal_put_cell(FILE *to, const char *text, unsigned columns)
{
	unsigned used = sl_terminal_put_cut(to, text, columns);

	fprintf(to, "%*s", (int)(columns - used), "");
}

void sl_terminal_put_lines(FILE *to, const char *text)
{
	while (*text) {
		struct glyph glyph = glyph_at(text);

		if (*text == '\n' || *text == '\t')
			fputc(*text, to);
		else
			put_glyph(to, text, &glyph);
		text += glyph.bytes;
	}
}
