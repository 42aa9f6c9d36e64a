/* Where the triggers of an artifact are filed: the way back from places to triggers.
 *
 * The artifact has been opened and outlives this. Memory and time grow with its filings; a trigger
 * may have many. */
#ifndef SL_SLUICE_DUMP_FILING_H
#define SL_SLUICE_DUMP_FILING_H

#include "base/artifact.h"

#include <jansson.h>

struct sl_dump_filing;

/* 0, -ENOMEM, or -SL_E_BOUNDS where filings lie over each other. */
int sl_dump_filing_new(const struct sl_artifact *artifact, struct sl_dump_filing **ret_filing);
void sl_dump_filing_free(struct sl_dump_filing *filing); /* takes NULL */

/* [["type == \"a\"", "amount >= 5"], …]: for each place what has to hold for the trigger to become
 * a candidate there; [[]] for every event. NULL without memory. */
json_t *sl_dump_filing_of(const struct sl_dump_filing *filing, uint32_t trigger);

#endif
