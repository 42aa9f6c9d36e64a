/* Programs of conditions as text, an instruction a line: for people who look into an artifact.
 *
 * The artifact has been opened, so that everything an instruction names is there. Constants
 * are as constant_listing.h says. */
#ifndef SL_SLUICE_DUMP_PROGRAM_LISTING_H
#define SL_SLUICE_DUMP_PROGRAM_LISTING_H

#include "base/artifact.h"

/* "   3  lt_int       amount 5\n": index, opcode, field, argument. Into `at`, terminated; returns
 * the bytes it takes, which may be more than the room. */
size_t sl_program_list(const struct sl_artifact *artifact, const struct sl_instruction *code,
		       uint32_t n, char *at, size_t room);

#endif
