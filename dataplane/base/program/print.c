/* Numbers, times and kinds as text. */
#include "program_priv.h"

char *sl_print_digits(uint64_t value, unsigned base, bool upper, char room[64])
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char *at = room + 64;

	do {
		*--at = digits[value % base];
		value /= base;
	} while (value);
	return at;
}

static void print_uint(struct sl_out *out, uint64_t value, unsigned base, bool upper)
{
	char room[64];
	char *at = sl_print_digits(value, base, upper, room);

	sl_out_put(out, at, (uint64_t)(room + sizeof(room) - at));
}

void sl_print_int(struct sl_out *out, int64_t value, unsigned base, bool upper)
{
	if (value < 0)
		sl_out_put(out, "-", 1);
	print_uint(out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, base, upper);
}

static void print_padded(struct sl_out *out, unsigned value, unsigned width)
{
	char text[10];

	for (unsigned i = width; i-- > 0; value /= 10)
		text[i] = (char)('0' + value % 10);
	sl_out_put(out, text, width);
}

/* A point and nine digits, without the zeros at their end; nothing for 0. */
static void print_nanos(struct sl_out *out, uint32_t nanos)
{
	unsigned width = 9;

	if (nanos == 0)
		return;
	for (; nanos % 10 == 0; nanos /= 10)
		width--;
	sl_out_put(out, ".", 1);
	print_padded(out, nanos, width);
}

void sl_print_timestamp(struct sl_out *out, const struct sl_any *value)
{
	int64_t days = value->integer / 86400 - (value->integer % 86400 < 0);
	unsigned second = (unsigned)(value->integer - days * 86400);
	unsigned month, day;
	int64_t year;

	sl_date_of(days, &year, &month, &day);
	print_padded(out, (unsigned)year, 4);
	sl_out_put(out, "-", 1);
	print_padded(out, month, 2);
	sl_out_put(out, "-", 1);
	print_padded(out, day, 2);
	sl_out_put(out, "T", 1);
	print_padded(out, second / 3600, 2);
	sl_out_put(out, ":", 1);
	print_padded(out, second / 60 % 60, 2);
	sl_out_put(out, ":", 1);
	print_padded(out, second % 60, 2);
	print_nanos(out, (uint32_t)value->nanos);
	sl_out_put(out, "Z", 1);
}

void sl_print_duration(struct sl_out *out, const struct sl_any *value)
{
	bool negative = value->integer < 0 || value->nanos < 0;

	if (negative)
		sl_out_put(out, "-", 1);
	print_uint(out, (uint64_t)(negative ? -value->integer : value->integer), 10, false);
	print_nanos(out, (uint32_t)(negative ? -value->nanos : value->nanos));
	sl_out_put(out, "s", 1);
}

const char *sl_kind_name(uint8_t kind)
{
	static const char *const names[SL_KINDS] = {
		[SL_KIND_STRING] = "string",
		[SL_KIND_INT] = "int",
		[SL_KIND_DOUBLE] = "double",
		[SL_KIND_BOOL] = "bool",
		[SL_KIND_TIME] = "google.protobuf.Timestamp",
		[SL_KIND_LIST] = "list",
		[SL_KIND_MAP] = "map",
		[SL_KIND_UINT] = "uint",
		[SL_KIND_BYTES] = "bytes",
		[SL_KIND_NULL] = "null_type",
		[SL_KIND_TIMESTAMP] = "google.protobuf.Timestamp",
		[SL_KIND_DURATION] = "google.protobuf.Duration",
		[SL_KIND_TYPE] = "type",
	};

	return kind < SL_KINDS && names[kind] ? names[kind] : "";
}
