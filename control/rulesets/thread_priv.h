/* The thread of rule sets: what load.c, watch.c and rulesets.c share. */
#ifndef SL_CONTROL_RULESETS_THREAD_PRIV_H
#define SL_CONTROL_RULESETS_THREAD_PRIV_H

#include "control/dataplane/link.h"
#include "control/rulesets/rulesets_priv.h"

#include <pthread.h>

struct sl_rulesets {
	struct sl_rulesets_config config;
	pthread_t thread;
	bool started;

	/* The thread's own. */
	struct sl_ruleset_store store;
	struct sl_link link;
	int64_t link_again_ns; /* not before */
	int64_t load_again_ns;
	int64_t load_pause_ns;
	bool told_absent;

	/* Under the lock: between the thread and the others. */
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stopping;
	struct sl_settings settings;
	char *announced;
	bool claimed;
	enum sl_ruleset_task task;
	char *body; /* submitted, not yet taken up */
	size_t body_bytes;
	bool replied;
	struct sl_ruleset_reply reply;
	struct sl_ruleset_info current;
	struct sl_ruleset_info *versions; /* a copy of the store's */
	uint32_t n_versions;
	struct sl_dataplane_view dataplane;
	struct sl_ruleset_loads loads;
	struct sl_ruleset_progress progress; /* while claimed */
};

/* rulesets.c */
void sl_rulesets_note_load(struct sl_rulesets *rulesets, bool succeeded, int64_t took_ns);

/* watch.c: keeps the link, and the dataplane on the rule set in force. */
void sl_rulesets_watch(struct sl_rulesets *rulesets);
/* 0 with a link that works, or an error with a sentence. */
int sl_rulesets_link(struct sl_rulesets *rulesets, char ret_why[SL_COMMAND_TEXT_MAX]);
void sl_rulesets_publish(struct sl_rulesets *rulesets);
void sl_rulesets_publish_versions(struct sl_rulesets *rulesets);
/* What the load under way is at. */
void sl_rulesets_say(struct sl_rulesets *rulesets, struct sl_ruleset_progress progress);
bool sl_rulesets_stopping(struct sl_rulesets *rulesets);

/* load.c, rollback.c: one load from its body to its reply; and the first start. */
void sl_rulesets_load(struct sl_rulesets *rulesets, const char *body, size_t bytes, bool only_check,
		      struct sl_ruleset_reply *reply);
void sl_rulesets_rollback(struct sl_rulesets *rulesets, const char *body, size_t bytes,
			  struct sl_ruleset_reply *reply);
/* True: in force (or, tried only, good). The hash that the sources had before, or NULL: another one
 * now is a warning. */
bool sl_rulesets_install(struct sl_rulesets *rulesets, const struct sl_ruleset_request *request,
			 const char *hash_before, bool without_dataplane,
			 struct sl_ruleset_reply *reply);
void sl_rulesets_load_first(struct sl_rulesets *rulesets);

/* live.c: adds to each change of what campaigns remember how many keys its slots have now. Where
 * there is nobody to ask, or they are too many, it says nothing of them. */
void sl_rulesets_count_live(struct sl_rulesets *rulesets, json_t *changes);

#endif
