#include "tools/sluice/dump/constant_listing.h"

#include "base/json_out.h"
#include "base/program.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES_MAX 60u
#define MEMBERS_MAX 8u
#define DEPTH_MAX 3u

void sl_listing_put(struct sl_listing *listing, const char *format, ...)
{
	size_t left = listing->bytes < listing->room ? listing->room - listing->bytes : 0;
	va_list args;

	va_start(args, format);
	listing->bytes +=
		(size_t)vsnprintf(left ? listing->at + listing->bytes : NULL, left, format, args);
	va_end(args);
}

/* Bytes of the character at the begin, 0: these bytes are none. */
static uint32_t read_character(const char *text, uint32_t left, uint32_t *ret_code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	const uint8_t *at = (const uint8_t *)text;
	uint32_t bytes = at[0] < 0x80   ? 1
			 : at[0] < 0xc2 ? 0
			 : at[0] < 0xe0 ? 2
			 : at[0] < 0xf0 ? 3
			 : at[0] < 0xf5 ? 4
					: 0;
	uint32_t code = bytes > 1 ? at[0] & (0xffu >> (bytes + 1)) : at[0];

	if (bytes == 0 || bytes > left)
		return 0;
	for (uint32_t i = 1; i < bytes; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3f);
	}
	if (code < least[bytes] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	*ret_code = code;
	return bytes;
}

/* Controls, and what turns the direction of writing: they would show another text than is there. */
static bool is_steering(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e ||
	       code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
}

/* Returns how many bytes of the text it has put. */
static uint32_t put_character(struct sl_listing *listing, const char *at, uint32_t left)
{
	uint32_t code, bytes = read_character(at, left, &code);

	if (bytes == 0) {
		sl_listing_put(listing, "\\ufffd");
		return 1;
	}
	if (code == '\n' || code == '\r' || code == '\t')
		sl_listing_put(listing, code == '\n' ? "\\n" : code == '\r' ? "\\r" : "\\t");
	else if (is_steering(code))
		sl_listing_put(listing, "\\u%04" PRIx32, code);
	else
		sl_listing_put(listing, "%.*s", (int)bytes, at);
	return bytes;
}

void sl_listing_plain(struct sl_listing *listing, struct sl_text text)
{
	for (uint32_t i = 0; i < text.bytes;)
		i += put_character(listing, text.at + i, text.bytes - i);
}

void sl_listing_string(struct sl_listing *listing, struct sl_text text)
{
	uint32_t i = 0;

	sl_listing_put(listing, "\"");
	while (i < text.bytes && i < TEXT_BYTES_MAX) {
		if (text.at[i] == '"' || text.at[i] == '\\')
			sl_listing_put(listing, "\\%c", text.at[i++]);
		else
			i += put_character(listing, text.at + i, text.bytes - i);
	}
	sl_listing_put(listing, i < text.bytes ? "\"…" : "\"");
}

static void put_bytes(struct sl_listing *listing, struct sl_text text)
{
	uint32_t n = text.bytes < TEXT_BYTES_MAX ? text.bytes : TEXT_BYTES_MAX;

	sl_listing_put(listing, "b\"");
	for (uint32_t i = 0; i < n; i++) {
		uint8_t c = (uint8_t)text.at[i];

		if (c == '"' || c == '\\')
			sl_listing_put(listing, "\\%c", c);
		else if (c >= 0x20 && c < 0x7f)
			sl_listing_put(listing, "%c", c);
		else
			sl_listing_put(listing, "\\x%02x", c);
	}
	sl_listing_put(listing, n < text.bytes ? "\"…" : "\"");
}

void sl_listing_decimal(struct sl_listing *listing, double value)
{
	char text[40];

	if (!isfinite(value)) {
		sl_listing_put(listing, "double(\"%s\")",
			       isnan(value) ? "NaN"
			       : value > 0  ? "Infinity"
					    : "-Infinity");
		return;
	}
	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	sl_listing_put(listing, "%s%s", text, strpbrk(text, ".e") ? "" : ".0");
}

void sl_listing_time(struct sl_listing *listing, int64_t ns)
{
	char text[40];
	size_t bytes = sl_time_format(ns, text);

	sl_listing_put(listing, "timestamp(\"%.*s\")", (int)bytes, text);
}

/* Years that nanoseconds in 64 bits do not reach are given by their seconds. */
static void put_instant(struct sl_listing *listing, int64_t seconds, int32_t nanos)
{
	if (seconds > INT64_MIN / 1000000000 && seconds < INT64_MAX / 1000000000 - 1) {
		sl_listing_time(listing, seconds * 1000000000 + nanos);
		return;
	}
	sl_listing_put(listing, "timestamp(%" PRId64 ")", seconds);
	if (nanos)
		sl_listing_put(listing, " + duration(\"%" PRId32 "ns\")", nanos);
}

static void put_duration(struct sl_listing *listing, int64_t seconds, int32_t nanos)
{
	uint64_t whole = seconds < 0 ? -(uint64_t)seconds : (uint64_t)seconds;
	char fraction[16] = "";

	if (nanos) {
		size_t n = (size_t)snprintf(fraction, sizeof(fraction), ".%09u",
					    nanos < 0 ? -(unsigned)nanos : (unsigned)nanos);

		while (fraction[n - 1] == '0')
			fraction[--n] = '\0';
	}
	sl_listing_put(listing, "duration(\"%s%" PRIu64 "%ss\")",
		       seconds < 0 || nanos < 0 ? "-" : "", whole, fraction);
}

static const char *type_name(int64_t kind)
{
	const char *name = kind >= 0 && kind < SL_KINDS ? sl_kind_name((uint8_t)kind) : "";

	return name[0] ? name : "?";
}

static void put_constant(struct sl_listing *listing, uint32_t index, unsigned depth);

static void put_members(struct sl_listing *listing, uint32_t first, uint32_t count, bool is_map,
			unsigned depth)
{
	uint32_t stop = depth == DEPTH_MAX ? 0 : is_map ? 2 * MEMBERS_MAX : MEMBERS_MAX;

	for (uint32_t i = 0; i < count; i++) {
		if (i)
			sl_listing_put(listing, is_map && i % 2 ? ": " : ", ");
		if (i == stop) {
			sl_listing_put(listing, "… %u", is_map ? count / 2 : count);
			return;
		}
		put_constant(listing, listing->artifact->members[first + i], depth + 1);
	}
}

static void put_constant(struct sl_listing *listing, uint32_t index, unsigned depth)
{
	const struct sl_constant *constant = &listing->artifact->constants[index];

	switch (constant->type) {
	case SL_KIND_STRING:
		sl_listing_string(listing, sl_artifact_text(listing->artifact, constant->text));
		break;
	case SL_KIND_BYTES:
		put_bytes(listing, sl_artifact_text(listing->artifact, constant->text));
		break;
	case SL_KIND_DOUBLE:
		sl_listing_decimal(listing, constant->decimal);
		break;
	case SL_KIND_UINT:
		sl_listing_put(listing, "%" PRIu64 "u", constant->natural);
		break;
	case SL_KIND_BOOL:
		sl_listing_put(listing, constant->integer ? "true" : "false");
		break;
	case SL_KIND_NULL:
		sl_listing_put(listing, "null");
		break;
	case SL_KIND_TIME:
		sl_listing_time(listing, constant->integer);
		break;
	case SL_KIND_TIMESTAMP:
		put_instant(listing, constant->integer, constant->nanos);
		break;
	case SL_KIND_DURATION:
		put_duration(listing, constant->integer, constant->nanos);
		break;
	case SL_KIND_TYPE:
		sl_listing_put(listing, "%s", type_name(constant->integer));
		break;
	case SL_KIND_LIST:
		sl_listing_put(listing, "[");
		put_members(listing, constant->run.first, constant->run.count, false, depth);
		sl_listing_put(listing, "]");
		break;
	case SL_KIND_MAP:
		sl_listing_put(listing, "{");
		put_members(listing, constant->run.first, 2 * constant->run.count, true, depth);
		sl_listing_put(listing, "}");
		break;
	default: /* INT */
		sl_listing_put(listing, "%" PRId64, constant->integer);
	}
}

void sl_listing_constant(struct sl_listing *listing, uint32_t index)
{
	put_constant(listing, index, 0);
}

void sl_listing_members(struct sl_listing *listing, uint32_t first, uint32_t count)
{
	put_members(listing, first, count, false, 0);
}
