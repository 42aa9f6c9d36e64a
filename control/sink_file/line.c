/* A match as a line of JSON: the value and the headers that its Kafka record has. */
#include "control/delivery/delivery.h"
#include "control/sink_file/sink_file.h"

size_t sl_sink_line(const struct sl_match_view *match, int64_t committed_ns, char *at, size_t room)
{
	struct sl_delivery_header headers[SL_DELIVERY_HEADERS];
	struct sl_delivery_room texts;
	struct sl_json json;
	unsigned n;

	sl_json_init(&json, at, room - 1);
	sl_json_object(&json);
	sl_delivery_value(&json, match, committed_ns);
	n = sl_delivery_headers(match, &texts, headers);
	sl_json_name(&json, "headers");
	sl_json_object(&json);
	for (unsigned i = 0; i < n; i++) {
		sl_json_name(&json, headers[i].name);
		sl_json_text(&json, headers[i].value);
	}
	sl_json_object_end(&json);
	sl_json_object_end(&json);
	if (json.full)
		return 0;
	at[json.bytes] = '\n';
	return json.bytes + 1;
}
