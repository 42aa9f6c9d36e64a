#include "control/api/guard_priv.h"

#include "control/config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

static const char token_letters[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~+/=";

static int refuse(const char *path, const char *what, char ret_why[SL_SENTENCE_BYTES])
{
	snprintf(ret_why, SL_SENTENCE_BYTES, "api.token_file, %.100s: %.120s", path, what);
	return -SL_E_SETTINGS;
}

static int check_file(int fd, const char *path, char ret_why[SL_SENTENCE_BYTES])
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return refuse(path, "it is not a file", ret_why);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return refuse(path, "it belongs to another user; chown it to this one or to root",
			      ret_why);
	if (st.st_mode & 027)
		return refuse(path, "others may read or write it; chmod 600 (or 640) it", ret_why);
	return 0;
}

int sl_api_token_read(const char *path, char ret_token[SL_API_TOKEN_MAX + 1],
		      char ret_why[SL_SENTENCE_BYTES])
{
	char text[SL_API_TOKEN_MAX + 3]; /* and the end of the line */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), e;
	ssize_t n = 0;
	size_t length;

	e = fd < 0 ? -errno : check_file(fd, path, ret_why);
	if (!e) {
		n = read(fd, text, sizeof(text) - 1);
		e = n < 0 ? -errno : 0;
	}
	if (fd >= 0)
		close(fd);
	if (e && e != -SL_E_SETTINGS)
		refuse(path, strerror(-e), ret_why);
	if (e)
		return e;
	text[n] = 0;
	length = strcspn(text, "\r\n");
	if (length < SL_API_TOKEN_MIN || length > SL_API_TOKEN_MAX ||
	    strspn(text, token_letters) != length)
		return refuse(path,
			      "its first line is not 16 to 512 letters, digits and -._~+/=; "
			      "`openssl rand -hex 32` makes a token",
			      ret_why);
	memset(ret_token, 0, SL_API_TOKEN_MAX + 1);
	memcpy(ret_token, text, length);
	return 0;
}

static bool equal(const char a[SL_API_TOKEN_MAX + 1], const char b[SL_API_TOKEN_MAX + 1])
{
	volatile unsigned char different = 0;

	for (size_t i = 0; i <= SL_API_TOKEN_MAX; i++)
		different |= (unsigned char)(a[i] ^ b[i]);
	return !different;
}

bool sl_api_token_given(const char *path, const struct sl_http_request *request)
{
	static const char scheme[] = "Bearer ";
	char given[SL_API_TOKEN_MAX + 1] = "", token[SL_API_TOKEN_MAX + 1], why[SL_SENTENCE_BYTES];
	const struct sl_http_header *header =
		sl_http_find(request->headers, request->n_headers, "authorization");
	size_t n = header ? header->value.bytes : 0, n_scheme = sizeof(scheme) - 1;
	const char *at = header ? (const char *)header->value.at : "";

	if (n <= n_scheme || n - n_scheme > SL_API_TOKEN_MAX || strncasecmp(at, scheme, n_scheme))
		return false;
	memcpy(given, at + n_scheme, n - n_scheme);
	return !sl_api_token_read(path, token, why) && equal(given, token);
}

bool sl_api_host_is_loopback(struct sl_span host)
{
	char text[80], *port;

	if (!host.bytes || host.bytes >= sizeof(text) || memchr(host.at, 0, host.bytes))
		return false;
	memcpy(text, host.at, host.bytes);
	text[host.bytes] = 0;
	port = text[0] == '[' ? strchr(text, ']') : strchr(text, ':');
	if (text[0] == '[') {
		if (!port)
			return false;
		*port++ = 0;
	}
	if (port && *port && (*port != ':' || strspn(port + 1, "0123456789") != strlen(port + 1)))
		return false;
	if (port)
		*port = 0;
	if (text[0] == '[')
		return strchr(text + 1, ':') && sl_config_is_loopback(text + 1);
	return !strcasecmp(text, "localhost") || sl_config_is_loopback(text);
}
