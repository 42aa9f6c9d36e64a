/* Decimals: apart from the other numbers, for the C library's formatting is slow and not allowed
 * where every event passes. */
#include "base/json_out_priv.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void sl_json_double(struct sl_json *json, double value)
{
	char text[32];
	int n = 0;

	if (!isfinite(value)) {
		sl_json_null(json);
		return;
	}
	if (fabs(value) < 1e15 && value == (double)(int64_t)value) { /* amounts, mostly */
		sl_json_put_number(json, signbit(value), (uint64_t)fabs(value));
		return;
	}
	/* Any number of 15 digits reads back as itself, and none needs more than 17; subnormals
	 * have less precision, so for them fewer than 15 may do. */
	for (int digits = fabs(value) < DBL_MIN ? 1 : 15; digits <= 17; digits++) {
		n = snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	sl_json_raw(json, text, (size_t)n);
}
