/* A line of GET /v1/tail as a person reads it. */
#ifndef SL_SLUICE_GATEWAY_TAIL_PRINT_H
#define SL_SLUICE_GATEWAY_TAIL_PRINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

void sl_tail_print(FILE *to, const json_t *record, bool colours);

/* Whether it is a record, not a word about those that are missing. */
bool sl_tail_is_record(const json_t *record);

#endif
