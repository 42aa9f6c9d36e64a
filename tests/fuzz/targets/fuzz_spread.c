/* Which worker a packet belongs to: there is always one, nothing is read outside the packet, and a
 * packet in a plain shape is anybody's that its ends say, whatever came before it.
 *
 * The input: a byte, the number of workers; then packets, each a length of two bytes and its bytes,
 * which begin with an Ethernet header. */
#include "io/spread_priv.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(struct sl_spread *spread, const uint8_t *at, uint32_t n)
{
	uint8_t *alone = malloc(n ? n : 1); /* so that one byte too many is seen */
	static struct sl_spread fresh;
	struct sl_spread_place place;

	if (!alone)
		return;
	memcpy(alone, at, n);
	place = sl_spread_find(spread, alone, n);
	if (place.owner >= spread->workers)
		abort();
	if (place.shape == SL_SPREAD_PLAIN) {
		sl_spread_init(&fresh, spread->workers, spread->vxlan_port);
		if (sl_spread_find(&fresh, alone, n).owner != place.owner)
			abort();
	}
	free(alone);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct sl_spread spread;
	size_t at = 1;

	if (!n)
		return 0;
	sl_spread_init(&spread, 1 + bytes[0] % 64, 4789);
	while (n - at >= 2) {
		size_t length = (size_t)bytes[at] << 8 | bytes[at + 1];

		at += 2;
		if (length > n - at)
			length = n - at;
		check(&spread, bytes + at, (uint32_t)length);
		at += length;
	}
	return 0;
}
