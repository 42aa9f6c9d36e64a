#include "tools/gun/sender_priv.h"

#include "base/clock.h"
#include "base/turns.h"
#include "sluice/error.h"

#include <assert.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>

#define CATCH_UP_NS SL_NS_PER_S /* how long after its end a stream that is late may catch up */
#define NAP_MAX_NS (50 * SL_NS_PER_MS) /* how soon a wish to stop is seen */
#define EVENTS_MAX 256
/* Where requests are due more often than this, those of so long go out together and answers are
 * looked at together: a sleep and a wake for each would take the cores from who is measured. They
 * leave that much late at most, and it counts: their latency begins when they were due. */
#define PACE_NS (100 * 1000)

void sl_sender_wait_again(struct sl_sender *sender, const struct sl_ticket *ticket,
			  int64_t not_before_ns)
{
	uint32_t at = (sender->waiting_first + sender->waiting_count) % sender->waiting_room;

	assert(sender->waiting_count < sender->waiting_room);
	sender->waiting[at] = *ticket;
	sender->waiting[at].not_before_ns = not_before_ns;
	sender->waiting_count++;
	sender->under_way--;
}

static int64_t due_at(const struct sl_sender *sender, uint64_t request)
{
	double events = (double)request * sender->options->batch;

	return sender->job->start_monotonic_ns + (int64_t)(events / sender->options->rate * 1e9);
}

/* The request that should go out now: one that waits to be sent again, else the next new one. */
static bool next_ticket(struct sl_sender *sender, int64_t now_ns, struct sl_ticket *ret_ticket)
{
	const struct sl_gun_options *options = sender->options;
	int64_t due_ns = now_ns;

	if (sender->waiting_count &&
	    sender->waiting[sender->waiting_first].not_before_ns <= now_ns) {
		*ret_ticket = sender->waiting[sender->waiting_first];
		sender->waiting_first = (sender->waiting_first + 1) % sender->waiting_room;
		sender->waiting_count--;
		sl_count(&sender->counts->retries, 1);
		return true;
	}
	if (sender->ended || sender->under_way + sender->waiting_count >= sender->waiting_room)
		return false;
	if (options->rate > 0)
		due_ns = due_at(sender, sender->next_request);
	if (due_ns > now_ns)
		return false;
	*ret_ticket = (struct sl_ticket){
		.request = sender->next_request,
		.due_ns = due_ns,
		.events = sl_request_events(sender, sender->next_request),
	};
	sender->next_request += options->threads;
	sl_count(&sender->counts->sent, ret_ticket->events);
	return true;
}

static void see_whether_ended(struct sl_sender *sender, int64_t now_ns)
{
	const struct sl_gun_options *options = sender->options;
	int64_t end_ns = sender->job->start_monotonic_ns + (int64_t)(options->seconds * 1e9);
	int64_t next_ns = options->rate > 0 ? due_at(sender, sender->next_request) : now_ns;

	sender->ended =
		sender->ended || sender->next_request >= sender->end_request ||
		(options->seconds > 0 && (next_ns >= end_ns || now_ns >= end_ns + CATCH_UP_NS)) ||
		atomic_load_explicit(sender->job->stop, memory_order_relaxed);
}

static struct sl_connection *connection_with_room(struct sl_sender *sender, int64_t now_ns)
{
	for (uint32_t i = 0; i < sender->n_connections; i++) {
		struct sl_connection *connection = &sender->connections[sender->next_connection];

		sender->next_connection = (sender->next_connection + 1) % sender->n_connections;
		if (sl_connection_has_room(sender, connection, now_ns))
			return connection;
	}
	return NULL;
}

static bool nothing_left(const struct sl_sender *sender)
{
	return sender->ended && sender->under_way == 0 && sender->waiting_count == 0;
}

static void send_due(struct sl_sender *sender, int64_t now_ns)
{
	struct sl_connection *connection;
	struct sl_ticket ticket;

	for (uint32_t i = 0; i < sender->n_connections; i++) {
		connection = &sender->connections[i];
		if (connection->link == SL_LINK_DOWN && connection->retry_at_ns <= now_ns &&
		    !nothing_left(sender))
			sl_connection_start(sender, connection, now_ns);
	}
	/* datagrams are out at once and leave their room: no more of them than could be under way,
	 * then the clock is read again */
	for (uint32_t n = 0; n < sender->waiting_room; n++) {
		connection = connection_with_room(sender, now_ns);
		if (!connection)
			break;
		see_whether_ended(sender, now_ns);
		if (!next_ticket(sender, now_ns, &ticket))
			break;
		sl_request_put(sender, connection, &ticket);
		connection->tickets[(connection->first + connection->count++) %
				    sender->options->pipeline] = ticket;
		sender->under_way++;
		sl_count(&sender->counts->requests, 1);
		if (sender->options->protocol == SL_GUN_UDP)
			sl_connection_flush(sender, connection, now_ns); /* one at a time */
	}
	for (uint32_t i = 0; i < sender->n_connections; i++) {
		connection = &sender->connections[i];
		if (connection->link == SL_LINK_UP && connection->out_bytes)
			sl_connection_flush(sender, connection, now_ns);
	}
}

static void handle(struct sl_sender *sender, const struct epoll_event *event, int64_t now_ns)
{
	struct sl_connection *connection = event->data.ptr;

	if (connection->link == SL_LINK_CONNECTING &&
	    event->events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
		sl_connection_started(sender, connection, now_ns);
	if (connection->link == SL_LINK_UP && event->events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		sl_connection_receive(sender, connection, now_ns);
	if (connection->link == SL_LINK_UP && event->events & EPOLLOUT && connection->out_bytes)
		sl_connection_flush(sender, connection, now_ns);
}

static bool is_dense(const struct sl_sender *sender)
{
	const struct sl_gun_options *options = sender->options;

	return options->rate > 0 &&
	       1e9 * options->batch * options->threads / options->rate < (double)PACE_NS;
}

static int64_t pace(const struct sl_sender *sender, int64_t last_ns)
{
	const int64_t next_ns = last_ns + PACE_NS;
	const struct timespec until = {.tv_sec = next_ns / SL_NS_PER_S,
				       .tv_nsec = next_ns % SL_NS_PER_S};

	if (is_dense(sender) && !sender->ended)
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
	return sl_clock_read(CLOCK_MONOTONIC);
}

/* Until when nothing can become due; an answer wakes us sooner. */
static int64_t nap_ns(const struct sl_sender *sender, int64_t now_ns)
{
	bool more =
		!sender->ended && sender->under_way + sender->waiting_count < sender->waiting_room;
	int64_t until_ns = now_ns + NAP_MAX_NS;
	int64_t due_ns = until_ns;

	if (sender->waiting_count)
		due_ns = sender->waiting[sender->waiting_first].not_before_ns;
	else if (more)
		due_ns = sender->options->rate > 0 ? due_at(sender, sender->next_request) : now_ns;
	for (uint32_t i = 0; i < sender->n_connections; i++) {
		const struct sl_connection *connection = &sender->connections[i];
		int64_t free_ns = INT64_MAX; /* when it can do something */

		if (connection->link == SL_LINK_DOWN)
			free_ns = connection->retry_at_ns;
		else if (connection->not_before_ns > now_ns)
			free_ns = connection->not_before_ns;
		else if (sl_connection_has_room(sender, connection, now_ns))
			free_ns = due_ns;
		if (free_ns < until_ns)
			until_ns = free_ns;
	}
	return until_ns > now_ns ? until_ns - now_ns : 0;
}

/* Lines that nobody acknowledges have arrived when the gateway, having read them all, closes too.
 */
static bool all_settled(struct sl_sender *sender)
{
	bool settled = nothing_left(sender);

	if (!settled || sender->options->protocol != SL_GUN_TCP)
		return settled;
	for (uint32_t i = 0; i < sender->n_connections; i++) {
		struct sl_connection *connection = &sender->connections[i];

		if (connection->link != SL_LINK_UP)
			continue;
		shutdown(connection->fd, SHUT_WR);
		settled = false;
	}
	return settled;
}

static void work(struct sl_sender *sender)
{
	const int64_t start_ns = sl_clock_read(CLOCK_MONOTONIC);
	const int64_t drain_ns = (int64_t)(sender->options->drain_seconds * 1e9);
	struct epoll_event events[EVENTS_MAX];
	int64_t now_ns = start_ns, ended_ns = INT64_MAX;

	while (!sender->job->error && !all_settled(sender)) {
		struct timespec nap;
		int n;

		send_due(sender, now_ns);
		if (sender->ended && ended_ns == INT64_MAX)
			ended_ns = now_ns;
		if (!sender->ever_connected && now_ns - start_ns > drain_ns)
			sender->job->error = -ECONNREFUSED;
		if (ended_ns != INT64_MAX && now_ns - ended_ns > drain_ns)
			break;
		atomic_store_explicit(&sender->counts->under_way,
				      sender->under_way + sender->waiting_count,
				      memory_order_relaxed);
		now_ns = pace(sender, now_ns);
		nap = (struct timespec){.tv_nsec = nap_ns(sender, now_ns)};
		n = epoll_pwait2(sender->epoll, events, EVENTS_MAX, &nap, NULL);
		now_ns = sl_clock_read(CLOCK_MONOTONIC);
		for (int i = 0; i < n; i++)
			handle(sender, &events[i], now_ns);
		if (!sender->job->error)
			sender->job->error = sl_acked_sync(&sender->acked);
		see_whether_ended(sender, now_ns);
	}
	if (!sender->ever_connected && !sender->job->error)
		sender->job->error = -ECONNREFUSED;
}

static void give_up_rest(struct sl_sender *sender)
{
	for (uint32_t i = 0; i < sender->n_connections; i++) {
		sender->connections[i].link = SL_LINK_ENDED; /* by us: not one that was lost */
		sl_connection_lost(sender, &sender->connections[i], 0);
	}
	for (; sender->waiting_count; sender->waiting_count--) {
		const struct sl_ticket *ticket = &sender->waiting[sender->waiting_first];

		sl_count(&sender->counts->unanswered, ticket->events - ticket->done);
		sender->waiting_first = (sender->waiting_first + 1) % sender->waiting_room;
	}
}

void *sl_sender_run(void *job_pointer)
{
	struct sl_sender_job *job = job_pointer;
	struct sl_sender sender;

	/* wake when a request is due, not 50 us later */
	prctl(PR_SET_TIMERSLACK, 1ul);
	sl_turns_short(); /* what the sender is late by is not the gateway's */
	job->error = sl_sender_open(&sender, job);
	if (!job->error) {
		work(&sender);
		give_up_rest(&sender);
	}
	sl_sender_close(&sender);
	return NULL;
}
