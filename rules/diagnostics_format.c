#include "rules/rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Characters of a line that are shown, and how many of them behind the place. */
#define SHOWN_MAX 140u
#define SHOWN_BEHIND 40u

struct out {
	char *at;
	size_t room;
	size_t bytes;
};

__attribute__((format(printf, 2, 3))) static void put(struct out *out, const char *format, ...)
{
	size_t left = out->bytes < out->room ? out->room - out->bytes : 0;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(left ? out->at + out->bytes : NULL, left, format, args);
	va_end(args);
	out->bytes += n > 0 ? (size_t)n : 0;
}

/* Hangul, Chinese and Japanese take two columns of a terminal: three-byte sequences from U+1100
 * on but for a few, which is near enough for a caret. */
static unsigned width_of(const char *at, unsigned bytes)
{
	unsigned char first = (unsigned char)at[0], second = bytes > 1 ? (unsigned char)at[1] : 0;
	unsigned code = ((first & 0x0fu) << 12) | ((second & 0x3fu) << 6);

	if (bytes == 4)
		return 2;
	if (bytes != 3)
		return 1;
	return (code >= 0x1100 && code < 0x1200) || (code >= 0x2e80 && code < 0xd7c0) ||
			       (code >= 0xf900 && code < 0xfb00) ||
			       (code >= 0xff00 && code < 0xff80)
		       ? 2
		       : 1;
}

static const char *skip(const char *at, unsigned characters)
{
	for (; characters && *at; characters--)
		do
			at++;
		while (((unsigned char)*at & 0xc0) == 0x80);
	return at;
}

/* No caret where the place lies behind the end of the line as it was kept. Of a long line the part
 * around the place, for a terminal breaks lines where it likes. */
static void put_source(struct out *out, const char *source, unsigned column)
{
	unsigned characters = 0, begin = 0;
	const char *from, *to;

	for (const char *c = source; *c; c++)
		characters += ((unsigned char)*c & 0xc0) != 0x80;
	if (characters > SHOWN_MAX && column <= characters + 1 && column > SHOWN_MAX - SHOWN_BEHIND)
		begin = column - (SHOWN_MAX - SHOWN_BEHIND);
	from = skip(source, begin);
	to = skip(from, SHOWN_MAX);
	put(out, "    %s%.*s%s\n", begin ? "…" : "", (int)(to - from), from, *to ? "…" : "");
	if (column > characters + 1)
		return;
	put(out, "    %s", begin ? " " : "");
	for (unsigned i = begin + 1; i < column && *from; i++) {
		const char *next = skip(from, 1);

		if (*from == '\t')
			put(out, "\t");
		else
			put(out, "%*s", (int)width_of(from, (unsigned)(next - from)), "");
		from = next;
	}
	put(out, "^\n");
}

size_t sl_diagnostic_format(const struct sl_diagnostic *diagnostic, char *at, size_t room)
{
	struct out out = {.at = at, .room = room};
	const char *severity = diagnostic->severity == SL_SEVERITY_ERROR ? "error" : "warning";

	if (room)
		at[0] = '\0';
	if (diagnostic->file[0])
		put(&out, "%s:", diagnostic->file);
	if (diagnostic->line)
		put(&out, "%u:%u:", diagnostic->line, diagnostic->column);
	put(&out, "%s%s: %s [%s]\n", diagnostic->file[0] || diagnostic->line ? " " : "", severity,
	    diagnostic->message, diagnostic->code);
	if (diagnostic->source[0])
		put_source(&out, diagnostic->source, diagnostic->column);
	if (diagnostic->hint[0])
		put(&out, "    hint: %s\n", diagnostic->hint);
	return out.bytes;
}
