/* Bodies decoded as a listener would, and printed: what `sluice decode` does with each file.
 *
 * - One thread. Events are printed as they come, refusals are kept until the last event is out.
 * - The body needs SL_SPAN_PADDING readable bytes behind it, and for a channel of lines one more in
 *   front of those, which ends a last line that has no end. */
#ifndef SL_SLUICE_DECODE_BODY_H
#define SL_SLUICE_DECODE_BODY_H

#include "base/artifact.h"
#include "decode/decode.h"
#include "frame/frame.h"

#include <stdio.h>

struct sl_decode_printer;

/* artifact NULL: no schema; channel NULL: bodies of HTTP. They outlive the printer. Limits are the
 * listeners' defaults. */
int sl_decode_printer_new(const struct sl_artifact *artifact, const struct sl_channel *channel,
			  struct sl_decode_printer **ret_printer);
void sl_decode_printer_free(struct sl_decode_printer *printer); /* takes NULL */

/* `content` is for bodies of HTTP: a channel of lines takes lines. One line:
 * {"file":…,"events":[…],"refused":[…]}. 0, or -ENOMEM or -SL_E_LIMIT with the line cut short. The
 * number of refused events comes in ret_refused. */
int sl_decode_printer_body(struct sl_decode_printer *printer, const char *name, struct sl_span text,
			   enum sl_content content, FILE *to, size_t *ret_refused);

/* One text, received then: SL_WHY_NONE, or why it is no event. */
enum sl_reason sl_decode_printer_read(struct sl_decode_printer *printer, struct sl_span text,
				      int64_t received_ns, struct sl_decode_fault *ret_fault);
/* The text that was read last, as the event that it is. 0 or -SL_E_LIMIT. */
int sl_decode_printer_print(struct sl_decode_printer *printer, struct sl_span text, FILE *to);

#endif
