#include "touch_priv.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>

#define STEP_BYTES ((size_t)2 << 20) /* a large page */

int sl_touch(void *memory, size_t bytes, const _Atomic bool *stop)
{
	for (size_t at = 0; at < bytes && !(stop && atomic_load(stop)); at += STEP_BYTES) {
		size_t left = bytes - at;

		if (madvise((uint8_t *)memory + at, left < STEP_BYTES ? left : STEP_BYTES,
			    MADV_POPULATE_WRITE))
			return errno == EINVAL ? 0 : -ENOMEM;
	}
	return 0;
}
