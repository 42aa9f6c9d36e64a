/* Cases as lines, answers as lines.
 *
 * Every line gets one, empty ones excepted, and is flushed before the next is read: the other side
 * may wait for it. A bad line is an answer too. Lines have at most 4 MiB. */
#ifndef SL_SLUICE_EVAL_BATCH_H
#define SL_SLUICE_EVAL_BATCH_H

#include "tools/sluice/eval/answer.h"

#include <stdio.h>

/* The exit code of the command. */
int sl_eval_batch(struct sl_eval_asker *asker, FILE *from, FILE *to);

#endif
