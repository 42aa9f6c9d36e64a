/* What campaigns remember, as the artifact has it: a right one is taken, and each thing that is
 * wrong with it is refused with a sentence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/artifact.h"
#include "sluice/error.h"
#include "tests/unit/base/artifact_builder.h"

#include <stdlib.h>
#include <string.h>

#define MINUTE_NS 60000000000ll

enum { ID, KEY, AMOUNT, DEVICE, TAGS };

static void add(struct sl_builder *builder, enum sl_section_id id, const void *record, size_t bytes)
{
	sl_builder_add(builder, id, record, (uint32_t)bytes);
}

static void add_schema(struct sl_builder *builder)
{
	sl_builder_field(builder, "id", SL_TYPE_STRING, SL_ROLE_ID, SL_FIELD_USED);
	sl_builder_field(builder, "customer", SL_TYPE_STRING, SL_ROLE_KEY, SL_FIELD_USED);
	sl_builder_field(builder, "amount", SL_TYPE_INT, SL_ROLE_NONE, SL_FIELD_USED);
	sl_builder_field(builder, "device", SL_TYPE_STRING, SL_ROLE_NONE, SL_FIELD_USED);
	sl_builder_field(builder, "tags", SL_TYPE_STRINGS, SL_ROLE_NONE, SL_FIELD_USED);
}

static void add_campaigns(struct sl_builder *builder)
{
	struct sl_campaign *campaigns;

	sl_builder_campaign(builder, "window");
	sl_builder_campaign(builder, "repeats");
	campaigns = (struct sl_campaign *)(void *)builder->sections[SL_SECTION_CAMPAIGNS].bytes;
	campaigns[0].data_count = 2;
	campaigns[0].sequence_count = 1;
	campaigns[0].by_slot = DEVICE;
	campaigns[0].for_customer = 1;
	campaigns[0].limit_ns = MINUTE_NS;
	campaigns[0].limit_count = 1;
	campaigns[0].limit_registry = 7;
	campaigns[1].sequence = 1;
	campaigns[1].sequence_count = 2;
	campaigns[1].join = SL_JOIN_ANY;
}

static void add_triggers(struct sl_builder *builder)
{
	const struct sl_trigger triggers[] = {
		{.campaign = 0, .role = SL_TRIGGER_STEP, .step = 0},
		{.campaign = 0, .role = SL_TRIGGER_STEP, .step = 1},
		{.campaign = 0, .role = SL_TRIGGER_STEP, .step = 2},
		{.campaign = 1, .role = SL_TRIGGER_STEP, .step = 3},
		{.campaign = 1, .role = SL_TRIGGER_UNTIL, .step = 3},
		{.campaign = 1, .role = SL_TRIGGER_AMONG, .step = 1},
		{.campaign = 1, .role = SL_TRIGGER_STEP, .step = 4},
		{.campaign = 1, .role = SL_TRIGGER_AMONG, .step = 2},
	};

	for (unsigned i = 0; i < sizeof(triggers) / sizeof(*triggers); i++)
		add(builder, SL_SECTION_TRIGGERS, &triggers[i], sizeof(triggers[i]));
}

/* Two campaigns: a window, a step that asks it, and nothing after; any of two repeats, strict. */
static void *build(size_t *ret_n)
{
	struct sl_builder builder;
	const struct sl_instruction link[] = {
		{.op = SL_OP_BOUND, .arg = 0}, {.op = SL_OP_HAS_BOUND, .arg = 0}, {.op = SL_OP_EQ}};
	const struct sl_instruction having[] = {
		{.op = SL_OP_BOUND, .arg = 1}, {.op = SL_OP_CONST, .arg = 0}, {.op = SL_OP_GT}};
	const struct sl_window window = {.kind = SL_WINDOW_SLIDING,
					 .length_ns = MINUTE_NS,
					 .keep = 5,
					 .having = 3,
					 .having_count = 3,
					 .aggregate_count = 2};
	const struct sl_aggregate aggregates[] = {{.function = SL_AGGREGATE_COUNT},
						  {.function = SL_AGGREGATE_SUM, .slot = AMOUNT}};
	const struct sl_capture captures[] = {{.step = 0, .slot = AMOUNT},
					      {.step = 0, .slot = KEY}};
	struct sl_step steps[5] = {
		{.kind = SL_STEP_WINDOW, .within_ns = INT64_MAX},
		{.kind = SL_STEP_EVENT, .within_ns = MINUTE_NS, .link = 0, .link_count = 3},
		{.kind = SL_STEP_NOT, .within_ns = MINUTE_NS},
		{.kind = SL_STEP_EVENT, .within_ns = INT64_MAX, .has_until = 1},
		{.kind = SL_STEP_EVENT, .within_ns = INT64_MAX},
	};
	struct sl_sequence sequences[3] = {
		{.registry = 3, .campaign = 0, .step = 0, .step_count = 3, .capture_count = 2},
		{.registry = 4,
		 .campaign = 1,
		 .step = 3,
		 .step_count = 1,
		 .capture = 2,
		 .strict = 1},
		{.registry = 5,
		 .campaign = 1,
		 .step = 4,
		 .step_count = 1,
		 .capture = 2,
		 .strict = 1},
	};
	struct sl_data_field data[] = {{.from = SL_DATA_CAPTURE, .index = 1},
				       {.from = SL_DATA_AGGREGATE, .index = 0}};
	void *file;

	sl_builder_init(&builder);
	sl_builder_meta(&builder, "", 0);
	((struct sl_ruleset_meta *)builder.sections[SL_SECTION_META].bytes)->registry_next = 9;
	add_schema(&builder);
	sl_builder_constant_int(&builder, SL_TYPE_INT, 5);
	for (unsigned i = 0; i < 5; i++) {
		steps[i].times_from = 1;
		steps[i].times_to = i == 3 ? UINT32_MAX : i == 4 ? 2 : 1;
		if (steps[i].kind != SL_STEP_NOT)
			steps[i].name = sl_builder_text(&builder, "step");
		add(&builder, SL_SECTION_STEPS, &steps[i], sizeof(steps[i]));
	}
	for (unsigned i = 0; i < 3; i++) {
		sequences[i].runs_max = 8;
		sequences[i].within_ns = i ? MINUTE_NS : INT64_MAX;
		add(&builder, SL_SECTION_SEQUENCES, &sequences[i], sizeof(sequences[i]));
	}
	for (unsigned i = 0; i < 2; i++) {
		add(&builder, SL_SECTION_CAPTURES, &captures[i], sizeof(captures[i]));
		add(&builder, SL_SECTION_AGGREGATES, &aggregates[i], sizeof(aggregates[i]));
		data[i].name = sl_builder_text(&builder, "name");
		add(&builder, SL_SECTION_DATA, &data[i], sizeof(data[i]));
	}
	add(&builder, SL_SECTION_WINDOWS, &window, sizeof(window));
	for (unsigned i = 0; i < 3; i++)
		add(&builder, SL_SECTION_CODE, &link[i], sizeof(link[i]));
	for (unsigned i = 0; i < 3; i++)
		add(&builder, SL_SECTION_CODE, &having[i], sizeof(having[i]));
	add_triggers(&builder);
	add_campaigns(&builder);
	file = sl_builder_finish(&builder, SL_FILE_RULESET, ret_n);
	sl_builder_fini(&builder);
	return file;
}

static void a_right_one_is_taken(void **state)
{
	struct sl_artifact *artifact;
	char why[SL_SENTENCE_BYTES] = "";
	size_t n;
	void *file = build(&n);

	(void)state;
	if (sl_artifact_view(file, n, &artifact, why))
		fail_msg("%s", why);
	assert_int_equal(artifact->n_sequences, 3);
	assert_int_equal(artifact->n_steps, 5);
	assert_int_equal(artifact->windows[0].keep, 5);
	sl_artifact_close(artifact);
	free(file);
}

#define OF(type, id, index) (&((struct type *)sl_built_section(file, SL_SECTION_##id))[index])
#define CAMPAIGN(i) OF(sl_campaign, CAMPAIGNS, i)
#define SEQUENCE(i) OF(sl_sequence, SEQUENCES, i)
#define STEP(i) OF(sl_step, STEPS, i)
#define WINDOW OF(sl_window, WINDOWS, 0)
#define AGGREGATE(i) OF(sl_aggregate, AGGREGATES, i)
#define CAPTURE(i) OF(sl_capture, CAPTURES, i)
#define TRIGGER(i) OF(sl_trigger, TRIGGERS, i)
#define DATA(i) OF(sl_data_field, DATA, i)
#define CODE(i) OF(sl_instruction, CODE, i)

/* Every one of these statements spoils a right file. */
#define SPOILS                                                                                     \
	SPOIL(CAMPAIGN(0)->sequence_count = 0)                                                     \
	SPOIL(CAMPAIGN(0)->sequence = 1)                                                           \
	SPOIL(CAMPAIGN(0)->sequence = UINT32_MAX)                                                  \
	SPOIL(CAMPAIGN(1)->sequence_count = 3)                                                     \
	SPOIL(CAMPAIGN(1)->join = SL_JOIN_ONE)                                                     \
	SPOIL(CAMPAIGN(1)->join = 3)                                                               \
	SPOIL(CAMPAIGN(1)->join = SL_JOIN_ALL)                                                     \
	SPOIL(CAMPAIGN(1)->join_within_ns = 5)                                                     \
	SPOIL(CAMPAIGN(0)->by_slot = 5)                                                            \
	SPOIL(CAMPAIGN(0)->by_slot = -2)                                                           \
	SPOIL(CAMPAIGN(0)->by_slot = TAGS)                                                         \
	SPOIL(CAMPAIGN(0)->by_slot = -1)                                                           \
	SPOIL(CAMPAIGN(0)->for_customer = 2)                                                       \
	SPOIL(CAMPAIGN(0)->limit_ns = -1)                                                          \
	SPOIL(CAMPAIGN(0)->limit_count = 0)                                                        \
	SPOIL(CAMPAIGN(0)->limit_count = 65)                                                       \
	SPOIL(CAMPAIGN(0)->limit_registry = 9)                                                     \
	SPOIL(CAMPAIGN(0)->limit_registry = 4)                                                     \
	SPOIL(CAMPAIGN(0)->priority = 1000001)                                                     \
	SPOIL(CAMPAIGN(0)->exclusive.bytes = 100000)                                               \
	SPOIL(SEQUENCE(0)->registry = 9)                                                           \
	SPOIL(SEQUENCE(0)->registry = 5)                                                           \
	SPOIL(SEQUENCE(0)->campaign = 1)                                                           \
	SPOIL(SEQUENCE(0)->step = 1)                                                               \
	SPOIL(SEQUENCE(0)->step_count = 0)                                                         \
	SPOIL(SEQUENCE(0)->step_count = 17)                                                        \
	SPOIL(SEQUENCE(0)->capture_count = 1)                                                      \
	SPOIL(SEQUENCE(0)->capture_count = 33)                                                     \
	SPOIL(SEQUENCE(0)->runs_max = 0)                                                           \
	SPOIL(SEQUENCE(0)->runs_max = 65)                                                          \
	SPOIL(SEQUENCE(0)->within_ns = 0)                                                          \
	SPOIL(SEQUENCE(0)->within_ns = SL_TIME_SPAN_NS_MAX + 1)                                    \
	SPOIL(SEQUENCE(0)->after = 3)                                                              \
	SPOIL(SEQUENCE(0)->strict = 1)                                                             \
	SPOIL(SEQUENCE(1)->strict = 2)                                                             \
	SPOIL(SEQUENCE(1)->strict = 0)                                                             \
	SPOIL(SEQUENCE(0)->draining = 2)                                                           \
	SPOIL(SEQUENCE(2)->within_ns = INT64_MAX)                                                  \
	SPOIL(STEP(0)->kind = 0)                                                                   \
	SPOIL(STEP(0)->kind = 4)                                                                   \
	SPOIL(STEP(0)->kind = SL_STEP_EVENT)                                                       \
	SPOIL(STEP(1)->kind = SL_STEP_WINDOW; STEP(1)->within_ns = INT64_MAX)                      \
	SPOIL(STEP(1)->kind = SL_STEP_NOT; STEP(1)->name.bytes = 0)                                \
	SPOIL(STEP(0)->window = 1)                                                                 \
	SPOIL(STEP(0)->within_ns = MINUTE_NS)                                                      \
	SPOIL(STEP(0)->name.bytes = 0)                                                             \
	SPOIL(STEP(0)->name.offset = UINT32_MAX)                                                   \
	SPOIL(STEP(2)->name.bytes = 1)                                                             \
	SPOIL(STEP(0)->times_to = 2)                                                               \
	SPOIL(STEP(1)->times_from = 0)                                                             \
	SPOIL(STEP(1)->times_from = 3)                                                             \
	SPOIL(STEP(1)->times_to = 65536)                                                           \
	SPOIL(STEP(1)->has_until = 1)                                                              \
	SPOIL(STEP(3)->has_until = 2)                                                              \
	SPOIL(STEP(3)->has_until = 0)                                                              \
	SPOIL(STEP(1)->within_ns = INT64_MAX)                                                      \
	SPOIL(STEP(1)->within_ns = -1)                                                             \
	SPOIL(STEP(2)->within_ns = INT64_MAX)                                                      \
	SPOIL(STEP(1)->link = 1)                                                                   \
	SPOIL(STEP(1)->link_count = 2)                                                             \
	SPOIL(STEP(0)->link_count = 3; STEP(1)->link_count = 0)                                    \
	SPOIL(CAPTURE(0)->step = 3)                                                                \
	SPOIL(CAPTURE(0)->step = 2)                                                                \
	SPOIL(CAPTURE(0)->slot = 5)                                                                \
	SPOIL(CAPTURE(0)->slot = TAGS)                                                             \
	SPOIL(WINDOW->kind = 0)                                                                    \
	SPOIL(WINDOW->kind = 5)                                                                    \
	SPOIL(WINDOW->kind = SL_WINDOW_CALENDAR)                                                   \
	SPOIL(WINDOW->at_end = 1)                                                                  \
	SPOIL(WINDOW->kind = SL_WINDOW_TUMBLING; WINDOW->at_end = 1)                               \
	SPOIL(WINDOW->length_ns = 0)                                                               \
	SPOIL(WINDOW->keep = 0)                                                                    \
	SPOIL(WINDOW->keep = 1025)                                                                 \
	SPOIL(WINDOW->having = 4)                                                                  \
	SPOIL(WINDOW->having_count = 4)                                                            \
	SPOIL(WINDOW->aggregate = 1)                                                               \
	SPOIL(WINDOW->aggregate_count = 0)                                                         \
	SPOIL(WINDOW->aggregate_count = 1)                                                         \
	SPOIL(AGGREGATE(1)->function = 7)                                                          \
	SPOIL(AGGREGATE(1)->slot = 5)                                                              \
	SPOIL(AGGREGATE(1)->slot = KEY)                                                            \
	SPOIL(CODE(0)->arg = 32)                                                                   \
	SPOIL(CODE(1)->arg = 32)                                                                   \
	SPOIL(CODE(3)->arg = 2)                                                                    \
	SPOIL(TRIGGER(0)->role = SL_TRIGGER_MATCH)                                                 \
	SPOIL(TRIGGER(0)->role = 4)                                                                \
	SPOIL(TRIGGER(0)->role = SL_TRIGGER_UNTIL)                                                 \
	SPOIL(TRIGGER(0)->step = 3)                                                                \
	SPOIL(TRIGGER(1)->step = 0)                                                                \
	SPOIL(TRIGGER(3)->campaign = 0)                                                            \
	SPOIL(TRIGGER(5)->step = 0)                                                                \
	SPOIL(TRIGGER(0)->campaign = 1; TRIGGER(0)->step = 4)                                      \
	SPOIL(DATA(0)->index = 2)                                                                  \
	SPOIL(DATA(1)->index = 2)                                                                  \
	SPOIL(DATA(0)->from = 4)                                                                   \
	SPOIL(CAMPAIGN(0)->data_count = 0; CAMPAIGN(1)->data_count = 2)

static void spoil(unsigned which, void *file)
{
	unsigned i = 0;

#define SPOIL(statement)                                                                           \
	if (i++ == which) {                                                                        \
		statement;                                                                         \
	}
	SPOILS
#undef SPOIL
}

static const char *const names[] = {
#define SPOIL(statement) #statement,
	SPOILS
#undef SPOIL
};

static void each_fault_is_refused(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct sl_artifact *artifact = NULL;
		char why[SL_SENTENCE_BYTES] = "";
		size_t n;
		void *file = build(&n);
		int error;

		spoil(i, file);
		sl_built_seal(file, n);
		error = sl_artifact_view(file, n, &artifact, why);
		if (error != -SL_E_BOUNDS || artifact || !why[0])
			fail_msg("%s: %d (%s)", names[i], error, why);
		free(file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_right_one_is_taken),
		cmocka_unit_test(each_fault_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
