/* One event from a file, decoded as a listener would, for commands that ask conditions about it.
 *
 * - The event lives until the file is closed, which takes NULL. One thread.
 * - A time far ahead is no reason to refuse it here; all other reasons are. Messages go to standard
 *   error under the command's name. */
#ifndef SL_SLUICE_EVAL_EVENT_H
#define SL_SLUICE_EVAL_EVENT_H

#include "base/event.h"
#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>

struct sl_event_file;

/* The schema's file, or NULL: then nothing is decoded and only the text is there. path `-`:
 * standard input; NULL: no event yet. 0, or the exit code of the command. */
int sl_event_file_open(const char *command, const char *schema, const char *path,
		       struct sl_event_file **ret_file);
void sl_event_file_close(struct sl_event_file *file);

/* Another event in place of the one before; the text, with SL_SPAN_PADDING readable bytes behind
 * it, must live as long. False: it would be refused. */
bool sl_event_file_decode(struct sl_event_file *file, struct sl_span text, int64_t *ret_time_ns);

/* In the schema's order; 0 of them without a schema. */
const struct sl_value *sl_event_file_slots(const struct sl_event_file *file, uint16_t *ret_n);
const char *sl_event_file_text(const struct sl_event_file *file, size_t *ret_bytes);

#endif
