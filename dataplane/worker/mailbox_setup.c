/* Mail at start: memory, and what another life left undone. */
#include "worker/worker_priv.h"

#include <stdlib.h>

int sl_mailbox_new(struct sl_worker *worker)
{
	worker->letters = calloc(SL_OUTBOX, sizeof(*worker->letters));
	if (!worker->letters)
		return -ENOMEM;
	for (unsigned i = 0; i < SL_OUTBOX; i++) {
		worker->letters[i].next = worker->free_letters;
		worker->free_letters = &worker->letters[i];
	}
	worker->n_free_letters = SL_OUTBOX;
	return 0;
}

void sl_mailbox_free(struct sl_worker *worker)
{
	struct sl_letter *letter = worker->restored, *next;

	for (; letter; letter = next) {
		next = letter->next_restored;
		free(letter);
	}
	free(worker->letters);
}

/* At start, single-threaded: there may be more than the outbox holds, for they are from another
 * life. */
int sl_mailbox_restore(struct sl_worker *worker, const struct sl_mail *mail)
{
	struct sl_letter *letter = calloc(1, sizeof(*letter));

	if (!letter)
		return -ENOMEM;
	letter->restored = true;
	letter->next_restored = worker->restored;
	worker->restored = letter;
	sl_letter_fill(letter, mail);
	sl_outbox_add(worker, letter);
	return 0;
}

/* At start: its receiver's commit was found after it. */
void sl_mailbox_forget(struct sl_worker *worker, const uint64_t id[2])
{
	for (struct sl_letter *letter = worker->outbox; letter; letter = letter->next) {
		if (letter->mail.id[0] == id[0] && letter->mail.id[1] == id[1]) {
			sl_outbox_remove(worker, letter);
			return;
		}
	}
}
