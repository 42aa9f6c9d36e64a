#include "frame/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The body on the heap with its padding and no byte more, the padding hostile. */
static struct sl_span padded(const char *text, size_t bytes)
{
	uint8_t *at = malloc(bytes + SL_SPAN_PADDING);

	assert_non_null(at);
	memcpy(at, text, bytes);
	for (size_t i = 0; i < SL_SPAN_PADDING; i++)
		at[bytes + i] = (uint8_t) "\"]},[{\\"[i % 7];
	return sl_span_of(at, bytes);
}

/* What comes out, as "<piece><piece>", broken ones as "!piece!". */
static void check(const char *body, enum sl_content content, const char *expected)
{
	struct sl_span text = padded(body, strlen(body));
	struct sl_splitter splitter;
	struct sl_piece piece;
	char got[4096];
	size_t n = 0;

	sl_splitter_init(&splitter, text, content);
	while (sl_splitter_next(&splitter, &piece)) {
		assert_true(piece.text.at == text.at + piece.offset);
		assert_true(piece.offset + piece.text.bytes <= text.bytes);
		assert_true(n + piece.text.bytes + 3 < sizeof(got));
		got[n++] = piece.broken ? '!' : '<';
		memcpy(got + n, piece.text.at, piece.text.bytes);
		n += piece.text.bytes;
		got[n++] = piece.broken ? '!' : '>';
	}
	got[n] = '\0';
	assert_string_equal(got, expected);
	assert_false(sl_splitter_next(&splitter, &piece));
	free((void *)text.at);
}

static void json(const char *body, const char *expected)
{
	check(body, SL_CONTENT_JSON, expected);
}

static void cuts_sound_bodies(void **state)
{
	(void)state;
	json("{\"a\":1}", "<{\"a\":1}>");
	json(" \r\n{\"a\":[1,2]}\t", "<{\"a\":[1,2]}>");
	json("[]", "");
	json(" [ \n ] ", "");
	json("[1]", "<1>");
	json("[{\"a\":1},{\"b\":[2,3]} , {}]\n", "<{\"a\":1}><{\"b\":[2,3]}><{}>");
	json("[[],[[1,2],[3]],\"x\"]", "<[]><[[1,2],[3]]><\"x\">");
	json("42", "<42>");
	json("\"[1,2]\"", "<\"[1,2]\">");
}

static void strings_hide_structure(void **state)
{
	(void)state;
	json("[\"],[\",\"}{\"]", "<\"],[\"><\"}{\">");
	json("[\"a\\\"],\",2]", "<\"a\\\"],\"><2>");
	json("[\"a\\\\\",2]", "<\"a\\\\\"><2>");
	json("[\"\\\\\\\"]\",2]", "<\"\\\\\\\"]\"><2>");
}

static void broken_rest(void **state)
{
	(void)state;
	json("", "!!");
	json("  ", "!!");
	json("[", "!!");
	json("[1", "!1!");
	json("[1,", "<1>!!");
	json("[1,]", "<1>!]!");
	json("[,1]", "!,1]!");
	json("[1,,2]", "<1>!,2]!");
	json("[1 2]", "<1 2>");
	json("[1]x", "<1>!x!");
	json("[]x", "!x!");
	json("[1] {\"a\":1}", "<1>!{\"a\":1}!");
	json("[1]]", "<1>!]!");
	json("]", "<]>");
	json("[1}", "!1}!");
	json("[{\"a\":1},{\"b\":2}", "<{\"a\":1}>!{\"b\":2}!");
	json("[{\"a\":1},\"b]", "<{\"a\":1}>!\"b]!");
	json("[1,\\\"a\\\",{}]", "<1>!\\\"a\\\",{}]!");
	json("[{]}]", "!{]}]!");
	json("[{]]", "<{]>");
}

static void lines(void **state)
{
	(void)state;
	check("", SL_CONTENT_NDJSON, "");
	check("\n \r\n\t\n", SL_CONTENT_NDJSON, "");
	check("{\"a\":1}\n{\"b\":2}\r\n\n [3] \n4", SL_CONTENT_NDJSON,
	      "<{\"a\":1}><{\"b\":2}><[3]><4>");
	check("[1,2]\n", SL_CONTENT_NDJSON, "<[1,2]>");
	check("\"a\nb\"", SL_CONTENT_NDJSON, "<\"a><b\">");
}

/* Each construct at each place of a block: strings, escapes and brackets that span two of them. */
static void every_alignment(void **state)
{
	static const char *const elements[] = {"\"],\\\\\"", "\"\\\"]\"",
					       "{\"a\":[1,{}],\"b\":\"}\"}", "\"\\\\\\\\\\\"\""};

	(void)state;
	for (size_t pad = 0; pad < 140; pad++) {
		for (size_t i = 0; i < sizeof(elements) / sizeof(elements[0]); i++) {
			char body[512], expected[512], blanks[160];

			memset(blanks, ' ', pad);
			blanks[pad] = '\0';
			snprintf(body, sizeof(body), "[%s%s,\"%s\",%s]", blanks, elements[i],
				 blanks, elements[i]);
			snprintf(expected, sizeof(expected), "<%s><\"%s\"><%s>", elements[i],
				 blanks, elements[i]);
			json(body, expected);
		}
	}
}

/* Deeper than any counter of 16 bits, and a body of brackets only. */
static void deep(void **state)
{
	const size_t depth = 100000;
	char *body = malloc(2 * depth);
	struct sl_splitter splitter;
	struct sl_piece piece;
	struct sl_span text;

	(void)state;
	assert_non_null(body);
	memset(body, '[', depth);
	memset(body + depth, ']', depth);
	text = padded(body, 2 * depth);
	sl_splitter_init(&splitter, text, SL_CONTENT_JSON);
	assert_true(sl_splitter_next(&splitter, &piece));
	assert_int_equal(piece.text.bytes, 2 * depth - 2);
	assert_false(piece.broken);
	assert_false(sl_splitter_next(&splitter, &piece));
	free((void *)text.at);
	text = padded(body, depth);
	sl_splitter_init(&splitter, text, SL_CONTENT_JSON);
	assert_true(sl_splitter_next(&splitter, &piece));
	assert_true(piece.broken);
	assert_false(sl_splitter_next(&splitter, &piece));
	free((void *)text.at);
	free(body);
}

/* The splitter byte by byte, as it would be written without a thought of speed. */
static size_t plain_split(const char *body, size_t bytes, char *got)
{
	size_t n = 0, from = 1, at = 1;
	bool is_first = true, in_string = false;
	int depth = 0;

	for (; at < bytes; at++) {
		char c = body[at];

		if (c == '\\') {
			if (!in_string)
				break;
			at++;
		} else if (c == '"') {
			in_string = !in_string;
		} else if (!in_string && (c == '[' || c == '{')) {
			depth++;
		} else if (!in_string && (c == ']' || c == '}') && depth > 0) {
			depth--;
		} else if (!in_string && depth == 0 && (c == ',' || c == ']' || c == '}')) {
			if (c == '}' || (at == from && (c == ',' || !is_first)))
				break;
			if (at > from)
				n += (size_t)sprintf(got + n, "<%.*s>", (int)(at - from),
						     body + from);
			is_first = false;
			from = at + 1;
			if (c == ']') {
				if (from < bytes)
					n += (size_t)sprintf(got + n, "!%.*s!", (int)(bytes - from),
							     body + from);
				return n;
			}
		}
	}
	return n + (size_t)sprintf(got + n, "!%.*s!", (int)(bytes - from), body + from);
}

static void agrees_with_plain_one(void **state)
{
	static const char alphabet[] = "[]{},\"\\a1:[],\"";
	uint64_t seed = 42;
	char body[256], expected[2048];

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		size_t bytes = 1 + round % 200;

		body[0] = '[';
		for (size_t i = 1; i < bytes; i++) {
			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
			body[i] = alphabet[(seed >> 33) % (sizeof(alphabet) - 1)];
		}
		body[bytes] = '\0';
		expected[plain_split(body, bytes, expected)] = '\0';
		json(body, expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_sound_bodies),     cmocka_unit_test(strings_hide_structure),
		cmocka_unit_test(broken_rest),           cmocka_unit_test(lines),
		cmocka_unit_test(every_alignment),       cmocka_unit_test(deep),
		cmocka_unit_test(agrees_with_plain_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
