/* Functions that take strings apart and put them together. */
#include "rules/eval/eval_priv.h"

/* A list that grows in the room. */
struct parts {
	struct sl_eval_room *room;
	struct sl_eval_any *items;
	uint32_t count, size;
	bool failed;
};

static void add_part(struct parts *parts, struct sl_slice text)
{
	if (parts->count == parts->size) {
		uint64_t size = 2 * (uint64_t)parts->size + 8;
		struct sl_eval_any *more = sl_eval_alloc(parts->room, size * sizeof(*more));

		if (!more) {
			parts->failed = true;
			return;
		}
		if (parts->count)
			memcpy(more, parts->items, parts->count * sizeof(*more));
		parts->items = more;
		parts->size = (uint32_t)size;
	}
	parts->items[parts->count++] = sl_eval_string(text);
}

/* Where the part begins, or the text's length. */
static uint32_t find(struct sl_slice text, struct sl_slice part)
{
	for (uint32_t i = 0; i + (uint64_t)part.bytes <= text.bytes; i++)
		if (sl_slice_equal((struct sl_slice){text.at + i, part.bytes}, part))
			return i;
	return text.bytes;
}

/* At most `limit` parts, the last with all the rest; limit < 0: as many as there are. An empty
 * separator separates every two letters. */
static struct sl_eval_any split(struct sl_eval_room *room, struct sl_slice text,
				struct sl_slice separator, int64_t limit)
{
	struct parts parts = {.room = room};

	if (limit == 0)
		return (struct sl_eval_any){.kind = SL_KIND_LIST};
	if (separator.bytes == 0 && text.bytes == 0)
		return (struct sl_eval_any){.kind = SL_KIND_LIST};
	while (!parts.failed && (limit < 0 || parts.count + 1 < limit)) {
		uint32_t n = separator.bytes ? find(text, separator) : sl_eval_letter(text);

		if (n >= text.bytes)
			break;
		add_part(&parts, (struct sl_slice){text.at, n});
		text.at += n + separator.bytes;
		text.bytes -= n + separator.bytes;
	}
	add_part(&parts, text);
	if (parts.failed)
		return sl_eval_fault(SL_FAULT_LIMIT);
	return (struct sl_eval_any){
		.kind = SL_KIND_LIST, .count = parts.count, .items = parts.items};
}

/* An empty text is found before every letter and at the end. */
static struct sl_eval_any replace(struct sl_eval_room *room, struct sl_slice text,
				  struct sl_slice old, struct sl_slice new, int64_t limit)
{
	struct sl_eval_text_out out = {.room = room};

	for (int64_t done = 0; (limit < 0 || done < limit) && !out.failed; done++) {
		uint32_t n = find(text, old);

		if (old.bytes == 0) {
			sl_eval_out(&out, new);
			if (text.bytes == 0)
				break;
			n = sl_eval_letter(text);
			sl_eval_out(&out, (struct sl_slice){text.at, n});
		} else if (n == text.bytes) {
			break;
		} else {
			sl_eval_out(&out, (struct sl_slice){text.at, n});
			sl_eval_out(&out, new);
			n += old.bytes;
		}
		text.at += n;
		text.bytes -= n;
	}
	sl_eval_out(&out, text);
	return sl_eval_out_end(&out);
}

static struct sl_eval_any join(struct sl_eval_room *room, const struct sl_eval_any *list,
			       struct sl_slice between)
{
	struct sl_eval_text_out out = {.room = room};

	for (uint32_t i = 0; i < list->count; i++) {
		if (list->items[i].kind != SL_KIND_STRING)
			return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
		if (i)
			sl_eval_out(&out, between);
		sl_eval_out(&out, list->items[i].text);
	}
	return sl_eval_out_end(&out);
}

static struct sl_eval_any reverse(struct sl_eval_room *room, struct sl_slice text)
{
	struct sl_eval_any copy = sl_eval_copy_text(room, SL_KIND_STRING, text);
	uint32_t end = text.bytes;

	while (copy.kind == SL_KIND_STRING && text.bytes) {
		uint32_t n = sl_eval_letter(text);

		end -= n;
		memcpy((char *)copy.text.at + end, text.at, n);
		text.at += n;
		text.bytes -= n;
	}
	return copy;
}

static struct sl_eval_any quote(struct sl_eval_room *room, struct sl_slice text)
{
	static const char plain[] = "\a\b\f\n\r\t\v\\\"", escaped[] = "abfnrtv\\\"";
	struct sl_eval_text_out out = {.room = room};

	sl_eval_out_string(&out, "\"");
	for (uint32_t i = 0; i < text.bytes; i++) {
		const char *at = text.at[i] ? strchr(plain, text.at[i]) : NULL;

		if (at)
			sl_eval_out(&out,
				    (struct sl_slice){(char[]){'\\', escaped[at - plain]}, 2});
		else
			sl_eval_out(&out, (struct sl_slice){text.at + i, 1});
	}
	sl_eval_out_string(&out, "\"");
	return sl_eval_out_end(&out);
}

static bool is_string(const struct sl_eval_any *args, uint32_t n_args, uint32_t i)
{
	return i < n_args && args[i].kind == SL_KIND_STRING;
}

/* The last argument of split and replace: an int, or not there. */
static bool take_limit(const struct sl_eval_any *args, uint32_t n_args, uint32_t i,
		       int64_t *ret_limit)
{
	if (n_args > i + 1 || (n_args == i + 1 && args[i].kind != SL_KIND_INT))
		return false;
	*ret_limit = n_args > i ? args[i].integer : -1;
	return true;
}

struct sl_eval_any sl_eval_text_parts(struct sl_eval_room *room, enum sl_function function,
				      const struct sl_eval_any *args, uint32_t n_args)
{
	struct sl_slice none = {"", 0};
	int64_t limit;

	switch (function) {
	case SL_FUNCTION_SPLIT:
		if (is_string(args, n_args, 0) && is_string(args, n_args, 1) &&
		    take_limit(args, n_args, 2, &limit))
			return split(room, args[0].text, args[1].text, limit);
		break;
	case SL_FUNCTION_REPLACE:
		if (is_string(args, n_args, 0) && is_string(args, n_args, 1) &&
		    is_string(args, n_args, 2) && take_limit(args, n_args, 3, &limit))
			return replace(room, args[0].text, args[1].text, args[2].text, limit);
		break;
	case SL_FUNCTION_JOIN:
		if (n_args == 1 && args[0].kind == SL_KIND_LIST)
			return join(room, &args[0], none);
		if (n_args == 2 && args[0].kind == SL_KIND_LIST && is_string(args, n_args, 1))
			return join(room, &args[0], args[1].text);
		break;
	case SL_FUNCTION_REVERSE:
		if (n_args == 1 && is_string(args, n_args, 0))
			return reverse(room, args[0].text);
		break;
	case SL_FUNCTION_QUOTE:
		if (n_args == 1 && is_string(args, n_args, 0))
			return quote(room, args[0].text);
		break;
	default:
		break;
	}
	return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
}
