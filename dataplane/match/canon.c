#include "match_priv.h"

/* 16 bytes at a time in whatever vector registers the machine has. */
typedef uint8_t vector __attribute__((vector_size(16)));

/* Not 0 where one of the 8 bytes has to be escaped. */
static uint64_t low_bytes(uint64_t word)
{
	const uint64_t ones = 0x0101010101010101u;

	return (word - ones * (SL_CANON_ESCAPE + 1)) & ~word & ones * 0x80;
}

/* Both ends of 8 to 16 bytes, which overlap in the middle. */
static uint64_t copy_two_words(uint8_t *to, const char *from, uint32_t n)
{
	uint64_t first, last;

	memcpy(&first, from, 8);
	memcpy(&last, from + n - 8, 8);
	memcpy(to, &first, 8);
	memcpy(to + n - 8, &last, 8);
	return low_bytes(first) | low_bytes(last);
}

/* The same of 4 to 8 bytes. */
static uint64_t copy_two_halves(uint8_t *to, const char *from, uint32_t n)
{
	uint32_t first, last;

	memcpy(&first, from, 4);
	memcpy(&last, from + n - 4, 4);
	memcpy(to, &first, 4);
	memcpy(to + n - 4, &last, 4);
	return low_bytes((uint64_t)first << 32 | last);
}

/* Copies n bytes and tells whether one of them has to be escaped. Reads and writes nothing
 * outside: values of a handed-over event lie close to each other and to the end of their memory. */
static bool copy_clean(uint8_t *to, const char *from, uint32_t n)
{
	vector low = {0}, bytes;
	uint64_t halves[2];
	bool escape = false;

	if (n >= 16) {
		for (uint32_t i = 0; i + 16 <= n; i += 16) {
			memcpy(&bytes, from + i, 16);
			memcpy(to + i, &bytes, 16);
			low |= (vector)(bytes <= SL_CANON_ESCAPE);
		}
		memcpy(&bytes, from + n - 16, 16);
		memcpy(to + n - 16, &bytes, 16);
		low |= (vector)(bytes <= SL_CANON_ESCAPE);
		memcpy(halves, &low, 16);
		return (halves[0] | halves[1]) != 0;
	}
	if (n >= 8)
		return copy_two_words(to, from, n) != 0;
	if (n >= 4)
		return copy_two_halves(to, from, n) != 0;
	for (uint32_t i = 0; i < n; i++) {
		to[i] = (uint8_t)from[i];
		escape |= to[i] <= SL_CANON_ESCAPE;
	}
	return escape;
}

static uint32_t copy_escaped(uint8_t *to, const char *from, uint32_t n)
{
	uint8_t *at = to;

	for (uint32_t i = 0; i < n; i++) {
		uint8_t byte = (uint8_t)from[i];

		if (byte <= SL_CANON_ESCAPE) {
			*at++ = SL_CANON_ESCAPE;
			byte += 0x40;
		}
		*at++ = byte;
	}
	return (uint32_t)(at - to);
}

static bool add_value(struct sl_canon *canon, const struct sl_scanned_field *field,
		      const char *text, uint32_t n)
{
	uint8_t *at = canon->text + canon->bytes;
	uint32_t begin = canon->bytes + (uint32_t)sizeof(field->head);
	uint32_t written = n;

	if (2 * (uint64_t)n + SL_CANON_RUN_BYTES > canon->text_room - canon->bytes)
		return false;
	memcpy(at, field->head, sizeof(field->head));
	at += sizeof(field->head);
	if (copy_clean(at, text, n))
		written = copy_escaped(at, text, n);
	at[written] = SL_CANON_END;
	canon->runs[canon->n_runs++] =
		(struct sl_canon_run){.begin = begin, .end = begin + written, .slot = field->slot};
	canon->bytes = begin + written + 1;
	return true;
}

bool sl_canon_add(struct sl_canon *canon, const struct sl_match_set *set,
		  const struct sl_event *event)
{
	const uint32_t bytes = canon->bytes, n_runs = canon->n_runs;
	bool fits = true;

	for (uint32_t i = 0; i < set->n_scanned && fits; i++) {
		const struct sl_scanned_field *field = &set->scanned[i];
		const struct sl_value *value = &event->slots[field->slot];

		if (field->slot >= event->n_slots)
			break;
		if (value->kind == SL_TYPE_STRING)
			fits = add_value(canon, field, value->text, value->count);
		else if (value->kind == SL_TYPE_STRINGS)
			for (uint32_t j = 0; j < value->count && fits; j++)
				fits = add_value(canon, field, value->list[j].at,
						 value->list[j].bytes);
	}
	if (!fits) {
		canon->bytes = bytes;
		canon->n_runs = n_runs;
		return false;
	}
	canon->ends[canon->n_events++] = canon->bytes;
	return true;
}

const struct sl_canon_run *sl_canon_find(const struct sl_canon *canon, uint32_t begin, uint32_t end)
{
	uint32_t low = 0, high = canon->n_runs;

	/* the last run that begins at or before `begin` */
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (canon->runs[middle].begin <= begin)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0 || canon->runs[low - 1].end < end)
		return NULL;
	return &canon->runs[low - 1];
}
