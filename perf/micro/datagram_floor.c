/* The floor of ingest-udp: recvmmsg into buffers of 64 KiB, and nothing done with what comes.
 *
 *     datagram_floor [--gro]
 *
 * Prints {"listening":PORT} when it listens and, when SIGTERM comes and nothing more, how many
 * datagrams it received in which time. */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

#define EACH 64
#define BUFFER_BYTES 65536
#define SOCKET_BYTES (8 << 20)
#define QUIET_MS 100

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
	(void)number;
	stopping = 1;
}

static void die(const char *what)
{
	fprintf(stderr, "datagram_floor: %s: %s\n", what, strerror(errno));
	exit(3);
}

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ll + t.tv_nsec;
}

static int open_socket(int gro)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t bytes = sizeof(at);
	int room = SOCKET_BYTES;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, bytes) ||
	    getsockname(fd, (struct sockaddr *)&at, &bytes) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)) ||
	    setsockopt(fd, IPPROTO_UDP, UDP_GRO, &gro, sizeof(gro)))
		die("socket");
	printf("{\"listening\":%u}\n", ntohs(at.sin_port));
	fflush(stdout);
	return fd;
}

static uint64_t datagrams_of(struct mmsghdr *message)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(&message->msg_hdr);
	int bytes = 0;

	if (c && c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO)
		memcpy(&bytes, CMSG_DATA(c), sizeof(bytes));
	return bytes > 0 ? (message->msg_len + (unsigned)bytes - 1) / (unsigned)bytes : 1;
}

int main(int argc, char **argv)
{
	static _Alignas(struct cmsghdr) uint8_t control[EACH][CMSG_SPACE(sizeof(int))];
	static struct mmsghdr messages[EACH];
	static struct iovec vectors[EACH];
	const struct sigaction stop = {.sa_handler = on_signal};
	uint8_t *buffers = malloc((size_t)EACH * BUFFER_BYTES);
	int gro = argc == 2 && !strcmp(argv[1], "--gro");
	int64_t first_ns = 0, last_ns = 0;
	uint64_t datagrams = 0;
	struct rusage usage;
	struct pollfd polled = {.events = POLLIN};

	if (argc > 1 + gro) {
		fputs("usage: datagram_floor [--gro]\n", stderr);
		return 2;
	}
	if (!buffers)
		die("memory");
	sigaction(SIGTERM, &stop, NULL);
	polled.fd = open_socket(gro);
	for (;;) {
		int n;

		for (unsigned i = 0; i < EACH; i++) {
			vectors[i] =
				(struct iovec){buffers + (size_t)i * BUFFER_BYTES, BUFFER_BYTES};
			messages[i].msg_hdr = (struct msghdr){
				.msg_iov = &vectors[i],
				.msg_iovlen = 1,
				.msg_control = control[i],
				.msg_controllen = sizeof(control[i]),
			};
		}
		n = recvmmsg(polled.fd, messages, EACH, MSG_DONTWAIT, NULL);
		if (n <= 0) {
			if (poll(&polled, 1, QUIET_MS) == 0 && stopping)
				break;
			continue;
		}
		last_ns = now_ns();
		first_ns = first_ns ? first_ns : last_ns;
		for (int i = 0; i < n; i++)
			datagrams += datagrams_of(&messages[i]);
	}
	getrusage(RUSAGE_SELF, &usage);
	printf("{\"datagrams\":%" PRIu64 ",\"receiving_s\":%.6f,\"cpu_s\":%.6f}\n", datagrams,
	       (double)(last_ns - first_ns) / 1e9,
	       (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
	return 0;
}
