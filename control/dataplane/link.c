#include "control/dataplane/link.h"

#include "base/clock.h"
#include "sluice/error.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void sl_link_init(struct sl_link *link)
{
	memset(link, 0, sizeof(*link));
	link->fd = -1;
}

void sl_link_close(struct sl_link *link)
{
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
}

bool sl_link_alive(struct sl_link *link)
{
	struct pollfd poll_fd = {.fd = link->fd, .events = POLLIN};

	if (link->fd < 0)
		return false;
	/* between commands the other side has nothing to say: readable means that it is gone */
	if (poll(&poll_fd, 1, 0) == 0)
		return true;
	sl_link_close(link);
	return false;
}

/* Moves all bytes in one direction before the deadline. */
static int transfer(int fd, void *bytes, size_t n, bool sending, int64_t deadline_ns)
{
	char *at = bytes;

	while (n) {
		int64_t left_ms = (deadline_ns - sl_clock_read(CLOCK_MONOTONIC)) / SL_NS_PER_MS;
		struct pollfd poll_fd = {.fd = fd, .events = sending ? POLLOUT : POLLIN};
		ssize_t done;
		int ready;

		if (left_ms <= 0)
			return -SL_E_PEER;
		ready = poll(&poll_fd, 1, (int)left_ms);
		if (ready < 0 && errno != EINTR)
			return -errno;
		if (ready <= 0)
			continue;
		done = sending ? send(fd, at, n, MSG_NOSIGNAL | MSG_DONTWAIT)
			       : recv(fd, at, n, MSG_DONTWAIT);
		if (done < 0 && errno != EINTR && errno != EAGAIN)
			return -errno;
		if (done == 0)
			return -SL_E_PEER;
		if (done > 0) {
			at += done;
			n -= (size_t)done;
		}
	}
	return 0;
}

static int check_reply(struct sl_command_reply *reply)
{
	if (reply->magic != SL_COMMAND_MAGIC || reply->version != SL_COMMAND_VERSION ||
	    reply->listeners > SL_CHANNELS_MAX || reply->slots > SL_COMMAND_SLOTS_MAX ||
	    reply->looks > SL_COMMAND_LOOKS_MAX)
		return -SL_E_PEER;
	for (uint32_t i = 0; i < SL_CHANNELS_MAX; i++) {
		reply->listener[i].channel[SL_CHANNEL_NAME_MAX - 1] = 0;
		reply->listener[i].address[sizeof(reply->listener[i].address) - 1] = 0;
	}
	for (uint32_t i = 0; i < reply->looks; i++) {
		reply->look[i].campaign[SL_COMMAND_NAME_BYTES - 1] = 0;
		reply->look[i].step[SL_COMMAND_NAME_BYTES - 1] = 0;
	}
	reply->text[SL_COMMAND_TEXT_MAX - 1] = 0;
	return 0;
}

static int ask(struct sl_link *link, struct sl_command_request *request, int timeout_ms,
	       char ret_why[SL_COMMAND_TEXT_MAX])
{
	int64_t deadline_ns = sl_clock_read(CLOCK_MONOTONIC) + timeout_ms * SL_NS_PER_MS;
	struct sl_command_reply reply;
	int e;

	request->magic = SL_COMMAND_MAGIC;
	request->version = SL_COMMAND_VERSION;
	e = transfer(link->fd, request, sizeof(*request), true, deadline_ns);
	if (!e)
		e = transfer(link->fd, &reply, sizeof(reply), false, deadline_ns);
	if (!e)
		e = check_reply(&reply);
	if (e) {
		sl_link_close(link);
		snprintf(ret_why, SL_COMMAND_TEXT_MAX, "%s", sl_error_text(e));
		return e;
	}
	link->latest = reply; /* also of a refusal: it says which rule set is published */
	if (reply.result) {
		snprintf(ret_why, SL_COMMAND_TEXT_MAX, "%s",
			 reply.text[0] ? reply.text : sl_error_text(reply.result));
		return reply.result < 0 ? reply.result : -SL_E_PEER;
	}
	return 0;
}

static int command(struct sl_link *link, enum sl_command what, const char *text, int timeout_ms,
		   char ret_why[SL_COMMAND_TEXT_MAX])
{
	struct sl_command_request request = {.command = what};

	if (strlen(text) >= sizeof(request.text))
		return -ENAMETOOLONG;
	strcpy(request.text, text);
	return ask(link, &request, timeout_ms, ret_why);
}

int sl_link_open(struct sl_link *link, const char *socket_path, char ret_why[SL_COMMAND_TEXT_MAX])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int e = 0;

	sl_link_close(link);
	if (strlen(socket_path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, socket_path);
	link->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (link->fd < 0 || connect(link->fd, (struct sockaddr *)&address, sizeof(address)))
		e = -errno;
	if (e) {
		sl_link_close(link);
		snprintf(ret_why, SL_COMMAND_TEXT_MAX, "the dataplane does not listen on %s: %s",
			 socket_path, sl_error_text(e));
		return e;
	}
	e = command(link, SL_COMMAND_HELLO, "", SL_LINK_HELLO_MS, ret_why);
	if (e)
		sl_link_close(link);
	return e;
}

int sl_link_load(struct sl_link *link, const char *artifact, char ret_why[SL_COMMAND_TEXT_MAX])
{
	return command(link, SL_COMMAND_LOAD, artifact, SL_LINK_LOAD_MS, ret_why);
}

int sl_link_drain(struct sl_link *link, bool stop, char ret_why[SL_COMMAND_TEXT_MAX])
{
	return command(link, stop ? SL_COMMAND_STOP : SL_COMMAND_DRAIN, "", SL_LINK_DRAIN_MS,
		       ret_why);
}

int sl_link_live(struct sl_link *link, const uint64_t *slots, unsigned n, uint64_t *ret_live,
		 char ret_why[SL_COMMAND_TEXT_MAX])
{
	struct sl_command_request request = {.command = SL_COMMAND_LIVE, .slots = n};
	int e;

	if (n > SL_COMMAND_SLOTS_MAX)
		return -SL_E_LIMIT;
	memcpy(request.slot, slots, n * sizeof(*slots));
	e = ask(link, &request, SL_LINK_LIVE_MS, ret_why);
	if (!e && link->latest.slots != n)
		e = -SL_E_PEER;
	if (!e)
		memcpy(ret_live, link->latest.live, n * sizeof(*ret_live));
	return e;
}

int sl_link_look(struct sl_link *link, const char *key, char ret_why[SL_COMMAND_TEXT_MAX])
{
	return command(link, SL_COMMAND_LOOK, key, SL_LINK_LIVE_MS, ret_why);
}
