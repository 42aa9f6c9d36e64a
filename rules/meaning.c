/* Hashes of what rules mean. Their inputs are serialised with lengths and in a fixed order, so
 * that blanks, comments, files and their order change nothing. */
#include "rules/set_priv.h"

#include <errno.h>
#include <stdio.h>

/* Raised when the engine would judge the same condition in another way. */
#define SEMANTICS_VERSION 1u

static int finish(struct sl_buffer *buffer, uint64_t ret_hash[2])
{
	int error = buffer->failed ? -ENOMEM : 0;

	if (!error)
		sl_rules_hash(buffer->at, buffer->bytes, ret_hash);
	sl_buffer_fini(buffer);
	return error;
}

static void add_number(struct sl_buffer *buffer, int64_t number)
{
	sl_buffer_add(buffer, &number, sizeof(number));
}

static int state_of(const struct sl_rules_set *set, struct sl_campaign_text *campaign)
{
	const struct sl_schema *schema = &set->schema;
	int key = schema->role_slot[SL_ROLE_KEY];
	struct sl_buffer buffer = {0};

	add_number(&buffer, SEMANTICS_VERSION);
	sl_buffer_add_slice(&buffer,
			    key >= 0 ? schema->fields[key].path : (struct sl_slice){"", 0});
	sl_expr_canonical(campaign->condition, &buffer);
	return finish(&buffer, campaign->state);
}

int sl_campaign_meaning(const struct sl_rules_set *set, struct sl_campaign_text *campaign)
{
	struct sl_buffer buffer = {0};
	int error;

	add_number(&buffer, campaign->kind);
	add_number(&buffer, campaign->valid_from_ns);
	add_number(&buffer, campaign->valid_until_ns);
	sl_buffer_add_slice(&buffer, campaign->step);
	sl_expr_canonical(campaign->condition, &buffer);
	sl_buffer_add_slice(&buffer, campaign->channel);
	sl_buffer_add_slice(&buffer, campaign->template);
	add_number(&buffer, campaign->n_data);
	for (uint32_t i = 0; i < campaign->n_data; i++) {
		const struct sl_campaign_data *datum = &campaign->data[i];

		sl_buffer_add_slice(&buffer, datum->name);
		add_number(&buffer, datum->from);
		if (datum->from == SL_DATA_CONSTANT)
			sl_expr_canonical(&datum->constant, &buffer);
		else
			sl_buffer_add_slice(&buffer, set->schema.fields[datum->index].path);
	}
	error = finish(&buffer, campaign->meaning);
	return error ? error : state_of(set, campaign);
}

void sl_campaign_version(const struct sl_campaign_text *campaign, char ret_version[13])
{
	snprintf(ret_version, 13, "%012llx",
		 (unsigned long long)(campaign->meaning[0] & 0xffffffffffffull));
}

int sl_rules_set_content(struct sl_rules_set *set)
{
	const struct sl_schema *schema = &set->schema;
	struct sl_buffer buffer = {0};

	sl_buffer_add_slice(&buffer, schema->name);
	add_number(&buffer, schema->n_fields);
	for (uint32_t i = 0; i < schema->n_fields; i++) {
		const struct sl_schema_field *field = &schema->fields[i];

		sl_buffer_add_slice(&buffer, field->path);
		add_number(&buffer, field->type);
		add_number(&buffer, field->role);
		add_number(&buffer, field->flags & SL_FIELD_REQUIRED);
		add_number(&buffer, field->bytes_max);
		add_number(&buffer, field->items_max);
	}
	add_number(&buffer, set->n_campaigns);
	for (uint32_t i = 0; i < set->n_campaigns; i++) {
		sl_buffer_add_slice(&buffer, set->campaigns[i].name);
		sl_buffer_add_slice(&buffer, set->campaigns[i].owner);
		sl_buffer_add(&buffer, set->campaigns[i].meaning,
			      sizeof(set->campaigns[i].meaning));
	}
	return finish(&buffer, set->content);
}
