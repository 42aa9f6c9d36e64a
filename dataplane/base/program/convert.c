/* int() uint() double() string() bytes() bool() timestamp() duration() type(). */
#include "program_priv.h"

static struct sl_any no_overload(void)
{
	return sl_any_fault(SL_FAULT_NO_OVERLOAD);
}

static struct sl_any to_int(const struct sl_any *value)
{
	int64_t parsed;

	switch (value->kind) {
	case SL_KIND_INT:
		return *value;
	case SL_KIND_UINT:
		return value->natural > INT64_MAX ? sl_any_fault(SL_FAULT_OVERFLOW)
						  : sl_any_int(value->integer);
	case SL_KIND_DOUBLE: /* both ends are out of it: what rounds to them may have been more */
		return value->decimal > -0x1p63 && value->decimal < 0x1p63
			       ? sl_any_int((int64_t)value->decimal)
			       : sl_any_fault(SL_FAULT_OVERFLOW);
	case SL_KIND_STRING:
		return sl_parse_int(value->text, value->count, &parsed)
			       ? sl_any_int(parsed)
			       : sl_any_fault(SL_FAULT_CONVERSION);
	case SL_KIND_TIMESTAMP:
		return sl_any_int(value->integer);
	default:
		return no_overload();
	}
}

static struct sl_any to_uint(const struct sl_any *value)
{
	uint64_t parsed;

	switch (value->kind) {
	case SL_KIND_UINT:
		return *value;
	case SL_KIND_INT:
		return value->integer < 0 ? sl_any_fault(SL_FAULT_OVERFLOW)
					  : sl_any_uint(value->natural);
	case SL_KIND_DOUBLE:
		return value->decimal >= 0 && value->decimal < 0x1p64
			       ? sl_any_uint((uint64_t)value->decimal)
			       : sl_any_fault(SL_FAULT_OVERFLOW);
	case SL_KIND_STRING:
		return sl_parse_uint(value->text, value->count, &parsed)
			       ? sl_any_uint(parsed)
			       : sl_any_fault(SL_FAULT_CONVERSION);
	default:
		return no_overload();
	}
}

static struct sl_any to_double(struct sl_run *run, const struct sl_any *value)
{
	double parsed;

	switch (value->kind) {
	case SL_KIND_DOUBLE:
		return *value;
	case SL_KIND_INT:
		return sl_any_double((double)value->integer);
	case SL_KIND_UINT:
		return sl_any_double((double)value->natural);
	case SL_KIND_STRING:
		if (!sl_run_step(run, 20)) /* dear */
			return no_overload();
		return sl_double_parse(value->text, value->count, &parsed)
			       ? sl_any_double(parsed)
			       : sl_any_fault(SL_FAULT_CONVERSION);
	default:
		return no_overload();
	}
}

/* A text that is written out. */
static struct sl_any print(struct sl_run *run, const struct sl_any *value)
{
	char text[SL_DOUBLE_TEXT_MAX];
	struct sl_out out;

	sl_out_begin(&out, run);
	switch (value->kind) {
	case SL_KIND_INT:
		sl_print_int(&out, value->integer, 10, false);
		break;
	case SL_KIND_UINT: {
		char room[64], *at = sl_print_digits(value->natural, 10, false, room);

		sl_out_put(&out, at, (uint64_t)(room + sizeof(room) - at));
		break;
	}
	case SL_KIND_DOUBLE:
		if (sl_run_step(run, 40)) /* dear */
			sl_out_put(&out, text,
				   sl_double_print(value->decimal, SL_DOUBLE_SHORT, 0, text));
		break;
	case SL_KIND_TIMESTAMP:
		sl_print_timestamp(&out, value);
		break;
	default: /* DURATION */
		sl_print_duration(&out, value);
	}
	return sl_out_end(&out);
}

static struct sl_any to_string(struct sl_run *run, const struct sl_any *value)
{
	switch (value->kind) {
	case SL_KIND_STRING:
		return *value;
	case SL_KIND_BYTES:
		return sl_utf8_is_valid(value->text, value->count)
			       ? sl_any_text(SL_KIND_STRING, value->text, value->count)
			       : sl_any_fault(SL_FAULT_CONVERSION);
	case SL_KIND_BOOL:
		return value->integer ? sl_any_text(SL_KIND_STRING, "true", 4)
				      : sl_any_text(SL_KIND_STRING, "false", 5);
	case SL_KIND_INT:
	case SL_KIND_UINT:
	case SL_KIND_DOUBLE:
	case SL_KIND_TIMESTAMP:
	case SL_KIND_DURATION:
		return print(run, value);
	default:
		return no_overload();
	}
}

static struct sl_any to_bool(const struct sl_any *value)
{
	static const char *const words[] = {"1", "t", "T", "TRUE",  "true",  "True",
					    "0", "f", "F", "FALSE", "false", "False"};

	if (value->kind == SL_KIND_BOOL)
		return *value;
	if (value->kind != SL_KIND_STRING)
		return no_overload();
	for (unsigned i = 0; i < 12; i++)
		if (strlen(words[i]) == value->count &&
		    memcmp(words[i], value->text, value->count) == 0)
			return sl_any_bool(i < 6);
	return sl_any_fault(SL_FAULT_CONVERSION);
}

static struct sl_any to_timestamp(const struct sl_any *value)
{
	switch (value->kind) {
	case SL_KIND_TIMESTAMP:
		return *value;
	case SL_KIND_STRING:
		return sl_parse_timestamp(value->text, value->count);
	case SL_KIND_INT:
		if (value->integer < SL_TIMESTAMP_SECONDS_MIN ||
		    value->integer > SL_TIMESTAMP_SECONDS_MAX)
			return sl_any_fault(SL_FAULT_RANGE);
		return (struct sl_any){.kind = SL_KIND_TIMESTAMP, .integer = value->integer};
	default:
		return no_overload();
	}
}

struct sl_any sl_any_convert(struct sl_run *run, enum sl_function function,
			     const struct sl_any *value)
{
	switch (function) {
	case SL_FUNCTION_INT:
		return to_int(value);
	case SL_FUNCTION_UINT:
		return to_uint(value);
	case SL_FUNCTION_DOUBLE:
		return to_double(run, value);
	case SL_FUNCTION_STRING:
		return to_string(run, value);
	case SL_FUNCTION_BOOL:
		return to_bool(value);
	case SL_FUNCTION_TIMESTAMP:
		return to_timestamp(value);
	case SL_FUNCTION_DURATION:
		if (value->kind == SL_KIND_DURATION)
			return *value;
		return value->kind == SL_KIND_STRING ? sl_parse_duration(value->text, value->count)
						     : no_overload();
	case SL_FUNCTION_BYTES:
		if (value->kind != SL_KIND_STRING && value->kind != SL_KIND_BYTES)
			return no_overload();
		return sl_any_text(SL_KIND_BYTES, value->text, value->count);
	case SL_FUNCTION_TYPE:
		return (struct sl_any){.kind = SL_KIND_TYPE, .integer = value->kind};
	default: /* DYN */
		return *value;
	}
}
