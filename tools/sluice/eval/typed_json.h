/* Values with their type as JSON, both ways: {"int":"-7"}, {"list":[…]}, {"map":[[key,value],…]}.
 *
 * - Reading refuses with a sentence what is not exactly such a value: another name, two of them,
 *   a number out of range, base64 with anything else in it, a key that no map may have or has
 *   twice, more than 64 levels.
 * - Texts of what is read belong to the arena. What is written is a new reference, or NULL without
 *   memory. */
#ifndef SL_SLUICE_EVAL_TYPED_JSON_H
#define SL_SLUICE_EVAL_TYPED_JSON_H

#include "rules/eval/value.h"
#include "rules/memory_priv.h"

#include <jansson.h>

#define SL_TYPED_WHY_BYTES 160u

/* False: ret_why says what is wrong. */
bool sl_typed_read(const json_t *json, struct sl_arena *arena, struct sl_eval_any *ret_value,
		   char ret_why[SL_TYPED_WHY_BYTES]);

/* JSON as it is: strings, numbers, true, false, null, lists, and objects as maps. The same bounds.
 */
bool sl_typed_read_plain(const json_t *json, struct sl_arena *arena, struct sl_eval_any *ret_value,
			 char ret_why[SL_TYPED_WHY_BYTES]);

json_t *sl_typed_write(const struct sl_eval_any *value);

#endif
