/* base64.encode and base64.decode: the common alphabet, with or without = at the end. */
#include "program_priv.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static struct sl_any encode(struct sl_run *run, const struct sl_any *bytes)
{
	uint64_t size = ((uint64_t)bytes->count + 2) / 3 * 4;
	char *at = sl_run_take(run, size), *to = at;

	if (!at || size > UINT32_MAX)
		return sl_any_fault(SL_FAULT_LIMIT);
	for (uint32_t i = 0; i < bytes->count; i += 3, to += 4) {
		const unsigned char *from = (const unsigned char *)bytes->text + i;
		uint32_t left = bytes->count - i;
		unsigned group =
			from[0] << 16 | (left > 1 ? from[1] << 8 : 0) | (left > 2 ? from[2] : 0);

		to[0] = alphabet[group >> 18];
		to[1] = alphabet[group >> 12 & 63];
		to[2] = left > 1 ? alphabet[group >> 6 & 63] : '=';
		to[3] = left > 2 ? alphabet[group & 63] : '=';
	}
	return sl_any_text(SL_KIND_STRING, at, (uint32_t)size);
}

static int value_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static struct sl_any decode(struct sl_run *run, const struct sl_any *text)
{
	uint32_t n = text->count, bits = 0, held = 0, bytes = 0;
	char *at = sl_run_take(run, n);

	if (!at)
		return *text;
	if (n % 4 == 0)
		for (uint32_t i = 0; i < 2 && n && text->text[n - 1] == '='; i++)
			n--;
	if (n % 4 == 1)
		return sl_any_fault(SL_FAULT_ARGUMENT);
	for (uint32_t i = 0; i < n; i++) {
		int value = value_of(text->text[i]);

		if (value < 0)
			return sl_any_fault(SL_FAULT_ARGUMENT);
		bits = bits << 6 | (unsigned)value;
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		at[bytes++] = (char)(bits >> held);
	}
	return sl_any_text(SL_KIND_BYTES, at, bytes);
}

struct sl_any sl_any_call_base64(struct sl_run *run, enum sl_function function,
				 const struct sl_any *args, uint32_t n)
{
	bool encodes = function == SL_FUNCTION_BASE64_ENCODE;

	if (n != 1 || args[0].kind != (encodes ? SL_KIND_BYTES : SL_KIND_STRING))
		return sl_any_fault(SL_FAULT_NO_OVERLOAD);
	return encodes ? encode(run, &args[0]) : decode(run, &args[0]);
}
