/* `sluice explain --live`: what a running gateway remembers of a key. */
#ifndef SL_SLUICE_EXPLAIN_LIVE_H
#define SL_SLUICE_EXPLAIN_LIVE_H

#include <stdbool.h>

/* Returns the exit code. address NULL: see sl_api_address(). */
int sl_explain_live(const char *address, const char *key, const char *campaign, bool as_json);

#endif
