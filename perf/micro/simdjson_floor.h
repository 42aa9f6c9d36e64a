/* What simdjson alone costs: On-Demand reads the sample schema's fields of an event's text and
 * forgets them. Half of the floor of decode and match, and what the floor of ingest-tcp does with
 * its lines.
 *
 * One reader a thread. SL_PERF_PADDING bytes behind each text may be read. */
#ifndef SL_PERF_SIMDJSON_FLOOR_H
#define SL_PERF_SIMDJSON_FLOOR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SL_PERF_PADDING 64u

struct sl_perf_reader;

struct sl_perf_reader *sl_perf_reader_new(size_t event_bytes_max); /* NULL: no memory */
void sl_perf_reader_free(struct sl_perf_reader *reader);           /* takes NULL */

/* Reads the fields of one event; returns how many the schema knows, -1: no sound event. What was
 * read goes into a sum, so that it is not optimized away. */
int sl_perf_read(struct sl_perf_reader *reader, const uint8_t *text, size_t bytes);
uint64_t sl_perf_reader_sum(const struct sl_perf_reader *reader);

#ifdef __cplusplus
}
#endif

#endif
