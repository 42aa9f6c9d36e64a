#include "worker/commander.h"

#include "base/clock.h"
#include "base/local_socket.h"
#include "base/log.h"
#include "sluice/error.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PEERS_MAX 8u
#define BACKLOG 8
#define SEND_TIMEOUT_S 5
#define DRAIN_MS 10000

struct peer {
	int fd;
	bool greeted;
	size_t bytes; /* of the request so far */
	struct sl_command_request request;
};

static int open_socket(const char *run)
{
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int fd, error;

	if (snprintf(path, sizeof(path), "%s/%s", run, SL_COMMAND_SOCKET) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	/* the journal's lock says that a life before is over */
	error = sl_local_socket_listen(path, BACKLOG, &fd);
	return error ? error : fd;
}

static bool told_to_stop(int signals)
{
	struct signalfd_siginfo info;
	bool stop = false;

	while (read(signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo != SIGHUP)
			stop = true;
		else
			sl_log(SL_LOG_INFO,
			       "SIGHUP changes nothing here: sluice-control reloads settings, "
			       "and this process takes those of its next start");
	}
	return stop;
}

static void drain(struct sl_commander *commander)
{
	sl_stat *state = &commander->stats->store.state;

	if (atomic_load(state) == SL_STATE_RUNNING)
		atomic_store(state, SL_STATE_DRAINING);
	sl_engine_drain(commander->engine);
	for (int i = 0; i < DRAIN_MS && !sl_engine_drained(commander->engine); i++)
		nanosleep(&(struct timespec){.tv_nsec = SL_NS_PER_MS}, NULL);
	/* a door that only rests would let clients wait for ever at a gateway that stays up */
	for (uint32_t i = 0; i < commander->n_listeners; i++)
		if (commander->doors[i] >= 0)
			shutdown(commander->doors[i], SHUT_RD);
}

static void reply_fill(struct sl_commander *commander, struct sl_command_reply *reply)
{
	*reply = (struct sl_command_reply){
		.magic = SL_COMMAND_MAGIC,
		.version = SL_COMMAND_VERSION,
		.workers = commander->workers,
		.ruleset = sl_engine_ruleset(commander->engine),
		.pid = getpid(),
		.listeners = commander->n_listeners,
	};
	memcpy(reply->listener, commander->listeners, sizeof(reply->listener));
}

static void tell_live(struct sl_commander *commander, const struct sl_command_request *request,
		      struct sl_command_reply *ret_reply)
{
	int result = request->slots > SL_COMMAND_SLOTS_MAX ? -SL_E_PEER : 0;

	reply_fill(commander, ret_reply);
	if (!result)
		result = sl_engine_live(commander->engine, request->slot, request->slots,
					ret_reply->live);
	ret_reply->result = result;
	ret_reply->slots = result ? 0 : request->slots;
	snprintf(ret_reply->text, sizeof(ret_reply->text), "%s",
		 result ? sl_error_text(result) : "");
}

static void tell_look(struct sl_commander *commander, const struct sl_command_request *request,
		      struct sl_command_reply *ret_reply)
{
	size_t bytes = strnlen(request->text, sizeof(request->text));
	const struct sl_text key = {.at = request->text, .bytes = (uint32_t)bytes};
	int n = bytes == 0 || bytes == sizeof(request->text) ? -SL_E_PEER : 0;

	reply_fill(commander, ret_reply);
	if (!n)
		n = sl_engine_look(commander->engine, key, ret_reply->look, &ret_reply->tick_ns);
	if (n < 0) {
		ret_reply->result = n;
		snprintf(ret_reply->text, sizeof(ret_reply->text), "%s", sl_error_text(n));
		return;
	}
	ret_reply->looks_all = (uint32_t)n;
	ret_reply->looks =
		ret_reply->looks_all < SL_COMMAND_LOOKS_MAX ? (uint32_t)n : SL_COMMAND_LOOKS_MAX;
}

/* True: the process is to end. */
static bool obey(struct sl_commander *commander, struct peer *peer,
		 struct sl_command_reply *ret_reply)
{
	const struct sl_command_request *request = &peer->request;
	char why[SL_SENTENCE_BYTES] = "";
	int result = -SL_E_PEER;

	if (request->magic != SL_COMMAND_MAGIC || request->version != SL_COMMAND_VERSION) {
		result = -SL_E_VERSION;
	} else if (request->command == SL_COMMAND_HELLO) {
		peer->greeted = true;
		result = 0;
	} else if (peer->greeted && request->command == SL_COMMAND_LOAD) {
		result = memchr(request->text, 0, sizeof(request->text))
				 ? sl_engine_load(commander->engine, request->text, why)
				 : -SL_E_PEER;
		sl_log(result ? SL_LOG_ERROR : SL_LOG_INFO, "rule set %.200s: %s", request->text,
		       result ? why : "in force on every worker");
	} else if (peer->greeted && request->command == SL_COMMAND_LIVE) {
		tell_live(commander, request, ret_reply);
		return false;
	} else if (peer->greeted && request->command == SL_COMMAND_LOOK) {
		tell_look(commander, request, ret_reply);
		return false;
	} else if (peer->greeted &&
		   (request->command == SL_COMMAND_DRAIN || request->command == SL_COMMAND_STOP)) {
		if (request->command == SL_COMMAND_STOP)
			sl_service_stopping(commander->service);
		drain(commander);
		result = sl_engine_drained(commander->engine) ? 0 : -SL_E_BUSY;
	}
	reply_fill(commander, ret_reply);
	ret_reply->result = result;
	snprintf(ret_reply->text, sizeof(ret_reply->text), "%s",
		 result ? (why[0] ? why : sl_error_text(result)) : "");
	return request->command == SL_COMMAND_STOP && peer->greeted;
}

static void drop(struct peer *peer)
{
	close(peer->fd);
	peer->fd = -1;
}

static bool hear(struct sl_commander *commander, struct peer *peer)
{
	struct sl_command_reply reply;
	ssize_t n = recv(peer->fd, (char *)&peer->request + peer->bytes,
			 sizeof(peer->request) - peer->bytes, MSG_DONTWAIT);
	bool stop;

	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			drop(peer);
		return false;
	}
	peer->bytes += (size_t)n;
	if (peer->bytes < sizeof(peer->request))
		return false;
	peer->bytes = 0;
	stop = obey(commander, peer, &reply);
	/* replies are small: they fit the socket's buffer, or the peer does not read */
	if (send(peer->fd, &reply, sizeof(reply), MSG_NOSIGNAL) != (ssize_t)sizeof(reply) ||
	    reply.result == -SL_E_VERSION)
		drop(peer);
	return stop;
}

static void welcome(int listener, struct peer peers[PEERS_MAX])
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	struct timeval patience = {.tv_sec = SEND_TIMEOUT_S};

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	for (unsigned i = 0; i < PEERS_MAX; i++) {
		if (peers[i].fd < 0) {
			peers[i] = (struct peer){.fd = fd};
			return;
		}
	}
	close(fd);
}

int sl_commander_run(struct sl_commander *commander)
{
	struct peer peers[PEERS_MAX];
	struct pollfd polls[PEERS_MAX + 2];
	int listener = open_socket(commander->run), wait_ms;
	bool stop = false;

	if (listener < 0)
		return listener;
	sl_service_ready(commander->service);
	for (unsigned i = 0; i < PEERS_MAX; i++)
		peers[i] = (struct peer){.fd = -1};
	while (!stop) {
		polls[0] = (struct pollfd){.fd = commander->signals, .events = POLLIN};
		polls[1] = (struct pollfd){.fd = listener, .events = POLLIN};
		for (unsigned i = 0; i < PEERS_MAX; i++)
			polls[i + 2] = (struct pollfd){.fd = peers[i].fd, .events = POLLIN};
		wait_ms = sl_service_tick(commander->service, sl_clock_read(CLOCK_MONOTONIC));
		if (poll(polls, PEERS_MAX + 2, wait_ms) < 0)
			continue;
		for (unsigned i = 0; i < PEERS_MAX; i++)
			if (polls[i + 2].revents)
				commander->ordered |= hear(commander, &peers[i]);
		stop |= commander->ordered;
		if (polls[1].revents)
			welcome(listener, peers);
		if (polls[0].revents && told_to_stop(commander->signals)) {
			sl_service_stopping(commander->service);
			drain(commander);
			stop = true;
		}
	}
	for (unsigned i = 0; i < PEERS_MAX; i++)
		if (peers[i].fd >= 0)
			close(peers[i].fd);
	close(listener);
	return 0;
}
