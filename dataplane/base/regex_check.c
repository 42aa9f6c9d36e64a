#include "base/regex.h"

#include "sluice/error.h"

static bool check_counts(const struct sl_regex *regex)
{
	uint32_t words = regex->words;

	if (words == 0 || words > SL_REGEX_WORDS_MAX || (words & (words - 1)))
		return false;
	return regex->positions <= words * 64 && regex->classes > 0 &&
	       regex->classes <= SL_REGEX_CLASSES_MAX && regex->groups <= regex->positions &&
	       regex->ranges > 0 && regex->ranges <= SL_REGEX_RANGES_MAX;
}

/* No row has a position that is none. */
static bool check_rows(const struct sl_regex *regex)
{
	const uint64_t *at = (const uint64_t *)regex + sl_regex_first_at();
	const uint64_t *end = (const uint64_t *)regex + sl_regex_ranges_at(regex);

	for (uint32_t word = 0; at < end; at++, word = (word + 1) % regex->words) {
		uint32_t below = word * 64;
		uint32_t n = regex->positions > below ? regex->positions - below : 0;

		if (n < 64 && *at >> n)
			return false;
	}
	return true;
}

static bool check_classes(const struct sl_regex *regex)
{
	const uint32_t *first =
		(const uint32_t *)((const uint64_t *)regex + sl_regex_ranges_at(regex));
	const uint16_t *class = (const uint16_t *)(first + regex->ranges);
	const uint8_t *kind = (const uint8_t *)(class + regex->ranges);
	const uint64_t *nothing = (const uint64_t *)regex + sl_regex_masks_at(regex);

	for (unsigned i = 0; i < 128; i++)
		if (regex->ascii[i] >= regex->classes)
			return false;
	for (uint32_t i = 0; i < regex->ranges; i++)
		if (class[i] >= regex->classes || (i ? first[i] <= first[i - 1] : first[i] != 0x80))
			return false;
	for (uint32_t i = 0; i < regex->classes; i++)
		if (kind[i] == SL_REGEX_EDGE || kind[i] >= SL_REGEX_KINDS)
			return false;
	for (uint32_t i = 0; i < regex->words; i++)
		if (nothing[i])
			return false;
	return true;
}

/* What it says of itself is so. */
static bool check_flags(const struct sl_regex *regex)
{
	const uint64_t *first = (const uint64_t *)regex + sl_regex_first_at() + regex->words;
	uint64_t inside = regex->empty >> SL_REGEX_KINDS;
	bool skip = regex->flags & SL_REGEX_SKIP, one = regex->flags & SL_REGEX_SKIP_ONE;

	for (uint32_t i = 0; i < (SL_REGEX_KINDS - 1u) * regex->words; i++)
		inside |= first[i];
	return (regex->flags & ~(unsigned)SL_REGEX_FLAGS) == 0 &&
	       !(regex->flags & SL_REGEX_ANCHORED && inside) && !(skip && regex->empty) &&
	       !(one && !skip);
}

int sl_regex_check(const void *blob, size_t bytes)
{
	const struct sl_regex *regex = blob;

	if ((uintptr_t)blob % 8 || bytes < sizeof(*regex))
		return -SL_E_TRUNCATED;
	if (regex->magic != SL_REGEX_MAGIC)
		return -SL_E_FORMAT;
	if (regex->version != SL_REGEX_VERSION)
		return -SL_E_VERSION;
	if (!check_counts(regex))
		return -SL_E_BOUNDS;
	if (regex->bytes > bytes)
		return -SL_E_TRUNCATED;
	if (regex->bytes != sl_regex_bytes(regex) || !check_rows(regex) || !check_classes(regex) ||
	    !check_flags(regex))
		return -SL_E_BOUNDS;
	return 0;
}
