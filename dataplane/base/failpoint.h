/* Failpoints: places where a test may have the process die, as if by power loss.
 *
 * - Armed only by the environment variable SLUICE_FAILPOINT="name" or "name:n", read at the first
 *   passing of any failpoint. The n-th passing of that name (the first without n) raises SIGKILL:
 *   no handler runs, nothing is flushed. A variable of another form arms nothing.
 * - Unarmed, sl_failpoint() costs one load and one untaken branch. It belongs at steps of a commit,
 *   a request or a rotation, not inside loops over events.
 * - Names in use: parsed, before_commit, committed, trimmed, before_ack, produced, before_cursor.
 *   A name that nobody passes never fires. */
#ifndef SL_BASE_FAILPOINT_H
#define SL_BASE_FAILPOINT_H

#include <stdatomic.h>
#include <stdbool.h>

/* False once the variable was found unset. */
extern atomic_bool sl_failpoint_possible;

void sl_failpoint_pass(const char *name);

static inline void sl_failpoint(const char *name)
{
	if (__builtin_expect(atomic_load_explicit(&sl_failpoint_possible, memory_order_relaxed), 0))
		sl_failpoint_pass(name);
}

#endif
