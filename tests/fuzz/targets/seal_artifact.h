/* Bytes that are to be an artifact get the begin and the checksums of one, so that what is behind
 * the checksums is looked at. */
#ifndef SL_FUZZ_SEAL_ARTIFACT_H
#define SL_FUZZ_SEAL_ARTIFACT_H

#include <stddef.h>
#include <stdint.h>

/* At least a header of them. */
void sl_fuzz_seal(uint8_t *file, size_t n);

#endif
