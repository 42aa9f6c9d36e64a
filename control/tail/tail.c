/* The list of tails. */
#include "control/tail/tail.h"

#include "control/tail/tail_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sl_tail_unuse(struct sl_tail *tail)
{
	if (--tail->users)
		return;
	pthread_mutex_destroy(&tail->lock);
	sl_where_free(tail->where);
	free((char *)tail->campaign.at);
	free((char *)tail->key.at);
	free(tail);
}

int sl_tails_open(void (*wake)(void *context), void *context, struct sl_tails **ret_tails)
{
	struct sl_tails *tails = calloc(1, sizeof(*tails));
	pthread_condattr_t attributes;

	if (!tails)
		return -ENOMEM;
	tails->wake = wake;
	tails->context = context;
	pthread_mutex_init(&tails->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&tails->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	*ret_tails = tails;
	return 0;
}

void sl_tails_close(struct sl_tails *tails)
{
	if (!tails)
		return;
	pthread_mutex_lock(&tails->lock);
	tails->stopping = true;
	pthread_cond_signal(&tails->changed);
	pthread_mutex_unlock(&tails->lock);
	if (tails->started)
		pthread_join(tails->thread, NULL);
	sl_reader_free(tails->reader);
	pthread_cond_destroy(&tails->changed);
	pthread_mutex_destroy(&tails->lock);
	free(tails);
}

/* With the lock held: the thread begins with the first tail. */
static int list(struct sl_tails *tails, struct sl_journal *journal, struct sl_tail *tail,
		char ret_why[SL_SENTENCE_BYTES])
{
	uint64_t first, end;
	int e;

	if (tails->n == SL_TAILS_MAX) {
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "%u look on already; end one of them (`sluice tail`) first", SL_TAILS_MAX);
		return -SL_E_FULL;
	}
	/* under the lock: what is committed from now on is read with this tail in the list */
	e = sl_journal_ends(journal, &first, &end);
	if (!e && !tails->started) {
		tails->journal = journal;
		e = -pthread_create(&tails->thread, NULL, sl_tails_run, tails);
		tails->started = !e;
	}
	if (e) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "the journal cannot be followed: %s",
			 sl_error_text(e));
		return e;
	}
	tail->after = end - 1;
	if (!tails->wanted || end < tails->wanted)
		tails->wanted = end;
	tails->list[tails->n++] = tail;
	pthread_cond_signal(&tails->changed);
	return 0;
}

static int copy(const char *string, struct sl_text *ret_text)
{
	char *at = string ? strdup(string) : NULL;

	if (string && !at)
		return -ENOMEM;
	*ret_text = (struct sl_text){.at = at, .bytes = string ? (uint32_t)strlen(string) : 0};
	return 0;
}

int sl_tail_open(struct sl_tails *tails, struct sl_journal *journal,
		 const struct sl_tail_question *question, struct sl_tail **ret_tail,
		 char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_tail *tail = calloc(1, sizeof(*tail));
	int e;

	snprintf(ret_why, SL_SENTENCE_BYTES, "%s", sl_error_text(-ENOMEM));
	if (!tail)
		return -ENOMEM;
	tail->tails = tails;
	tail->users = 1;
	tail->kinds = question->kinds;
	pthread_mutex_init(&tail->lock, NULL);
	e = copy(question->campaign, &tail->campaign);
	if (!e)
		e = copy(question->key, &tail->key);
	if (!e && question->where)
		e = sl_where_new(question->where, &tail->where, ret_why);
	pthread_mutex_lock(&tails->lock);
	if (!e)
		e = list(tails, journal, tail, ret_why);
	if (e)
		sl_tail_unuse(tail);
	pthread_mutex_unlock(&tails->lock);
	if (!e)
		*ret_tail = tail;
	return e;
}

size_t sl_tail_take(struct sl_tail *tail, char *at, size_t room)
{
	size_t n;

	pthread_mutex_lock(&tail->lock);
	n = sl_tail_room_take(&tail->room, at, room);
	pthread_mutex_unlock(&tail->lock);
	return n;
}

void sl_tail_close(struct sl_tail *tail)
{
	struct sl_tails *tails;
	unsigned i = 0;

	if (!tail)
		return;
	tails = tail->tails;
	pthread_mutex_lock(&tails->lock);
	while (tails->list[i] != tail)
		i++;
	tails->list[i] = tails->list[--tails->n];
	sl_tail_unuse(tail);
	pthread_mutex_unlock(&tails->lock);
}
