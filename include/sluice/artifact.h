/* Contract 1: the rule-set artifact, and the settings file of the same framing.
 *
 * Caveats first.
 * - Nothing in a file may be believed before sl_artifact_open() (in dataplane/base) has read it
 *   into memory of its own and checked header, checksum, every offset, index and program; after
 *   that the views into it are plain arrays.
 * - It is relocatable: offsets only, little-endian, sections aligned to 64 bytes.
 * - Serialized pattern databases belong to one library version and one CPU family. The header of
 *   the section names both; other bytes are refused, never handed to the library.
 * - A checksum is no signature: only files that our own compiler wrote may be loaded. They lie in
 *   a directory that nobody else may write.
 *
 * Who writes: rules/ (kind RULESET), control/ (kind SETTINGS), to a temporary name, fsync, rename.
 * Who reads: the dataplane, and tools to print it. */
#ifndef SLUICE_ARTIFACT_H
#define SLUICE_ARTIFACT_H

#include "sluice/settings.h"
#include "sluice/value.h"

#include <stdint.h>

#define SL_FILE_MAGIC "SLUICE\x1a\n" /* 8 bytes, no terminator */
#define SL_FILE_VERSION 2u
#define SL_FILE_ALIGN 64u
#define SL_FILE_SECTIONS_MAX 48u

enum sl_file_kind { SL_FILE_RULESET = 1, SL_FILE_SETTINGS = 2 };

/* Ids are part of the format: never renumbered. A reader passes over ids that it does not know
 * only where `required` is 0. */
enum sl_section_id {
	SL_SECTION_META = 1,       /* struct sl_ruleset_meta, one */
	SL_SECTION_TEXT = 2,       /* bytes; sl_text_ref points in here */
	SL_SECTION_FIELDS = 3,     /* struct sl_field, in slot order: the schema */
	SL_SECTION_DATABASES = 4,  /* struct sl_database */
	SL_SECTION_BLOBS = 5,      /* bytes: serialized databases, each aligned to 64 */
	SL_SECTION_ATOMS = 6,      /* struct sl_atom */
	SL_SECTION_FILED = 7,      /* uint32_t trigger indexes, a run for each filing */
	SL_SECTION_ALWAYS = 8,     /* uint32_t trigger indexes evaluated for every event */
	SL_SECTION_TRIGGERS = 9,   /* struct sl_trigger */
	SL_SECTION_CODE = 10,      /* struct sl_instruction, a run for each trigger */
	SL_SECTION_CONSTANTS = 11, /* struct sl_constant */
	SL_SECTION_SETS = 12,      /* struct sl_set */
	SL_SECTION_MEMBERS = 13,   /* uint32_t constant indexes, a run for each set (sorted) and for
				      each constant that is a list or a map */
	SL_SECTION_CAMPAIGNS = 14, /* struct sl_campaign */
	SL_SECTION_DATA = 15,      /* struct sl_data_field, a run for each campaign */
	SL_SECTION_REGISTRY =
		16, /* struct sl_registry_slot: state slots, carried on, never reused */
	SL_SECTION_SETTINGS = 17,      /* struct sl_settings, one */
	SL_SECTION_CHANNELS = 18,      /* struct sl_channel */
	SL_SECTION_PATTERNS = 19,      /* struct sl_pattern */
	SL_SECTION_PATTERN_BYTES = 20, /* struct sl_regex, each aligned to 8 */
	SL_SECTION_ZONES = 21,         /* struct sl_time_zone */
	SL_SECTION_TRANSITIONS = 22,   /* struct sl_transition, a run for each zone */
	SL_SECTION_ANNOUNCED = 23, /* text of settings: a line for each channel, its name and, each
				      behind a space, the fields that it announces; a name alone: it
				      may fill any. For who checks campaigns: the dataplane takes
				      every field of the schema from every channel */
	SL_SECTION_WIRES = 24,     /* struct sl_wire: the ports that packets are read from */
	SL_SECTION_MAPPINGS = 25,  /* bytes: see sluice/mapping.h */
	SL_SECTION_NODES = 32,     /* struct sl_tree_node: the tree of equalities, its root first */
	SL_SECTION_BUCKETS = 33,   /* struct sl_bucket: finds a node; a power of two of them */
	SL_SECTION_ASKED = 34,     /* uint16_t slots that a node's children ask for, a run each */
	SL_SECTION_GROUPS = 35,    /* struct sl_group, a run for each filing */
	SL_SECTION_INTERVALS = 36, /* struct sl_interval, a run for each group */
	SL_SECTION_IDS = 37,       /* uint32_t atom indexes, a run for each database */
	SL_SECTION_SEQUENCES = 38, /* struct sl_sequence, a run for each campaign that remembers */
	SL_SECTION_STEPS = 39,     /* struct sl_step, a run for each sequence */
	SL_SECTION_CAPTURES = 40,  /* struct sl_capture, a run for each sequence */
	SL_SECTION_WINDOWS = 41,   /* struct sl_window */
	SL_SECTION_AGGREGATES = 42, /* struct sl_aggregate, a run for each window */
	SL_SECTION_LAST = 42,
};

struct sl_file_header {
	char magic[8];
	uint32_t version;
	uint32_t kind;
	uint64_t bytes;      /* of the whole file */
	uint64_t hash;       /* XXH3-64 of everything behind this header */
	uint64_t content[2]; /* XXH3-128 of what it was made from, low half first; names the version
			      */
	int64_t created_ns;
	uint32_t sections;
	uint32_t reserved;
};

struct sl_file_section {
	uint32_t id;
	uint32_t required;
	uint64_t offset; /* from the file's start, a multiple of SL_FILE_ALIGN */
	uint64_t bytes;
	uint32_t record_bytes; /* size of one element; a reader refuses another than its own */
	uint32_t count;
};

/* A run of bytes in SL_SECTION_TEXT. Not terminated. */
struct sl_text_ref {
	uint32_t offset;
	uint32_t bytes;
};

struct sl_ruleset_meta {
	uint64_t ruleset;            /* number of this rule-set version */
	uint64_t registry_next;      /* state slots below this are taken, for ever */
	struct sl_text_ref patterns; /* hs_version() of the compiler */
	uint64_t cpu_features;       /* hs_platform_info of the compiler */
	uint32_t cpu_tune;
	uint32_t reserved;
	struct sl_text_ref time_zone; /* in which dates were read */
	struct sl_text_ref author;
};

enum sl_field_type {
	SL_TYPE_STRING = 1,
	SL_TYPE_INT = 2,     /* 64 bits, signed */
	SL_TYPE_DECIMAL = 3, /* IEEE 754 double */
	SL_TYPE_BOOL = 4,
	SL_TYPE_TIME = 5,    /* nanoseconds since 1970, years 1678 to 2261 */
	SL_TYPE_STRINGS = 6, /* list of strings */
};

enum sl_field_role {
	SL_ROLE_NONE = 0,
	SL_ROLE_ID = 1,   /* the event's id */
	SL_ROLE_TIME = 2, /* when it happened */
	SL_ROLE_KEY = 3,  /* the customer */
	SL_ROLE_TYPE = 4,
	SL_ROLE_CHANNEL = 5,
	SL_ROLE_TRACE = 6, /* a W3C traceparent, handed on with each match */
};

#define SL_ROLES 7u

#define SL_FIELDS_MAX 256u    /* slots of a schema */
#define SL_PATH_NAMES_MAX 16u /* in the dotted path of one */
#define SL_FIELD_REQUIRED 1u
#define SL_FIELD_SCANNED 2u /* an atom asks for it: part of the canonical text */
#define SL_FIELD_USED 4u    /* a program or a record reads it: copied in a hand-over */

/* The index of a field is its slot. */
struct sl_field {
	struct sl_text_ref path; /* dotted */
	uint8_t type;            /* enum sl_field_type */
	uint8_t role;            /* enum sl_field_role */
	uint16_t flags;
	uint32_t bytes_max; /* of a string, or of each in a list */
	uint32_t items_max; /* of a list */
};

/* The canonical text of an event, which the databases are built for:
 *
 *     for each scanned string field that is present, in slot order:
 *         SL_CANON_BEGIN  code  SL_CANON_VALUE  value, escaped  SL_CANON_END
 *     a list gives one such run for each of its strings
 *
 * code is two bytes: 0x30 + slot / 16, 0x60 + slot % 16 (slots 0 to 255: 0x30-0x3f, 0x60-0x6f).
 * In a value each byte below SL_CANON_ESCAPE + 1 becomes SL_CANON_ESCAPE and byte + 0x40; patterns
 * are escaped alike. So a delimiter is never part of a value, and a literal that carries its
 * field's code is found only in that field. */
#define SL_CANON_BEGIN 0x01
#define SL_CANON_VALUE 0x02
#define SL_CANON_END 0x03
#define SL_CANON_ESCAPE 0x04
#define SL_CANON_HEAD_BYTES 4u
#define SL_CANON_RUN_BYTES 5u /* head and END, around the value */

static inline void sl_canon_head(uint16_t slot, uint8_t ret_head[SL_CANON_HEAD_BYTES])
{
	ret_head[0] = SL_CANON_BEGIN;
	ret_head[1] = (uint8_t)(0x30 + slot / 16);
	ret_head[2] = (uint8_t)(0x60 + slot % 16);
	ret_head[3] = SL_CANON_VALUE;
}

enum sl_database_class { SL_DATABASE_LITERAL = 1, SL_DATABASE_CHEAP = 2, SL_DATABASE_DEAR = 3 };

/* Every hit is reported, none only once a scan: the reader may put the texts of many events into
 * one scan. What pattern id i stands for: ids[i], an atom's index or SL_ATOM_NONE (the database is
 * older than the rule set, which no longer has it); without ids, i itself. */
struct sl_database {
	uint64_t offset; /* in SL_SECTION_BLOBS */
	uint64_t bytes;
	uint64_t hash; /* XXH3-64 of the serialized bytes */
	uint32_t class;
	uint32_t ids; /* first index in SL_SECTION_IDS */
	uint32_t ids_count;
	uint32_t reserved;
};

#define SL_ATOM_NONE UINT32_MAX

enum sl_atom_kind {
	/* The literal holds delimiters, code and value: a hit is exact. The compiler writes none,
	 * for equalities lie in the tree; the reader takes them. */
	SL_ATOM_EQUALS = 1,
	SL_ATOM_PREFIX = 2, /* begins with the delimiters and code: exact */
	SL_ATOM_CONTAINS =
		3, /* the bare escaped value: a hit counts if it lies inside its field's value */
	SL_ATOM_SUFFIX = 4, /* the escaped value and SL_CANON_END: counts as CONTAINS does */
	SL_ATOM_REGEX = 5,  /* a filter: counts if it ends inside its field's value or at its END */
};

/* What waits at one place for the events that come there: triggers that are candidates then, and
 * groups of which those are whose interval holds the event's value. */
struct sl_filing {
	uint32_t filed; /* first index in SL_SECTION_FILED */
	uint32_t filed_count;
	uint32_t group; /* first index in SL_SECTION_GROUPS */
	uint32_t group_count;
};

struct sl_atom {
	uint8_t kind;
	uint8_t reserved;
	uint16_t slot;
	uint32_t bytes; /* of the literal: a hit ends at `to` and began at to - bytes. REGEX: 0 */
	struct sl_filing filing;
};

/* Equalities that have to hold together, most asked for first, are a path of this tree: an event
 * comes to a node if it comes to the parent and its slot has the node's value. Slots of lists: if
 * one of the items is the value. A path asks at most SL_NODE_DEPTH_MAX equalities. */
#define SL_NODE_DEPTH_MAX 3u

struct sl_tree_node {
	struct sl_filing filing;
	uint64_t value;          /* sl_filing_number(), or XXH3-64 of a string */
	struct sl_text_ref text; /* of a string: hashes may collide, so it is compared */
	uint32_t parent;         /* a lower index; of the root 0 */
	uint32_t asked;          /* first index in SL_SECTION_ASKED */
	uint32_t asked_count;
	uint16_t slot;
	uint16_t reserved;
};

/* Open addressing: a node lies at its key's low bits or at most SL_BUCKET_STEPS_MAX behind, with no
 * empty bucket between. */
#define SL_BUCKET_STEPS_MAX 1024u

struct sl_bucket {
	uint32_t tag;  /* high half of the key */
	uint32_t node; /* 0, the root: empty */
};

static inline uint64_t sl_node_key(uint32_t parent, uint16_t slot, uint64_t value)
{
	uint64_t key = value ^ ((uint64_t)parent << 16 | slot) * UINT64_C(0x9e3779b97f4a7c15);

	key = (key ^ key >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return key ^ key >> 29;
}

/* Intervals of one number, sorted by their lower ends. They are a search tree as they lie: the
 * middle of a run (first + count / 2) stands above what is on its left and right. */
struct sl_group {
	uint32_t first; /* in SL_SECTION_INTERVALS */
	uint32_t count;
	uint16_t slot;
	uint16_t reserved;
};

/* Both ends belong to it. */
struct sl_interval {
	int64_t low, high; /* sl_filing_number() */
	int64_t reach;     /* greatest high of what this one stands above, and its own */
	uint32_t trigger;
	uint32_t reserved;
};

/* A number as filings hold it, in the numbers' own order: integers, times and booleans themselves,
 * of decimals their bits made to ascend. -0 is 0. A NaN has no place: ask before. */
static inline int64_t sl_filing_number(uint8_t type, int64_t integer, double decimal)
{
	union {
		double decimal;
		int64_t bits;
	} number;

	if (type != SL_TYPE_DECIMAL)
		return integer;
	number.decimal = decimal + 0.0;
	return number.bits ^ (number.bits >> 63 & INT64_MAX);
}

/* What it means that the condition of a trigger holds. */
enum sl_trigger_role {
	SL_TRIGGER_MATCH = 0, /* the campaign matches: it remembers nothing */
	SL_TRIGGER_STEP = 1,  /* the condition of steps[step], of whatever kind */
	SL_TRIGGER_UNTIL = 2, /* the `until` of steps[step] */
	SL_TRIGGER_AMONG = 3, /* the event is a neighbour to sequences[step] */
};

/* Those of one campaign lie together, in the order of the campaigns. */
struct sl_trigger {
	uint32_t campaign;
	uint32_t step; /* of MATCH 0; else an index, which one says the role */
	uint32_t code; /* first instruction; none: the hit alone decides */
	uint32_t code_count;
	uint32_t role; /* enum sl_trigger_role */
	uint32_t reserved;
};

enum sl_opcode {
#define SL_OPCODE(name, text, takes, argument, pops, pushes, doc) SL_OP_##name,
#include "sluice/opcodes.def"
#undef SL_OPCODE
	SL_OP_COUNT
};

/* What a program may need at most; the compiler refuses a condition that needs more. */
#define SL_PROGRAM_STACK_MAX 1024u
#define SL_PROGRAM_LOOPS_MAX 128u
#define SL_PROGRAM_BOUND_MAX 4096u

struct sl_instruction {
	uint8_t op;
	uint8_t reserved;
	uint16_t slot; /* or a function, or a loop's kind: opcodes.def says which */
	uint32_t arg;  /* targets are within the program */
};

/* What a loop makes of its body's values. */
enum sl_loop {
	SL_LOOP_ALL,
	SL_LOOP_EXISTS,
	SL_LOOP_EXISTS_ONE,
	SL_LOOP_FILTER,
	SL_LOOP_MAP,
	SL_LOOPS,
};

/* Indexes of constants in SL_SECTION_MEMBERS; each is less than that of the constant that has the
 * run, so that no value holds itself. */
struct sl_constant_run {
	uint32_t first;
	uint32_t count; /* of a map its entries: key, value, key, value, … */
};

struct sl_constant {
	uint32_t type; /* enum sl_kind; never ERROR */
	int32_t nanos; /* of TIMESTAMP and DURATION, beside the seconds */
	union {
		int64_t integer;  /* INT, TIME, BOOL, TYPE (enum sl_kind); seconds */
		uint64_t natural; /* UINT */
		double decimal;
		struct sl_text_ref text;    /* STRING, BYTES */
		struct sl_constant_run run; /* LIST, MAP */
	};
};

/* A regular expression, compiled: struct sl_regex (sluice/regex.h) among the pattern bytes. */
struct sl_pattern {
	uint64_t offset; /* in SL_SECTION_PATTERN_BYTES, a multiple of 8 */
	uint64_t bytes;
};

/* A time zone: what is to be added to UTC, and from when on. */
struct sl_time_zone {
	struct sl_text_ref name; /* as the condition has it */
	uint32_t first;          /* in SL_SECTION_TRANSITIONS */
	uint32_t count;          /* at least one, ascending; the first begins at INT64_MIN */
	/* The calendar repeats every 400 years, and so does a zone whose rule is for ever: what is
	 * later is as far behind here. INT64_MAX: the last transition is. */
	int64_t repeats_from_s;
};

#define SL_ZONE_CYCLE_S 12622780800ll /* 400 years */

struct sl_transition {
	int64_t from_s; /* since 1970, UTC */
	int32_t offset_s;
	uint32_t reserved;
};

#define SL_ZONE_OFFSET_S_MAX 93600 /* 26 hours, either way */

/* Members are sorted: strings by bytes then length (memcmp, shorter first), numbers by value. */
struct sl_set {
	uint32_t type;
	uint32_t first; /* in SL_SECTION_MEMBERS */
	uint32_t count;
	uint32_t reserved;
};

enum sl_campaign_kind { SL_CAMPAIGN_SERVICE = 1, SL_CAMPAIGN_ADVERTISEMENT = 2 };

struct sl_campaign {
	struct sl_text_ref name;
	struct sl_text_ref version; /* hex digits over the campaign's meaning */
	struct sl_text_ref owner;
	struct sl_text_ref step;    /* name of its one step; of several the last one's */
	struct sl_text_ref channel; /* of send */
	struct sl_text_ref template;
	int64_t valid_from_ns;  /* INT64_MIN: always */
	int64_t valid_until_ns; /* exclusive; INT64_MAX: for ever */
	uint32_t kind;
	uint32_t data; /* first index in SL_SECTION_DATA */
	uint32_t data_count;
	uint32_t sequence;       /* first index in SL_SECTION_SEQUENCES */
	uint32_t sequence_count; /* 0: it remembers nothing, its one trigger is a MATCH */
	uint32_t join;           /* enum sl_join: what several sequences make */
	int64_t join_within_ns;  /* ALL: between the first and the last of them; INT64_MAX: any */
	int32_t by_slot;         /* of the field it remembers by; -1: the role KEY */
	uint16_t for_customer; /* 1: with by_slot, the match is the customer's: decided by its owner
				*/
	uint16_t on_loss;      /* enum sl_on_loss */
	int64_t limit_ns;      /* 0: no limit */
	uint32_t limit_count;  /* at most so many within limit_ns, a customer */
	int32_t priority;      /* of those in one exclusive group the highest wins */
	uint64_t limit_registry; /* the state slot that counts for the limit; several may share one
				  */
	struct sl_text_ref exclusive; /* name of the group; no bytes: none */
};

/* What becomes of a match that says that something did not come, where something may have been
 * lost meanwhile. */
enum sl_on_loss { SL_ON_LOSS_HOLD = 0, SL_ON_LOSS_FIRE = 1 };

enum sl_join { SL_JOIN_ONE = 0, SL_JOIN_ANY = 1, SL_JOIN_ALL = 2 };

enum sl_data_from {
	SL_DATA_SLOT = 0,      /* of the event that completed the match */
	SL_DATA_CONSTANT = 1,  /* index in SL_SECTION_CONSTANTS */
	SL_DATA_CAPTURE = 2,   /* index in SL_SECTION_CAPTURES */
	SL_DATA_AGGREGATE = 3, /* index in SL_SECTION_AGGREGATES */
};

/* One member of a record's `data` object. */
struct sl_data_field {
	struct sl_text_ref name;
	uint32_t from; /* enum sl_data_from */
	uint32_t index;
};

/* ---- what a campaign remembers (its meaning: rules/grammar.md) --------------------------------
 */

#define SL_BY_FIELDS_MAX 16u /* fields that the campaigns of a rule set remember by */
#define SL_SEQUENCES_MAX 8u  /* of a campaign */
#define SL_STEPS_MAX 16u     /* of a sequence */
#define SL_CAPTURES_MAX 32u  /* of a sequence */
#define SL_AGGREGATES_MAX 8u /* of a window */
#define SL_RUNS_MAX 64u      /* of a sequence, of one key */
#define SL_KEEP_MAX 1024u    /* entries of a window, of one key */
#define SL_TIMES_MAX 65535u
#define SL_LIMIT_MAX 64u /* of `per_customer` */
#define SL_PRIORITY_MAX 1000000
#define SL_CAPTURE_BYTES_MAX 256u                        /* a longer text is not captured: absent */
#define SL_TIME_SPAN_NS_MAX (366ll * 86400 * 1000000000) /* of within, lengths and gaps */

enum sl_after_match {
	SL_AFTER_RESTART = 0, /* one run at a time */
	SL_AFTER_SKIP_PAST =
		1,            /* every start begins one; a match ends those begun before its end */
	SL_AFTER_OVERLAP = 2, /* every start begins one, each matches by itself */
};

struct sl_sequence {
	uint64_t registry; /* its state slot */
	uint32_t campaign;
	uint32_t step; /* first in SL_SECTION_STEPS */
	uint32_t step_count;
	uint32_t capture; /* first in SL_SECTION_CAPTURES */
	uint32_t capture_count;
	uint32_t runs_max;
	int64_t within_ns;  /* from the first event of a run to the last; INT64_MAX: any */
	uint32_t after;     /* enum sl_after_match */
	uint32_t strict;    /* 1: neighbours that are not the awaited step end a run */
	uint32_t draining;  /* 1: what is under way goes on, nothing begins */
	uint32_t bytes_max; /* of state that a key may need for it, for people */
};

enum sl_step_kind {
	SL_STEP_EVENT = 1,  /* an event, or several of it */
	SL_STEP_NOT = 2,    /* none: before the first, between two, or after the last */
	SL_STEP_WINDOW = 3, /* the first step: events gathered until `having` holds */
};

struct sl_step {
	struct sl_text_ref name; /* of NOT no bytes */
	uint32_t kind;
	uint32_t times_from, times_to; /* to UINT32_MAX: or more */
	uint32_t has_until;
	int64_t within_ns; /* INT64_MAX: what the sequence says */
	uint32_t link; /* first instruction of what refers to captures: they are bound, in order */
	uint32_t link_count;
	uint32_t window; /* WINDOW: index in SL_SECTION_WINDOWS */
	uint32_t reserved;
};

/* A field of a step's event that later steps or `data` ask for. */
struct sl_capture {
	uint32_t step; /* of its sequence, from 0 */
	uint16_t slot;
	uint16_t reserved;
};

enum sl_window_kind {
	SL_WINDOW_SLIDING = 1,
	SL_WINDOW_TUMBLING = 2, /* since 1970, UTC */
	SL_WINDOW_CALENDAR = 3,
	SL_WINDOW_SESSION = 4, /* length_ns is the gap */
};

enum sl_calendar_unit {
	SL_CALENDAR_HOUR = 1,
	SL_CALENDAR_DAY,
	SL_CALENDAR_WEEK,
	SL_CALENDAR_MONTH
};

struct sl_window {
	uint32_t kind;
	uint32_t unit;   /* CALENDAR: enum sl_calendar_unit; weeks begin on Monday */
	uint32_t zone;   /* CALENDAR: index in SL_SECTION_ZONES */
	uint32_t at_end; /* 1: asked when it closes; 0: with each event */
	int64_t length_ns;
	uint32_t keep;   /* SLIDING: entries; distinct: values */
	uint32_t having; /* first instruction: the aggregates are bound, in order */
	uint32_t having_count;
	uint32_t aggregate; /* first in SL_SECTION_AGGREGATES */
	uint32_t aggregate_count;
	uint32_t reserved;
};

enum sl_aggregate_function {
	SL_AGGREGATE_COUNT = 1, /* INT */
	SL_AGGREGATE_SUM,       /* INT or DOUBLE, as the field */
	SL_AGGREGATE_MIN,       /* as the field */
	SL_AGGREGATE_MAX,
	SL_AGGREGATE_AVG,      /* DOUBLE */
	SL_AGGREGATE_DISTINCT, /* INT */
};

struct sl_aggregate {
	uint32_t function;
	uint16_t slot; /* of COUNT 0, unused */
	uint16_t reserved;
};

struct sl_registry_slot {
	uint64_t state[2]; /* XXH3-128 over typed condition, key, window, policy, semantics version
			    */
	uint64_t slot;
};

#endif
