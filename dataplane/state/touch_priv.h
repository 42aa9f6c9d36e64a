/* Having the kernel give memory before it is used. */
#ifndef SL_STATE_TOUCH_PRIV_H
#define SL_STATE_TOUCH_PRIV_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* Zeroed, in steps that its users wait for one of at most, until `stop` (NULL: never) is set. 0,
 * also where the kernel is too old to be asked and memory comes when it is needed, as ever; or
 * -ENOMEM.
 */
int sl_touch(void *memory, size_t bytes, const _Atomic bool *stop);

#endif
