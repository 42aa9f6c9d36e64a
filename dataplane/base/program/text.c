/* Functions that make texts, and lists of texts. */
#include "program_priv.h"

static struct sl_any no_overload(void)
{
	return sl_any_fault(SL_FAULT_NO_OVERLOAD);
}

static struct sl_any in_case(struct sl_run *run, const struct sl_any *text, char first, char last)
{
	char *at = sl_run_take(run, text->count);

	if (!at)
		return *text;
	for (uint32_t i = 0; i < text->count; i++)
		at[i] = text->text[i] >= first && text->text[i] <= last
				? (char)(text->text[i] ^ ('a' ^ 'A'))
				: text->text[i];
	return sl_any_text(SL_KIND_STRING, at, text->count);
}

static struct sl_any reverse(struct sl_run *run, const struct sl_any *text)
{
	char *at = sl_run_take(run, text->count);

	if (!at)
		return *text;
	for (uint32_t i = 0, step; i < text->count; i += step) {
		step = sl_utf8_step(text->text + i, text->count - i);
		memcpy(at + text->count - i - step, text->text + i, step);
	}
	return sl_any_text(SL_KIND_STRING, at, text->count);
}

static struct sl_any quote(struct sl_run *run, const struct sl_any *text)
{
	static const char shorts[] = "\aa\bb\ff\nn\rr\tt\vv\\\\\"\"";
	struct sl_out out;

	sl_out_begin(&out, run);
	sl_out_put(&out, "\"", 1);
	for (uint32_t i = 0; i < text->count && !run->over; i++) {
		char escaped[2] = {'\\', 0};

		for (size_t j = 0; j + 1 < sizeof(shorts); j += 2)
			if (text->text[i] == shorts[j])
				escaped[1] = shorts[j + 1];
		sl_out_put(&out, escaped[1] ? escaped : text->text + i, escaped[1] ? 2 : 1);
	}
	sl_out_put(&out, "\"", 1);
	return sl_out_end(&out);
}

/* Where the part begins at or behind `from`; the text's end: nowhere. An empty part stands before
 * every code point but the first. */
static uint32_t next_place(const struct sl_any *text, const struct sl_any *part, uint32_t from)
{
	const char *found;

	if (from >= text->count)
		return text->count;
	if (part->count == 0)
		return from + sl_utf8_step(text->text + from, text->count - from);
	found = part->count > text->count - from
			? NULL
			: memmem(text->text + from, text->count - from, part->text, part->count);
	return found ? (uint32_t)(found - text->text) : text->count;
}

static struct sl_any split(struct sl_run *run, const struct sl_any *text, const struct sl_any *at,
			   int64_t most)
{
	struct sl_any *items = (struct sl_any *)(void *)(run->at + run->used);
	uint32_t count = 0, begin = 0;
	bool more = most != 0 && (at->count != 0 || text->count != 0);

	/* as many as there is room for: how many there will be is not known before */
	while (more) {
		uint32_t end =
			most >= 0 && count + 1 >= most ? text->count : next_place(text, at, begin);

		more = end < text->count;
		if (!sl_run_step(run, 1) || !sl_run_take_items(run, 1))
			return no_overload();
		items[count++] = sl_any_text(SL_KIND_STRING, text->text + begin, end - begin);
		begin = end + at->count;
	}
	return sl_any_list(items, count);
}

static struct sl_any replace(struct sl_run *run, const struct sl_any *text,
			     const struct sl_any *old, const struct sl_any *by, int64_t most)
{
	uint32_t begin = 0;
	struct sl_out out;

	sl_out_begin(&out, run);
	if (old->count == 0 && most != 0) { /* also before the first code point */
		sl_out_put(&out, by->text, by->count);
		most -= most > 0;
	}
	while (begin < text->count && most != 0 && !run->over) {
		uint32_t place = next_place(text, old, begin);

		sl_out_put(&out, text->text + begin, place - begin);
		begin = place;
		if (place == text->count && old->count)
			break;
		sl_out_put(&out, by->text, by->count);
		begin += old->count;
		most -= most > 0;
	}
	sl_out_put(&out, text->text + begin, text->count - begin);
	return sl_out_end(&out);
}

static struct sl_any join(struct sl_run *run, const struct sl_any *list, const struct sl_any *by)
{
	struct sl_out out;

	sl_out_begin(&out, run);
	for (uint32_t i = 0; i < list->count && sl_run_step(run, 1); i++) {
		struct sl_any item = sl_any_member(run->artifact, list, i);

		if (item.kind != SL_KIND_STRING)
			return no_overload();
		if (i && by)
			sl_out_put(&out, by->text, by->count);
		sl_out_put(&out, item.text, item.count);
	}
	return sl_out_end(&out);
}

static bool is_text(const struct sl_any *value)
{
	return value->kind == SL_KIND_STRING;
}

static struct sl_any of_one(struct sl_run *run, enum sl_function function,
			    const struct sl_any *text)
{
	if (!is_text(text))
		return no_overload();
	switch (function) {
	case SL_FUNCTION_LOWER_ASCII:
		return in_case(run, text, 'A', 'Z');
	case SL_FUNCTION_UPPER_ASCII:
		return in_case(run, text, 'a', 'z');
	case SL_FUNCTION_REVERSE:
		return reverse(run, text);
	default: /* QUOTE */
		return quote(run, text);
	}
}

/* The last argument but those `needed` is how often. */
static bool how_often(const struct sl_any *args, uint32_t n, uint32_t needed, int64_t *ret_most)
{
	for (uint32_t i = 0; i < needed; i++)
		if (i >= n || !is_text(&args[i]))
			return false;
	*ret_most = n > needed ? args[needed].integer : -1;
	return n == needed || (n == needed + 1 && args[needed].kind == SL_KIND_INT);
}

struct sl_any sl_any_call_text(struct sl_run *run, enum sl_function function,
			       const struct sl_any *args, uint32_t n)
{
	int64_t most;

	switch (function) {
	case SL_FUNCTION_SPLIT:
		return how_often(args, n, 2, &most) ? split(run, &args[0], &args[1], most)
						    : no_overload();
	case SL_FUNCTION_REPLACE:
		return how_often(args, n, 3, &most)
			       ? replace(run, &args[0], &args[1], &args[2], most)
			       : no_overload();
	case SL_FUNCTION_JOIN:
		if (args[0].kind != SL_KIND_LIST || n > 2 || (n == 2 && !is_text(&args[1])))
			return no_overload();
		return join(run, &args[0], n == 2 ? &args[1] : NULL);
	default:
		return n == 1 ? of_one(run, function, &args[0]) : no_overload();
	}
}
