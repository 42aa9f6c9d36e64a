#include "base/trace.h"

#include <assert.h>

/* 'x' a digit; anything else itself. */
static const char shape[] = "xx-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xx";

static bool is_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool is_zero(const char *at, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (at[i] != '0')
			return false;
	return true;
}

bool sl_trace_is_valid(struct sl_text text)
{
	static_assert(sizeof(shape) - 1 == SL_TRACE_BYTES, "a place for each byte");
	if (text.bytes != SL_TRACE_BYTES)
		return false;
	for (unsigned i = 0; i < SL_TRACE_BYTES; i++)
		if (shape[i] == 'x' ? !is_digit(text.at[i]) : text.at[i] != shape[i])
			return false;
	return !(text.at[0] == 'f' && text.at[1] == 'f') && !is_zero(text.at + 3, 32) &&
	       !is_zero(text.at + 36, 16);
}
