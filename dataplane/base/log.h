/* The log of a process: one line a message on standard error, written whole.
 *
 * - Never from code that runs per burst, event or match; tests/arch sees to it. Any thread may
 *   log; a lock is held while a line is made and written.
 * - It never waits. A pipe that nobody empties, a terminal that was stopped, a full disk: the line
 *   is lost, and the next one that passes says how many were.
 * - At most SL_LOG_BURST lines in SL_LOG_WINDOW_NS of one format, wherever in the code it stands:
 *   the linker makes one of those that are the same, and all of "%s" are one. What was left out is
 *   counted and said, by the next line of that format or by sl_log_flush().
 * - Lines are JSON in the shape of the Elastic Common Schema, at most SL_LOG_LINE_BYTES, so that
 *   lines of several processes do not mix in a pipe; or plain text for a person. Under systemd
 *   each begins with its priority, which the journal takes off.
 * - Never log a key, an event's text or data: logs are read by more people than records are. */
#ifndef SL_BASE_LOG_H
#define SL_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#define SL_LOG_LINE_BYTES 4096u /* PIPE_BUF */
#define SL_LOG_BURST 10u
#define SL_LOG_WINDOW_NS 10000000000ll

enum sl_log_level { SL_LOG_DEBUG, SL_LOG_INFO, SL_LOG_WARNING, SL_LOG_ERROR, SL_LOG_LEVELS };

/* What became of the lines of this process. */
struct sl_log_counts {
	uint64_t written;
	uint64_t left_out; /* too many of one kind */
	uint64_t lost;     /* could not be written */
};

/* Before any thread starts. The service's name is kept, not copied. Without it lines say
 * "sluice". */
void sl_log_init(const char *service, bool text);

void sl_log_set_level(enum sl_log_level level); /* and above are written; info at first */
enum sl_log_level sl_log_level(void);
const char *sl_log_level_text(enum sl_log_level level);
bool sl_log_level_read(const char *text, enum sl_log_level *ret_level);

void sl_log(enum sl_log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define sl_log_debug(...) sl_log(SL_LOG_DEBUG, __VA_ARGS__)
#define sl_log_info(...) sl_log(SL_LOG_INFO, __VA_ARGS__)
#define sl_log_warning(...) sl_log(SL_LOG_WARNING, __VA_ARGS__)
#define sl_log_error(...) sl_log(SL_LOG_ERROR, __VA_ARGS__)

/* Says what was left out, of messages that have stopped since. Now and then, and at the end with
 * `all`, when it does not wait for them to have stopped. */
void sl_log_flush(bool all);

struct sl_log_counts sl_log_counts(void);

#endif
