/* base64.encode and base64.decode, a character at a time. */
#include "rules/eval/eval_priv.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Bit i of the bytes, the first one's highest is 0; behind them there are zeros. */
static unsigned bit_of(struct sl_slice bytes, uint64_t i)
{
	return i / 8 < bytes.bytes ? ((unsigned char)bytes.at[i / 8] >> (7 - i % 8)) & 1u : 0;
}

static struct sl_eval_any encode(struct sl_eval_room *room, struct sl_slice bytes)
{
	struct sl_eval_text_out out = {.room = room};
	uint64_t bits = 8ull * bytes.bytes;

	for (uint64_t i = 0; i < bits; i += 6) {
		unsigned digit = 0;

		for (unsigned j = 0; j < 6; j++)
			digit = 2 * digit + bit_of(bytes, i + j);
		sl_eval_out(&out, (struct sl_slice){&digits[digit], 1});
	}
	while (out.bytes % 4 && !out.failed)
		sl_eval_out_string(&out, "=");
	return sl_eval_out_end(&out);
}

static struct sl_eval_any decode(struct sl_eval_room *room, struct sl_slice text)
{
	struct sl_eval_any value = sl_eval_copy_text(room, SL_KIND_BYTES, text);
	uint32_t end = text.bytes;

	if (value.kind != SL_KIND_BYTES)
		return value;
	/* one = or two fill a group of four up */
	if (end % 4 == 0 && end && text.at[end - 1] == '=')
		end -= text.at[end - 2] == '=' ? 2 : 1;
	if (end % 4 == 1)
		return sl_eval_fault(SL_FAULT_ARGUMENT);
	memset((char *)value.text.at, 0, text.bytes);
	for (uint32_t i = 0; i < end; i++) {
		const char *digit = text.at[i] ? strchr(digits, text.at[i]) : NULL;

		if (!digit)
			return sl_eval_fault(SL_FAULT_ARGUMENT);
		for (unsigned j = 0; j < 6; j++) {
			uint64_t bit = 6ull * i + j;

			if ((unsigned)(digit - digits) >> (5 - j) & 1u)
				((char *)value.text.at)[bit / 8] |= (char)(0x80u >> bit % 8);
		}
	}
	value.text.bytes = (uint32_t)(6ull * end / 8);
	return value;
}

struct sl_eval_any sl_eval_base64(struct sl_eval_room *room, enum sl_function function,
				  const struct sl_eval_any *args, uint32_t n_args)
{
	if (function == SL_FUNCTION_BASE64_ENCODE && n_args == 1 && args[0].kind == SL_KIND_BYTES)
		return encode(room, args[0].text);
	if (function == SL_FUNCTION_BASE64_DECODE && n_args == 1 && args[0].kind == SL_KIND_STRING)
		return decode(room, args[0].text);
	return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
}
