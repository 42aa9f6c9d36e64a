/* Between the two files of the drawing. */
#ifndef SL_TESTS_ORACLE_DRAW_CEL_PRIV_H
#define SL_TESTS_ORACLE_DRAW_CEL_PRIV_H

#include "tests/oracle/draw_cel.h"

extern const char *const sl_draw_names[SL_DRAW_TYPES]; /* of the bindings, by type */
extern const int64_t sl_draw_integers[];
extern const double sl_draw_doubles[];
extern const uint64_t sl_draw_naturals[];
uint32_t sl_draw_n_integers(void);

struct sl_slice sl_draw_text(struct sl_choices *choices);

#endif
