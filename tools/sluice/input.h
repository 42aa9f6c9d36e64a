/* Which files a command reads: a named pipe would keep it waiting for somebody who writes. */
#ifndef SL_SLUICE_INPUT_H
#define SL_SLUICE_INPUT_H

/* NULL where the file can be opened without waiting, or is not there at all; else a sentence. "-",
 * and what a shell puts in the place of <(…), are taken as they are: there somebody writes. */
const char *sl_input_refused(const char *path);

#endif
