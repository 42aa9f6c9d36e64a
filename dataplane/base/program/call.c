/* Functions by their number, to the file that has them. */
#include "program_priv.h"

static struct sl_any size_of(const struct sl_any *value)
{
	switch (value->kind) {
	case SL_KIND_STRING:
		return sl_any_int(sl_utf8_count(value->text, value->count));
	case SL_KIND_BYTES:
	case SL_KIND_LIST:
	case SL_KIND_MAP:
		return sl_any_int(value->count);
	default:
		return sl_any_fault(SL_FAULT_NO_OVERLOAD);
	}
}

struct sl_any sl_any_call(struct sl_run *run, enum sl_function function, const struct sl_any *args,
			  uint32_t n)
{
	if (function >= SL_FUNCTION_GET_FULL_YEAR && function <= SL_FUNCTION_GET_MILLISECONDS)
		return n == 1 ? sl_any_time_part(function, &args[0], 0)
			      : sl_any_fault(SL_FAULT_NO_OVERLOAD);
	if (function >= SL_FUNCTION_TIMESTAMP && function <= SL_FUNCTION_DYN &&
	    function != SL_FUNCTION_SIZE)
		return n == 1 ? sl_any_convert(run, function, &args[0])
			      : sl_any_fault(SL_FAULT_NO_OVERLOAD);
	if (function >= SL_FUNCTION_GREATEST && function <= SL_FUNCTION_BIT_SHIFT_RIGHT)
		return sl_any_call_numbers(run, function, args, n);
	if (function >= SL_FUNCTION_SLICE && function <= SL_FUNCTION_LISTS_RANGE)
		return sl_any_call_sequence(run, function, args, n);
	switch (function) {
	case SL_FUNCTION_SIZE:
		return n == 1 ? size_of(&args[0]) : sl_any_fault(SL_FAULT_NO_OVERLOAD);
	case SL_FUNCTION_STARTS_WITH:
	case SL_FUNCTION_ENDS_WITH:
	case SL_FUNCTION_CONTAINS:
	case SL_FUNCTION_INDEX_OF:
	case SL_FUNCTION_LAST_INDEX_OF:
	case SL_FUNCTION_CHAR_AT:
	case SL_FUNCTION_SUBSTRING:
	case SL_FUNCTION_TRIM:
		return sl_any_call_search(function, args, n);
	case SL_FUNCTION_LOWER_ASCII:
	case SL_FUNCTION_UPPER_ASCII:
	case SL_FUNCTION_SPLIT:
	case SL_FUNCTION_REPLACE:
	case SL_FUNCTION_JOIN:
	case SL_FUNCTION_QUOTE:
		return sl_any_call_text(run, function, args, n);
	case SL_FUNCTION_REVERSE:
		return args[0].kind == SL_KIND_LIST ? sl_any_call_sequence(run, function, args, n)
						    : sl_any_call_text(run, function, args, n);
	case SL_FUNCTION_BASE64_ENCODE:
	case SL_FUNCTION_BASE64_DECODE:
		return sl_any_call_base64(run, function, args, n);
	case SL_FUNCTION_FORMAT:
		return n == 2 ? sl_any_format(run, &args[0], &args[1])
			      : sl_any_fault(SL_FAULT_NO_OVERLOAD);
	default:
		return sl_any_fault(SL_FAULT_NO_OVERLOAD);
	}
}
