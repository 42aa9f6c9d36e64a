/* Requests through rules: whatever both are, an event's text is JSON, and nothing else is read.
 *
 * The input: a byte, which picks what the rest is: rules as bytes of a settings file, with a
 * request that is known; or a request, up to its body, for rules that use everything there is. */
#include "base/mapping.h"
#include "decode/map.h"

#include <assert.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EVENT_BYTES 2048u
#define TEXT                                                                                       \
	"/a/{x}"                                                                                   \
	"qhcfjtypevalue*..." /* the block has no hole behind it */

static const struct sl_map_limits limits = {.event_bytes = EVENT_BYTES, .body_bytes = 4096};

/* One rule that takes a value from every kind of source. */
struct rules {
	struct sl_mapping_header header;
	struct sl_map_channel channel;
	struct sl_map_rule rule;
	struct sl_map_condition condition;
	struct sl_map_field fields[SL_MAP_SOURCES];
	struct sl_text_ref refs[2];
	char text[sizeof(TEXT) - 1];
};

static void fill_rules(struct rules *rules, unsigned how)
{
	*rules = (struct rules){
		.header = {SL_MAPPING_VERSION, sizeof(*rules), 1, 1, 1, SL_MAP_SOURCES, 2,
			   sizeof(rules->text)},
		.channel = {.charset = how & 1, .unseen = 1, .n_rules = 1},
		.rule = {.path = {0, how & 2 ? 6 : 0},
			 .ref = 0,
			 .n_ids = 1,
			 .n_conditions = 1,
			 .n_fields = SL_MAP_SOURCES,
			 .body = how & 4 ? SL_MAP_BODY_EACH : SL_MAP_BODY_FIELDS},
		.condition = {.source = {SL_MAP_QUERY, 0, {6, 1}},
			      .absent = 1,
			      .ref = 1,
			      .n_refs = 1},
		.refs = {{11, 1}, {15, 6}},
	};
	memcpy(rules->text, TEXT, sizeof(rules->text));
	if (how & 8) /* it begins with something */
		rules->condition.source = (struct sl_map_source){SL_MAP_JSON, 0, {10, 1}},
		rules->condition.absent = 0;
	for (uint32_t i = 0; i < SL_MAP_SOURCES; i++)
		rules->fields[i] = (struct sl_map_field){.path = {11 + i % 4, 1 + i / 4},
							 .source = {i, 0, {6 + i % 5, 1}}};
	if (!(how & 2))
		rules->fields[SL_MAP_CAPTURE].source.kind = SL_MAP_PATH;
}

/* What came out is JSON: the decoder of events says so, without a schema. */
static void check_text(const char *at, size_t bytes)
{
	const struct sl_decode_limits decode = {.event_bytes = EVENT_BYTES, .depth = 1024};
	struct sl_artifact artifact = {0};
	struct sl_decode_plan *plan;
	struct sl_decoder *decoder;
	const struct sl_arrival arrival = {0};
	struct sl_event event = {0};
	struct sl_decode_fault fault;

	memset(artifact.role_slot, 0xff, sizeof(artifact.role_slot));
	assert(!sl_decode_plan_new(&artifact, &plan) && !sl_decoder_new(&decode, &decoder));
	assert(sl_decode_json(decoder, plan, sl_span_of(at, bytes), &arrival, &event, &fault) == 0);
	sl_decoder_free(decoder);
	sl_decode_plan_free(plan);
}

static void run(const struct sl_mapping *mapping, const struct sl_http_request *http,
		struct sl_span body)
{
	static const uint8_t address[16];
	const struct sl_map_request request = {
		.http = http, .client = {address, false}, .server = {address, true}, .status = 0};
	static char text[EVENT_BYTES + SL_SPAN_PADDING];
	struct sl_map_plan *plan;
	struct sl_map_binding *binding;
	struct sl_map *map;
	struct sl_decode_fault fault;
	enum sl_map_step step;
	struct sl_span whole;
	size_t bytes;
	bool lines;

	if (sl_map_plan_new(mapping, &plan))
		return;
	assert(!sl_map_binding_new(plan, NULL, &binding) && !sl_map_new(plan, &limits, &map));
	step = sl_map_begin(map, &request);
	if ((step == SL_MAP_GOES_ON ||
	     (step == SL_MAP_ASKS_BODY && !sl_map_body(map, body, &fault)))) {
		enum sl_map_choice choice = sl_map_choose(map, &whole, &lines);

		if ((choice == SL_MAP_ONE || choice == SL_MAP_EACH) &&
		    !sl_map_compose(map, binding, whole, 1, text, EVENT_BYTES, &bytes, &fault) &&
		    mapping->header->rules == 1)
			check_text(text, bytes);
	}
	sl_map_free(map);
	sl_map_binding_free(binding);
	sl_map_plan_free(plan);
}

static void with_request(const struct sl_mapping *mapping, const uint8_t *at, size_t n)
{
	static const struct sl_http_limits http_limits = {
		.header_bytes = 4096, .headers = 16, .body_bytes = 4096};
	struct sl_http_request http;
	ssize_t head = sl_http1_request(at, n, &http_limits, &http);
	uint8_t *body;

	if (head <= 0)
		return;
	n -= (size_t)head;
	body = malloc(n + SL_SPAN_PADDING);
	assert(body);
	memcpy(body, at + head, n);
	memset(body + n, 0xee, SL_SPAN_PADDING);
	run(mapping, &http, sl_span_of(body, n));
	free(body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char known[] = "POST /a/b%20c?q=1&t=%B0%A1 HTTP/1.1\r\nHost: h\r\nc: d\r\n"
				    "Cookie: c=1; q=2\r\nContent-Type: application/json\r\n\r\n"
				    "{\"j\":{\"t\":[1,\"x\"]},\"q\":null}";
	char why[SL_SENTENCE_BYTES];
	struct sl_mapping mapping;
	struct rules *rules;
	void *bytes;

	if (size < 1)
		return 0;
	if (data[0] & 0x80) {
		if (posix_memalign(&bytes, 8, size))
			return 0;
		memcpy(bytes, data + 1, size - 1);
		if (!sl_mapping_view(bytes, size - 1, 1, &mapping, why) && mapping.header)
			with_request(&mapping, (const uint8_t *)known, sizeof(known) - 1);
		free(bytes);
		return 0;
	}
	rules = malloc(sizeof(*rules));
	assert(rules);
	fill_rules(rules, data[0]);
	assert(!sl_mapping_view(rules, sizeof(*rules), 1, &mapping, why));
	with_request(&mapping, data + 1, size - 1);
	free(rules);
	return 0;
}
