/* sink_file: matches as lines of JSON in files.
 *
 * - A consumer of the journal: see control/journal/consumer.h. Each match is one line, the value
 *   and headers a Kafka record would have. After a crash lines may be there twice, with the same
 *   id.
 * - Files are named matches-TIME-POSITION.ndjson, TIME being when the file was opened (UTC), and
 *   are closed at a size or an age. Only whole lines are ever behind a settled cursor; a line torn
 *   by a crash is cut off at the next start.
 * - A failed write or sync gives the file up, cut back to what is known to be on disk, and the
 *   lines go to a new one: never a second sync of the same file after a failed one.
 * - One thread. Memory: room for the longest line, twice. */
#ifndef SL_CONTROL_SINK_FILE_H
#define SL_CONTROL_SINK_FILE_H

#include "base/record.h"
#include "control/journal/consumer.h"

#include <stddef.h>
#include <stdint.h>

/* Longest line: a value and headers. */
#define SL_SINK_LINE_BYTES (9u * SL_RECORD_BYTES_MAX)

struct sl_sink_file;

struct sl_sink_file_config {
	const char *directory; /* made where missing */
	int64_t rotate_bytes;
	int64_t rotate_ns;
	struct sl_consumer_stats *stats;
};

extern const struct sl_consumer_ops sl_sink_file_ops;

int sl_sink_file_new(const struct sl_sink_file_config *config, struct sl_sink_file **ret_sink);
/* From now on; any thread. */
void sl_sink_file_rotate_at(struct sl_sink_file *sink, int64_t bytes, int64_t ns);
void sl_sink_file_free(struct sl_sink_file *sink); /* takes NULL */

/* One match as its line, newline included: its length, or 0 where the room is too small. */
size_t sl_sink_line(const struct sl_match_view *match, int64_t committed_ns, char *at, size_t room);

/* Cuts what stands behind the last newline of every sink file in the directory. */
int sl_sink_files_mend(const char *directory);

#endif
