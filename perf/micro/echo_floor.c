/* The floors of the ingest measurements: what io_uring on one thread gives where next to nothing is
 * done with the bytes. Multishot accept and receive, provided buffers, one ring.
 *
 *     echo_floor --mode sink|reply|lines [--events N] [--port P] --seconds N
 *
 * sink:  receives and forgets.
 * reply: for each HTTP request, told by its Content-Length, a ready reply that takes all its
 *        N events.
 * lines: reads the fields of each line's event with simdjson, and forgets them.
 * Prints {"listening":PORT} when it listens (port 0, the default: any free one) and, when the time
 * is up or SIGTERM comes and all have hung up, what it received. */
#include "floor_stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <liburing.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BUFFERS 128u
#define BUFFER_BYTES 65536u
#define CONNECTIONS_MAX 4096u /* by descriptor */
#define REPLIES_AT_ONCE 64u
#define NS_PER_S 1000000000ll

#define REPLY_BYTES_MAX 256u

enum kind { ACCEPT = 1, RECV, SEND };
enum mode { SINK, REPLY, LINES };

static volatile sig_atomic_t stopping;

struct floor {
	struct io_uring ring;
	struct io_uring_buf_ring *given;
	uint8_t *pool;
	int listener;
	enum mode mode;
	struct sl_perf_reader *reader;
	uint64_t bytes, replies, lines;
	int64_t first_ns, last_ns; /* of receiving */
	uint32_t reply_bytes;
	struct sl_perf_stream streams[CONNECTIONS_MAX];
	uint32_t owed[CONNECTIONS_MAX]; /* replies */
	uint32_t under_way_bytes[CONNECTIONS_MAX];
	bool ended[CONNECTIONS_MAX]; /* no receive is under way any more */
	unsigned connected;
	char replies_text[REPLIES_AT_ONCE * REPLY_BYTES_MAX];
};

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void die(const char *what, int error)
{
	fprintf(stderr, "echo_floor: %s: %s\n", what, strerror(error));
	exit(3);
}

static struct io_uring_sqe *next_sqe(struct floor *f)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&f->ring);

	if (!sqe) {
		io_uring_submit(&f->ring);
		sqe = io_uring_get_sqe(&f->ring);
	}
	if (!sqe)
		die("no room in the ring", EBUSY);
	return sqe;
}

static void arm_accept(struct floor *f)
{
	struct io_uring_sqe *sqe = next_sqe(f);

	io_uring_prep_multishot_accept(sqe, f->listener, NULL, NULL, SOCK_CLOEXEC);
	io_uring_sqe_set_data64(sqe, (uint64_t)ACCEPT << 32);
}

static void arm_recv(struct floor *f, int fd)
{
	struct io_uring_sqe *sqe = next_sqe(f);

	io_uring_prep_recv_multishot(sqe, fd, NULL, 0, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	io_uring_sqe_set_data64(sqe, (uint64_t)RECV << 32 | (uint32_t)fd);
}

/* One send a connection at a time, of as many replies as are owed. */
static void arm_send(struct floor *f, int fd)
{
	const uint32_t one = f->reply_bytes;
	uint32_t n = f->owed[fd] < REPLIES_AT_ONCE ? f->owed[fd] : REPLIES_AT_ONCE;
	struct io_uring_sqe *sqe;

	if (!n || f->under_way_bytes[fd])
		return;
	f->owed[fd] -= n;
	f->under_way_bytes[fd] = n * one;
	sqe = next_sqe(f);
	io_uring_prep_send(sqe, fd, f->replies_text, n * one, MSG_NOSIGNAL | MSG_WAITALL);
	io_uring_sqe_set_data64(sqe, (uint64_t)SEND << 32 | (uint32_t)fd);
}

static void give(struct floor *f, unsigned buffer)
{
	io_uring_buf_ring_add(f->given, f->pool + (size_t)buffer * BUFFER_BYTES, BUFFER_BYTES,
			      (unsigned short)buffer, io_uring_buf_ring_mask(BUFFERS), 0);
	io_uring_buf_ring_advance(f->given, 1);
}

static void take(struct floor *f, int fd, const uint8_t *at, size_t bytes)
{
	struct sl_perf_stream *stream = &f->streams[fd];
	int64_t n = 0;

	f->bytes += bytes;
	if (f->mode == REPLY) {
		n = sl_perf_take_requests(stream, at, bytes);
		f->owed[fd] += n > 0 ? (uint32_t)n : 0;
		arm_send(f, fd);
	} else if (f->mode == LINES) {
		n = sl_perf_take_lines(stream, f->reader, at, bytes);
		f->lines += n > 0 ? (uint64_t)n : 0;
	}
	if (n < 0)
		die("these are not the bytes expected", EBADMSG);
}

static void hang_up(struct floor *f, int fd)
{
	close(fd);
	f->connected--;
}

static void on_recv(struct floor *f, int fd, int result, unsigned flags)
{
	unsigned buffer = flags >> IORING_CQE_BUFFER_SHIFT;

	if (result > 0)
		take(f, fd, f->pool + (size_t)buffer * BUFFER_BYTES, (size_t)result);
	if (flags & IORING_CQE_F_BUFFER)
		give(f, buffer);
	if (flags & IORING_CQE_F_MORE)
		return;
	if (result > 0 || result == -ENOBUFS) {
		arm_recv(f, fd);
		return;
	}
	f->ended[fd] = true;
	if (!f->under_way_bytes[fd])
		hang_up(f, fd);
	else
		shutdown(fd, SHUT_RDWR);
}

static void on_accept(struct floor *f, int fd)
{
	if (fd < 0)
		return;
	if ((unsigned)fd >= CONNECTIONS_MAX) {
		close(fd);
		return;
	}
	sl_perf_stream_fini(&f->streams[fd]);
	f->owed[fd] = 0;
	f->under_way_bytes[fd] = 0;
	f->ended[fd] = false;
	f->connected++;
	arm_recv(f, fd);
}

static void on_send(struct floor *f, int fd, int result)
{
	bool whole = result == (int)f->under_way_bytes[fd];

	if (whole)
		f->replies += f->under_way_bytes[fd] / f->reply_bytes;
	f->under_way_bytes[fd] = 0;
	if (f->ended[fd])
		hang_up(f, fd);
	else if (whole)
		arm_send(f, fd);
	else
		shutdown(fd, SHUT_RDWR); /* its receive ends then */
}

/* Told to stop, it first takes what is still in the sockets: until all have hung up, and nobody is
 * at the door. */
static void run(struct floor *f, int64_t until_ns)
{
	bool quiet = false;

	while (!(stopping && quiet && !f->connected) && now_ns() < until_ns) {
		struct __kernel_timespec timeout = {.tv_nsec = 50000000};
		struct io_uring_cqe *cqe;
		uint64_t before = f->bytes;
		unsigned head, n = 0;
		int error;

		error = io_uring_submit_and_wait_timeout(&f->ring, &cqe, 1, &timeout, NULL);
		if (error < 0 && error != -ETIME && error != -EINTR && error != -EBUSY)
			die("io_uring_enter", -error);
		io_uring_for_each_cqe(&f->ring, head, cqe)
		{
			int fd = (int)(uint32_t)cqe->user_data;

			n++;
			switch ((enum kind)(cqe->user_data >> 32)) {
			case ACCEPT:
				on_accept(f, cqe->res);
				if (!(cqe->flags & IORING_CQE_F_MORE))
					arm_accept(f);
				break;
			case RECV:
				on_recv(f, fd, cqe->res, cqe->flags);
				break;
			case SEND:
				on_send(f, fd, cqe->res);
				break;
			}
		}
		io_uring_cq_advance(&f->ring, n);
		quiet = error == -ETIME && n == 0;
		if (f->bytes != before) {
			f->last_ns = now_ns();
			f->first_ns = f->first_ns ? f->first_ns : f->last_ns;
		}
	}
}

static void open_ring(struct floor *f)
{
	struct io_uring_params params = {
		.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
			 IORING_SETUP_CQSIZE,
		.cq_entries = 4096,
	};
	struct io_uring_buf_reg reg = {.ring_entries = BUFFERS};
	int error = io_uring_queue_init_params(1024, &f->ring, &params);

	if (error)
		die("io_uring_setup", -error);
	f->given = mmap(NULL, BUFFERS * sizeof(struct io_uring_buf), PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	f->pool = mmap(NULL, (size_t)BUFFERS * BUFFER_BYTES + SL_PERF_PADDING,
		       PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (f->given == MAP_FAILED || f->pool == MAP_FAILED)
		die("mmap", errno);
	reg.ring_addr = (uintptr_t)f->given;
	error = io_uring_register_buf_ring(&f->ring, &reg, 0);
	if (error)
		die("io_uring_register_buf_ring", -error);
	io_uring_buf_ring_init(f->given);
	for (unsigned i = 0; i < BUFFERS; i++)
		give(f, i);
}

static void open_listener(struct floor *f, uint16_t port)
{
	struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t bytes = sizeof(at);
	int one = 1;

	f->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (f->listener < 0 ||
	    setsockopt(f->listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    setsockopt(f->listener, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) ||
	    bind(f->listener, (struct sockaddr *)&at, bytes) || listen(f->listener, 1024) ||
	    getsockname(f->listener, (struct sockaddr *)&at, &bytes))
		die("listen", errno);
	printf("{\"listening\":%u}\n", ntohs(at.sin_port));
	fflush(stdout);
}

static uint64_t number(const char *text, uint64_t max)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || *end || end == text || n > max) {
		fprintf(stderr, "echo_floor: %s is not a number up to %" PRIu64 "\n", text, max);
		exit(2);
	}
	return n;
}

static void on_signal(int number)
{
	(void)number;
	stopping = 1;
}

static void fill_replies(struct floor *f, uint64_t events)
{
	char body[REPLY_BYTES_MAX / 2], *at = f->replies_text;

	snprintf(body, sizeof(body),
		 "{\"received\":%" PRIu64 ",\"accepted\":%" PRIu64
		 ",\"matched\":0,\"duplicates\":0,\"refused\":[]}",
		 events, events);
	for (unsigned i = 0; i < REPLIES_AT_ONCE; i++)
		at += snprintf(at, REPLY_BYTES_MAX,
			       "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
			       "Content-Length: %zu\r\n\r\n%s",
			       strlen(body), body);
	f->reply_bytes = (uint32_t)((size_t)(at - f->replies_text) / REPLIES_AT_ONCE);
}

static void report(const struct floor *f)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	printf("{\"bytes\":%" PRIu64 ",\"replies\":%" PRIu64 ",\"lines\":%" PRIu64
	       ",\"receiving_s\":%.6f,\"cpu_s\":%.6f}\n",
	       f->bytes, f->replies, f->lines, (double)(f->last_ns - f->first_ns) / 1e9,
	       (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
		       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
}

static bool take_mode(const char *text, enum mode *ret_mode)
{
	static const char *const names[] = {"sink", "reply", "lines"};

	for (unsigned i = 0; i < 3; i++)
		if (!strcmp(names[i], text)) {
			*ret_mode = (enum mode)i;
			return true;
		}
	return false;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"mode", required_argument, NULL, 'm'},
		{"events", required_argument, NULL, 'e'},
		{"port", required_argument, NULL, 'p'},
		{"seconds", required_argument, NULL, 's'},
		{0},
	};
	const struct sigaction stop = {.sa_handler = on_signal};
	uint64_t port = 0, seconds = 0, events = 1;
	static struct floor f;
	bool good = true;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'm')
			good &= take_mode(optarg, &f.mode);
		else if (option == 'e')
			events = number(optarg, 10000);
		else if (option == 'p')
			port = number(optarg, UINT16_MAX);
		else if (option == 's')
			seconds = number(optarg, 86400);
		else
			good = false;
	}
	if (!good || !seconds) {
		fprintf(stderr, "usage: echo_floor --mode sink|reply|lines [--events N] "
				"[--port P] --seconds N\n");
		return 2;
	}
	sigaction(SIGTERM, &stop, NULL);
	f.reader = sl_perf_reader_new(SL_PERF_CARRY_BYTES);
	if (!f.reader)
		die("simdjson", ENOMEM);
	fill_replies(&f, events);
	open_ring(&f);
	open_listener(&f, (uint16_t)port);
	arm_accept(&f);
	run(&f, now_ns() + (int64_t)seconds * NS_PER_S);
	report(&f);
	return 0;
}
