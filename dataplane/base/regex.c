#include "base/regex.h"

#include <string.h>

/* The parts of a blob. */
struct parts {
	const uint64_t *first, *last, *shift, *loop, *masks, *groups;
	const uint32_t *range_first;
	const uint16_t *range_class;
	const uint8_t *kind;
};

static inline struct parts parts_of(const struct sl_regex *regex)
{
	const uint64_t *at = (const uint64_t *)regex;
	struct parts parts = {
		.first = at + sl_regex_first_at(),
		.last = at + sl_regex_last_at(regex),
		.shift = at + sl_regex_shift_at(regex),
		.loop = at + sl_regex_loop_at(regex),
		.masks = at + sl_regex_masks_at(regex),
		.groups = at + sl_regex_groups_at(regex),
		.range_first = (const uint32_t *)(at + sl_regex_ranges_at(regex)),
	};

	parts.range_class = (const uint16_t *)(parts.range_first + regex->ranges);
	parts.kind = (const uint8_t *)(parts.range_class + regex->ranges);
	return parts;
}

/* Class of a character that is not ASCII; moves on behind it. Behind a byte that is not part of
 * valid UTF-8: class 0. */
static uint16_t class_beyond(const struct sl_regex *regex, const struct parts *parts,
			     const uint8_t **at, const uint8_t *end)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t *from = *at;
	uint32_t lead = from[0], n = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	uint32_t code = lead & (0x7fu >> n), low = 0, high = regex->ranges;

	*at = from + 1;
	if (n == 1 || lead > 0xf4 || n > (size_t)(end - from))
		return 0;
	for (uint32_t i = 1; i < n; i++) {
		if ((from[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (from[i] & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	*at = from + n;
	/* the last range that begins at or before the character; the first one always does */
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (parts->range_first[middle] <= code)
			low = middle;
		else
			high = middle;
	}
	return parts->range_class[low];
}

static inline enum sl_regex_kind kind_of_byte(const struct sl_regex *regex,
					      const struct parts *parts, uint8_t byte)
{
	return byte < 0x80 ? parts->kind[regex->ascii[byte]] : SL_REGEX_OTHER;
}

/* The next byte that a match may begin with, or the end. */
static const uint8_t *skip(const struct sl_regex *regex, const uint8_t *at, const uint8_t *end)
{
	if (regex->flags & SL_REGEX_SKIP_ONE) {
		const uint8_t *found = memchr(at, regex->start_byte, (size_t)(end - at));

		return found ? found : end;
	}
	while (at < end && !(regex->start[*at / 64] >> *at % 64 & 1))
		at++;
	return at;
}

static inline bool __attribute__((always_inline))
meets(const uint64_t *a, const uint64_t *b, uint32_t words)
{
	uint64_t common = 0;

	for (uint32_t i = 0; i < words; i++)
		common |= a[i] & b[i];
	return common != 0;
}

/* The positions that may take the character behind those of the set; whether there are any. */
static inline bool __attribute__((always_inline))
step(const struct sl_regex *regex, const struct parts *parts, uint64_t *set, const uint64_t *first,
     const uint64_t *mask, const uint32_t words)
{
	uint64_t next[SL_REGEX_WORDS_MAX], carry = 0, any = 0;

	for (uint32_t i = 0; i < words; i++) {
		next[i] = ((set[i] << 1 | carry) & parts->shift[i]) | (set[i] & parts->loop[i]) |
			  first[i];
		carry = set[i] >> 63;
	}
	for (uint32_t g = 0; g < regex->groups; g++) {
		const uint64_t *members = parts->groups + (size_t)2 * g * words;

		if (meets(set, members, words))
			for (uint32_t i = 0; i < words; i++)
				next[i] |= members[words + i];
	}
	for (uint32_t i = 0; i < words; i++) {
		set[i] = next[i] & mask[i];
		any |= set[i];
	}
	return any != 0;
}

/* The same for each width of a row, so that the small ones stay in registers. */
static inline bool __attribute__((always_inline))
run(const struct sl_regex *regex, const uint8_t *text, uint32_t bytes, const uint32_t words)
{
	const uint8_t *at = text, *end = text + bytes;
	struct parts parts = parts_of(regex);
	uint64_t set[SL_REGEX_WORDS_MAX] = {0};
	enum sl_regex_kind before = SL_REGEX_EDGE;
	bool any = false;

	while (at < end) {
		enum sl_regex_kind kind;
		uint16_t class;

		if (!any && at > text && regex->flags & SL_REGEX_ANCHORED)
			return false;
		if (!any && regex->flags & SL_REGEX_SKIP) {
			const uint8_t *found = skip(regex, at, end);

			if (found == end)
				return false;
			if (found > at)
				before = kind_of_byte(regex, &parts, found[-1]);
			at = found;
		}
		class = *at < 0x80 ? regex->ascii[*at++] : class_beyond(regex, &parts, &at, end);
		kind = parts.kind[class];
		if (regex->empty & SL_REGEX_BETWEEN(before, kind) ||
		    (any && meets(set, parts.last + (size_t)kind * words, words)))
			return true;
		any = step(regex, &parts, set, parts.first + (size_t)before * words,
			   parts.masks + (size_t) class * words, words);
		before = kind;
	}
	return regex->empty & SL_REGEX_BETWEEN(before, SL_REGEX_EDGE) ||
	       (any && meets(set, parts.last + (size_t)SL_REGEX_EDGE * words, words));
}

bool sl_regex_search(const struct sl_regex *regex, const char *text, uint32_t bytes)
{
	const uint8_t *at = (const uint8_t *)text;

	if (regex->flags & SL_REGEX_ALWAYS)
		return true;
	switch (regex->words) {
	case 1:
		return run(regex, at, bytes, 1);
	case 2:
		return run(regex, at, bytes, 2);
	case 4:
		return run(regex, at, bytes, 4);
	case 8:
		return run(regex, at, bytes, 8);
	default:
		return run(regex, at, bytes, 16);
	}
}
