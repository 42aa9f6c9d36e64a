/* The socket and the poll loop. */
#include "base/clock.h"
#include "base/log.h"
#include "control/api/api_priv.h"
#include "control/dataplane/look.h"
#include "control/dataplane/orders.h"
#include "sluice/error.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { POLL_STOP, POLL_WAKE, POLL_LISTEN, POLL_CONNECTIONS = POLL_LISTEN + SL_API_WAYS };

#define ALL_CONNECTIONS (SL_API_CONNECTIONS_MAX + SL_API_REMOTE_MAX)

/* On the thread of an order, or of a look. */
static void wake(void *context)
{
	struct sl_api *api = context;
	uint64_t one = 1;

	/* an eventfd that is full wakes as well */
	while (write(api->config.wake_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

int sl_api_open(const struct sl_api_config *config, struct sl_api **ret_api,
		char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_api *api = calloc(1, sizeof(*api));
	int e;

	if (!api)
		return -ENOMEM;
	api->config = *config;
	api->started_ns = sl_clock_read(CLOCK_REALTIME);
	sl_campaign_labels_init(&api->labels, (unsigned)config->settings->metrics_campaigns);
	for (unsigned i = 0; i < ALL_CONNECTIONS; i++)
		api->connections[i].fd = -1;
	for (unsigned i = 0; i < SL_API_WAYS; i++)
		api->listen_fds[i] = -1;
	e = sl_orders_new(config->paths->command, wake, api, &api->orders);
	if (!e)
		e = sl_look_new(config->paths->command, wake, api, &api->look);
	if (!e)
		e = sl_api_listen(api, ret_why);
	if (e) {
		sl_api_close(api);
		return e;
	}
	*ret_api = api;
	return 0;
}

void sl_api_close(struct sl_api *api)
{
	if (!api)
		return;
	for (unsigned i = 0; i < ALL_CONNECTIONS; i++)
		if (api->connections[i].fd >= 0)
			sl_connection_close(api, &api->connections[i]);
	sl_orders_free(api->orders);
	sl_look_free(api->look);
	sl_api_listen_end(api);
	sl_campaign_labels_fini(&api->labels);
	free(api);
}

/* Part of a request, or none, has come, and nothing was begun for it. A load's is under way: others
 * were refused for it. */
static bool can_be_let_go(const struct sl_connection *connection)
{
	return connection->state == SL_CONNECTION_HEAD ||
	       (connection->state == SL_CONNECTION_BODY && !connection->claimed);
}

/* Of two that wait for a request, the one to be let go first: nothing of one has come, or it has
 * waited longer. */
static bool rather(const struct sl_connection *a, const struct sl_connection *b)
{
	if (!a->in_bytes != !b->in_bytes)
		return !a->in_bytes;
	return a->deadline_ns < b->deadline_ns;
}

/* A free place among those of that way, or the one to be let go for a new peer; NULL: all work. */
static struct sl_connection *find_place(struct sl_api *api, unsigned way)
{
	struct sl_connection *at =
		api->connections + (way == SL_API_REMOTE ? SL_API_CONNECTIONS_MAX : 0);
	unsigned n = way == SL_API_REMOTE ? SL_API_REMOTE_MAX : SL_API_CONNECTIONS_MAX;
	struct sl_connection *found = NULL;

	for (unsigned i = 0; i < n; i++) {
		if (at[i].fd < 0)
			return &at[i];
		if (can_be_let_go(&at[i]) && (!found || rather(&at[i], found)))
			found = &at[i];
	}
	return found;
}

static void accept_one(struct sl_api *api, unsigned way)
{
	struct sl_connection *place = find_place(api, way);
	int fd;

	if (!place)
		return; /* it waits in the backlog */
	fd = accept4(api->listen_fds[way], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0) {
		/* no descriptors: they come back when others close, and polling on would spin */
		if (errno == EMFILE || errno == ENFILE)
			nanosleep(&(struct timespec){.tv_nsec = 10 * SL_NS_PER_MS}, NULL);
		return;
	}
	if (place->fd >= 0)
		sl_connection_close(api, place);
	sl_connection_init(place, fd, way == SL_API_REMOTE);
}

static void deliver_reply(struct sl_api *api)
{
	struct sl_ruleset_reply reply;
	uint64_t count;

	if (read(api->config.wake_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return;
	if (!sl_rulesets_take_reply(api->config.rulesets, &reply))
		return;
	for (unsigned i = 0; i < ALL_CONNECTIONS; i++) {
		struct sl_connection *connection = &api->connections[i];

		if (connection->fd < 0 || connection->state != SL_CONNECTION_WAITING ||
		    connection->target.route->kind == SL_API_ORDER ||
		    connection->target.route->kind == SL_API_LOOK)
			continue;
		sl_connection_reply(connection, reply.status, reply.body ? reply.body : "",
				    reply.bytes);
		sl_connection_writable(api, connection);
	}
	free(reply.body);
}

static short events_of(const struct sl_connection *connection)
{
	switch (connection->state) {
	case SL_CONNECTION_HEAD:
	case SL_CONNECTION_BODY:
	case SL_CONNECTION_LINGERING:
		return POLLIN;
	case SL_CONNECTION_WRITING:
		return POLLOUT;
	case SL_CONNECTION_STREAMING:
		return connection->out_bytes > connection->out_sent ? POLLIN | POLLOUT : POLLIN;
	case SL_CONNECTION_WAITING:
	case SL_CONNECTION_DONE:
		return 0; /* POLLHUP is told in any case */
	}
	return 0;
}

static void serve(struct sl_api *api, struct sl_connection *connection, short events,
		  int64_t now_ns)
{
	bool streaming = connection->state == SL_CONNECTION_STREAMING;

	if (events & POLLIN && events_of(connection) & POLLIN)
		sl_connection_readable(api, connection);
	else if (connection->state == SL_CONNECTION_WRITING && events & POLLOUT)
		sl_connection_writable(api, connection);
	else if (events & (POLLHUP | POLLERR))
		connection->state = SL_CONNECTION_DONE;
	else if (streaming) /* its source may have more by now, whatever the socket says */
		sl_connection_writable(api, connection);
	if (connection->state == SL_CONNECTION_DONE || now_ns >= connection->deadline_ns)
		sl_connection_close(api, connection);
}

/* Only what is open is polled: the kernel refuses more entries than the process may have
 * descriptors, empty ones included. */
static int poll_once(struct sl_api *api, bool *ret_stop, int64_t tick_ns)
{
	struct pollfd fds[POLL_CONNECTIONS + ALL_CONNECTIONS];
	struct sl_connection *polled[POLL_CONNECTIONS + ALL_CONNECTIONS];
	int64_t now_ns = sl_clock_read(CLOCK_MONOTONIC);
	int64_t wait_ms = (tick_ns - now_ns + SL_NS_PER_MS - 1) / SL_NS_PER_MS;
	unsigned n = POLL_CONNECTIONS;

	for (unsigned i = 0; i < ALL_CONNECTIONS; i++) {
		struct sl_connection *connection = &api->connections[i];

		if (connection->fd < 0)
			continue;
		polled[n] = connection;
		fds[n++] = (struct pollfd){.fd = connection->fd, .events = events_of(connection)};
	}
	fds[POLL_STOP] = (struct pollfd){.fd = api->config.stop_fd, .events = POLLIN};
	fds[POLL_WAKE] = (struct pollfd){.fd = api->config.wake_fd, .events = POLLIN};
	for (unsigned i = 0; i < SL_API_WAYS; i++)
		fds[POLL_LISTEN + i] = (struct pollfd){
			.fd = find_place(api, i) ? api->listen_fds[i] : -1, .events = POLLIN};
	if (poll(fds, n, wait_ms > 0 ? (int)wait_ms : 0) < 0)
		return errno == EINTR ? 0 : -errno;
	now_ns = sl_clock_read(CLOCK_MONOTONIC);
	if (fds[POLL_WAKE].revents) {
		deliver_reply(api);
		sl_api_deliver_orders(api);
		sl_api_deliver_look(api);
	}
	for (unsigned i = POLL_CONNECTIONS; i < n; i++)
		if (polled[i]->fd >= 0)
			serve(api, polled[i], fds[i].revents, now_ns);
	for (unsigned i = 0; i < SL_API_WAYS; i++)
		if (fds[POLL_LISTEN + i].revents)
			accept_one(api, i);
	*ret_stop = fds[POLL_STOP].revents != 0 || api->told_to_stop;
	return 0;
}

/* Also when nobody asks: a worker stands still only between two looks. */
static void look_at_heartbeats(struct sl_api *api, int64_t now_ns)
{
	struct sl_stats_copy *stats;

	if (now_ns < api->look_ns)
		return;
	api->look_ns = now_ns + SL_NS_PER_S;
	stats = malloc(sizeof(*stats));
	if (stats && !sl_stats_page_read(api->config.paths->stats, stats)) {
		sl_heartbeats_note(&api->heartbeats, stats, now_ns);
		if (sl_crowding_note(&api->heartbeats.crowding, stats, now_ns))
			sl_api_tell_alarms(api);
	}
	free(stats);
}

int sl_api_run(struct sl_api *api, bool *ret_ordered)
{
	int64_t tick_ns = 0;
	bool stop = false;

	while (!stop) {
		int64_t now_ns = sl_clock_read(CLOCK_MONOTONIC);
		int e;

		if (now_ns >= tick_ns) {
			e = api->config.tick(api->config.context);
			if (e)
				return e;
			look_at_heartbeats(api, now_ns);
			tick_ns = now_ns + SL_API_TICK_MS * SL_NS_PER_MS;
		}
		e = poll_once(api, &stop, tick_ns);
		if (e) {
			sl_log_error("the API cannot wait for its connections: %s",
				     sl_error_text(e));
			return e;
		}
	}
	*ret_ordered = api->told_to_stop;
	return 0;
}
