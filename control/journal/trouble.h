/* trouble: why something that goes on by itself does not get on at the moment, as one sentence.
 *
 * - Set by whoever meets it, taken away by whoever sees that it is over, read by the API: any
 *   thread, under a lock that is held for a copy. All zero is one without trouble.
 * - Setting it is cheap, but not for every record. A longer sentence is cut. */
#ifndef SL_CONTROL_JOURNAL_TROUBLE_H
#define SL_CONTROL_JOURNAL_TROUBLE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define SL_TROUBLE_BYTES 320u

struct sl_trouble {
	pthread_mutex_t lock; /* all zero is PTHREAD_MUTEX_INITIALIZER here */
	bool there;
	int64_t set_ns; /* CLOCK_MONOTONIC, the last time */
	char text[SL_TROUBLE_BYTES];
};

void sl_trouble_set(struct sl_trouble *trouble, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void sl_trouble_clear(struct sl_trouble *trouble);
/* Unless it was set again since. */
void sl_trouble_clear_before(struct sl_trouble *trouble, int64_t ns);
bool sl_trouble_is_there(struct sl_trouble *trouble);
/* "" where there is none. */
void sl_trouble_read(struct sl_trouble *trouble, char ret_text[SL_TROUBLE_BYTES]);

#endif
