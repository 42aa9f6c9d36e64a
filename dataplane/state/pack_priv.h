/* Packed bytes: numbers, times, event ids and values as they lie in a key's record and in images.
 *
 * Writing stops at the end of its room and sets `over`. Reading believes nothing: what would go
 * beyond the end, or is no such thing, sets `bad` and gives 0. */
#ifndef SL_STATE_PACK_PRIV_H
#define SL_STATE_PACK_PRIV_H

#include "base/event.h"
#include "base/program.h"

#include <string.h>

struct sl_pack {
	uint8_t *at, *end;
	bool over;
	uint8_t unit;  /* of times */
	uint64_t time; /* the one before, in units */
};

struct sl_unpack {
	const uint8_t *at, *end;
	bool bad;
	uint8_t unit;
	uint64_t time;
};

static inline struct sl_pack sl_pack_of(void *at, size_t bytes)
{
	return (struct sl_pack){.at = at, .end = (uint8_t *)at + bytes};
}

static inline struct sl_unpack sl_unpack_of(const void *at, size_t bytes)
{
	return (struct sl_unpack){.at = at, .end = (const uint8_t *)at + bytes};
}

static inline size_t sl_pack_number_bytes(uint64_t number)
{
	size_t bytes = 1;

	while (number >>= 7)
		bytes++;
	return bytes;
}

static inline void sl_pack_byte(struct sl_pack *out, unsigned byte)
{
	if (out->at == out->end)
		out->over = true;
	else
		*out->at++ = (uint8_t)byte;
}

static inline void sl_pack_number(struct sl_pack *out, uint64_t number)
{
	while (number > 0x7f) {
		sl_pack_byte(out, 0x80 | (number & 0x7f));
		number >>= 7;
	}
	sl_pack_byte(out, (unsigned)number);
}

static inline void sl_pack_signed(struct sl_pack *out, int64_t number)
{
	sl_pack_number(out, (uint64_t)number << 1 ^ (uint64_t)(number >> 63));
}

static inline void sl_pack_bytes(struct sl_pack *out, const void *at, size_t bytes)
{
	if (bytes > (size_t)(out->end - out->at)) {
		out->over = true;
		return;
	}
	if (bytes)
		memcpy(out->at, at, bytes);
	out->at += bytes;
}

static inline unsigned sl_unpack_byte(struct sl_unpack *in)
{
	if (in->at == in->end) {
		in->bad = true;
		return 0;
	}
	return *in->at++;
}

static inline uint64_t sl_unpack_number(struct sl_unpack *in)
{
	uint64_t number = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		unsigned byte = sl_unpack_byte(in);

		number |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return number;
	}
	in->bad = true;
	return 0;
}

static inline int64_t sl_unpack_signed(struct sl_unpack *in)
{
	uint64_t number = sl_unpack_number(in);

	return (int64_t)(number >> 1 ^ -(number & 1));
}

/* NULL: there are not so many. */
static inline const uint8_t *sl_unpack_bytes(struct sl_unpack *in, uint64_t bytes)
{
	const uint8_t *at = in->at;

	if (bytes > (uint64_t)(in->end - in->at)) {
		in->bad = true;
		return NULL;
	}
	in->at += bytes;
	return at;
}

/* ---- times: each as what it is more than the one before, in the coarsest exact unit --------- */

static const int64_t sl_time_units[4] = {1, 1000, 1000000, 1000000000};
#define SL_TIME_UNIT_COARSEST 3u

static inline void sl_pack_fit_unit(uint8_t *unit, int64_t time_ns)
{
	while (*unit && time_ns % sl_time_units[*unit])
		(*unit)--;
}

static inline void sl_pack_time(struct sl_pack *out, int64_t time_ns)
{
	uint64_t time = (uint64_t)(time_ns / sl_time_units[out->unit]);

	sl_pack_signed(out, (int64_t)(time - out->time));
	out->time = time;
}

static inline int64_t sl_unpack_time(struct sl_unpack *in)
{
	int64_t time_ns;

	in->time += (uint64_t)sl_unpack_signed(in);
	if (__builtin_mul_overflow((int64_t)in->time, sl_time_units[in->unit], &time_ns)) {
		in->bad = true;
		return 0;
	}
	return time_ns;
}

/* ---- ids of events: ULIDs, UUIDs, decimal and hexadecimal numbers as such, others as they are -
 */

#define SL_ID_TEXT_MAX(packed) (2 * (packed) + 40) /* bytes that the text may take */

void sl_pack_id(struct sl_pack *out, struct sl_text id);
struct sl_span sl_unpack_id(struct sl_unpack *in); /* as packed */
/* Its text, written to `at`, of at least SL_ID_TEXT_MAX() of the packed bytes. */
uint32_t sl_id_text(struct sl_span packed, char *at);

/* ---- values of fields -------------------------------------------------------------------------
 */

enum sl_packed_kind {
	SL_PACKED_ABSENT,
	SL_PACKED_INT,
	SL_PACKED_DOUBLE,
	SL_PACKED_FALSE,
	SL_PACKED_TRUE,
	SL_PACKED_TIME,
	SL_PACKED_HASH,   /* 8 bytes of one */
	SL_PACKED_STRING, /* its length is behind */
	SL_PACKED_SHORT,  /* and what is above: a string, and its length is what it is more */
};

/* A string longer than SL_CAPTURE_BYTES_MAX, and a list, is absent: false. */
bool sl_pack_value(struct sl_pack *out, const struct sl_value *value);
void sl_pack_double(struct sl_pack *out, double value);
struct sl_span sl_unpack_value(struct sl_unpack *in); /* as packed */
double sl_unpack_double(struct sl_unpack *in);

/* What conditions and records take it as; texts point into the packed bytes. */
struct sl_any sl_packed_any(struct sl_span packed);

/* INT, DOUBLE and TIMESTAMP; others as absent. */
void sl_pack_any(struct sl_pack *out, const struct sl_any *any);

/* Of one field: values that are equal have one, others hardly ever; of an absent one 0. */
uint64_t sl_value_hash(const struct sl_value *value);

#endif
