/* What the files of json_out share. */
#ifndef SL_BASE_JSON_OUT_PRIV_H
#define SL_BASE_JSON_OUT_PRIV_H

#include "base/json_out.h"

/* All n bytes, or none and `full`. */
void sl_json_put(struct sl_json *json, const char *at, size_t n);

/* The comma that a value may need before it. */
void sl_json_begin_value(struct sl_json *json);

/* A whole number as a value. */
void sl_json_put_number(struct sl_json *json, bool negative, uint64_t magnitude);

#endif
