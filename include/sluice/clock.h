/* Where a time stamp comes from. Time itself is an argument everywhere: see dataplane/base/clock.h.
 */
#ifndef SLUICE_CLOCK_H
#define SLUICE_CLOCK_H

enum sl_clock_source {
	SL_CLOCK_PROGRAM = 1,
	SL_CLOCK_KERNEL = 2,
	SL_CLOCK_NIC = 3,
	SL_CLOCK_VIRTUAL = 4
};

#endif
