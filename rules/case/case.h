/* Test files of campaigns: events to send and matches to expect, written beside the campaigns in
 * *.test.yaml. Reading them, not running them: tools do that with the real engine.
 *
 * - Mistakes in a file are diagnostics, all of them; a function's own error (< 0) means that it
 *   could not look.
 * - Everything belongs to the cases and ends with sl_cases_free(), which takes NULL.
 * - Bounds are those of campaign files: bytes of a file, depth, entries of a list. */
#ifndef SL_RULES_CASE_H
#define SL_RULES_CASE_H

#include "rules/rules.h"

/* The value of a record's `data` that has to be so; the JSON text of it. */
struct sl_case_datum {
	const char *name;
	const char *json;
};

struct sl_case_match {
	const char *campaign;
	const char *key; /* NULL: any */
	const struct sl_case_datum *data;
	uint32_t n_data;
	unsigned line;
};

enum sl_case_step_kind {
	SL_CASE_SEND,
	SL_CASE_EXPECT, /* all matches since the last time, in any order */
	SL_CASE_WAIT,   /* nothing comes, and the clock runs on */
};

struct sl_case_step {
	enum sl_case_step_kind kind;
	unsigned line;
	const char *event;   /* SEND: the event's JSON text, one line */
	const char *refused; /* SEND: the reason for which it must be refused; NULL: taken */
	int64_t until_ns;    /* WAIT: what the clock shows then */
	const struct sl_case_match *matches;
	uint32_t n_matches;
};

struct sl_case {
	const char *file; /* as under the directory */
	unsigned line;
	const char *name;
	const struct sl_case_step *steps;
	uint32_t n_steps;
};

struct sl_cases;

/* Every *.test.yaml below the directory, sorted by path. The schema says which values are texts and
 * which fields every event needs. options may be NULL. */
int sl_cases_load(const char *directory, const struct sl_rules_options *options,
		  struct sl_diagnostics *diagnostics, struct sl_cases **ret_cases);
void sl_cases_free(struct sl_cases *cases);

uint32_t sl_cases_all(const struct sl_cases *cases, const struct sl_case **ret_list);

#endif
