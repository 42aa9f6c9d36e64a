/* Ids of events. The first byte has the form in its low bits and a length above them; what is no
 * number of a form that gives its own text back is kept as text. */
#include "pack_priv.h"

enum form { FORM_TEXT, FORM_ULID, FORM_UUID, FORM_DECIMAL, FORM_HEX };

#define FORM_BITS 3u
#define LENGTH_MORE 31u /* it stands behind */
#define ULID_CHARS 26u
#define UUID_CHARS 36u
#define DECIMAL_CHARS_MAX 19u
#define HEX_CHARS_MIN 8u

static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
static const char digits[] = "0123456789abcdef";

static void put_head(struct sl_pack *out, enum form form, uint64_t length)
{
	if (length < LENGTH_MORE) {
		sl_pack_byte(out, (unsigned)(length << FORM_BITS) | form);
		return;
	}
	sl_pack_byte(out, LENGTH_MORE << FORM_BITS | form);
	sl_pack_number(out, length);
}

/* The value of a digit plus one; 0: it is none. */
static const uint8_t crockford_values[256] = {
	['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,
	['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14,
	['E'] = 15, ['F'] = 16, ['G'] = 17, ['H'] = 18, ['J'] = 19, ['K'] = 20, ['M'] = 21,
	['N'] = 22, ['P'] = 23, ['Q'] = 24, ['R'] = 25, ['S'] = 26, ['T'] = 27, ['V'] = 28,
	['W'] = 29, ['X'] = 30, ['Y'] = 31, ['Z'] = 32,
};

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* ---- reading text --------------------------------------------------------------------------- */

static bool read_ulid(struct sl_text id, uint8_t ret[16])
{
	unsigned __int128 value = 0;

	if (id.bytes != ULID_CHARS || id.at[0] > '7')
		return false;
	for (unsigned i = 0; i < ULID_CHARS; i++) {
		uint8_t digit = crockford_values[(uint8_t)id.at[i]];

		if (!digit)
			return false;
		value = value << 5 | (digit - 1u);
	}
	memcpy(ret, &value, 16);
	return true;
}

/* Pairs of lower-case digits, n bytes of them. */
static bool read_hex(const char *at, unsigned n, uint8_t *ret)
{
	for (unsigned i = 0; i < n; i++) {
		int high = hex_value(at[2 * i]), low = hex_value(at[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		ret[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool is_dash(unsigned i)
{
	return i == 8 || i == 13 || i == 18 || i == 23;
}

static bool read_uuid(struct sl_text id, uint8_t ret[16])
{
	char plain[32];
	unsigned n = 0;

	if (id.bytes != UUID_CHARS)
		return false;
	for (unsigned i = 0; i < UUID_CHARS; i++) {
		if (!is_dash(i))
			plain[n++] = id.at[i];
		else if (id.at[i] != '-')
			return false;
	}
	return read_hex(plain, 16, ret);
}

static bool read_decimal(struct sl_text id, uint64_t *ret)
{
	uint64_t value = 0;

	if (!id.bytes || id.bytes > DECIMAL_CHARS_MAX || (id.at[0] == '0' && id.bytes > 1))
		return false;
	for (uint32_t i = 0; i < id.bytes; i++) {
		if (id.at[i] < '0' || id.at[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(id.at[i] - '0');
	}
	*ret = value;
	return true;
}

static bool is_hex(struct sl_text id)
{
	if (id.bytes % 2 || id.bytes < HEX_CHARS_MIN)
		return false;
	for (uint32_t i = 0; i < id.bytes; i++)
		if (hex_value(id.at[i]) < 0)
			return false;
	return true;
}

void sl_pack_id(struct sl_pack *out, struct sl_text id)
{
	uint8_t bytes[16];
	uint64_t number;

	if (read_ulid(id, bytes)) {
		put_head(out, FORM_ULID, 0);
		sl_pack_bytes(out, bytes, sizeof(bytes));
	} else if (read_uuid(id, bytes)) {
		put_head(out, FORM_UUID, 0);
		sl_pack_bytes(out, bytes, sizeof(bytes));
	} else if (read_decimal(id, &number)) {
		put_head(out, FORM_DECIMAL, 0);
		sl_pack_number(out, number);
	} else if (is_hex(id)) {
		put_head(out, FORM_HEX, id.bytes / 2);
		for (uint32_t i = 0; i < id.bytes; i += 2)
			sl_pack_byte(out, (unsigned)(hex_value(id.at[i]) << 4 |
						     hex_value(id.at[i + 1])));
	} else {
		put_head(out, FORM_TEXT, id.bytes);
		sl_pack_bytes(out, id.at, id.bytes);
	}
}

/* ---- writing text --------------------------------------------------------------------------- */

static enum form get_head(struct sl_unpack *in, uint64_t *ret_length)
{
	unsigned head = sl_unpack_byte(in);

	*ret_length = head >> FORM_BITS;
	if (*ret_length == LENGTH_MORE)
		*ret_length = sl_unpack_number(in);
	return head & ((1u << FORM_BITS) - 1);
}

struct sl_span sl_unpack_id(struct sl_unpack *in)
{
	const uint8_t *from = in->at;
	uint64_t length;

	switch (get_head(in, &length)) {
	case FORM_TEXT:
	case FORM_HEX:
		sl_unpack_bytes(in, length);
		break;
	case FORM_ULID:
	case FORM_UUID:
		sl_unpack_bytes(in, 16);
		break;
	case FORM_DECIMAL:
		sl_unpack_number(in);
		break;
	default:
		in->bad = true;
	}
	return sl_span_of(from, (size_t)(in->at - from));
}

static uint32_t write_ulid(const uint8_t *from, char *at)
{
	unsigned __int128 value;

	memcpy(&value, from, 16);
	for (unsigned i = ULID_CHARS; i-- > 0; value >>= 5)
		at[i] = crockford[(unsigned)value & 31];
	return ULID_CHARS;
}

static uint32_t write_hex(const uint8_t *from, uint64_t n, bool dashes, char *at)
{
	uint32_t to = 0;

	for (uint64_t i = 0; i < n; i++) {
		if (dashes && is_dash(to))
			at[to++] = '-';
		at[to++] = digits[from[i] >> 4];
		at[to++] = digits[from[i] & 15];
	}
	return to;
}

static uint32_t write_decimal(uint64_t value, char *at)
{
	char reversed[20];
	uint32_t n = 0;

	do
		reversed[n++] = (char)('0' + value % 10);
	while (value /= 10);
	for (uint32_t i = 0; i < n; i++)
		at[i] = reversed[n - 1 - i];
	return n;
}

uint32_t sl_id_text(struct sl_span packed, char *at)
{
	struct sl_unpack in = sl_unpack_of(packed.at, packed.bytes);
	uint64_t length;

	if (!packed.bytes)
		return 0;
	switch (get_head(&in, &length)) {
	case FORM_ULID:
		return write_ulid(in.at, at);
	case FORM_UUID:
		return write_hex(in.at, 16, true, at);
	case FORM_DECIMAL:
		return write_decimal(sl_unpack_number(&in), at);
	case FORM_HEX:
		return write_hex(in.at, length, false, at);
	default:
		memcpy(at, in.at, length);
		return (uint32_t)length;
	}
}
