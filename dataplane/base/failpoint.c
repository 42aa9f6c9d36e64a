#include "base/failpoint.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 32

atomic_bool sl_failpoint_possible = true;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char armed_name[NAME_BYTES]; /* written once; empty: nothing is armed */
static unsigned long long armed_n;
static atomic_ullong passes;

static void read_variable(void)
{
	const char *text = getenv("SLUICE_FAILPOINT");
	size_t name_bytes = text ? strcspn(text, ":") : 0;

	armed_n = 1;
	if (name_bytes > 0 && text[name_bytes] == ':') {
		const char *digits = text + name_bytes + 1;
		char *end;

		errno = 0;
		armed_n = strtoull(digits, &end, 10);
		if (errno || *digits < '0' || *digits > '9' || *end)
			armed_n = 0;
	}
	if (name_bytes > 0 && name_bytes < NAME_BYTES && armed_n > 0)
		memcpy(armed_name, text, name_bytes);
	else
		atomic_store(&sl_failpoint_possible, false);
}

void sl_failpoint_pass(const char *name)
{
	pthread_once(&once, read_variable);
	if (!armed_name[0] || strcmp(name, armed_name) != 0)
		return;
	if (atomic_fetch_add(&passes, 1) + 1 == armed_n)
		raise(SIGKILL);
}
