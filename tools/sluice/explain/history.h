/* What a stream of events made of one key: campaign by campaign, by the reference evaluator. */
#ifndef SL_SLUICE_EXPLAIN_HISTORY_H
#define SL_SLUICE_EXPLAIN_HISTORY_H

#include "rules/eval/eval.h"

#include <stdbool.h>

struct sl_explain_history {
	struct sl_eval_set *set;
	const char *schema; /* the file */
	const char *key;
	const char *campaign; /* NULL: all that saw an event of the key */
	char **files;         /* read twice */
	int n_files;
	bool json;
};

/* To standard output. An exit code, the message being out. */
int sl_explain_history(const struct sl_explain_history *request);

#endif
