/* The parts of the log, each by itself, so that each can be tried without a clock or a pipe. */
#ifndef SL_BASE_LOG_PRIV_H
#define SL_BASE_LOG_PRIV_H

#include "base/log.h"

#include <stddef.h>
#include <sys/types.h>

#define SL_LOG_MESSAGE_BYTES 2048u
#define SL_LOG_SAMPLE_BYTES 200u
#define SL_LOG_PLACES 128u /* a power of two; more than there are places that log */

/* line: what a line looks like. */
struct sl_log_line {
	int64_t wall_ns;
	enum sl_log_level level;
	const char *service;
	pid_t pid;
	const char *message;
	uint64_t left_out; /* like this one, before it */
	uint64_t lost;     /* of any kind, before it */
};

/* Returns its bytes, the line end among them, at most SL_LOG_LINE_BYTES: the message is cut until
 * it fits. */
size_t sl_log_render(const struct sl_log_line *line, bool text, bool priority,
		     char ret_text[SL_LOG_LINE_BYTES]);

/* limit: which lines pass. A place is the address of its format. */
struct sl_log_place {
	const void *format;
	enum sl_log_level level;
	int64_t since_ns;
	unsigned passed;
	uint64_t left_out;
	char sample[SL_LOG_SAMPLE_BYTES]; /* the last one left out */
};

struct sl_log_limit {
	struct sl_log_place places[SL_LOG_PLACES];
};

/* The place, or NULL where there is no room for another: then nothing is limited. */
struct sl_log_place *sl_log_place(struct sl_log_limit *limit, const void *format);
/* Whether one more passes; if so ret_left_out is what did not pass before it, and told now. */
bool sl_log_pass(struct sl_log_place *place, int64_t now_ns, uint64_t *ret_left_out);
void sl_log_leave_out(struct sl_log_place *place, enum sl_log_level level, const char *message);
/* A place that left something out and whose window is over, or any with `all`; NULL: none. Its
 * left_out is the caller's to set to 0. */
struct sl_log_place *sl_log_over(struct sl_log_limit *limit, int64_t now_ns, bool all);

/* out: writing without waiting. */
struct sl_log_out {
	int fd;       /* of our own, or the one given */
	bool is_own;  /* opened anew, so that it does not wait and the others' still does */
	bool is_pipe; /* asked for room before each write, where it could not be opened anew */
	bool is_socket;
	bool priorities; /* the other end is the journal of systemd */
};

void sl_log_out_open(struct sl_log_out *out, int fd);
void sl_log_out_close(struct sl_log_out *out);
/* 0, or a negative error: then nothing of it, or not all, was written. */
int sl_log_out_write(const struct sl_log_out *out, const char *text, size_t bytes);

#endif
