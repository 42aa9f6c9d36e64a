#include "tools/sluice/dump/parts.h"

#include "base/json_out.h"
#include "sluice/regex.h"
#include "tools/sluice/dump/constant_listing.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

json_t *sl_dump_text(struct sl_text text)
{
	struct sl_listing listing = {0};
	json_t *json = json_stringn(text.at, text.bytes);

	if (json)
		return json;
	sl_listing_plain(&listing, text);
	listing.room = listing.bytes + 1;
	listing.bytes = 0;
	listing.at = malloc(listing.room);
	if (listing.at) {
		sl_listing_plain(&listing, text);
		json = json_stringn(listing.at, listing.bytes);
	}
	free(listing.at);
	return json;
}

static json_t *text_of(const struct sl_dump *dump, struct sl_text_ref ref)
{
	return sl_dump_text(sl_artifact_text(dump->artifact, ref));
}

json_t *sl_dump_time(int64_t ns)
{
	char text[40];
	size_t bytes = sl_time_format(ns, text);

	return json_stringn(text, bytes);
}

static json_t *hash_of(const uint64_t hash[2])
{
	char text[33];

	snprintf(text, sizeof(text), "%016" PRIx64 "%016" PRIx64, hash[1], hash[0]);
	return json_string(text);
}

/* Bits as the pattern library numbers them. */
static json_t *features_of(uint64_t bits)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} known[] = {{1u << 2, "avx2"}, {1u << 3, "avx512"}, {1u << 4, "avx512vbmi"}};
	json_t *list = json_array();
	char rest[24];

	for (size_t i = 0; list && i < sizeof(known) / sizeof(*known); i++) {
		if (bits & known[i].bit)
			json_array_append_new(list, json_string(known[i].name));
		bits &= ~known[i].bit;
	}
	if (list && bits) {
		snprintf(rest, sizeof(rest), "%#" PRIx64, bits);
		json_array_append_new(list, json_string(rest));
	}
	return list;
}

static json_t *header_of(const struct sl_dump *dump)
{
	const struct sl_artifact *artifact = dump->artifact;
	const struct sl_file_header *header;
	const struct sl_ruleset_meta *meta;

	if (!artifact)
		return json_pack("{s:s, s:i, s:i}", "kind", "settings", "layout",
				 (int)SL_FILE_VERSION, "settings_version",
				 (int)dump->settings->version);
	header = artifact->header;
	meta = artifact->meta;
	return json_pack("{s:s, s:i, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I}",
			 "kind", "ruleset", "layout", (int)header->version, "version",
			 (json_int_t)meta->ruleset, "bytes", (json_int_t)header->bytes, "created",
			 sl_dump_time(header->created_ns), "hash", hash_of(header->content),
			 "author", text_of(dump, meta->author), "time_zone",
			 text_of(dump, meta->time_zone), "patterns", text_of(dump, meta->patterns),
			 "cpu_features", features_of(meta->cpu_features), "cpu_tune",
			 (json_int_t)meta->cpu_tune, "campaigns", (json_int_t)artifact->n_campaigns,
			 "triggers", (json_int_t)artifact->n_triggers, "always",
			 (json_int_t)artifact->n_always);
}

static json_t *section_of(const struct sl_dump *dump, uint32_t i)
{
	static const char *const names[SL_SECTION_LAST + 1] = {
		[SL_SECTION_META] = "meta",
		[SL_SECTION_TEXT] = "text",
		[SL_SECTION_FIELDS] = "fields",
		[SL_SECTION_DATABASES] = "databases",
		[SL_SECTION_BLOBS] = "blobs",
		[SL_SECTION_ATOMS] = "atoms",
		[SL_SECTION_FILED] = "filed",
		[SL_SECTION_ALWAYS] = "always",
		[SL_SECTION_TRIGGERS] = "triggers",
		[SL_SECTION_CODE] = "code",
		[SL_SECTION_CONSTANTS] = "constants",
		[SL_SECTION_SETS] = "sets",
		[SL_SECTION_MEMBERS] = "members",
		[SL_SECTION_CAMPAIGNS] = "campaigns",
		[SL_SECTION_DATA] = "data",
		[SL_SECTION_REGISTRY] = "registry",
		[SL_SECTION_NODES] = "nodes",
		[SL_SECTION_BUCKETS] = "buckets",
		[SL_SECTION_ASKED] = "asked",
		[SL_SECTION_GROUPS] = "groups",
		[SL_SECTION_INTERVALS] = "intervals",
		[SL_SECTION_IDS] = "ids",
		[SL_SECTION_PATTERNS] = "patterns",
		[SL_SECTION_PATTERN_BYTES] = "pattern_bytes",
		[SL_SECTION_SEQUENCES] = "sequences",
		[SL_SECTION_STEPS] = "steps",
		[SL_SECTION_CAPTURES] = "captures",
		[SL_SECTION_WINDOWS] = "windows",
		[SL_SECTION_AGGREGATES] = "aggregates",
		[SL_SECTION_ZONES] = "zones",
		[SL_SECTION_TRANSITIONS] = "transitions",
	};
	const struct sl_file_section *section =
		(const struct sl_file_section *)(dump->artifact->header + 1) + i;
	const char *name = section->id <= SL_SECTION_LAST ? names[section->id] : NULL;

	return json_pack("{s:s, s:I, s:I, s:I, s:b}", "name", name ? name : "unknown", "id",
			 (json_int_t)section->id, "records", (json_int_t)section->count, "bytes",
			 (json_int_t)section->bytes, "required", (int)(section->required != 0));
}

static json_t *field_of(const struct sl_dump *dump, uint32_t slot)
{
	static const char *const types[] = {"",     "string", "int",    "decimal",
					    "bool", "time",   "strings"};
	static const char *const roles[SL_ROLES] = {"",     "id",      "time", "key",
						    "type", "channel", "trace"};
	const struct sl_field *field = &dump->artifact->fields[slot];

	return json_pack("{s:I, s:o, s:s, s:s, s:b, s:b, s:b, s:I, s:I}", "slot", (json_int_t)slot,
			 "path", text_of(dump, field->path), "type", types[field->type], "role",
			 roles[field->role], "required", !!(field->flags & SL_FIELD_REQUIRED),
			 "scanned", !!(field->flags & SL_FIELD_SCANNED), "used",
			 !!(field->flags & SL_FIELD_USED), "bytes_max",
			 (json_int_t)field->bytes_max, "items_max", (json_int_t)field->items_max);
}

static json_t *database_of(const struct sl_dump *dump, uint32_t index)
{
	static const char *const classes[] = {"", "literal", "cheap", "dear"};
	const struct sl_database *database = &dump->artifact->databases[index];
	json_int_t stale = 0;

	for (uint32_t i = 0; i < database->ids_count; i++)
		stale += dump->artifact->ids[database->ids + i] == SL_ATOM_NONE;
	return json_pack("{s:I, s:s, s:I, s:I, s:I}", "index", (json_int_t)index, "class",
			 classes[database->class], "bytes", (json_int_t)database->bytes, "patterns",
			 (json_int_t)database->ids_count, "stale", stale);
}

static json_t *pattern_of(const struct sl_dump *dump, uint32_t index)
{
	const struct sl_pattern *pattern = &dump->artifact->patterns[index];
	const struct sl_regex *regex =
		(const struct sl_regex *)(dump->artifact->pattern_bytes + pattern->offset);

	return json_pack("{s:I, s:I, s:i, s:i, s:b, s:b}", "index", (json_int_t)index, "bytes",
			 (json_int_t)pattern->bytes, "positions", (int)regex->positions, "classes",
			 (int)regex->classes, "anchored", !!(regex->flags & SL_REGEX_ANCHORED),
			 "always", !!(regex->flags & SL_REGEX_ALWAYS));
}

static json_t *zone_of(const struct sl_dump *dump, uint32_t index)
{
	const struct sl_time_zone *zone = &dump->artifact->zones[index];
	const struct sl_transition *last =
		&dump->artifact->transitions[zone->first + zone->count - 1];

	return json_pack("{s:I, s:o, s:I, s:I, s:b}", "index", (json_int_t)index, "name",
			 text_of(dump, zone->name), "transitions", (json_int_t)zone->count,
			 "last_offset_s", (json_int_t)last->offset_s, "repeats",
			 (int)(zone->repeats_from_s != INT64_MAX));
}

static json_t *slot_of(const struct sl_dump *dump, uint32_t index)
{
	const struct sl_registry_slot *slot = &dump->artifact->registry[index];

	return json_pack("{s:I, s:o}", "slot", (json_int_t)slot->slot, "state",
			 hash_of(slot->state));
}

static json_t *setting_of(const struct sl_dump *dump, uint32_t index)
{
	uint32_t i = 0;

#define SL_INT(field, path, value, min, max, unit, when, doc)                                      \
	if (i++ == index)                                                                          \
		return json_pack("{s:s, s:I}", "path", path, "value",                              \
				 (json_int_t)dump->settings->field);
#define SL_BOOL(field, path, value, when, doc)                                                     \
	if (i++ == index)                                                                          \
		return json_pack("{s:s, s:b}", "path", path, "value", (int)dump->settings->field);
#define SL_TEXT(field, path, value, when, doc)                                                     \
	if (i++ == index)                                                                          \
		return json_pack(                                                                  \
			"{s:s, s:o}", "path", path, "value",                                       \
			sl_dump_text((struct sl_text){dump->settings->field,                       \
						      (uint32_t)strlen(dump->settings->field)}));
#include "sluice/settings.def"
#undef SL_INT
#undef SL_BOOL
#undef SL_TEXT
	return NULL;
}

#define SL_INT(field, path, value, min, max, unit, when, doc) +1u
#define SL_BOOL(field, path, value, when, doc) +1u
#define SL_TEXT(field, path, value, when, doc) +1u
static const uint32_t n_settings = 0
#include "sluice/settings.def"
	;
#undef SL_INT
#undef SL_BOOL
#undef SL_TEXT

static json_t *channel_of(const struct sl_dump *dump, uint32_t index)
{
	const struct sl_channel *channel = &dump->channels[index];
	char place[SL_CHANNEL_PLACE_BYTES];

	memcpy(place, channel->address, sizeof(place));
	if (channel->wires)
		sl_channel_place(channel, dump->wires, place);
	return json_pack(
		"{s:o, s:s, s:o, s:i, s:b}", "name",
		sl_dump_text((struct sl_text){channel->name, (uint32_t)strlen(channel->name)}),
		"protocol", sl_protocol_name(channel->protocol), "address",
		sl_dump_text((struct sl_text){place, (uint32_t)strlen(place)}), "port",
		(int)channel->port, "acknowledge", (int)channel->acknowledge);
}

static json_t *wire_of(const struct sl_dump *dump, uint32_t index)
{
	const struct sl_wire *wire = &dump->wires[index];

	return json_pack(
		"{s:o, s:o, s:b}", "name",
		sl_dump_text((struct sl_text){wire->name, (uint32_t)strlen(wire->name)}), "device",
		sl_dump_text((struct sl_text){wire->device, (uint32_t)strlen(wire->device)}),
		"promiscuous", (int)wire->promiscuous);
}

uint32_t sl_dump_count(const struct sl_dump *dump, enum sl_dump_part part)
{
	const struct sl_artifact *artifact = dump->artifact;

	if (part == SL_DUMP_HEADER)
		return 1;
	if (part == SL_DUMP_WIRES)
		return dump->settings ? dump->settings->wires : 0;
	if (part == SL_DUMP_SETTINGS || part == SL_DUMP_CHANNELS)
		return !dump->settings            ? 0
		       : part == SL_DUMP_SETTINGS ? n_settings
						  : dump->settings->channels;
	if (!artifact)
		return 0;
	return (const uint32_t[SL_DUMP_PARTS]){
		[SL_DUMP_SECTIONS] = artifact->header->sections,
		[SL_DUMP_SCHEMA] = artifact->n_fields,
		[SL_DUMP_DATABASES] = artifact->n_databases,
		[SL_DUMP_PATTERNS] = artifact->n_patterns,
		[SL_DUMP_ZONES] = artifact->n_zones,
		[SL_DUMP_REGISTRY] = artifact->n_registry,
		[SL_DUMP_CAMPAIGNS] = artifact->n_campaigns,
	}[part];
}

json_t *sl_dump_object(const struct sl_dump *dump, enum sl_dump_part part, uint32_t i)
{
	switch (part) {
	case SL_DUMP_HEADER:
		return header_of(dump);
	case SL_DUMP_SECTIONS:
		return section_of(dump, i);
	case SL_DUMP_SCHEMA:
		return field_of(dump, i);
	case SL_DUMP_DATABASES:
		return database_of(dump, i);
	case SL_DUMP_PATTERNS:
		return pattern_of(dump, i);
	case SL_DUMP_ZONES:
		return zone_of(dump, i);
	case SL_DUMP_REGISTRY:
		return slot_of(dump, i);
	case SL_DUMP_CAMPAIGNS:
		return sl_dump_campaign(dump, i);
	case SL_DUMP_SETTINGS:
		return setting_of(dump, i);
	case SL_DUMP_WIRES:
		return wire_of(dump, i);
	default:
		return channel_of(dump, i);
	}
}
