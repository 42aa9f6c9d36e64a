/* A schema made by hand, a decoder, and texts that end where their padding does. */
#ifndef SL_TESTS_DECODE_FIXTURE_H
#define SL_TESTS_DECODE_FIXTURE_H

#include "decode/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RECEIVED_NS 1795220000000000000ll /* 2026-11-21T00:13:20Z */
#define EVENT_BYTES 4096u
#define DEPTH 16u

struct fixture {
	struct sl_artifact artifact;
	struct sl_field fields[SL_FIELDS_MAX];
	char text[16384];
	uint32_t text_bytes;
	struct sl_decode_plan *plan;
	struct sl_decoder *decoder;
	uint8_t *padded; /* the last text; strings of the event point into it */
	struct sl_value slots[SL_FIELDS_MAX];
	struct sl_event event;
	struct sl_decode_fault fault;
};

static inline void fixture_field(struct fixture *f, const char *path, enum sl_field_type type,
				 enum sl_field_role role, uint16_t flags)
{
	uint32_t bytes = (uint32_t)strlen(path);

	f->fields[f->artifact.n_fields] = (struct sl_field){
		.path = {.offset = f->text_bytes, .bytes = bytes},
		.type = (uint8_t)type,
		.role = (uint8_t)role,
		.flags = flags,
		.bytes_max = 64,
		.items_max = type == SL_TYPE_STRINGS ? 4 : 0,
	};
	memcpy(f->text + f->text_bytes, path, bytes);
	f->text_bytes += bytes;
	if (role != SL_ROLE_NONE)
		f->artifact.role_slot[role] = (int16_t)f->artifact.n_fields;
	f->artifact.n_fields++;
}

static inline struct fixture *fixture_new(void)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	memset(f->artifact.role_slot, 0xff, sizeof(f->artifact.role_slot));
	f->artifact.text = f->text;
	f->artifact.fields = f->fields;
	f->event.slots = f->slots;
	return f;
}

static inline void fixture_ready(struct fixture *f)
{
	const struct sl_decode_limits limits = {
		.event_bytes = EVENT_BYTES, .depth = DEPTH, .skew_ahead_ns = 60 * SL_NS_PER_S};

	assert_int_equal(sl_decode_plan_new(&f->artifact, &f->plan), 0);
	assert_int_equal(sl_decoder_new(&limits, &f->decoder), 0);
}

/* Slots: id 0, time 1, channel 2, type 3, customer 4, amount 5, balance 6, overseas 7, segments 8,
 * device.os 9, device.screen.width 10. */
static inline struct fixture *fixture_bank(void)
{
	struct fixture *f = fixture_new();

	fixture_field(f, "id", SL_TYPE_STRING, SL_ROLE_ID, SL_FIELD_REQUIRED);
	fixture_field(f, "time", SL_TYPE_TIME, SL_ROLE_TIME, 0);
	fixture_field(f, "channel", SL_TYPE_STRING, SL_ROLE_CHANNEL, 0);
	fixture_field(f, "type", SL_TYPE_STRING, SL_ROLE_TYPE, 0);
	fixture_field(f, "customer", SL_TYPE_STRING, SL_ROLE_KEY, SL_FIELD_REQUIRED);
	fixture_field(f, "amount", SL_TYPE_INT, SL_ROLE_NONE, 0);
	fixture_field(f, "balance", SL_TYPE_DECIMAL, SL_ROLE_NONE, 0);
	fixture_field(f, "overseas", SL_TYPE_BOOL, SL_ROLE_NONE, 0);
	fixture_field(f, "segments", SL_TYPE_STRINGS, SL_ROLE_NONE, 0);
	fixture_field(f, "device.os", SL_TYPE_STRING, SL_ROLE_NONE, 0);
	fixture_field(f, "device.screen.width", SL_TYPE_INT, SL_ROLE_NONE, 0);
	fixture_ready(f);
	return f;
}

static inline struct fixture *fixture_no_schema(void)
{
	struct fixture *f = fixture_new();

	fixture_ready(f);
	return f;
}

static inline void fixture_free(struct fixture *f)
{
	sl_decode_plan_free(f->plan);
	sl_decoder_free(f->decoder);
	free(f->padded);
	free(f);
}

static inline enum sl_reason decode_bytes(struct fixture *f, const void *bytes, size_t n)
{
	const struct sl_arrival arrival = {
		.channel = 3,
		.channel_name = {.at = "web", .bytes = 3},
		.index = 7,
		.received_ns = RECEIVED_NS,
		.received_source = SL_CLOCK_VIRTUAL,
	};
	enum sl_reason why;

	free(f->padded);
	f->padded = malloc(n + SL_SPAN_PADDING);
	assert_non_null(f->padded);
	memcpy(f->padded, bytes, n);
	memset(f->padded + n, '"', SL_SPAN_PADDING); /* what stands behind must not matter */
	sl_decoder_reset(f->decoder);
	why = sl_decode_json(f->decoder, f->plan, sl_span_of(f->padded, n), &arrival, &f->event,
			     &f->fault);
	if (why == SL_WHY_NONE)
		sl_event_identify(&f->event, sl_span_of(f->padded, n));
	return why;
}

static inline enum sl_reason decode_text(struct fixture *f, const char *text)
{
	return decode_bytes(f, text, strlen(text));
}

#define assert_accepted(f, text)                                                                   \
	assert_string_equal(sl_reason_info(decode_text(f, text))->name, "none")
#define assert_refused(f, text, why)                                                               \
	do {                                                                                       \
		assert_string_equal(sl_reason_info(decode_text(f, text))->name,                    \
				    sl_reason_info(why)->name);                                    \
		assert_int_equal((f)->fault.reason, why);                                          \
		assert_true((f)->fault.offset <= strlen(text));                                    \
	} while (0)

#endif
