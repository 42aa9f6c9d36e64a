/* Of GET /v1/status: what the cards brought and lost. */
#include "control/api/status_priv.h"
#include "control/json_member.h"

static const char *const names[SL_WIRE_COUNT] = {
#define SL_WIRE(name, text, kind, lost, help) text,
#include "sluice/counters.def"
#undef SL_WIRE
};

void sl_picture_write_wires(struct sl_json *json, const struct picture *picture)
{
	const struct sl_stats_copy *stats = &picture->stats;

	sl_member_array(json, "wires");
	for (unsigned w = 0; w < stats->wires; w++) {
		sl_json_object(json);
		sl_member_string(json, "wire", stats->wire_names[w]);
		for (unsigned i = 0; i < SL_WIRE_COUNT; i++)
			sl_member_uint(json, names[i], stats->wire[w][i]);
		sl_json_object_end(json);
	}
	sl_json_array_end(json);
}
