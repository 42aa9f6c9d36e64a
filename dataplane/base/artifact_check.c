/* Meta, schema, databases, campaigns, triggers, atoms. Programs: artifact_check_code.c. */
#include "artifact_priv.h"
#include "sluice/error.h"

#include <xxhash.h>

int sl_artifact_check_meta(const struct sl_artifact_check *check)
{
	const struct sl_ruleset_meta *meta = check->artifact->meta;

	if (!meta)
		return sl_framed_refuse(check->why, -SL_E_BOUNDS, "not one record of meta");
	if (!sl_artifact_has_text(check, meta->patterns) ||
	    !sl_artifact_has_text(check, meta->time_zone) ||
	    !sl_artifact_has_text(check, meta->author))
		return sl_framed_refuse(check->why, -SL_E_BOUNDS, "meta: a text lies outside");
	return 0;
}

static bool fits_role(const struct sl_field *field)
{
	switch (field->role) {
	case SL_ROLE_NONE:
		return true;
	case SL_ROLE_TIME:
		return field->type == SL_TYPE_TIME;
	case SL_ROLE_ID:
	case SL_ROLE_KEY:
		return field->type == SL_TYPE_STRING || field->type == SL_TYPE_INT;
	default:
		return field->type == SL_TYPE_STRING;
	}
}

static int check_field(const struct sl_artifact_check *check, uint32_t slot)
{
	const struct sl_field *field = &check->artifact->fields[slot];
	bool is_text = field->type == SL_TYPE_STRING || field->type == SL_TYPE_STRINGS;

	if (field->path.bytes == 0 || !sl_artifact_has_text(check, field->path))
		return sl_framed_refuse(check->why, -SL_E_BOUNDS, "field %u has no path", slot);
	if (field->type < SL_TYPE_STRING || field->type > SL_TYPE_STRINGS)
		return sl_framed_refuse(check->why, -SL_E_BOUNDS, "field %u has type %u", slot,
					field->type);
	if ((field->flags & SL_FIELD_SCANNED) && !is_text)
		return sl_framed_refuse(check->why, -SL_E_BOUNDS,
					"field %u is scanned and no string", slot);
	if (field->role >= SL_ROLES)
		return sl_framed_refuse(check->why, -SL_E_BOUNDS, "field %u has role %u", slot,
					field->role);
	if (!fits_role(field))
		return sl_framed_refuse(check->why, -SL_E_BOUNDS,
					"field %u has role %u and type %u", slot, field->role,
					field->type);
	return 0;
}

int sl_artifact_check_fields(const struct sl_artifact_check *check)
{
	unsigned roles = 0;

	if (check->artifact->n_fields > SL_FIELDS_MAX)
		return sl_framed_refuse(check->why, -SL_E_BOUNDS, "%u fields of at most %u",
					check->artifact->n_fields, SL_FIELDS_MAX);
	for (uint32_t i = 0; i < check->artifact->n_fields; i++) {
		unsigned role;
		int error = check_field(check, i);

		if (error)
			return error;
		role = check->artifact->fields[i].role;
		if (role != SL_ROLE_NONE && (roles >> role & 1))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS, "two fields of role %u",
						role);
		roles |= 1u << role;
	}
	return 0;
}

int sl_artifact_check_databases(const struct sl_artifact_check *check)
{
	const struct sl_artifact *artifact = check->artifact;
	uint64_t left = check->blobs_bytes, taken = 0;

	for (uint32_t i = 0; i < artifact->n_ids; i++)
		if (artifact->ids[i] >= artifact->n_atoms && artifact->ids[i] != SL_ATOM_NONE)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS, "id %u is no atom", i);
	for (uint32_t i = 0; i < artifact->n_databases; i++) {
		const struct sl_database *database = &artifact->databases[i];

		if (database->offset % SL_FILE_ALIGN || database->offset > check->blobs_bytes ||
		    database->bytes == 0 ||
		    database->bytes > check->blobs_bytes - database->offset ||
		    database->bytes > left)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"database %u does not lie among the blobs", i);
		left -= database->bytes;
		if (!sl_artifact_take_run(database->ids, database->ids_count, artifact->n_ids,
					  &taken))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"database %u: its ids lie outside", i);
		if (database->class < SL_DATABASE_LITERAL || database->class > SL_DATABASE_DEAR)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"database %u has class %u", i, database->class);
		if (XXH3_64bits(artifact->blobs + database->offset, database->bytes) !=
		    database->hash)
			return sl_framed_refuse(check->why, -SL_E_CHECKSUM,
						"the checksum of database %u does not hold", i);
	}
	return 0;
}

static int check_data(const struct sl_artifact_check *check)
{
	const struct sl_artifact *artifact = check->artifact;

	for (uint32_t i = 0; i < artifact->n_data; i++) {
		const struct sl_data_field *data = &artifact->data[i];

		if (!sl_artifact_has_text(check, data->name) || data->from > SL_DATA_CONSTANT ||
		    data->index >= (data->from == SL_DATA_CONSTANT ? artifact->n_constants
								   : artifact->n_fields))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS, "data %u points outside",
						i);
		if (data->from == SL_DATA_CONSTANT &&
		    artifact->constants[data->index].type > SL_KIND_TIME)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"data %u: records have no values of this type", i);
	}
	return 0;
}

int sl_artifact_check_campaigns(const struct sl_artifact_check *check)
{
	const struct sl_artifact *artifact = check->artifact;
	uint64_t taken = 0;

	for (uint32_t i = 0; i < artifact->n_campaigns; i++) {
		const struct sl_campaign *campaign = &artifact->campaigns[i];

		if (campaign->name.bytes == 0 || !sl_artifact_has_text(check, campaign->name) ||
		    !sl_artifact_has_text(check, campaign->version) ||
		    !sl_artifact_has_text(check, campaign->owner) ||
		    !sl_artifact_has_text(check, campaign->step) ||
		    !sl_artifact_has_text(check, campaign->channel) ||
		    !sl_artifact_has_text(check, campaign->template))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"campaign %u: a text lies outside", i);
		if (campaign->kind != SL_CAMPAIGN_SERVICE &&
		    campaign->kind != SL_CAMPAIGN_ADVERTISEMENT)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS, "campaign %u has kind %u",
						i, campaign->kind);
		if (!sl_artifact_take_run(campaign->data, campaign->data_count, artifact->n_data,
					  &taken))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"campaign %u: its data lie outside", i);
	}
	return check_data(check);
}

int sl_artifact_check_triggers(const struct sl_artifact_check *check)
{
	const struct sl_artifact *artifact = check->artifact;
	uint64_t slots = artifact->meta->registry_next;

	for (uint32_t i = 0; i < artifact->n_registry; i++)
		if (artifact->registry[i].slot >= slots)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"registry %u: its slot was never given", i);
	for (uint32_t i = 0; i < artifact->n_triggers; i++) {
		const struct sl_trigger *trigger = &artifact->triggers[i];

		if (trigger->campaign >= artifact->n_campaigns)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"trigger %u belongs to no campaign", i);
		if (trigger->role != SL_TRIGGER_MATCH)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS, "trigger %u has role %u",
						i, trigger->role);
	}
	for (uint32_t i = 0; i < artifact->n_always; i++)
		if (artifact->always[i] >= artifact->n_triggers)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS, "always %u is no trigger",
						i);
	for (uint32_t i = 0; i < artifact->n_filed; i++)
		if (artifact->filed[i] >= artifact->n_triggers)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS, "filed %u is no trigger",
						i);
	return 0;
}

int sl_artifact_check_atoms(const struct sl_artifact_check *check)
{
	/* what stands around the value, which may be empty where it is compared as a whole */
	static const uint32_t bytes_min[] = {
		[SL_ATOM_EQUALS] = SL_CANON_RUN_BYTES,
		[SL_ATOM_PREFIX] = SL_CANON_HEAD_BYTES,
		[SL_ATOM_CONTAINS] = 1,
		[SL_ATOM_SUFFIX] = 1,
		[SL_ATOM_REGEX] = 0,
	};
	const struct sl_artifact *artifact = check->artifact;

	for (uint32_t i = 0; i < artifact->n_atoms; i++) {
		const struct sl_atom *atom = &artifact->atoms[i];

		if (atom->kind < SL_ATOM_EQUALS || atom->kind > SL_ATOM_REGEX ||
		    atom->bytes < bytes_min[atom->kind])
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"atom %u: kind %u with %u bytes", i, atom->kind,
						atom->bytes);
		if (atom->slot >= artifact->n_fields ||
		    !(artifact->fields[atom->slot].flags & SL_FIELD_SCANNED))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"atom %u asks for a field that is not scanned", i);
	}
	return 0;
}
