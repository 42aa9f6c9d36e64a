#include "rules/plan/plan_priv.h"

void sl_atom_literal(enum sl_atom_kind kind, uint16_t slot, struct sl_slice value,
		     struct sl_buffer *literal)
{
	uint8_t head[SL_CANON_HEAD_BYTES], end = SL_CANON_END;

	sl_canon_head(slot, head);
	if (kind == SL_ATOM_EQUALS || kind == SL_ATOM_PREFIX)
		sl_buffer_add(literal, head, sizeof(head));
	for (uint32_t i = 0; i < value.bytes; i++) {
		uint8_t byte = (uint8_t)value.at[i];

		if (byte <= SL_CANON_ESCAPE) {
			uint8_t escape[] = {SL_CANON_ESCAPE, (uint8_t)(byte + 0x40)};

			sl_buffer_add(literal, escape, sizeof(escape));
		} else {
			sl_buffer_add(literal, &byte, 1);
		}
	}
	if (kind == SL_ATOM_EQUALS || kind == SL_ATOM_SUFFIX)
		sl_buffer_add(literal, &end, 1);
}
