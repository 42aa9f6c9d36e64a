/* consumers: all consumers of the journal together, from the settings.
 *
 * The journal may not exist yet: sl_consumers_tick() tries again until it does. All cursors are
 * then registered in one transaction before the first consumer starts, so that nothing is trimmed
 * that one of them has not seen. One thread. */
#ifndef SL_CONTROL_JOURNAL_CONSUMERS_H
#define SL_CONTROL_JOURNAL_CONSUMERS_H

#include "base/durations.h"
#include "control/config/config.h"
#include "control/journal/consumer.h"
#include "control/paths.h"
#include "control/sink_kafka/topics.h"
#include "sluice/error.h"

#define SL_CONSUMERS_MAX 8u

struct sl_consumers;
struct sl_archive;
struct sl_quarantine;
struct sl_recorder;

/* The config outlives them. */
int sl_consumers_open(const struct sl_config *config, const struct sl_paths *paths,
		      struct sl_consumers **ret_consumers, char ret_why[SL_SENTENCE_BYTES]);

/* Once in a while. 0, also while there is no journal. Errors that sl_process_status() calls
 * lasting, and -ESTALE, do not pass by themselves: the process has to end, the sentence says what
 * to do. Others (no space, no memory) may: the next tick tries again. */
int sl_consumers_tick(struct sl_consumers *consumers, char ret_why[SL_SENTENCE_BYTES]);

/* Ends them: what is committed is settled, within the time given. */
void sl_consumers_close(struct sl_consumers *consumers, int64_t patience_ns); /* takes NULL */

/* The journal, for other readers of this process, as long as the consumers are open; NULL: there is
 * none yet. The thread that ticks. */
struct sl_journal *sl_consumers_journal(struct sl_consumers *consumers);

/* As long as the consumers are; what may be asked of it by others than its consumer is said in
 * control/quarantine/quarantine.h and control/archive/archive.h; the recorder is
 * there also where nothing is recorded now. */
struct sl_quarantine *sl_consumers_quarantine(struct sl_consumers *consumers);
struct sl_archive *sl_consumers_archive(struct sl_consumers *consumers);
struct sl_recorder *sl_consumers_recorder(struct sl_consumers *consumers);

/* A rotation that the settings changed; the others of them are those of the start. */
void sl_consumers_settings(struct sl_consumers *consumers, const struct sl_settings *settings);

/* The rounds of each that runs, see sl_consumer_turns(): how many there are. */
unsigned sl_consumers_turns(const struct sl_consumers *consumers,
			    uint64_t ret_turns[SL_CONSUMERS_MAX]);
const char *sl_consumers_name(const struct sl_consumers *consumers, unsigned index);

struct sl_consumers_view {
	bool started;
	bool sink, kafka; /* which sinks there are */
	bool recording;
	uint64_t end; /* of the journal, 0 where it cannot be told */
	uint64_t dead_letters;
	struct sl_consumer_view {
		uint64_t position, settled, errors, damaged;
		int stuck;                      /* an error, 0: none */
		char trouble[SL_TROUBLE_BYTES]; /* "": none */
		int64_t oldest_ns;              /* when the first block it has not finished was
						   committed, since 1970; 0: there is none */
	} sink_file, sink_kafka, checkpoint, quarantine, archive, recorder;
};

void sl_consumers_look(struct sl_consumers *consumers, struct sl_consumers_view *ret_view);

/* Of the Kafka sink: what is known of its topics, and that they be looked at anew. Nothing where
 * there is no such sink. */
void sl_consumers_topics(struct sl_consumers *consumers, struct sl_kafka_topics_view *ret_view);
void sl_consumers_topics_ask_again(struct sl_consumers *consumers);

/* How long ago what it has not finished was committed, to the millisecond; 0: it has finished all.
 */
double sl_consumer_lag_s(const struct sl_consumer_view *view, int64_t now_ns);

/* How long the Kafka sink's records take. False: there is no such sink. */
bool sl_consumers_stages(struct sl_consumers *consumers,
			 struct sl_durations_sum ret_stages[SL_SINK_STAGE_COUNT]);

#endif
