/* accept: which of the two formats a scrape gets, by its header Accept.
 *
 * The header is anybody's bytes; what makes no sense in it is passed over, and whoever asks for
 * neither format gets 0.0.4, which every scraper reads. */
#ifndef SL_CONTROL_METRICS_ACCEPT_H
#define SL_CONTROL_METRICS_ACCEPT_H

#include "control/metrics/exposition.h"

/* Terminated; "" where there was no such header. */
enum sl_metrics_format sl_metrics_accepted(const char *accept);

const char *sl_metrics_content_type(enum sl_metrics_format format);

#endif
