/* Meta, schema, databases, campaigns, atoms. Programs: artifact_check_code.c; what is remembered
 * and triggers: artifact_check_sequences.c, artifact_check_windows.c, artifact_check_triggers.c. */
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

static int check_ranking(const struct sl_artifact_check *check, uint32_t index)
{
	const struct sl_artifact *artifact = check->artifact;
	const struct sl_campaign *campaign = &artifact->campaigns[index];

	if (campaign->limit_ns &&
	    (!sl_artifact_is_span(campaign->limit_ns) || campaign->limit_count == 0 ||
	     campaign->limit_count > SL_LIMIT_MAX))
		return sl_framed_refuse(check->why, -SL_E_BOUNDS,
					"campaign %u: its limit is out of bounds", index);
	if (campaign->priority < -SL_PRIORITY_MAX || campaign->priority > SL_PRIORITY_MAX ||
	    !sl_artifact_has_text(check, campaign->exclusive))
		return sl_framed_refuse(check->why, -SL_E_BOUNDS,
					"campaign %u: its rank is out of bounds", index);
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
		if (check_ranking(check, i))
			return -SL_E_BOUNDS;
		if (!sl_artifact_take_run(campaign->data, campaign->data_count, artifact->n_data,
					  &taken))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"campaign %u: its data lie outside", i);
	}
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
