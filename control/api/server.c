/* The socket and the poll loop. */
#include "base/clock.h"
#include "base/log.h"
#include "control/api/api_priv.h"
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

enum { POLL_STOP, POLL_WAKE, POLL_LISTEN, POLL_CONNECTIONS };

static int listen_on(const char *path, int *ret_fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	mode_t before;
	int fd, e = 0;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	unlink(path); /* of an earlier life: the lock on the cursors says that there is no other now
		       */
	before = umask(0177);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 64))
		e = -errno;
	umask(before);
	if (e) {
		close(fd);
		return e;
	}
	*ret_fd = fd;
	return 0;
}

int sl_api_open(const struct sl_api_config *config, struct sl_api **ret_api,
		char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_api *api = calloc(1, sizeof(*api));
	int e;

	if (!api)
		return -ENOMEM;
	api->config = *config;
	for (unsigned i = 0; i < SL_API_CONNECTIONS_MAX; i++)
		api->connections[i].fd = -1;
	e = listen_on(config->paths->api, &api->listen_fd);
	if (e) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "the API cannot listen on %.120s: %s",
			 config->paths->api, sl_error_text(e));
		free(api);
		return e;
	}
	*ret_api = api;
	return 0;
}

void sl_api_close(struct sl_api *api)
{
	if (!api)
		return;
	for (unsigned i = 0; i < SL_API_CONNECTIONS_MAX; i++)
		if (api->connections[i].fd >= 0)
			sl_connection_close(api, &api->connections[i]);
	close(api->listen_fd);
	unlink(api->config.paths->api);
	free(api);
}

static void accept_one(struct sl_api *api)
{
	struct sl_connection *connection = NULL;
	int fd;

	for (unsigned i = 0; i < SL_API_CONNECTIONS_MAX && !connection; i++)
		if (api->connections[i].fd < 0)
			connection = &api->connections[i];
	if (!connection)
		return; /* it waits in the backlog */
	fd = accept4(api->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0) {
		/* no descriptors: they come back when others close, and polling on would spin */
		if (errno == EMFILE || errno == ENFILE)
			nanosleep(&(struct timespec){.tv_nsec = 10 * SL_NS_PER_MS}, NULL);
		return;
	}
	sl_connection_init(connection, fd);
}

static void deliver_reply(struct sl_api *api)
{
	struct sl_ruleset_reply reply;
	uint64_t count;

	if (read(api->config.wake_fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
		return;
	if (!sl_rulesets_take_reply(api->config.rulesets, &reply))
		return;
	for (unsigned i = 0; i < SL_API_CONNECTIONS_MAX; i++) {
		struct sl_connection *connection = &api->connections[i];

		if (connection->fd < 0 || connection->state != SL_CONNECTION_WAITING)
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
	struct pollfd fds[POLL_CONNECTIONS + SL_API_CONNECTIONS_MAX];
	struct sl_connection *polled[POLL_CONNECTIONS + SL_API_CONNECTIONS_MAX];
	int64_t now_ns = sl_clock_read(CLOCK_MONOTONIC);
	int64_t wait_ms = (tick_ns - now_ns + SL_NS_PER_MS - 1) / SL_NS_PER_MS;
	unsigned n = POLL_CONNECTIONS;
	bool room;

	for (unsigned i = 0; i < SL_API_CONNECTIONS_MAX; i++) {
		struct sl_connection *connection = &api->connections[i];

		if (connection->fd < 0)
			continue;
		polled[n] = connection;
		fds[n++] = (struct pollfd){.fd = connection->fd, .events = events_of(connection)};
	}
	room = n < POLL_CONNECTIONS + SL_API_CONNECTIONS_MAX;
	fds[POLL_STOP] = (struct pollfd){.fd = api->config.stop_fd, .events = POLLIN};
	fds[POLL_WAKE] = (struct pollfd){.fd = api->config.wake_fd, .events = POLLIN};
	fds[POLL_LISTEN] = (struct pollfd){.fd = room ? api->listen_fd : -1, .events = POLLIN};
	if (poll(fds, n, wait_ms > 0 ? (int)wait_ms : 0) < 0)
		return errno == EINTR ? 0 : -errno;
	now_ns = sl_clock_read(CLOCK_MONOTONIC);
	if (fds[POLL_WAKE].revents)
		deliver_reply(api);
	for (unsigned i = POLL_CONNECTIONS; i < n; i++)
		if (polled[i]->fd >= 0)
			serve(api, polled[i], fds[i].revents, now_ns);
	if (fds[POLL_LISTEN].revents)
		accept_one(api);
	*ret_stop = fds[POLL_STOP].revents != 0;
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
	if (stats && !sl_stats_page_read(api->config.paths->stats, stats))
		sl_heartbeats_note(&api->heartbeats, stats, now_ns);
	free(stats);
}

int sl_api_run(struct sl_api *api)
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
	return 0;
}
