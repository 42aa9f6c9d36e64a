#include "tools/http_client.h"

#include "base/clock.h"
#include "base/http1.h"
#include "sluice/error.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const struct sl_http_limits limits = {
	.header_bytes = 16384,
	.headers = SL_HTTP_HEADERS_MAX,
	.body_bytes = SL_HTTP_CLIENT_BODY_MAX,
};

int sl_http_client_wait(int fd, short events, int64_t deadline_ns)
{
	struct pollfd pollfd = {.fd = fd, .events = events};

	for (;;) {
		int64_t left_ms = (deadline_ns - sl_clock_read(CLOCK_MONOTONIC)) / SL_NS_PER_MS;
		int n = left_ms > 0 ? poll(&pollfd, 1, left_ms > 3600000 ? 3600000 : (int)left_ms)
				    : 0;

		if (n > 0)
			return 0;
		if (n == 0)
			return -ETIMEDOUT;
		if (errno != EINTR)
			return -errno;
	}
}

static int connect_to(const struct sockaddr *to, socklen_t bytes, int64_t deadline_ns, int *ret_fd)
{
	int fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = 0;
	socklen_t error_bytes = sizeof(error);

	if (fd < 0)
		return -errno;
	if (connect(fd, to, bytes) && errno != EINPROGRESS)
		error = errno;
	else if (!(error = -sl_http_client_wait(fd, POLLOUT, deadline_ns)))
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_bytes);
	if (error) {
		close(fd);
		return -error;
	}
	*ret_fd = fd;
	return 0;
}

static bool is_port(const char *text)
{
	size_t digits = strspn(text, "0123456789");

	return digits >= 1 && digits <= 5 && !text[digits] && atoi(text) <= UINT16_MAX;
}

static int open_address(const char *address, int64_t deadline_ns, int *ret_fd)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	const char *colon = strrchr(address, ':');
	char host[256];
	int error;

	if (!strncmp(address, "unix:", 5)) {
		if (!address[5])
			return -EINVAL;
		if (strlen(address + 5) >= sizeof(local.sun_path))
			return -ENAMETOOLONG;
		strcpy(local.sun_path, address + 5);
		return connect_to((const void *)&local, sizeof(local), deadline_ns, ret_fd);
	}
	if (!colon || colon == address || (size_t)(colon - address) >= sizeof(host) ||
	    !is_port(colon + 1))
		return -EINVAL;
	snprintf(host, sizeof(host), "%.*s", (int)(colon - address), address);
	if (getaddrinfo(host, colon + 1, &hints, &found))
		return -EHOSTUNREACH;
	error = connect_to(found->ai_addr, found->ai_addrlen, deadline_ns, ret_fd);
	freeaddrinfo(found);
	return error;
}

static int send_all(int fd, const char *at, size_t bytes, int64_t deadline_ns)
{
	while (bytes) {
		ssize_t n = send(fd, at, bytes, MSG_NOSIGNAL);
		int error;

		if (n > 0) {
			at += n;
			bytes -= (size_t)n;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		error = sl_http_client_wait(fd, POLLOUT, deadline_ns);
		if (error)
			return error;
	}
	return 0;
}

/* Looks at what has come so far: 1 whole, 0 more needed, < 0 an error. */
static int look(const char *at, size_t bytes, struct sl_http_answer *answer)
{
	struct sl_http_response response;
	ssize_t head = sl_http1_response(at, bytes, &limits, &response);

	if (head <= 0)
		return head ? -SL_E_PEER : 0;
	if (response.chunked || !response.has_length)
		return -SL_E_PEER;
	if (bytes - (size_t)head < response.content_length)
		return 0;
	answer->body_bytes = response.content_length;
	answer->body = malloc(answer->body_bytes + 1);
	if (!answer->body)
		return -ENOMEM;
	memcpy(answer->body, at + head, answer->body_bytes);
	answer->body[answer->body_bytes] = '\0';
	answer->status = response.status;
	return 1;
}

static int receive(int fd, int64_t deadline_ns, struct sl_http_answer *ret_answer)
{
	size_t bytes = 0, room = 65536;
	char *at = malloc(room);
	int result = at ? 0 : -ENOMEM;

	while (!result) {
		ssize_t n;

		if (bytes == room) {
			char *more = realloc(at, room *= 2);

			if (!more) {
				result = -ENOMEM;
				break;
			}
			at = more;
		}
		n = recv(fd, at + bytes, room - bytes, 0);
		if (n > 0) {
			bytes += (size_t)n;
			result = look(at, bytes, ret_answer);
		} else if (n == 0) {
			result = -SL_E_PEER;
		} else if (errno == EAGAIN || errno == EINTR) {
			result = sl_http_client_wait(fd, POLLIN, deadline_ns);
		} else {
			result = -errno;
		}
	}
	free(at);
	return result < 0 ? result : 0;
}

/* The header that shows the token, or "" where none is wanted. */
static int authorize(const char *address, char *ret_header, size_t room)
{
	const char *path = getenv("SLUICE_API_TOKEN_FILE");
	char token[514] = "";
	ssize_t n;
	int fd;

	ret_header[0] = 0;
	if (!path || !*path || !strncmp(address, "unix:", 5))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, token, sizeof(token) - 1);
	if (fd >= 0)
		close(fd);
	if (n < 0)
		return -EACCES;
	token[strcspn(token, "\r\n")] = 0;
	snprintf(ret_header, room, "Authorization: Bearer %s\r\n", token);
	return 0;
}

int sl_http_client_ask(const char *address, const char *method, const char *target,
		       const char *body, size_t body_bytes, int64_t deadline_ns, int *ret_fd)
{
	char head[SL_HTTP_CLIENT_TARGET_MAX + 2048], token[600];
	int fd, n, error = authorize(address, token, sizeof(token));

	if (!error && strlen(target) > SL_HTTP_CLIENT_TARGET_MAX)
		error = -ENAMETOOLONG;
	if (!error)
		error = open_address(address, deadline_ns, &fd);
	if (error)
		return error;
	n = snprintf(head, sizeof(head),
		     "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s", method, target,
		     token);
	if (body)
		n += snprintf(head + n, sizeof(head) - (size_t)n,
			      "Content-Type: application/json\r\nContent-Length: %zu\r\n",
			      body_bytes);
	n += snprintf(head + n, sizeof(head) - (size_t)n, "\r\n");
	error = send_all(fd, head, (size_t)n, deadline_ns);
	if (!error && body)
		error = send_all(fd, body, body_bytes, deadline_ns);
	/* a server that refuses early answers and closes: its answer says more than our EPIPE */
	if (error && error != -EPIPE && error != -ECONNRESET) {
		close(fd);
		return error;
	}
	*ret_fd = fd;
	return 0;
}

int sl_http_client_call(const char *address, const char *method, const char *target,
			const char *body, size_t body_bytes, int64_t timeout_ms,
			struct sl_http_answer *ret_answer)
{
	int64_t deadline_ns = sl_clock_read(CLOCK_MONOTONIC) + timeout_ms * SL_NS_PER_MS;
	int fd, error = sl_http_client_ask(address, method, target, body, body_bytes, deadline_ns,
					   &fd);

	if (error)
		return error;
	error = receive(fd, deadline_ns, ret_answer);
	close(fd);
	return error;
}
