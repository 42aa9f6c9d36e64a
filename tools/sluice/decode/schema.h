/* A schema's file, for commands that decode without a gateway. */
#ifndef SL_SLUICE_DECODE_SCHEMA_H
#define SL_SLUICE_DECODE_SCHEMA_H

#include "base/artifact.h"

/* As the dataplane would have it: compiled to a file that is gone when this returns. 0 or an error,
 * the message being out. The artifact is to be closed. */
int sl_schema_open(const char *command, const char *schema, struct sl_artifact **ret_artifact);

#endif
