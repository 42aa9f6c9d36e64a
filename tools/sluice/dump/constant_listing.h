/* Constants of an artifact as CEL would write them: "a", b"\xff", 5u, 1.0, timestamp("…"), [1, 2].
 *
 * The artifact has been opened. Long texts and lists are cut, and show it by `…`. Whatever a text
 * holds, what comes out is printable UTF-8: nothing in a file steers a terminal. */
#ifndef SL_SLUICE_DUMP_CONSTANT_LISTING_H
#define SL_SLUICE_DUMP_CONSTANT_LISTING_H

#include "base/artifact.h"

/* Text that grows into a room of fixed size; bytes counts what it would take. The room is
 * terminated after each put. */
struct sl_listing {
	const struct sl_artifact *artifact;
	char *at;
	size_t room, bytes;
};

__attribute__((format(printf, 2, 3))) void sl_listing_put(struct sl_listing *listing,
							  const char *format, ...);

/* As it is where it is printable, else escaped; no quotes around it, none escaped in it. */
void sl_listing_plain(struct sl_listing *listing, struct sl_text text);

/* In quotes, whole up to 60 bytes. */
void sl_listing_string(struct sl_listing *listing, struct sl_text text);

void sl_listing_decimal(struct sl_listing *listing, double value);
void sl_listing_time(struct sl_listing *listing, int64_t ns);
void sl_listing_constant(struct sl_listing *listing, uint32_t index);

/* The members from `first` on, between commas. */
void sl_listing_members(struct sl_listing *listing, uint32_t first, uint32_t count);

#endif
