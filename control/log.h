/* The log of sluice-control: one line a message on standard error, written whole.
 *
 * - Any thread may log; a line is one write(), so lines do not mix. A message longer than
 *   SL_LOG_MESSAGE_BYTES is cut. A log that cannot be written is given up silently: a full disk of
 *   logs must not stop anything else.
 * - Lines are JSON in the shape of the Elastic Common Schema, or plain text for a person.
 * - Never log a key, an event's text or data: logs are read by more people than records are. */
#ifndef SL_CONTROL_LOG_H
#define SL_CONTROL_LOG_H

#include <stdbool.h>

#define SL_LOG_MESSAGE_BYTES 2048u

enum sl_log_level { SL_LOG_INFO, SL_LOG_WARNING, SL_LOG_ERROR };

/* Before any thread starts. JSON is the default. */
void sl_log_init(bool text);

void sl_log(enum sl_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define sl_log_info(...) sl_log(SL_LOG_INFO, __VA_ARGS__)
#define sl_log_warning(...) sl_log(SL_LOG_WARNING, __VA_ARGS__)
#define sl_log_error(...) sl_log(SL_LOG_ERROR, __VA_ARGS__)

#endif
