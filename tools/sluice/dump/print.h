/* The parts of a file for people, on standard output. */
#ifndef SL_SLUICE_DUMP_PRINT_H
#define SL_SLUICE_DUMP_PRINT_H

#include "tools/sluice/dump/parts.h"

#include <stdio.h>

/* One object of a part; first: it begins the part. */
void sl_dump_print(enum sl_dump_part part, const json_t *object, bool first);

/* Text that came from the file, printable whatever it holds. */
void sl_dump_print_text(FILE *to, struct sl_text text);

#endif
