/* Reading artifacts and settings files: the only place that believes their bytes.
 *
 * sl_artifact_open() reads the file into memory of its own (a mapping would let whoever shortens
 * the file later kill the process) and checks everything (header, checksum, bounds of every
 * offset, index, constant, program and set) before it returns; on failure outputs are untouched
 * and ret_why, if given, holds a sentence for people. A hostile file is refused, never a crash:
 * fuzzed. Runs (of an atom, a trigger, a set, a campaign) do not overlap, so that the check is
 * linear. The views are read-only, shared by all threads, and end with sl_artifact_close(), which
 * takes NULL. Cost: a copy of the file, three passes over it. */
#ifndef SL_BASE_ARTIFACT_H
#define SL_BASE_ARTIFACT_H

#include "base/event.h"
#include "sluice/artifact.h"
#include "sluice/error.h"

#include <stddef.h>
#include <stdint.h>

struct sl_artifact {
	const struct sl_file_header *header;
	size_t bytes;
	const char *text;
	const struct sl_ruleset_meta *meta;
	const struct sl_field *fields;
	uint32_t n_fields;
	const struct sl_database *databases;
	uint32_t n_databases;
	const uint8_t *blobs;
	const struct sl_atom *atoms;
	uint32_t n_atoms;
	const uint32_t *filed;
	uint32_t n_filed;
	const struct sl_tree_node *nodes; /* at least the root, unless there is no section */
	uint32_t n_nodes;
	const struct sl_bucket *buckets;
	uint32_t n_buckets;
	const uint16_t *asked;
	uint32_t n_asked;
	const struct sl_group *groups;
	uint32_t n_groups;
	const struct sl_interval *intervals;
	uint32_t n_intervals;
	const uint32_t *ids;
	uint32_t n_ids;
	const uint32_t *always;
	uint32_t n_always;
	const struct sl_trigger *triggers;
	uint32_t n_triggers;
	const struct sl_instruction *code;
	uint32_t n_code;
	const struct sl_constant *constants;
	uint32_t n_constants;
	const struct sl_set *sets;
	uint32_t n_sets;
	const uint32_t *members;
	uint32_t n_members;
	const struct sl_pattern *patterns;
	uint32_t n_patterns;
	const uint8_t *pattern_bytes;
	const struct sl_time_zone *zones;
	uint32_t n_zones;
	const struct sl_transition *transitions;
	uint32_t n_transitions;
	const struct sl_campaign *campaigns;
	uint32_t n_campaigns;
	const struct sl_data_field *data;
	uint32_t n_data;
	const struct sl_sequence *sequences;
	uint32_t n_sequences;
	const struct sl_step *steps;
	uint32_t n_steps;
	const struct sl_capture *captures;
	uint32_t n_captures;
	const struct sl_window *windows;
	uint32_t n_windows;
	const struct sl_aggregate *aggregates;
	uint32_t n_aggregates;
	const struct sl_registry_slot *registry;
	uint32_t n_registry;
	uint64_t used_slots[SL_FIELDS_MAX / 64]; /* bits of SL_FIELD_USED */
	int16_t role_slot[SL_ROLES];             /* slot of each enum sl_field_role, -1: none */
	void *owned;                             /* private: how to release */
};

int sl_artifact_open(const char *path, struct sl_artifact **ret_artifact,
		     char ret_why[SL_SENTENCE_BYTES]);

/* The same over bytes in memory, 64-byte aligned, that outlive the artifact. */
int sl_artifact_view(const void *bytes, size_t n_bytes, struct sl_artifact **ret_artifact,
		     char ret_why[SL_SENTENCE_BYTES]);

void sl_artifact_close(struct sl_artifact *artifact);

static inline struct sl_text sl_artifact_text(const struct sl_artifact *artifact,
					      struct sl_text_ref ref)
{
	return (struct sl_text){.at = artifact->text + ref.offset, .bytes = ref.bytes};
}

/* A settings file: checked (each setting within its bounds, each text ended) and copied out.
 * ret_channels holds SL_CHANNELS_MAX. */
int sl_settings_read(const char *path, struct sl_settings *ret_settings,
		     struct sl_channel *ret_channels, char ret_why[SL_SENTENCE_BYTES]);

/* The same over bytes in memory, 64-byte aligned. */
int sl_settings_view(const void *bytes, size_t n_bytes, struct sl_settings *ret_settings,
		     struct sl_channel *ret_channels, char ret_why[SL_SENTENCE_BYTES]);

/* The wires; ret_wires holds SL_WIRES_MAX. After sl_settings_view() or _read() of the same: as many
 * as the settings say. */
int sl_settings_read_wires(const char *path, struct sl_wire *ret_wires,
			   char ret_why[SL_SENTENCE_BYTES]);
int sl_settings_view_wires(const void *bytes, size_t n_bytes, struct sl_wire *ret_wires,
			   char ret_why[SL_SENTENCE_BYTES]);

/* Of a channel on wires, for people: "tap0+tap1:80,8080", cut where it is too long. */
#define SL_CHANNEL_PLACE_BYTES 64u
void sl_channel_place(const struct sl_channel *channel, const struct sl_wire *wires,
		      char ret_text[SL_CHANNEL_PLACE_BYTES]);

/* Of a settings file the text of SL_SECTION_ANNOUNCED, terminated; "" where there is none, as in a
 * file of an earlier version. */
int sl_settings_read_announced(const char *path, char ret_announced[SL_ANNOUNCED_BYTES],
			       char ret_why[SL_SENTENCE_BYTES]);
int sl_settings_view_announced(const void *bytes, size_t n_bytes,
			       char ret_announced[SL_ANNOUNCED_BYTES],
			       char ret_why[SL_SENTENCE_BYTES]);

/* Every setting at its default, no channels: tools that run an engine without a settings file. */
void sl_settings_default(struct sl_settings *ret_settings);

#endif
