/* look: what the dataplane remembers of a key, asked on a thread and a link of its own: an answer
 * may be held up for seconds, and the API must not be.
 *
 * One question at a time. All functions but the thread's are called by one thread; freeing waits
 * for the question under way, some seconds at most. */
#ifndef SL_CONTROL_DATAPLANE_LOOK_H
#define SL_CONTROL_DATAPLANE_LOOK_H

#include "sluice/command.h"

#include <stdbool.h>

struct sl_look;

/* `wake` is called on the other thread when there is an answer. */
int sl_look_new(const char *socket_path, void (*wake)(void *context), void *context,
		struct sl_look **ret_look);
void sl_look_free(struct sl_look *look); /* takes NULL */

/* -SL_E_BUSY: another question is under way; -ENAMETOOLONG. */
int sl_look_ask(struct sl_look *look, const char *key);

/* True once there is an answer: 0 and what was said, or an error with a sentence in reply->text.
 * Both live until the next question. */
bool sl_look_take(struct sl_look *look, int *ret_result, const char **ret_key,
		  const struct sl_command_reply **ret_reply);

#endif
