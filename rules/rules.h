/* rules: campaign files become an artifact, or a list of diagnostics.
 *
 * - Runs once per rule change, never in the dataplane. One thread; memory grows with the rule set,
 *   so callers run it in a child process with limits.
 * - Mistakes in rules are diagnostics, all of them, in the order of files and lines; a function's
 *   own error (< 0) means that it could not look: no memory, no such directory, a `previous` that
 *   cannot be read (give one that can, or none).
 * - Everything a struct here points to belongs to that struct and ends with its free(), which
 *   takes NULL. */
#ifndef SL_RULES_H
#define SL_RULES_H

#include "sluice/artifact.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sl_severity { SL_SEVERITY_ERROR = 1, SL_SEVERITY_WARNING = 2 };

struct sl_diagnostic {
	enum sl_severity severity;
	const char *file; /* as under the directory given: "retention/loan.yaml"; "" where none
			     applies */
	unsigned line;    /* from 1; 0: none */
	unsigned column;  /* from 1, in characters */
	const char *code; /* "unknown_field", …: stable, for scripts */
	const char *message;
	const char *hint;   /* "" where there is none */
	const char *source; /* the line itself; "" */
};

struct sl_diagnostics;

struct sl_diagnostics *sl_diagnostics_new(void);
void sl_diagnostics_free(struct sl_diagnostics *diagnostics);
size_t sl_diagnostics_count(const struct sl_diagnostics *diagnostics, enum sl_severity severity);
size_t sl_diagnostics_all(const struct sl_diagnostics *diagnostics,
			  const struct sl_diagnostic **ret_list);

/* "file:line:column: error: message", the line, a caret under the column, the hint. Into `at`,
 * terminated; returns the bytes it takes, which may be more than the room. */
size_t sl_diagnostic_format(const struct sl_diagnostic *diagnostic, char *at, size_t room);

enum sl_rules_phase {
	SL_RULES_READING = 1, /* steps are files */
	SL_RULES_PLANNING,    /* conditions, each twice */
	SL_RULES_MEASURING,   /* dear patterns */
	SL_RULES_COMPILING,   /* patterns */
	SL_RULES_WRITING,     /* one */
	SL_RULES_PHASES,
};

#define SL_RULES_DEAREST 3u

struct sl_rules_dear {
	int64_t ns;
	char what[320];
};

/* How far a compilation has come, and what took longest so far. The compiler writes, others read,
 * without a lock: a text may be a torn one, and is terminated. In memory that is shared it outlives
 * a compiler that was killed, and says what it was at. Begins zeroed. */
struct sl_rules_progress {
	_Atomic uint32_t phase;
	_Atomic uint32_t done, steps;
	int64_t since_ns; /* CLOCK_MONOTONIC */
	char at[320];     /* "`loan-abandoned`", "a pattern of …"; "" where nothing is at hand */
	struct sl_rules_dear dearest[SL_RULES_DEAREST]; /* dearest first */
};

/* What a load does to what a campaign remembers. */
enum sl_rules_fate {
	SL_FATE_KEPT,    /* it did not change, or `on_change: keep` */
	SL_FATE_DRAINED, /* what is under way ends as it began, beside the new one */
	SL_FATE_RESET,   /* it is forgotten */
	SL_FATE_NEW,     /* there was nothing */
	SL_FATE_GONE,    /* forgotten, for the campaign is no longer there */
};

/* "kept", "drained", "reset", "new", "gone". */
const char *sl_rules_fate_name(enum sl_rules_fate fate);

struct sl_rules_change {
	const char *campaign;
	enum sl_rules_fate fate;
	const uint64_t
		*slots; /* in which its keys are: of KEPT those of now, else those of before */
	uint32_t n_slots;
};

/* Texts and slots end with the call. */
typedef void sl_rules_changed(void *context, const struct sl_rules_change *change);

struct sl_rules_options {
	const char *schema;             /* path; NULL: schema.yaml in the directory */
	const char *time_zone;          /* for dates without one; NULL: Asia/Seoul */
	const char *author;             /* NULL: "" */
	const char *previous;           /* artifact whose registry is carried on; NULL: none */
	const char *previous_directory; /* its sources, for `on_change: drain`; NULL: not at hand */
	sl_rules_changed *changed; /* called for each campaign that remembers, or did in `previous`;
				      NULL: nobody asks */
	void *changed_context;
	const char *announced; /* which fields the gateway's channels say they fill, as in
				  SL_SECTION_ANNOUNCED; NULL: not known, any may be filled. It
				  makes warnings, nothing else */
	const char *cache;     /* directory of what was read and compiled before, made if need be;
				  NULL: none. What lies there is believed as far as its hashes hold:
				  nobody else may write it. It changes how long a compilation takes,
				  and which patterns share a database; nothing else */
	uint64_t ruleset;      /* number of this version */
	uint32_t always_list;  /* bound; 0: 1024 */
	uint32_t candidates;   /* that an event's matcher evaluates, for warnings; 0: 4096 */
	uint32_t pattern_ns;   /* that a regular expression may take of an event; 0: no bound */
	uint32_t state_bytes;  /* that a campaign may need of a key; 0: no bound */
	uint64_t state_bytes_all; /* that all campaigns together may need of a key; 0: no bound */
	bool unsafe_advertising;
	struct sl_rules_progress *progress; /* NULL: nobody watches */
};

struct sl_rules_summary {
	uint32_t campaigns;
	uint32_t triggers;
	uint32_t always; /* of them on the always-list */
	uint32_t fields;
	uint64_t content[2];  /* hash of what was compiled; equal rule sets have equal ones */
	size_t bytes;         /* of the artifact */
	uint32_t remembering; /* campaigns that remember something, or limit */
	uint64_t state_bytes; /* that they need of a key, at most, together */
};

/* Reads, types and plans without building databases: 0, also where there are errors among the
 * diagnostics; a summary with bytes 0. ret_summary may be NULL. */
int sl_rules_check(const char *directory, const struct sl_rules_options *options,
		   struct sl_diagnostics *diagnostics, struct sl_rules_summary *ret_summary);

/* How a condition of a campaign is filed: which events come to it, and what they cost. Texts end
 * with the call. */
struct sl_rules_filing {
	const char *campaign;
	const char *step;     /* its name, "" of a campaign that remembers nothing and of `not` */
	const char *role;     /* "match", "step", "until", "among" */
	uint32_t state_bytes; /* that the campaign needs of a key, at most; told with its first */
	const char *file;
	unsigned line;
	const char *const
		*places;          /* `type = "a", amount from 5 to 9`; each is a way to come here */
	uint32_t n_places;        /* at most 64 */
	uint32_t n_ways;          /* all of them */
	const char *const *reads; /* fields that its program asks for besides */
	uint32_t n_reads;
	uint32_t instructions; /* of the program; 0: coming here is matching */
	bool always;           /* evaluated for every event, or for all on one side of a bound */
	bool never;
	/* By a model, to compare campaigns with each other: without observed traffic a value is
	 * taken to be as frequent as campaigns that ask for it. */
	double share;   /* of events that come here */
	double cost_ns; /* of an event, whether it comes here or not */
};

typedef void sl_rules_filed(void *context, const struct sl_rules_filing *filing);

/* As sl_rules_check(), and calls `filed` for each condition, sorted by the campaign's name, if
 * there are no errors among the diagnostics. */
int sl_rules_explain_plan(const char *directory, const struct sl_rules_options *options,
			  struct sl_diagnostics *diagnostics, sl_rules_filed *filed, void *context);

/* As sl_rules_check(), and writes the artifact to `path` (to a name beside it, fsync, rename). With
 * errors among the diagnostics: -SL_E_RULES and no file. */
int sl_rules_compile(const char *directory, const struct sl_rules_options *options,
		     const char *path, struct sl_diagnostics *diagnostics,
		     struct sl_rules_summary *ret_summary);

/* An artifact with no campaigns: a schema alone, for `sluice decode`. */
int sl_rules_compile_schema(const char *schema, const char *path,
			    struct sl_diagnostics *diagnostics);

#endif
