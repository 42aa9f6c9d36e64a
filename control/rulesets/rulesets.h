/* rulesets: loading a rule set, and seeing to it that the dataplane runs the one in force.
 *
 * What is in force is data/rulesets/current, a link to one numbered directory. It moves only after
 * the new artifact has been compiled, in a process of its own with limits, and every worker of the
 * dataplane has taken it; on any failure it stays, and so do the rules. Numbers are never used
 * twice. What lies above `current` was never in force and is removed at the next start.
 *
 * One thread of its own does everything that takes time; the functions here return at once and may
 * be called by one other thread. One load at a time: -SL_E_BUSY.
 *
 * A load is begun in two steps, so that a large body is received only by the one that may load:
 * claim, then submit (which takes the body) or give up. Its reply comes through `wake` and take. A
 * rollback is a load of what lies on disk, and goes the same way.
 *
 * The versions that were in force are kept with their sources, as many as limits.rules.kept says. A
 * list of them is a copy under a lock; sources are read from disk at once, a bounded portion a
 * call: what is removed meanwhile is -ENOENT, what was changed on disk is -SL_E_DAMAGED. */
#ifndef SL_CONTROL_RULESETS_H
#define SL_CONTROL_RULESETS_H

#include "control/config/config.h"
#include "control/paths.h"
#include "sluice/command.h"
#include "sluice/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SL_RULESET_BODY_MAX ((size_t)320 << 20)    /* of a load request */
#define SL_RULESET_PORTION_BYTES ((size_t)1 << 20) /* of sources; one file may be more */

struct sl_rulesets;

struct sl_rulesets_config {
	const struct sl_settings *settings;
	const char *announced; /* as in SL_SECTION_ANNOUNCED; NULL: nothing is known of channels */
	const struct sl_paths *paths;
	const char *program;         /* run as `program --compile …`: this one */
	void (*wake)(void *context); /* a reply is there; on the other thread */
	void *context;
};

/* A check is a load that stops before anything changes. */
enum sl_ruleset_task { SL_RULESET_LOAD, SL_RULESET_CHECK, SL_RULESET_ROLLBACK };

struct sl_ruleset_info {
	uint64_t version; /* 0: none */
	uint64_t campaigns;
	char hash[33];
	char author[256];
	char time[40];
};

/* What is known of the dataplane. */
struct sl_dataplane_view {
	bool connected;
	struct sl_command_reply latest;
};

/* In this life of control: loads and rollbacks that were to come in force, those at the start among
 * them; trials and what was no request at all are not counted. */
struct sl_ruleset_loads {
	uint64_t succeeded, failed;
	int64_t last_took_ns;    /* 0: there was none */
	int64_t last_success_ns; /* since 1970; 0: none */
};

/* Of the load, check or rollback under way. */
struct sl_ruleset_progress {
	const char *phase;    /* "receiving", "storing", "reading", …, "taking"; NULL: none is */
	uint32_t done, steps; /* of the phase; steps 0: not known */
};

struct sl_ruleset_reply {
	unsigned status; /* of HTTP */
	char *body;      /* JSON; the taker frees it */
	size_t bytes;
};

int sl_rulesets_open(const struct sl_rulesets_config *config, struct sl_rulesets **ret_rulesets,
		     char ret_why[SL_SENTENCE_BYTES]);
/* For the loads that begin from now on, and the first: how they are compiled. -ENOMEM: as before.
 */
int sl_rulesets_settings(struct sl_rulesets *rulesets, const struct sl_settings *settings,
			 const char *announced);
int sl_rulesets_start(struct sl_rulesets *rulesets);
void sl_rulesets_close(struct sl_rulesets *rulesets); /* kills a compiler under way; takes NULL */

int sl_rulesets_claim(struct sl_rulesets *rulesets);
void sl_rulesets_give_up(struct sl_rulesets *rulesets);
void sl_rulesets_submit(struct sl_rulesets *rulesets, enum sl_ruleset_task task, char *body,
			size_t bytes);
bool sl_rulesets_take_reply(struct sl_rulesets *rulesets, struct sl_ruleset_reply *ret_reply);

void sl_rulesets_current(struct sl_rulesets *rulesets, struct sl_ruleset_info *ret_info);
/* {"rulesets":[…]}, newest first; and a portion of a version's sources from file number `from` on:
 * {"version","files":[{"name","text"}…],"total", and "next" where there are more}. JSON as replies
 * are, the sentence of a failure too; the caller frees it. */
void sl_rulesets_list(struct sl_rulesets *rulesets, struct sl_ruleset_reply *ret_reply);
void sl_rulesets_describe(struct sl_rulesets *rulesets, uint64_t version,
			  struct sl_ruleset_reply *ret_reply);
void sl_rulesets_sources(struct sl_rulesets *rulesets, uint64_t version, uint64_t from,
			 struct sl_ruleset_reply *ret_reply);
/* {"version","since","added":[…],"removed":[…],"changed":[…],"unchanged":n}: names of files. since
 * 0: the one that is kept before it. */
void sl_rulesets_diff(struct sl_rulesets *rulesets, uint64_t version, uint64_t since,
		      struct sl_ruleset_reply *ret_reply);
void sl_rulesets_dataplane(struct sl_rulesets *rulesets, struct sl_dataplane_view *ret_view);
void sl_rulesets_loads(struct sl_rulesets *rulesets, struct sl_ruleset_loads *ret_loads);
void sl_rulesets_progress(struct sl_rulesets *rulesets, struct sl_ruleset_progress *ret_progress);

/* The child: argv as compile.c makes it. Returns the exit code. */
int sl_rulesets_compile_main(int argc, char **argv);

#endif
