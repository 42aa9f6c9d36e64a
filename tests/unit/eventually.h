/* Waiting for what another thread or process does. The limit says that it will never come, not how
 * long it may take: a machine may be slow, and what holds ends the wait at once. */
#ifndef SL_TESTS_UNIT_EVENTUALLY_H
#define SL_TESTS_UNIT_EVENTUALLY_H

#include <time.h>
#include <unistd.h>

#define NEVER_S 100 /* below the limit of any test, so that it can say what it waited for */

static inline time_t monotonic_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Fails the test where the condition never holds. */
#define EVENTUALLY(condition)                                                                      \
	do {                                                                                       \
		const time_t until_s_ = monotonic_s() + NEVER_S;                                   \
		while (!(condition)) {                                                             \
			if (monotonic_s() > until_s_)                                              \
				fail_msg("never came true: %s", #condition);                       \
			usleep(1000);                                                              \
		}                                                                                  \
	} while (0)

#endif
