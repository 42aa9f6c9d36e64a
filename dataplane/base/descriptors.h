/* descriptors: room for the files that a process will have open, before it depends on it.
 *
 * Short of descriptors a process can be up and reach nobody: it listens, and cannot accept. Called
 * once, at start. Raises the soft limit as far as the hard one lets it, for service managers and
 * shells set the soft one low on purpose (select) and mean the hard one. */
#ifndef SL_BASE_DESCRIPTORS_H
#define SL_BASE_DESCRIPTORS_H

#include "sluice/error.h"

#include <stdint.h>

/* 0, or 1 with a sentence where there are fewer than `wanted`, or -SL_E_SETTINGS with a sentence
 * where there are fewer than `least`. ret_room: how many may be open now. */
int sl_descriptors_raise(uint64_t least, uint64_t wanted, uint64_t *ret_room,
			 char ret_why[SL_SENTENCE_BYTES]);

/* Before anything else is opened. Started with standard input, output or error closed, a process
 * gets their numbers for its next files, and what is printed or logged goes into those: the journal
 * was one. Puts something there that refuses: reading of input, writing of output and error fail as
 * they do on what is closed. 0 or -errno. */
int sl_descriptors_keep_standard(void);

#endif
