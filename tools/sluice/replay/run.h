/* One replay: a directory of campaigns over files of events, kept as sorted lines.
 *
 * All lines are kept until the end, for they are sorted: memory grows with the matches. Functions
 * return an exit code, the message being out; a lack of memory ends the process with 3. */
#ifndef SL_SLUICE_REPLAY_RUN_H
#define SL_SLUICE_REPLAY_RUN_H

#include "rules/rules.h"
#include "tools/sluice/replay/engine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sl_replay_request {
	const char *directory; /* of campaigns */
	struct sl_rules_options rules;
	const struct sl_settings *settings;
	unsigned workers;
	bool decisions;   /* of candidates that were not sent, too */
	int64_t until_ns; /* INT64_MAX: until nothing is left to happen */
	char **files;
	int n_files;
};

/* A match or decision as JSON, with what it is sorted by. */
struct sl_replay_line {
	int64_t time_ns;
	uint64_t id[2];
	char *campaign;
	char *key;
	char *text;
	bool sent;
};

struct sl_replay_result {
	struct sl_replay_line *lines; /* by time, campaign, key */
	size_t n_lines;
	uint64_t matches, decisions;
	struct sl_replay_totals totals;
};

int sl_replay_run(const struct sl_replay_request *request, struct sl_replay_result *ret_result);
void sl_replay_result_free(struct sl_replay_result *result); /* its contents */

#endif
