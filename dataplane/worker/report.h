/* What the dataplane says of itself: a line of JSON on standard error, at start, at stop, at the
 * load of a rule set and when it cannot go on. Never from a worker's rounds. */
#ifndef SL_WORKER_REPORT_H
#define SL_WORKER_REPORT_H

enum sl_report_level { SL_REPORT_INFO, SL_REPORT_WARNING, SL_REPORT_ERROR };

void sl_report(enum sl_report_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
