/* A gateway's sockets without the gateway: one backend, one listener, and what it delivered. */
#ifndef SL_TESTS_UNIT_IO_RIG_H
#define SL_TESTS_UNIT_IO_RIG_H

#include "base/counters.h"
#include "io/io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define RIG_CONNECTIONS_MAX 1024u
#define RIG_STEP_NS 5000000ll
#define RIG_IDLE_STEPS_MAX 20000u /* never, not late: 100 s of them */

/* What came of one connection, until its index is opened again. */
struct seen {
	bool open, ended, closed;
	unsigned n_rooms;
	uint8_t *bytes;
	size_t n, room;
};

struct rig {
	const struct sl_io_ops *ops;
	struct sl_io_group group;
	struct sl_stats_worker stats;
	struct sl_io_listener listener;
	struct sl_io_config config;
	struct sl_io *io;
	uint16_t port;
	bool echo;
	bool keep; /* bursts are not released by rig_step() */
	struct sl_io_burst burst;
	struct seen seen[RIG_CONNECTIONS_MAX];
	unsigned n_opened, n_ended, n_closed;
	uint32_t last_opened;
};

/* Sizes that make everything happen often. */
#define RIG_CONFIG                                                                                 \
	(struct sl_io_config)                                                                      \
	{                                                                                          \
		.connections = 256, .buffers = 16, .buffer_bytes = 512, .output_bytes = 4096       \
	}

/* Skips the test where the machine refuses the backend. */
struct rig *rig_open(const struct sl_io_ops *ops, struct sl_io_config config);
void rig_close(struct rig *rig);

/* One wait; whether something came. Checks the order of items of every connection. */
bool rig_step(struct rig *rig);
void rig_release(struct rig *rig);
uint64_t rig_count(const struct rig *rig, enum sl_counter counter);

#define RIG_UNTIL(rig, condition)                                                                  \
	for (unsigned idle_ = 0; !(condition); idle_ += !rig_step(rig))                            \
	assert_true(idle_ < RIG_IDLE_STEPS_MAX)

int client_connect(uint16_t port);                      /* blocking connect, then non-blocking */
uint32_t rig_connect(struct rig *rig, int *ret_client); /* and waits for OPENED */
void client_send(int fd, const void *at, size_t n);     /* all of it fits into the socket */
void client_reset(int fd);

/* Reads exactly n bytes while the rig goes on. */
void client_read(struct rig *rig, int fd, void *ret_at, size_t n);

/* Reads to the end of the stream; fails on a reset. Returns how many. */
size_t client_read_to_end(struct rig *rig, int fd);

/* Bytes whose every position tells where it belongs. */
uint8_t pattern(size_t position);

/* The contract, for a backend with sockets. */
const struct CMUnitTest *contract_stream_tests(size_t *ret_n);
const struct CMUnitTest *contract_end_tests(size_t *ret_n);
const struct CMUnitTest *contract_accept_tests(size_t *ret_n);
const struct CMUnitTest *contract_datagram_tests(size_t *ret_n);
extern const struct sl_io_ops *contract_ops;
int contract_run(const struct sl_io_ops *ops);

#endif
