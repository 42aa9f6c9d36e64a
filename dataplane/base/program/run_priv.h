/* The seam between the tests of slots and the stack machine. */
#ifndef SL_BASE_PROGRAM_RUN_PRIV_H
#define SL_BASE_PROGRAM_RUN_PRIV_H

#include "program_priv.h"

/* Pushes one truth and asks nothing of a room: TRUE and FALSE, and the tests of a slot. */
static inline bool sl_opcode_is_test(uint8_t op)
{
	return (op >= SL_OP_EQ_STRING && op <= SL_OP_HAS) || op == SL_OP_TRUE || op == SL_OP_FALSE;
}

enum sl_truth sl_program_test(const struct sl_artifact *artifact, const struct sl_instruction *in,
			      const struct sl_event *event);

/* The rest of a run that has come to instruction `at`, with `truth` on the stack if full. */
enum sl_truth sl_program_go_on(const struct sl_artifact *artifact,
			       const struct sl_instruction *code, uint32_t n,
			       const struct sl_event *event, struct sl_program_room *room,
			       uint32_t at, bool full, enum sl_truth truth);

#endif
