/* Events into a file: a day, or whatever span, of traffic in the order of its times, busy in the
 * morning and quiet at night, with one event in a hundred arriving late. */
#ifndef SL_GUN_WRITE_OUT_H
#define SL_GUN_WRITE_OUT_H

#include "tools/gun/options.h"

/* 0 or -errno. */
int sl_gun_write_out(const struct sl_gun_options *options, const struct sl_events *events);

#endif
