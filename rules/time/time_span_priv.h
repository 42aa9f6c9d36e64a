/* Spans of time as campaigns have them: 30m, 24h, 7d, 1h30m, 500ms. */
#ifndef SL_RULES_TIME_SPAN_PRIV_H
#define SL_RULES_TIME_SPAN_PRIV_H

#include "rules/read/yaml_priv.h"

/* From 1 ms to SL_TIME_SPAN_NS_MAX. What is none is reported, naming it as `what`. */
bool sl_time_span_read(const struct sl_yaml_file *file, const struct sl_yaml_node *node,
		       const char *what, int64_t *ret_ns);

/* The same text, as short as it can be: "1h30m". Terminated. */
#define SL_TIME_SPAN_TEXT 48u
void sl_time_span_text(int64_t ns, char text[SL_TIME_SPAN_TEXT]);

#endif
