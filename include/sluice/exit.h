/* How the gateway's two processes end, told by their exit status to whoever started them.
 *
 * A supervisor goes by this alone: what starting again cannot mend is not started again, or it
 * would refuse for ever, over and over. */
#ifndef SLUICE_EXIT_H
#define SLUICE_EXIT_H

#include "sluice/error.h"

#include <errno.h>

enum sl_process_status {
	SL_PROCESS_STOPPED = 0,  /* as told by a signal */
	SL_PROCESS_SETTINGS = 1, /* control: the settings are wrong */
	SL_PROCESS_USAGE = 2,
	SL_PROCESS_REFUSED = 3, /* another start would end the same way: somebody has to act */
	SL_PROCESS_FAILED = 4,  /* could not go on: start it again, it continues from disk */
	SL_PROCESS_NOT_NOW = 5, /* cannot start at this moment: a lock, a port, memory, room */
	SL_PROCESS_ORDERED =
		6, /* stopped as ordered through the API, by somebody who wants it stopped */
};

/* What a start that failed with this error ends with. */
static inline enum sl_process_status sl_process_status(int error)
{
	switch (error < 0 ? -error : error) {
	case 0:
		return SL_PROCESS_STOPPED;
	case SL_E_FORMAT:
	case SL_E_VERSION:
	case SL_E_CHECKSUM:
	case SL_E_TRUNCATED:
	case SL_E_BOUNDS:
	case SL_E_DAMAGED:
	case SL_E_SETTINGS:
	case SL_E_STATE:
	case SL_E_NOT_OFFERED:
	case EACCES:
	case EPERM:
	case EROFS:
	case ENOTDIR:
	case ENAMETOOLONG:
		return SL_PROCESS_REFUSED;
	default:
		return SL_PROCESS_NOT_NOW;
	}
}

#endif
