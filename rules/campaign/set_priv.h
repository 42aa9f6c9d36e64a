/* A rule set as it was written: schema and campaigns, typed, sorted by name. What the planner
 * makes the artifact of, and what the reference evaluator walks. */
#ifndef SL_RULES_CAMPAIGN_SET_PRIV_H
#define SL_RULES_CAMPAIGN_SET_PRIV_H

#include "rules/campaign/sequence_priv.h"
#include "rules/expr/expr_priv.h"
#include "rules/lint/filled_priv.h"
#include "rules/rules.h"
#include "rules/time/instant_priv.h"

#define SL_CAMPAIGNS_MAX 1000000u
#define SL_FILES_MAX 200000u

struct sl_campaign_data {
	struct sl_slice name;
	enum sl_data_from from;
	/* SLOT: the slot; CAPTURE: in the sequence's captures; AGGREGATE: in its window's */
	uint16_t index;
	uint16_t sequence; /* of CAPTURE and AGGREGATE */
	struct sl_expr constant;
};

struct sl_campaign_text {
	struct sl_slice name;
	struct sl_slice owner;
	struct sl_slice step;
	struct sl_slice channel;
	struct sl_slice template;
	int64_t valid_from_ns;
	int64_t valid_until_ns;
	enum sl_campaign_kind kind;
	struct sl_place place; /* of the document */
	struct sl_place condition_place;
	/* typed; NULL where there were mistakes, and where the finding is at hand instead */
	struct sl_expr *condition;       /* also NULL where there is a pattern */
	struct sl_pattern_text *pattern; /* NULL: one condition, remembers nothing */
	struct sl_limit_text limit;
	int32_t priority;
	struct sl_slice exclusive;    /* no bytes: of no group */
	struct sl_slice renamed_from; /* no bytes: it always had this name */
	struct sl_slice finding;      /* in a piece (pieces_priv.h) */
	bool draining; /* of the version before: what is under way ends, nothing begins */
	bool from_piece;
	bool never_told; /* that it can never hold was a warning already */
	struct sl_campaign_data *data;
	uint32_t n_data;
	uint64_t meaning[2]; /* what its version is made of */
};

struct sl_pieces;

struct sl_rules_set {
	struct sl_arena arena;
	struct sl_schema schema;
	struct sl_filled filled;  /* of the schema's fields */
	struct sl_buffer sources; /* struct sl_source *, each its own */
	struct sl_buffer campaign_room;
	struct sl_campaign_text *campaigns;
	uint32_t n_campaigns;
	struct sl_table names;
	struct sl_diagnostics *diagnostics;
	struct sl_pieces *pieces; /* of files that were read before; NULL: none are kept */
	struct sl_rules_progress *progress; /* NULL: nobody watches */
	struct sl_rules_set *drained;       /* of versions before, of which some go on; a list */
	char *schema_path; /* the file that was read; in the arena; NULL: none was */
	bool unsafe_advertising;
	const char *time_zone; /* of dates and calendars without one; while it is read */
	uint64_t content[2];
};

/* Reads a directory. 0 also where there are mistakes; then the set is only good to be freed. */
int sl_rules_set_load(const char *directory, const struct sl_rules_options *options,
		      struct sl_diagnostics *diagnostics, struct sl_rules_set *ret_set);
/* A schema alone. */
int sl_rules_set_load_schema(const char *schema, struct sl_diagnostics *diagnostics,
			     struct sl_rules_set *ret_set);
/* From texts in memory, as the two above do from files; zone as in options. */
int sl_rules_set_load_text(struct sl_slice schema, struct sl_slice campaigns,
			   const struct sl_rules_options *options,
			   struct sl_diagnostics *diagnostics, struct sl_rules_set *ret_set);
void sl_rules_set_fini(struct sl_rules_set *set);

/* Reads a file and keeps it. One that cannot be read is a mistake of its author, reported under
 * `name`; ret_source is NULL then. */
int sl_rules_set_open_source(struct sl_rules_set *set, const char *path, const char *name,
			     const struct sl_source **ret_source);

/* Adds the campaigns of one source. */
int sl_campaigns_load(struct sl_rules_set *set, const struct sl_source *source);

/* Bytes that a key may need for the campaign. */
uint32_t sl_campaign_bytes(const struct sl_campaign_text *campaign);
/* What campaigns may need of a key, each and together, against the options' bounds. */
void sl_rules_set_check_bytes(const struct sl_rules_set *set,
			      const struct sl_rules_options *options);

/* What campaigns are to each other by their names. */
int sl_rules_set_check(const struct sl_rules_set *set);

/* Hashes of meaning: of a campaign and its state, and of the whole set, whose campaigns are sorted.
 */
int sl_campaign_meaning(const struct sl_rules_set *set, struct sl_campaign_text *campaign);
/* Twelve hex digits of it, terminated. */
void sl_campaign_version(const struct sl_campaign_text *campaign, char ret_version[13]);
int sl_rules_set_content(struct sl_rules_set *set);

#endif
