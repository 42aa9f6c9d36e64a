/* What the two libraries cost alone: libyaml reads every event of the files, and one
 * hs_compile_multi takes one question of each campaign, each once; of a regular expression the
 * longest text that must occur, which is what ours asks the library too. No types, no plan, no
 * checks, nothing kept. One thread; what can not be had ends the program, and what was allocated
 * ends with it. */
#ifndef SL_PERF_COMPILE_FLOOR_H
#define SL_PERF_COMPILE_FLOOR_H

#include "compile_files.h"

void sl_perf_compile_floor(const struct sl_perf_case *what, const struct sl_perf_files *files);

#endif
