/* When topics are looked at, and what is said about them. */
#include "control/sink_kafka/topics_priv.h"

#include "base/clock.h"
#include "base/log.h"
#include "control/paths.h"
#include "sluice/layout.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_NS SL_NS_PER_S
#define FIRST_NS (2 * SL_NS_PER_S) /* after the start: whoever has to come up comes first */
#define AGAIN_NS_MIN (2 * SL_NS_PER_S)
#define AGAIN_NS_MAX (30 * SL_NS_PER_S)
#define SLOWLY_NS (300 * SL_NS_PER_S) /* where nothing waits for it to be mended */
#define QUIET_NS (60 * SL_NS_PER_S)   /* after that, a new trouble is looked at soon */
#define ACKS_BYTES 32u
#define LOGGED_MAX 20u /* problems of one look */

/* A topic and what was wrong with it. */
struct judged {
	char name[SL_KAFKA_TOPIC_MAX + 1];
	unsigned found;
};

struct sl_kafka_topics {
	const struct sl_sink_kafka_config *config;
	char current[SL_PATH_BYTES]; /* the link to the rule set in force */
	struct sl_trouble *trouble;
	pthread_t thread;
	pthread_mutex_t lock; /* of the four below */
	pthread_cond_t wake;
	bool stopping, asked;
	struct sl_kafka_topics_view view;
	/* the thread's own */
	struct kafka_topic_names names;
	struct kafka_topic_facts *facts;
	struct judged *before; /* the look before this one */
	unsigned n_before;
	char target[64]; /* of the link, when it was looked at */
	int64_t due_ns;
	int64_t again_ns;
	int64_t looked_ns;
	bool troubled; /* the sink, at the last turn */
	bool acks_told, unreachable_told;
};

static bool is_stopping(void *context)
{
	struct sl_kafka_topics *topics = context;
	bool stopping;

	pthread_mutex_lock(&topics->lock);
	stopping = topics->stopping;
	pthread_mutex_unlock(&topics->lock);
	return stopping;
}

static void add_shown(struct sl_kafka_topics_view *view, const char *topic, const char *code,
		      const char *message)
{
	if (view->problems < SL_KAFKA_PROBLEMS_SHOWN) {
		struct sl_kafka_problem *shown = &view->shown[view->problems];

		snprintf(shown->topic, sizeof(shown->topic), "%s", topic);
		snprintf(shown->message, sizeof(shown->message), "%s", message);
		shown->code = code;
	}
	view->problems++;
}

/* acks as it is in effect, where it is not all; else "". */
static void weaker_acks(const struct sl_kafka_topics *topics, char ret_acks[ACKS_BYTES])
{
	if (!sl_kafka_acks(topics->config, ret_acks, ACKS_BYTES) || !strcmp(ret_acks, "-1") ||
	    !strcmp(ret_acks, "all"))
		ret_acks[0] = '\0';
}

static void tell_acks(struct sl_kafka_topics *topics, const char *acks,
		      struct sl_kafka_topics_view *view)
{
	char message[SL_KAFKA_PROBLEM_BYTES];

	snprintf(message, sizeof(message),
		 "the property acks is %s: a record counts as delivered before the replicas have "
		 "it; take the property away, the default is all",
		 acks);
	add_shown(view, "", "acks", message);
	if (!topics->acks_told)
		sl_log_warning("sink.kafka: %s", message);
	topics->acks_told = true;
}

static unsigned found_before(const struct sl_kafka_topics *topics, const char *name)
{
	for (unsigned i = 0; i < topics->n_before; i++)
		if (!strcmp(topics->before[i].name, name))
			return topics->before[i].found;
	return 0;
}

/* What is new is logged, and what is over. */
static void tell(struct sl_kafka_topics *topics, const struct kafka_topic_facts *facts,
		 unsigned found, struct sl_kafka_topics_view *view, unsigned *logged)
{
	unsigned before = found_before(topics, facts->name);

	for (unsigned i = 0; i < KAFKA_PROBLEMS; i++) {
		char sentence[SL_KAFKA_PROBLEM_BYTES];

		if (!(found >> i & 1))
			continue;
		sl_kafka_problem_sentence(facts, (enum kafka_problem)i, sentence);
		add_shown(view, facts->name, sl_kafka_problem_code((enum kafka_problem)i),
			  sentence);
		if (!(before >> i & 1) && (*logged)++ < LOGGED_MAX)
			sl_log_warning("sink.kafka: topic %s: %s", facts->name, sentence);
	}
	if (before && !found && (*logged)++ < LOGGED_MAX)
		sl_log_info("sink.kafka: topic %s is as it should be now", facts->name);
}

static void remember(struct sl_kafka_topics *topics, unsigned i, unsigned found)
{
	strcpy(topics->before[i].name, topics->names.at[i]);
	topics->before[i].found = found;
}

/* True: something is so that records wait for it. */
static bool judge_all(struct sl_kafka_topics *topics, bool acks_all,
		      struct sl_kafka_topics_view *view)
{
	unsigned logged = 0, found[SL_KAFKA_TOPICS_MAX], all = 0;

	for (unsigned i = 0; i < topics->names.n; i++) {
		found[i] = sl_kafka_topic_judge(&topics->facts[i], acks_all);
		all |= found[i];
		tell(topics, &topics->facts[i], found[i], view, &logged);
	}
	if (logged > LOGGED_MAX)
		sl_log_warning("sink.kafka: and %u more about topics", logged - LOGGED_MAX);
	for (unsigned i = 0; i < topics->names.n; i++)
		remember(topics, i, found[i]);
	topics->n_before = topics->names.n;
	view->topics = topics->names.n;
	view->more = topics->names.more;
	return (all & KAFKA_PROBLEMS_THAT_STOP) != 0;
}

static int ask(struct sl_kafka_topics *topics, bool acks_all, char ret_why[SL_SENTENCE_BYTES])
{
	const struct kafka_question question = {
		.config = topics->config,
		.facts = topics->facts,
		.n = topics->names.n,
		.acks_all = acks_all,
		.stopping = is_stopping,
		.context = topics,
	};

	for (unsigned i = 0; i < topics->names.n; i++)
		topics->facts[i] = (struct kafka_topic_facts){
			.name = topics->names.at[i],
			.dead_letter = i == topics->names.dead_letter,
		};
	return topics->names.n ? sl_kafka_topics_ask(&question, ret_why) : 0;
}

static void publish(struct sl_kafka_topics *topics, const struct sl_kafka_topics_view *view)
{
	pthread_mutex_lock(&topics->lock);
	topics->view = *view;
	pthread_mutex_unlock(&topics->lock);
}

static void tell_unreachable(struct sl_kafka_topics *topics, const char *why)
{
	struct sl_kafka_topics_view view = {.state = SL_KAFKA_TOPICS_UNREACHABLE,
					    .looks = topics->view.looks};

	if (!topics->unreachable_told)
		sl_log_warning("sink.kafka: Kafka cannot be asked about its topics: %s; asked "
			       "again until it answers",
			       why);
	topics->unreachable_told = true;
	publish(topics, &view);
}

/* When to look again: INT64_MAX for not before something happens. */
static int64_t look(struct sl_kafka_topics *topics)
{
	int64_t began_ns = sl_clock_read(CLOCK_MONOTONIC);
	struct sl_kafka_topics_view view = {.state = SL_KAFKA_TOPICS_ASKED,
					    .looks = topics->view.looks + 1};
	char path[SL_PATH_BYTES + 32], why[SL_SENTENCE_BYTES] = "", acks[ACKS_BYTES];
	bool waits;
	int e;

	snprintf(path, sizeof(path), "%s/" SL_RULESET_ARTIFACT, topics->current);
	e = sl_kafka_topic_names(topics->config, path, &topics->names, why);
	if (e) /* what is wrong with it, the dataplane says */
		return e == -ENOENT ? INT64_MAX : began_ns + topics->again_ns;
	weaker_acks(topics, acks);
	e = ask(topics, !acks[0], why);
	if (is_stopping(topics))
		return INT64_MAX;
	if (e) {
		tell_unreachable(topics, why[0] ? why : sl_error_text(e));
		return sl_clock_read(CLOCK_MONOTONIC) + topics->again_ns;
	}
	topics->unreachable_told = false;
	if (acks[0])
		tell_acks(topics, acks, &view);
	waits = judge_all(topics, !acks[0], &view);
	if (view.looks == 1)
		sl_log_info("sink.kafka: %u topics looked at, %u problems", view.topics,
			    view.problems);
	publish(topics, &view);
	sl_trouble_clear_before(topics->trouble, began_ns);
	return waits           ? sl_clock_read(CLOCK_MONOTONIC) + topics->again_ns
	       : view.problems ? sl_clock_read(CLOCK_MONOTONIC) + SLOWLY_NS
			       : INT64_MAX;
}

/* Whether another rule set is in force than was looked at. */
static bool is_exchanged(struct sl_kafka_topics *topics)
{
	char target[sizeof(topics->target)];
	ssize_t n = readlink(topics->current, target, sizeof(target) - 1);

	target[n > 0 ? n : 0] = '\0';
	if (!strcmp(target, topics->target))
		return false;
	strcpy(topics->target, target);
	return target[0] != '\0';
}

/* A tick, or less where somebody asks. */
static bool wait_for_tick(struct sl_kafka_topics *topics, bool *ret_asked)
{
	int64_t until_ns = sl_clock_read(CLOCK_MONOTONIC) + TICK_NS;
	struct timespec until = {.tv_sec = until_ns / SL_NS_PER_S,
				 .tv_nsec = until_ns % SL_NS_PER_S};
	bool stopping;

	pthread_mutex_lock(&topics->lock);
	if (!topics->stopping && !topics->asked)
		pthread_cond_timedwait(&topics->wake, &topics->lock, &until);
	*ret_asked = topics->asked;
	topics->asked = false;
	stopping = topics->stopping;
	pthread_mutex_unlock(&topics->lock);
	return !stopping;
}

/* When to look next, by what happened since. */
static void schedule(struct sl_kafka_topics *topics, bool asked, int64_t now_ns)
{
	bool exchanged = is_exchanged(topics);
	bool troubled = sl_trouble_is_there(topics->trouble);
	bool mended = topics->troubled && !troubled && topics->due_ns != INT64_MAX;

	if (asked || exchanged || now_ns - topics->looked_ns > QUIET_NS)
		topics->again_ns = AGAIN_NS_MIN;
	topics->troubled = troubled;
	if (asked || mended) /* what was wrong may be right */
		topics->due_ns = now_ns;
	else if (exchanged && topics->due_ns > now_ns + FIRST_NS)
		topics->due_ns = now_ns + FIRST_NS;
	else if (topics->due_ns > topics->looked_ns + topics->again_ns && troubled)
		topics->due_ns = topics->looked_ns + topics->again_ns;
}

static void *run(void *context)
{
	struct sl_kafka_topics *topics = context;
	bool asked;

	topics->looked_ns = sl_clock_read(CLOCK_MONOTONIC);
	topics->due_ns = topics->looked_ns + FIRST_NS;
	topics->again_ns = AGAIN_NS_MIN;
	while (wait_for_tick(topics, &asked)) {
		schedule(topics, asked, sl_clock_read(CLOCK_MONOTONIC));
		if (sl_clock_read(CLOCK_MONOTONIC) < topics->due_ns)
			continue;
		topics->due_ns = look(topics);
		topics->looked_ns = sl_clock_read(CLOCK_MONOTONIC);
		topics->troubled = sl_trouble_is_there(topics->trouble);
		topics->again_ns *= 2;
		if (topics->again_ns > AGAIN_NS_MAX)
			topics->again_ns = AGAIN_NS_MAX;
	}
	return NULL;
}

static void release(struct sl_kafka_topics *topics)
{
	pthread_cond_destroy(&topics->wake);
	pthread_mutex_destroy(&topics->lock);
	free(topics->names.at);
	free(topics->facts);
	free(topics->before);
	free(topics);
}

int sl_kafka_topics_start(const struct sl_sink_kafka_config *config, const char *rulesets,
			  struct sl_trouble *trouble, struct sl_kafka_topics **ret_topics)
{
	struct sl_kafka_topics *topics = calloc(1, sizeof(*topics));
	pthread_condattr_t attributes;
	int e = -ENOMEM;

	if (!topics)
		return e;
	topics->config = config;
	topics->trouble = trouble;
	snprintf(topics->current, sizeof(topics->current), "%s/" SL_RULESETS_CURRENT, rulesets);
	pthread_mutex_init(&topics->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&topics->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	topics->names.at = calloc(SL_KAFKA_TOPICS_MAX, sizeof(*topics->names.at));
	topics->facts = calloc(SL_KAFKA_TOPICS_MAX, sizeof(*topics->facts));
	topics->before = calloc(SL_KAFKA_TOPICS_MAX, sizeof(*topics->before));
	if (topics->names.at && topics->facts && topics->before)
		e = -pthread_create(&topics->thread, NULL, run, topics);
	if (e) {
		release(topics);
		return e;
	}
	*ret_topics = topics;
	return 0;
}

void sl_kafka_topics_stop(struct sl_kafka_topics *topics)
{
	if (!topics)
		return;
	pthread_mutex_lock(&topics->lock);
	topics->stopping = true;
	pthread_cond_signal(&topics->wake);
	pthread_mutex_unlock(&topics->lock);
	pthread_join(topics->thread, NULL);
	release(topics);
}

void sl_kafka_topics_ask_again(struct sl_kafka_topics *topics)
{
	pthread_mutex_lock(&topics->lock);
	topics->asked = true;
	pthread_cond_signal(&topics->wake);
	pthread_mutex_unlock(&topics->lock);
}

void sl_kafka_topics_look(struct sl_kafka_topics *topics, struct sl_kafka_topics_view *ret_view)
{
	pthread_mutex_lock(&topics->lock);
	*ret_view = topics->view;
	pthread_mutex_unlock(&topics->lock);
}
