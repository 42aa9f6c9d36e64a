/* A time as people give it to a command: 2026-11-21T17:00:00Z, with any zone, or how long ago. */
#ifndef SL_SLUICE_TIME_ARGUMENT_H
#define SL_SLUICE_TIME_ARGUMENT_H

#define SL_TIME_ARGUMENT_BYTES 48u

/* "2h" is the time that long ago, any other time the same in UTC; what is neither stays as it is,
 * for the gateway to say what is wrong with it. */
void sl_time_argument(const char *text, char ret_time[SL_TIME_ARGUMENT_BYTES]);

#endif
