/* Between the two files of options. */
#ifndef SL_GUN_OPTIONS_PRIV_H
#define SL_GUN_OPTIONS_PRIV_H

#include "tools/gun/options.h"

/* What contradicts itself ends the program, with a message. */
void sl_gun_options_check(struct argp_state *state, const struct sl_gun_options *options);

#endif
