/* tail: records of the journal as they are committed, for somebody who looks on.
 *
 * - One thread for all tails, of low priority, asleep while there are none. It copies blocks as
 *   every reader of the journal does, holds no cursor, and so keeps nothing from being trimmed.
 * - Nobody waits for a tail: what does not fit its room, or was trimmed before it was read, is
 *   left out, and a line in its place says how much.
 * - A tail begins behind what is committed when it is opened; each record comes once.
 * - Lines are JSON. The text of a refused event is as the journal has it: masked.
 * - Bounds: SL_TAILS_MAX at once; SL_TAIL_ROOM bytes each; the thread is never more than
 *   SL_TAIL_BEHIND_MAX blocks behind; conditions have bounded steps and memory.
 * - sl_tail_take() and sl_tail_close() are for one thread at a time. */
#ifndef SL_CONTROL_TAIL_H
#define SL_CONTROL_TAIL_H

#include "control/journal/reader.h"
#include "sluice/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define SL_TAILS_MAX 8u
#define SL_TAIL_ROOM 262144u
#define SL_TAIL_BEHIND_MAX 8192u

enum sl_tail_kind { SL_TAIL_MATCH = 1, SL_TAIL_DECISION = 2, SL_TAIL_REFUSAL = 4 };

struct sl_tails;
struct sl_tail;

/* What is wanted; NULL: any. A refusal has neither campaign nor key. */
struct sl_tail_question {
	unsigned kinds; /* of enum sl_tail_kind */
	const char *campaign;
	const char *key;
	const char *where; /* CEL over the names of where_names.def */
};

/* wake is called on the tails' thread when there are new lines. */
int sl_tails_open(void (*wake)(void *context), void *context, struct sl_tails **ret_tails);
void sl_tails_close(struct sl_tails *tails); /* every tail closed before; takes NULL */

/* -SL_E_FULL: there are SL_TAILS_MAX; -SL_E_RULES: `where` is no condition. Both with a sentence.
 * Others: the journal cannot be read. */
int sl_tail_open(struct sl_tails *tails, struct sl_journal *journal,
		 const struct sl_tail_question *question, struct sl_tail **ret_tail,
		 char ret_why[SL_SENTENCE_BYTES]);
/* Bytes of its lines, as many as there are and fit; 0: none at this moment. */
size_t sl_tail_take(struct sl_tail *tail, char *at, size_t room);
void sl_tail_close(struct sl_tail *tail); /* takes NULL */

/* A record's line, with its end; 0: it is of no kind that is shown, or does not fit. */
size_t sl_tail_line(const struct sl_record *record, int64_t committed_ns, char *at, size_t room);

#endif
