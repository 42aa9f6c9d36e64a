/* A trace context as W3C's recommendation has it: the text of `traceparent`. Sluice begins no
 * trace; it hands on what an event had. */
#ifndef SL_BASE_TRACE_H
#define SL_BASE_TRACE_H

#include "base/event.h"

#include <stdbool.h>

#define SL_TRACE_BYTES 55u

/* version-trace-parent-flags in lower-case hexadecimal digits, version not ff, neither id zero.
 * Longer ones, of versions yet to come, are not. */
bool sl_trace_is_valid(struct sl_text text);

#endif
