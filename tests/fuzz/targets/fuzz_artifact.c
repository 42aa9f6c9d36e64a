/* The artifact's reader, behind the checksums: they are made true before it looks. What it lets
 * pass is then used as the dataplane uses it. */
#include "base/artifact.h"
#include "base/program.h"
#include "seal_artifact.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* An event with something of the right type in each slot but every fifth. */
static void fill_slots(const struct sl_artifact *artifact, struct sl_value *slots)
{
	static const struct sl_text items[] = {{"vip", 3}, {NULL, 0}};

	for (uint32_t i = 0; i < artifact->n_fields; i++) {
		slots[i] = (struct sl_value){.integer = i,
					     .kind = i % 5 == 4 ? 0 : artifact->fields[i].type};
		if (slots[i].kind == SL_TYPE_STRING) {
			slots[i].text = "loan.apply";
			slots[i].count = 10;
		} else if (slots[i].kind == SL_TYPE_STRINGS) {
			slots[i].list = items;
			slots[i].count = 2;
		} else if (slots[i].kind == SL_TYPE_DECIMAL) {
			slots[i].decimal = 0.5;
		}
	}
}

static uint64_t sum_text(const struct sl_artifact *artifact, struct sl_text_ref ref)
{
	struct sl_text text = sl_artifact_text(artifact, ref);

	return text.bytes ? (uint64_t)text.at[0] + (uint64_t)text.at[text.bytes - 1] : 0;
}

static uint64_t sum_filing(const struct sl_artifact *artifact, const struct sl_filing *filing)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < filing->filed_count; i++)
		sum += artifact->triggers[artifact->filed[filing->filed + i]].step;
	for (uint32_t i = 0; i < filing->group_count; i++) {
		const struct sl_group *group = &artifact->groups[filing->group + i];

		for (uint32_t j = 0; j < group->count; j++)
			sum += artifact->triggers[artifact->intervals[group->first + j].trigger]
				       .step;
	}
	return sum;
}

/* Whatever stands in the tree is looked for, and the search ends. */
static uint64_t sum_tree(const struct sl_artifact *artifact)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < artifact->n_nodes; i++) {
		const struct sl_tree_node *node = &artifact->nodes[i];

		sum += sum_filing(artifact, &node->filing);
		for (uint32_t j = 0; j < node->asked_count; j++) {
			uint32_t at = (uint32_t)sl_node_key(i, artifact->asked[node->asked + j], 0);

			while (artifact->buckets[at & (artifact->n_buckets - 1)].node)
				at++;
			sum += at;
		}
		if (i > 0 && artifact->fields[node->slot].type == SL_TYPE_STRING)
			sum += sum_text(artifact, node->text);
	}
	return sum;
}

/* What is remembered is walked from the campaign down, as those do that run it. */
static uint64_t sum_sequence(const struct sl_artifact *artifact, const struct sl_sequence *sequence,
			     const struct sl_event *event, struct sl_program_room *room)
{
	static const struct sl_any bound[SL_CAPTURES_MAX] = {{.kind = SL_KIND_INT}};
	uint64_t sum = sequence->registry;
	struct sl_any value;

	for (uint32_t i = 0; i < sequence->capture_count; i++)
		sum += artifact->fields[artifact->captures[sequence->capture + i].slot].type;
	for (uint32_t i = 0; i < sequence->step_count; i++) {
		const struct sl_step *step = &artifact->steps[sequence->step + i];
		const struct sl_window *window = &artifact->windows[step->window];

		sum += sum_text(artifact, step->name);
		sl_program_evaluate(artifact, artifact->code + step->link, step->link_count, event,
				    bound, sequence->capture_count, room, &value);
		sum += value.kind;
		if (step->kind != SL_STEP_WINDOW)
			continue;
		sl_program_evaluate(artifact, artifact->code + window->having, window->having_count,
				    NULL, bound, window->aggregate_count, room, &value);
		sum += value.kind;
		for (uint32_t j = 0; j < window->aggregate_count; j++)
			if (artifact->aggregates[window->aggregate + j].function !=
			    SL_AGGREGATE_COUNT)
				sum += artifact->fields[artifact->aggregates[window->aggregate + j]
								.slot]
					       .type;
		if (window->kind == SL_WINDOW_CALENDAR)
			sum += sum_text(artifact, artifact->zones[window->zone].name);
	}
	return sum;
}

static uint64_t sum_remembered(const struct sl_artifact *artifact, const struct sl_event *event,
			       struct sl_program_room *room)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < artifact->n_campaigns; i++) {
		const struct sl_campaign *campaign = &artifact->campaigns[i];

		sum += sum_text(artifact, campaign->exclusive);
		if (campaign->by_slot >= 0)
			sum += artifact->fields[campaign->by_slot].type;
		for (uint32_t j = 0; j < campaign->sequence_count; j++)
			sum += sum_sequence(artifact, &artifact->sequences[campaign->sequence + j],
					    event, room);
	}
	return sum;
}

static uint64_t use(const struct sl_artifact *artifact)
{
	struct sl_value slots[SL_FIELDS_MAX];
	struct sl_event event = {.slots = slots, .n_slots = (uint16_t)artifact->n_fields};
	uint64_t sum = artifact->meta->ruleset;
	struct sl_program_room *room;

	if (sl_program_room_new(4096, 2000, &room))
		abort();

	fill_slots(artifact, slots);
	for (uint32_t i = 0; i < artifact->n_atoms; i++)
		sum += sum_filing(artifact, &artifact->atoms[i].filing);
	sum += sum_tree(artifact);
	for (uint32_t i = 0; i < artifact->n_always; i++)
		sum += artifact->triggers[artifact->always[i]].step;
	for (uint32_t i = 0; i < artifact->n_triggers; i++) {
		const struct sl_trigger *trigger = &artifact->triggers[i];

		sum += sl_program_run(artifact, artifact->code + trigger->code, trigger->code_count,
				      &event, room);
		sum += sum_text(artifact, artifact->campaigns[trigger->campaign].name);
	}
	for (uint32_t i = 0; i < artifact->n_campaigns; i++)
		for (uint32_t j = 0; j < artifact->campaigns[i].data_count; j++)
			sum += sum_text(artifact,
					artifact->data[artifact->campaigns[i].data + j].name);
	sum += sum_remembered(artifact, &event, room);
	for (uint32_t i = 0; i < artifact->n_databases; i++)
		sum += artifact->blobs[artifact->databases[i].offset];
	sl_program_room_free(room);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static volatile uint64_t sink;
	struct sl_artifact *artifact;
	char why[SL_SENTENCE_BYTES];
	void *file;

	if (posix_memalign(&file, SL_FILE_ALIGN, n ? n : 1))
		return 0;
	if (n)
		memcpy(file, bytes, n);
	if (n >= sizeof(struct sl_file_header))
		sl_fuzz_seal(file, n);
	if (sl_artifact_view(file, n, &artifact, why) == 0) {
		sink += use(artifact);
		sl_artifact_close(artifact);
	}
	free(file);
	return 0;
}
