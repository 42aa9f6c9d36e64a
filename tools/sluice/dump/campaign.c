/* A campaign of an artifact: what it sends, where its triggers are filed, their programs. */
#include "tools/sluice/dump/constant_listing.h"
#include "tools/sluice/dump/parts.h"
#include "tools/sluice/dump/program_listing.h"

#include <stdlib.h>
#include <string.h>

/* A counting sort. */
uint32_t *sl_dump_order(const struct sl_artifact *artifact)
{
	uint32_t *order = calloc((size_t)artifact->n_triggers + 1, sizeof(*order));
	uint32_t *next = calloc((size_t)artifact->n_campaigns + 1, sizeof(*next));

	if (order && next) {
		for (uint32_t i = 0; i < artifact->n_triggers; i++)
			next[artifact->triggers[i].campaign + 1]++;
		for (uint32_t i = 0; i < artifact->n_campaigns; i++)
			next[i + 1] += next[i];
		for (uint32_t i = 0; i < artifact->n_triggers; i++)
			order[next[artifact->triggers[i].campaign]++] = i;
	}
	if (!next) {
		free(order);
		order = NULL;
	}
	free(next);
	return order;
}

/* An array of the listing's lines. */
json_t *sl_dump_program(const struct sl_artifact *artifact, uint32_t first, uint32_t count)
{
	const struct sl_instruction *code = artifact->code + first;
	size_t bytes = sl_program_list(artifact, code, count, NULL, 0);
	char *text = malloc(bytes + 1);
	json_t *list = json_array();

	if (text && list) {
		sl_program_list(artifact, code, count, text, bytes + 1);
		for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1)
			json_array_append_new(list, json_stringn(line, (size_t)(end - line)));
	}
	free(text);
	return list;
}

static json_t *trigger_of(const struct sl_dump *dump, uint32_t index)
{
	static const char *const roles[] = {[SL_TRIGGER_MATCH] = "match",
					    [SL_TRIGGER_STEP] = "step",
					    [SL_TRIGGER_UNTIL] = "until",
					    [SL_TRIGGER_AMONG] = "among"};
	const struct sl_trigger *trigger = &dump->artifact->triggers[index];

	return json_pack("{s:I, s:I, s:s, s:o, s:o}", "index", (json_int_t)index, "step",
			 (json_int_t)trigger->step, "role", roles[trigger->role], "filed",
			 sl_dump_filing_of(dump->filing, index), "program",
			 sl_dump_program(dump->artifact, trigger->code, trigger->code_count));
}

static json_t *triggers_of(const struct sl_dump *dump, uint32_t campaign)
{
	const struct sl_artifact *artifact = dump->artifact;
	uint32_t first = 0, end = artifact->n_triggers;
	json_t *list = json_array();

	while (first < end) {
		uint32_t middle = first + (end - first) / 2;

		if (artifact->triggers[dump->triggers[middle]].campaign < campaign)
			first = middle + 1;
		else
			end = middle;
	}
	for (; list && first < artifact->n_triggers &&
	       artifact->triggers[dump->triggers[first]].campaign == campaign;
	     first++)
		json_array_append_new(list, trigger_of(dump, dump->triggers[first]));
	return list;
}

/* {"name": "slot.path" or a constant in CEL}: of a field its path. */
static json_t *data_of(const struct sl_dump *dump, const struct sl_campaign *campaign)
{
	const struct sl_artifact *artifact = dump->artifact;
	json_t *list = json_array();

	for (uint32_t i = 0; list && i < campaign->data_count; i++) {
		const struct sl_data_field *data = &artifact->data[campaign->data + i];
		char text[512] = "";
		struct sl_listing listing = {
			.artifact = artifact, .at = text, .room = sizeof(text)};

		if (data->from == SL_DATA_CONSTANT)
			sl_listing_constant(&listing, data->index);
		else if (data->from != SL_DATA_SLOT)
			sl_dump_remembered(dump, data, text, sizeof(text));
		else
			sl_listing_plain(
				&listing,
				sl_artifact_text(artifact, artifact->fields[data->index].path));
		json_array_append_new(
			list,
			json_pack("{s:o, s:o}", "name",
				  sl_dump_text(sl_artifact_text(artifact, data->name)), "value",
				  sl_dump_text((struct sl_text){text, (uint32_t)strlen(text)})));
	}
	return list;
}

json_t *sl_dump_campaign(const struct sl_dump *dump, uint32_t index)
{
	const struct sl_artifact *artifact = dump->artifact;
	const struct sl_campaign *campaign = &artifact->campaigns[index];
	json_t *object =
		json_pack("{s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o}", "name",
			  sl_dump_text(sl_artifact_text(artifact, campaign->name)), "version",
			  sl_dump_text(sl_artifact_text(artifact, campaign->version)), "owner",
			  sl_dump_text(sl_artifact_text(artifact, campaign->owner)), "kind",
			  campaign->kind == SL_CAMPAIGN_SERVICE ? "service" : "advertisement",
			  "step", sl_dump_text(sl_artifact_text(artifact, campaign->step)),
			  "channel", sl_dump_text(sl_artifact_text(artifact, campaign->channel)),
			  "template", sl_dump_text(sl_artifact_text(artifact, campaign->template)),
			  "data", data_of(dump, campaign), "triggers", triggers_of(dump, index));

	if (object && campaign->valid_from_ns != INT64_MIN)
		json_object_set_new(object, "valid_from", sl_dump_time(campaign->valid_from_ns));
	if (object && campaign->valid_until_ns != INT64_MAX)
		json_object_set_new(object, "valid_until", sl_dump_time(campaign->valid_until_ns));
	if (object)
		sl_dump_pattern(dump, campaign, object);
	return object;
}
