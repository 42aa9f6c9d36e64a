/* The sockets that the API listens on. */
#include "control/api/api_priv.h"
#include "control/api/guard_priv.h"

#include "base/local_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 64

union any_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static uint16_t port_of(int fd)
{
	union any_address bound;
	socklen_t n = sizeof(bound);

	if (getsockname(fd, &bound.any, &n))
		return 0;
	return ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port : bound.v4.sin_port);
}

static int listen_on_port(const char *address, uint16_t port, int *ret_fd)
{
	bool v6 = strchr(address, ':') != NULL;
	union any_address to = {.any.sa_family = v6 ? AF_INET6 : AF_INET};
	socklen_t n = v6 ? sizeof(to.v6) : sizeof(to.v4);
	int fd, one = 1, e = 0;

	*(v6 ? &to.v6.sin6_port : &to.v4.sin_port) = htons(port);
	/* no settings file can say another, and no other may be listened on whatever it said */
	if (!sl_config_is_loopback(address) ||
	    inet_pton(to.any.sa_family, address,
		      v6 ? (void *)&to.v6.sin6_addr : (void *)&to.v4.sin_addr) != 1)
		return -SL_E_SETTINGS;
	fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, &to.any, n) || listen(fd, BACKLOG))
		e = -errno;
	if (e) {
		close(fd);
		return e;
	}
	*ret_fd = fd;
	return 0;
}

static int listen_remote(struct sl_api *api, char ret_why[SL_SENTENCE_BYTES])
{
	const struct sl_settings *settings = api->config.settings;
	char token[SL_API_TOKEN_MAX + 1], address[64];
	uint16_t port = 0;
	int e;

	if (!settings->api_listen[0])
		return 0;
	e = sl_api_token_read(settings->api_token_file, token, ret_why);
	memset(token, 0, sizeof(token));
	if (e)
		return e;
	e = sl_config_listen(settings->api_listen, address, &port);
	if (!e)
		e = listen_on_port(address, port, &api->listen_fds[SL_API_REMOTE]);
	if (e) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "the API cannot listen on %.100s: %s",
			 settings->api_listen, sl_error_text(e));
		return e;
	}
	snprintf(api->config.remote_address, sizeof(api->config.remote_address),
		 strchr(address, ':') ? "[%s]:%u" : "%s:%u", address,
		 port_of(api->listen_fds[SL_API_REMOTE]));
	return 0;
}

int sl_api_listen(struct sl_api *api, char ret_why[SL_SENTENCE_BYTES])
{
	const char *path = api->config.paths->api;
	/* the lock on the cursors says that there is no other control now */
	int e = sl_local_socket_listen(path, BACKLOG, &api->listen_fds[SL_API_LOCAL]);

	if (e) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "the API cannot listen on %.120s: %s", path,
			 sl_error_text(e));
		return e;
	}
	return listen_remote(api, ret_why);
}

void sl_api_listen_end(struct sl_api *api)
{
	if (api->listen_fds[SL_API_LOCAL] >= 0) {
		close(api->listen_fds[SL_API_LOCAL]);
		unlink(api->config.paths->api);
	}
	if (api->listen_fds[SL_API_REMOTE] >= 0)
		close(api->listen_fds[SL_API_REMOTE]);
}
