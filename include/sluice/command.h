/* Contract 4b: commands from control to the dataplane, on a Unix stream socket in the run
 * directory.
 *
 * Caveats first.
 * - The dataplane listens, control connects; the file's permissions decide who may.
 * - Messages are of fixed size, host byte order: both ends are one machine and one version. A
 *   hello with another version is answered with -SL_E_VERSION and closed.
 * - One command at a time on a connection, each answered before the next is read. LOAD answers
 *   once every worker uses the new rule set, or with an error. After -SL_E_BUSY the new one may be
 *   published all the same, to be taken by workers that are held up now; after any other error the
 *   old one stays. `ruleset` of the reply says which: control loads the old one again.
 */
#ifndef SLUICE_COMMAND_H
#define SLUICE_COMMAND_H

#include "sluice/artifact.h"

#include <stdint.h>

#define SL_COMMAND_MAGIC 0x444d434cu /* "LCMD" */
#define SL_COMMAND_VERSION 2u
#define SL_COMMAND_SOCKET "dataplane.sock" /* in the run directory */
#define SL_COMMAND_TEXT_MAX 1024u
#define SL_COMMAND_SLOTS_MAX 128u

enum sl_command {
	SL_COMMAND_HELLO = 1, /* first on every connection; the reply lists the listeners */
	SL_COMMAND_LOAD = 2,  /* text: path of an artifact */
	SL_COMMAND_DRAIN = 3, /* stop accepting, finish, commit, acknowledge; answers when idle */
	SL_COMMAND_STOP = 4,  /* drain, then exit */
	/* Of how many keys something is remembered in each of these state slots. -SL_E_BUSY: a
	 * worker is held up, nothing is known; ask later. */
	SL_COMMAND_LIVE = 5,
	/* text: a key. What is remembered of it, the first of it where it is much. -SL_E_BUSY as
	 * above. */
	SL_COMMAND_LOOK = 6,
};

struct sl_command_request {
	uint32_t magic;
	uint32_t version;
	uint32_t command;
	uint32_t slots; /* of LIVE */
	uint64_t slot[SL_COMMAND_SLOTS_MAX];
	char text[SL_COMMAND_TEXT_MAX]; /* terminated */
};

struct sl_command_listener {
	char channel[SL_CHANNEL_NAME_MAX];
	char address[64];
	uint16_t port; /* the real one, also where the setting said 0; 0: it is on wires, and the
			  address says on which, and at which ports: "mirror0:80,8080" */
	uint8_t protocol;
	uint8_t reserved[5];
};

#define SL_COMMAND_LOOKS_MAX 64u
#define SL_COMMAND_NAME_BYTES 132u /* terminated; a longer name is cut */

enum sl_command_look_kind {
	SL_COMMAND_LOOK_RUN = 1,
	SL_COMMAND_LOOK_WINDOW,
	SL_COMMAND_LOOK_NOTE,       /* that what must not come before came */
	SL_COMMAND_LOOK_COMPLETION, /* of one pattern of several that all are needed */
	SL_COMMAND_LOOK_LIMIT,
};

/* One thing that a key has. */
struct sl_command_look {
	uint32_t kind;
	uint32_t count; /* events of the step; entries of a window; matches of a limit */
	int64_t first_ns, last_ns;
	int64_t due_ns; /* up to when it lives, or when it fires; INT64_MAX: no end */
	char campaign[SL_COMMAND_NAME_BYTES];
	char step[SL_COMMAND_NAME_BYTES]; /* that took an event last; "" of a limit */
};

struct sl_command_reply {
	uint32_t magic;
	uint32_t version;
	int32_t result; /* 0 or a negative error */
	uint32_t workers;
	uint64_t
		ruleset; /* published: in force on all workers unless the result is BUSY; 0: none */
	int64_t pid;
	uint32_t listeners;
	uint32_t slots;                      /* as many as were asked for */
	uint64_t live[SL_COMMAND_SLOTS_MAX]; /* keys in each, of all workers */
	struct sl_command_listener listener[SL_CHANNELS_MAX];
	int64_t tick_ns; /* of LOOK: of the key's owner; INT64_MIN: none yet */
	uint32_t looks;
	uint32_t looks_all; /* with those that found no room */
	struct sl_command_look look[SL_COMMAND_LOOKS_MAX];
	char text[SL_COMMAND_TEXT_MAX]; /* of an error, for people */
};

#endif
