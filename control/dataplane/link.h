/* link: the client of the dataplane's command socket (include/sluice/command.h).
 *
 * What can go wrong: nobody listens (-ENOENT, -ECONNREFUSED), the other side is silent for too long
 * or speaks another version (-SL_E_PEER), or it answers with an error of its own (returned as it
 * is, its sentence in ret_why). After any failure but the last the link is closed and may be
 * opened again. One thread at a time; calls block up to their time-out. */
#ifndef SL_CONTROL_DATAPLANE_LINK_H
#define SL_CONTROL_DATAPLANE_LINK_H

#include "sluice/command.h"

#include <stdbool.h>

#define SL_LINK_HELLO_MS 2000
#define SL_LINK_LOAD_MS 60000
#define SL_LINK_DRAIN_MS 15000
#define SL_LINK_LIVE_MS 3000

struct sl_link {
	int fd;                         /* -1: closed */
	struct sl_command_reply latest; /* the last answer, also where it says no: listeners, pid,
					   rule set published */
};

void sl_link_init(struct sl_link *link);
int sl_link_open(struct sl_link *link, const char *socket_path, char ret_why[SL_COMMAND_TEXT_MAX]);
void sl_link_close(struct sl_link *link); /* also of a closed one */

/* Whether the other side still holds its end. Closes a link that it let go. */
bool sl_link_alive(struct sl_link *link);

/* 0 once nothing is under way any more; -SL_E_BUSY: something is, although nothing was accepted for
 * 10 s. One that is to stop ends in either case. */
int sl_link_drain(struct sl_link *link, bool stop, char ret_why[SL_COMMAND_TEXT_MAX]);

/* 0 once every worker uses the artifact at that absolute path. */
int sl_link_load(struct sl_link *link, const char *artifact, char ret_why[SL_COMMAND_TEXT_MAX]);

/* Of how many keys something is remembered in each of at most SL_COMMAND_SLOTS_MAX slots. */
int sl_link_live(struct sl_link *link, const uint64_t *slots, unsigned n, uint64_t *ret_live,
		 char ret_why[SL_COMMAND_TEXT_MAX]);

/* What is remembered of a key: link->latest has it. */
int sl_link_look(struct sl_link *link, const char *key, char ret_why[SL_COMMAND_TEXT_MAX]);

#endif
