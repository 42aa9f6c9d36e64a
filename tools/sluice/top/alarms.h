/* What is wrong with a gateway, in sentences. */
#ifndef SL_SLUICE_TOP_ALARMS_H
#define SL_SLUICE_TOP_ALARMS_H

#include <jansson.h>

/* From a status, and the rates of its view: an array of strings, the worst first. */
json_t *sl_top_alarms(const json_t *status, const json_t *view);

#endif
