/* Conditions as the formatter sees them: strings, comments, brackets, and where && and || stand. */
#include "rules/fmt/fmt_priv.h"

#include <string.h>

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* r"…", and the same behind or before a b. */
static bool is_raw(struct sl_slice text, uint32_t quote)
{
	bool raw = false;
	uint32_t at = quote;

	for (unsigned i = 0; i < 2 && at > 0 && strchr("rRbB", text.at[at - 1]); i++)
		raw |= (text.at[--at] | 0x20) == 'r';
	return raw && (at == 0 || !is_word(text.at[at - 1]));
}

/* Behind the string that begins here; 0: it has no end. */
static uint32_t string_end(struct sl_slice text, uint32_t at)
{
	char quote = text.at[at];
	bool raw = is_raw(text, at);
	uint32_t n =
		at + 2 < text.bytes && text.at[at + 1] == quote && text.at[at + 2] == quote ? 3 : 1;

	for (at += n; at + n <= text.bytes; at++) {
		if (text.at[at] == '\\' && !raw)
			at++;
		else if (text.at[at] == '\n' && n == 1)
			return 0;
		else if (text.at[at] == quote &&
			 (n == 1 || (text.at[at + 1] == quote && text.at[at + 2] == quote)))
			return at + n;
	}
	return 0;
}

static uint32_t comment_end(struct sl_slice text, uint32_t at)
{
	const char *newline = memchr(text.at + at, '\n', text.bytes - at);

	return newline ? (uint32_t)(newline - text.at) + 1 : text.bytes;
}

/* The end of what begins here and is one thing: a string, a comment, or a character. */
static uint32_t step(struct sl_slice text, uint32_t at, bool *ret_comment)
{
	uint32_t end = 0;

	*ret_comment = text.at[at] == '/' && at + 1 < text.bytes && text.at[at + 1] == '/';
	if (*ret_comment)
		return comment_end(text, at);
	if (text.at[at] == '"' || text.at[at] == '\'')
		end = string_end(text, at);
	return end ? end : at + 1;
}

/* No comment, no string over several lines, every string with an end: then white space may be put
 * before any && and ||. */
static bool is_breakable(struct sl_slice text)
{
	uint32_t at = 0;

	while (at < text.bytes) {
		bool comment, quote = text.at[at] == '"' || text.at[at] == '\'';
		uint32_t end = step(text, at, &comment);

		if (comment || (quote && end == at + 1) ||
		    (quote && memchr(text.at + at, '\n', end - at)))
			return false;
		at = end;
	}
	return true;
}

uint32_t sl_fmt_columns(struct sl_slice text)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < text.bytes; i++)
		n += ((unsigned char)text.at[i] & 0xc0) != 0x80;
	return n;
}

static struct sl_slice trim(struct sl_slice text)
{
	while (text.bytes && is_space(text.at[0])) {
		text.at++;
		text.bytes--;
	}
	while (text.bytes && is_space(text.at[text.bytes - 1]))
		text.bytes--;
	return text;
}

/* An operator of the line that it may be broken before. */
struct operator
{
	uint32_t at;
	int depth;
	bool is_or;
};

/* Calls back in order; the first thing of a line is no place to break. */
static void each_operator(struct sl_slice line,
			  void (*take)(void *context, const struct operator* operator),
			  void *context)
{
	int depth = 0;

	for (uint32_t at = 0; at < line.bytes;) {
		char c = line.at[at];
		bool comment, pair = (c == '&' || c == '|') && at + 1 < line.bytes &&
				     line.at[at + 1] == c;

		if (pair && at > 0)
			take(context, &(struct operator){at, depth, c == '|'});
		depth += c == '(' || c == '[' || c == '{';
		depth -= c == ')' || c == ']' || c == '}';
		at = pair ? at + 2 : step(line, at, &comment);
	}
}

struct choice {
	int depth;
	bool found, has_or;
};

static void choose(void *context, const struct operator* operator)
{
	struct choice *choice = context;

	if (!choice->found || operator->depth<choice->depth)
		*choice = (struct choice){operator->depth, true, operator->is_or };
	else if (operator->depth == choice->depth)
		choice->has_or |= operator->is_or;
}

struct breaking {
	struct sl_slice line;
	const struct choice *choice;
	uint32_t from;  /* of the piece that is under way */
	uint32_t extra; /* of it: spaces beyond the indent */
	uint32_t after; /* of the pieces behind the first */
	uint32_t indent;
	struct sl_buffer *out;
	bool broken;
};

static void add_line(struct sl_slice line, uint32_t extra, uint32_t indent, struct sl_buffer *out,
		     bool *broken);

static void cut(void *context, const struct operator* operator)
{
	struct breaking *breaking = context;
	struct sl_slice piece = {breaking->line.at + breaking->from, operator->at -
								     breaking->from };

	if (operator->depth != breaking->choice->depth || operator->is_or !=
	    breaking->choice->has_or)
		return;
	add_line(trim(piece), breaking->extra, breaking->indent, breaking->out, &breaking->broken);
	breaking->from = operator->at;
	breaking->extra = breaking->after;
}

static void add_spaces(struct sl_buffer *out, uint32_t n)
{
	while (n-- > 0)
		sl_buffer_add(out, " ", 1);
}

/* Pieces that are too long are broken in their turn, so that nothing is left to a second run. */
static void add_line(struct sl_slice line, uint32_t extra, uint32_t indent, struct sl_buffer *out,
		     bool *broken)
{
	struct choice choice = {0};
	struct breaking breaking = {.line = line,
				    .choice = &choice,
				    .extra = extra,
				    .indent = indent,
				    .out = out,
				    .broken = true};

	if (indent + extra + sl_fmt_columns(line) > SL_FMT_COLUMNS)
		each_operator(line, choose, &choice);
	if (!choice.found) {
		add_spaces(out, line.bytes ? indent + extra : 0);
		sl_buffer_add(out, line.at, line.bytes);
		sl_buffer_add(out, "\n", 1);
		return;
	}
	*broken = true;
	breaking.after = extra + (choice.depth > 0 ? 2 * (uint32_t)choice.depth : 0);
	/* what && binds stands below the || that it belongs to */
	if (!choice.has_or && line.bytes > 1 && line.at[0] == '|')
		breaking.after += 2;
	each_operator(line, cut, &breaking);
	add_line(trim((struct sl_slice){line.at + breaking.from, line.bytes - breaking.from}),
		 breaking.extra, indent, out, broken);
}

bool sl_fmt_condition_break(struct sl_slice condition, uint32_t indent, struct sl_buffer *out)
{
	struct sl_slice text = condition;
	size_t before = out->bytes;
	bool broken = false;

	while (text.bytes && is_space(text.at[text.bytes - 1]))
		text.bytes--;
	if (!text.bytes || !is_breakable(text))
		return false;
	for (uint32_t at = 0; at < text.bytes;) {
		const char *newline = memchr(text.at + at, '\n', text.bytes - at);
		uint32_t end = newline ? (uint32_t)(newline - text.at) : text.bytes, extra = 0;

		while (at + extra < end && text.at[at + extra] == ' ')
			extra++;
		add_line(trim((struct sl_slice){text.at + at, end - at}), extra, indent, out,
			 &broken);
		at = end + 1;
	}
	if (!broken)
		out->bytes = before;
	return broken;
}

/* The next character of the normal form: white space between things is one blank; at the ends, and
 * before && and ||, none. */
struct reader {
	struct sl_slice text;
	uint32_t at;
	uint32_t verbatim; /* up to here it stands as it is */
};

static int next(struct reader *reader)
{
	struct sl_slice text = reader->text;
	bool space = false, comment;

	if (reader->at < reader->verbatim)
		return (unsigned char)text.at[reader->at++];
	while (reader->at < text.bytes && is_space(text.at[reader->at])) {
		reader->at++;
		space = true;
	}
	if (reader->at == text.bytes)
		return -1;
	if (space && text.at[reader->at] != '&' && text.at[reader->at] != '|')
		return ' ';
	reader->verbatim = step(text, reader->at, &comment);
	return (unsigned char)text.at[reader->at++];
}

bool sl_fmt_condition_same(struct sl_slice a, struct sl_slice b)
{
	struct reader x = {.text = trim(a)}, y = {.text = trim(b)};
	int c;

	do {
		c = next(&x);
		if (c != next(&y))
			return false;
	} while (c >= 0);
	return true;
}
