/* Functions that look into a text and make none. Positions count code points. */
#include "program_priv.h"

static struct sl_any no_overload(void)
{
	return sl_any_fault(SL_FAULT_NO_OVERLOAD);
}

static bool stands_at(const struct sl_any *text, const struct sl_any *part, uint32_t offset)
{
	return part->count <= text->count - offset &&
	       (part->count == 0 || memcmp(text->text + offset, part->text, part->count) == 0);
}

static struct sl_any test_part(enum sl_function function, const struct sl_any *text,
			       const struct sl_any *part)
{
	if (function == SL_FUNCTION_STARTS_WITH)
		return sl_any_bool(stands_at(text, part, 0));
	if (function == SL_FUNCTION_ENDS_WITH)
		return sl_any_bool(part->count <= text->count &&
				   stands_at(text, part, text->count - part->count));
	return sl_any_bool(part->count == 0 ||
			   (part->count <= text->count &&
			    memmem(text->text, text->count, part->text, part->count)));
}

/* From the code point `from` on; that of a sequence never begins inside another one's. */
static struct sl_any index_of(const struct sl_any *text, const struct sl_any *part, int64_t from)
{
	const char *found;
	uint32_t offset;

	if (!sl_utf8_seek(text->text, text->count, from, &offset) ||
	    part->count > text->count - offset)
		return sl_any_int(-1);
	found = memmem(text->text + offset, text->count - offset, part->text, part->count);
	if (!found)
		return sl_any_int(-1);
	return sl_any_int(
		from + sl_utf8_count(text->text + offset, (uint32_t)(found - text->text) - offset));
}

/* The last that begins at the code point `to` or before. */
static struct sl_any last_index_of(const struct sl_any *text, const struct sl_any *part, int64_t to)
{
	int64_t index = 0, found = -1;

	for (uint32_t offset = 0; offset < text->count && index <= to;) {
		uint32_t left = text->count - offset;
		const char *at = part->count > left ? NULL
						    : memmem(text->text + offset, left, part->text,
							     part->count);
		uint32_t next;

		if (!at)
			break;
		next = (uint32_t)(at - text->text);
		index += sl_utf8_count(text->text + offset, next - offset);
		if (index > to)
			break;
		found = index++;
		offset = next + sl_utf8_step(at, text->count - next);
	}
	return sl_any_int(found);
}

static struct sl_any find(enum sl_function function, const struct sl_any *args, uint32_t n)
{
	const struct sl_any *text = &args[0], *part = &args[1];
	bool last = function == SL_FUNCTION_LAST_INDEX_OF;
	int64_t size = sl_utf8_count(text->text, text->count);
	int64_t from = n == 3 ? args[2].integer : last ? size : 0;

	if (part->count == 0) /* it stands wherever it is looked for */
		return sl_any_int(from);
	if (n == 3 && (from < 0 || from >= size))
		return sl_any_fault(SL_FAULT_INDEX);
	return last ? last_index_of(text, part, from) : index_of(text, part, from);
}

static struct sl_any char_at(const struct sl_any *text, int64_t index)
{
	uint32_t offset;

	if (!sl_utf8_seek(text->text, text->count, index, &offset))
		return sl_any_fault(SL_FAULT_INDEX);
	return sl_any_text(SL_KIND_STRING, text->text + offset,
			   offset == text->count
				   ? 0
				   : sl_utf8_step(text->text + offset, text->count - offset));
}

static struct sl_any substring(const struct sl_any *args, uint32_t n)
{
	const struct sl_any *text = &args[0];
	uint32_t begin, end = text->count;

	if (!sl_utf8_seek(text->text, text->count, args[1].integer, &begin) ||
	    (n == 3 && !sl_utf8_seek(text->text, text->count, args[2].integer, &end)) ||
	    begin > end)
		return sl_any_fault(SL_FAULT_INDEX);
	return sl_any_text(SL_KIND_STRING, text->text + begin, end - begin);
}

/* Bytes of the white space (of Unicode) that begins here, or 0. */
static uint32_t blank_bytes(const uint8_t *at, uint32_t left)
{
	uint32_t point;

	if (at[0] == ' ' || (at[0] >= '\t' && at[0] <= '\r'))
		return 1;
	if (left >= 2 && at[0] == 0xc2)
		return at[1] == 0x85 || at[1] == 0xa0 ? 2 : 0;
	if (left < 3 || at[0] < 0xe1 || at[0] > 0xe3)
		return 0;
	point = (at[0] & 15u) << 12 | (at[1] & 63u) << 6 | (at[2] & 63u);
	return point == 0x1680 || (point >= 0x2000 && point <= 0x200a) || point == 0x2028 ||
			       point == 0x2029 || point == 0x202f || point == 0x205f ||
			       point == 0x3000
		       ? 3
		       : 0;
}

static struct sl_any trim(const struct sl_any *text)
{
	const uint8_t *at = (const uint8_t *)text->text;
	uint32_t begin = 0, end = text->count;

	for (uint32_t n; begin < end && (n = blank_bytes(at + begin, end - begin)); begin += n)
		;
	while (end > begin) {
		uint32_t last = end - 1;

		while (last > begin && end - last < 4 && (at[last] & 0xc0) == 0x80)
			last--;
		if (blank_bytes(at + last, end - last) != end - last)
			break;
		end = last;
	}
	return sl_any_text(SL_KIND_STRING, text->text + begin, end - begin);
}

/* Whether the arguments are of these kinds: s(tring), i(nt). */
static bool are(const struct sl_any *args, uint32_t n, const char *kinds)
{
	for (uint32_t i = 0; i < n; i++)
		if (kinds[i] == 0 ||
		    args[i].kind != (kinds[i] == 's' ? SL_KIND_STRING : SL_KIND_INT))
			return false;
	return kinds[n] == 0;
}

struct sl_any sl_any_call_search(enum sl_function function, const struct sl_any *args, uint32_t n)
{
	switch (function) {
	case SL_FUNCTION_STARTS_WITH:
	case SL_FUNCTION_ENDS_WITH:
	case SL_FUNCTION_CONTAINS:
		return are(args, n, "ss") ? test_part(function, &args[0], &args[1]) : no_overload();
	case SL_FUNCTION_INDEX_OF:
	case SL_FUNCTION_LAST_INDEX_OF:
		return are(args, n, "ss") || are(args, n, "ssi") ? find(function, args, n)
								 : no_overload();
	case SL_FUNCTION_CHAR_AT:
		return are(args, n, "si") ? char_at(&args[0], args[1].integer) : no_overload();
	case SL_FUNCTION_SUBSTRING:
		return are(args, n, "si") || are(args, n, "sii") ? substring(args, n)
								 : no_overload();
	default: /* TRIM */
		return are(args, n, "s") ? trim(&args[0]) : no_overload();
	}
}
