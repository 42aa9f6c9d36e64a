/* The only face of simdjson that Sluice sees: the index of a text's tokens.
 *
 * - One indexer per decoder, its memory taken at new for texts of bytes_max.
 * - A run says whether there is a backslash, and checks that the text is UTF-8, that its strings
 *   end and hold no control characters, and lists where tokens start: each of { } [ ] : , and the
 *   first byte of each string, number or literal. Behind the list stands one more entry, the
 *   text's length. The list lives until the next run. Nothing else is checked: grammar, numbers,
 *   literals and escapes are the reader's.
 * - Between a token's first byte and the next token's there is only that token and white space.
 *
 * Why the index and not the library's parsers: On-Demand does not check what is skipped, the DOM
 * refuses a number beyond 64 bits wherever it stands, and both would be walked a second time for
 * the schema's fields. One strict walk over the index does all of it. For an event of 314 bytes and
 * 13 fields the index is 50 ns of about 170; the DOM takes 146 and On-Demand 130 before a field is
 * looked up or a time read (perf/run match measures the whole). */
#ifndef SL_DECODE_INDEX_PRIV_H
#define SL_DECODE_INDEX_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sl_indexer;

enum sl_index_result {
	SL_INDEX_DONE = 0,
	SL_INDEX_EMPTY,
	SL_INDEX_TOO_LARGE,
	SL_INDEX_UTF8,
	SL_INDEX_STRING
};

int sl_indexer_new(size_t bytes_max, struct sl_indexer **ret_indexer); /* 0 or -ENOMEM */
void sl_indexer_free(struct sl_indexer *indexer);                      /* takes NULL */

enum sl_index_result sl_indexer_run(struct sl_indexer *indexer, const uint8_t *text, size_t bytes,
				    const uint32_t **ret_starts, uint32_t *ret_count,
				    bool *ret_escapes);

/* The double nearest to a number that was checked to be one; infinite where it is too large. */
double sl_index_double(const char *first, const char *end);

#ifdef __cplusplus
}
#endif

#endif
