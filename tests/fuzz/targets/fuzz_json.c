/* The decoder against hostile texts: with a schema and without one it must agree with the plain
 * reader on what is JSON, and whatever it hands on must be readable and valid UTF-8. */
#include "../../unit/decode/plain_json.h"

#include "decode/decode.h"
#include "decode/decode_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define EVENT_BYTES 8192u
#define DEPTH 32u

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static const struct {
	const char *path;
	enum sl_field_type type;
	enum sl_field_role role;
} schema[] = {
	{"id", SL_TYPE_STRING, SL_ROLE_ID},
	{"time", SL_TYPE_TIME, SL_ROLE_TIME},
	{"type", SL_TYPE_STRING, SL_ROLE_TYPE},
	{"customer", SL_TYPE_INT, SL_ROLE_KEY},
	{"d", SL_TYPE_DECIMAL, SL_ROLE_NONE},
	{"b", SL_TYPE_BOOL, SL_ROLE_NONE},
	{"l", SL_TYPE_STRINGS, SL_ROLE_NONE},
	{"o.s", SL_TYPE_STRING, SL_ROLE_NONE},
	{"o.o.i", SL_TYPE_INT, SL_ROLE_NONE},
	{"o.a-name-of-more-than-16-bytes", SL_TYPE_STRING, SL_ROLE_NONE},
};

static struct sl_artifact bank, empty;
static struct sl_decode_plan *plan_bank, *plan_empty;
static struct sl_decoder *decoder;

static void set_up(void)
{
	static struct sl_field fields[sizeof(schema) / sizeof(schema[0])];
	static char text[512];
	const struct sl_decode_limits limits = {
		.event_bytes = EVENT_BYTES, .depth = DEPTH, .skew_ahead_ns = 1};
	uint32_t at = 0;

	memset(bank.role_slot, 0xff, sizeof(bank.role_slot));
	memset(empty.role_slot, 0xff, sizeof(empty.role_slot));
	bank.text = text;
	bank.fields = fields;
	for (; bank.n_fields < sizeof(schema) / sizeof(schema[0]); bank.n_fields++) {
		struct sl_field *field = &fields[bank.n_fields];

		field->path = (struct sl_text_ref){
			.offset = at, .bytes = (uint32_t)strlen(schema[bank.n_fields].path)};
		memcpy(text + at, schema[bank.n_fields].path, field->path.bytes);
		at += field->path.bytes;
		field->type = (uint8_t)schema[bank.n_fields].type;
		field->role = (uint8_t)schema[bank.n_fields].role;
		field->bytes_max = 100;
		field->items_max = 10;
		if (field->role)
			bank.role_slot[field->role] = (int16_t)bank.n_fields;
	}
	if (sl_decode_plan_new(&bank, &plan_bank) || sl_decode_plan_new(&empty, &plan_empty) ||
	    sl_decoder_new(&limits, &decoder))
		abort();
}

static void check_utf8(const char *at, uint32_t bytes)
{
	uint32_t code;

	for (uint32_t i = 0; i < bytes;) {
		unsigned n = sl_utf8_take((const uint8_t *)at + i, bytes - i, &code);

		assert(n > 0);
		i += n;
	}
}

static void check_event(const struct sl_event *event)
{
	for (unsigned slot = 0; slot < event->n_slots; slot++) {
		const struct sl_value *value = &event->slots[slot];

		assert(value->kind == 0 || value->kind == bank.fields[slot].type);
		if (value->kind == SL_TYPE_STRING) {
			assert(value->count <= 100);
			check_utf8(value->text, value->count);
		}
		for (uint32_t i = 0; value->kind == SL_TYPE_STRINGS && i < value->count; i++)
			check_utf8(value->list[i].at, value->list[i].bytes);
	}
	check_utf8(event->key.at, event->key.bytes);
}

static void check_mask(struct sl_span text)
{
	char masked[256];
	size_t n = sl_decode_mask(text, masked, sizeof(masked));

	assert(n <= sizeof(masked));
	check_utf8(masked, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		assert(masked[i] < '0' || masked[i] > '9');
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const struct sl_arrival arrival = {.channel_name = {.at = "f", .bytes = 1},
					   .received_ns = 1795220000000000000};
	struct sl_value slots[SL_FIELDS_MAX];
	const struct sl_decode_plan *plans[2];
	uint8_t *text;
	bool is_sound;

	if (!decoder)
		set_up();
	plans[0] = plan_bank;
	plans[1] = plan_empty;
	text = malloc(n + SL_SPAN_PADDING);
	if (!text)
		abort();
	if (n)
		memcpy(text, bytes, n);
	memset(text + n, '"', SL_SPAN_PADDING);
	is_sound = n <= EVENT_BYTES && plain_json_is_sound(text, n, DEPTH);
	for (unsigned i = 0; i < 2; i++) {
		struct sl_event event = {.slots = slots};
		struct sl_decode_fault fault = {0};
		enum sl_reason why;

		sl_decoder_reset(decoder);
		why = sl_decode_json(decoder, plans[i], sl_span_of(text, n), &arrival, &event,
				     &fault);
		assert((sl_reason_info(why)->kind != SL_REASON_MALFORMED) == is_sound);
		if (why == SL_WHY_NONE) {
			check_event(&event);
			continue;
		}
		assert(fault.reason == why && fault.offset <= n &&
		       memchr(fault.detail, '\0', sizeof(fault.detail)));
		check_utf8(fault.detail, (uint32_t)strlen(fault.detail));
	}
	check_mask(sl_span_of(text, n));
	free(text);
	return 0;
}
