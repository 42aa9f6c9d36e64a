#include "tools/sluice/eval/batch.h"

#include "tools/sluice/commands/commands.h"

#include <stdlib.h>
#include <string.h>

#define LINE_BYTES_MAX (4u << 20)

struct line {
	char *at;
	size_t bytes, room;
	bool too_long;
};

/* Room for one more; false: no memory. */
static bool grow(struct line *line)
{
	size_t room = line->room ? 2 * line->room : 4096;
	char *more;

	if (line->bytes < line->room)
		return true;
	more = realloc(line->at, room);
	if (!more)
		return false;
	line->at = more;
	line->room = room;
	return true;
}

/* One line without its end. 0: no more of them; -1: no memory. What is too long is read and left
 * away. */
static int read_line(FILE *from, struct line *line)
{
	int c = getc_unlocked(from);

	if (c == EOF)
		return 0;
	line->bytes = 0;
	line->too_long = false;
	for (; c != EOF && c != '\n'; c = getc_unlocked(from)) {
		if (line->bytes == LINE_BYTES_MAX)
			line->too_long = true;
		else if (!grow(line))
			return -1;
		else
			line->at[line->bytes++] = (char)c;
	}
	return 1;
}

static bool is_blank(const char *line, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
			return false;
	return true;
}

static json_t *answer_case(struct sl_eval_asker *asker, const json_t *request)
{
	const json_t *expr = json_object_get(request, "expr");
	const json_t *bind = json_object_get(request, "bind");
	const json_t *check = json_object_get(request, "check");
	struct sl_eval_ask ask = {.bind = bind, .dynamic = json_is_false(check)};

	if (!json_is_string(expr))
		return sl_eval_answer_error("syntax", "a case has an \"expr\", a string", 0, 0);
	if (bind && !json_is_object(bind))
		return sl_eval_answer_error(
			"type", "\"bind\" is an object of names and typed values", 0, 0);
	if (check && !json_is_boolean(check))
		return sl_eval_answer_error("type", "\"check\" is true or false", 0, 0);
	ask.text = (struct sl_slice){json_string_value(expr), (uint32_t)json_string_length(expr)};
	return sl_eval_answer_to(asker, &ask, NULL);
}

static json_t *answer_line(struct sl_eval_asker *asker, const char *line, size_t bytes,
			   bool too_long)
{
	json_error_t why = {0};
	json_t *request = too_long ? NULL : json_loadb(line, bytes, JSON_ALLOW_NUL, &why);
	json_t *id = json_object_get(request, "id"), *answer;
	char message[256];

	if (json_is_object(request)) {
		answer = answer_case(asker, request);
	} else {
		snprintf(message, sizeof(message), "a case is one JSON object on a line: %.200s",
			 too_long ? "this one has more than 4 MiB" : why.text);
		answer = sl_eval_answer_error("syntax", message, 0, 0);
	}
	if (answer)
		json_object_set(answer, "id", id ? id : json_null());
	json_decref(request);
	return answer;
}

/* id first, as it was asked. */
static void print(json_t *answer, FILE *to)
{
	json_t *ordered = json_object();

	json_object_set(ordered, "id", json_object_get(answer, "id"));
	json_object_update_missing(ordered, answer);
	json_dumpf(ordered, to, JSON_COMPACT);
	json_decref(ordered);
	json_decref(answer);
	putc('\n', to);
	fflush(to);
}

int sl_eval_batch(struct sl_eval_asker *asker, FILE *from, FILE *to)
{
	struct line line = {0};
	int more, result = SL_EXIT_DONE;

	while ((more = read_line(from, &line)) > 0) {
		json_t *answer;

		if (is_blank(line.at, line.bytes) && !line.too_long)
			continue;
		answer = answer_line(asker, line.at, line.bytes, line.too_long);
		if (!answer) {
			more = -1;
			break;
		}
		print(answer, to);
	}
	if (more < 0 || ferror(from)) {
		fprintf(stderr, "sluice eval: %s\n",
			more < 0 ? "out of memory" : "standard input could not be read");
		result = SL_EXIT_FAILED;
	}
	free(line.at);
	return result;
}
