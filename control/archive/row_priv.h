/* row: a decision as it lies in a file of the archive. A head, then the texts that it counts. */
#ifndef SL_CONTROL_ARCHIVE_ROW_PRIV_H
#define SL_CONTROL_ARCHIVE_ROW_PRIV_H

#include "control/archive/archive.h"

/* How many bytes at `at`, SL_DAILY_RECORD_MAX long; 0: it does not fit. */
size_t sl_archive_row_write(const struct sl_archived *decision, char *at);
/* Its texts point into the row. 0, -SL_E_VERSION or -SL_E_DAMAGED. */
int sl_archive_row_read(struct sl_span row, struct sl_archived *ret_decision);

/* By key, by campaign. */
enum { SL_ARCHIVE_BY_KEY, SL_ARCHIVE_BY_CAMPAIGN };
uint64_t sl_archive_hash(struct sl_text text);
void sl_archive_hashes(struct sl_span row, uint64_t ret_hashes[SL_DAILY_INDEXES]);

#endif
