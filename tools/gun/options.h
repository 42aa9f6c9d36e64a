/* What sluice-gun was asked to do. parse() prints its own message and exits with 2 where the
 * command line is wrong; addresses that are not of this machine are refused there. */
#ifndef SL_GUN_OPTIONS_H
#define SL_GUN_OPTIONS_H

#include "tools/gun/events.h"
#include "tools/gun/pcap/queue.h"

#include <argp.h>

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#define SL_GUN_DATAGRAM_EVENTS 28u /* the longest fit into one; 65,507 bytes */

enum sl_gun_protocol { SL_GUN_HTTP, SL_GUN_TCP, SL_GUN_UDP };

struct sl_gun_options {
	struct sl_events_options events;
	/* where to */
	struct sockaddr_storage address;
	socklen_t address_bytes;
	char host[128]; /* as given, for the Host header */
	enum sl_gun_protocol protocol;
	bool acknowledged; /* tcp: the channel answers every line */
	bool segmented;    /* udp: a datagram for each event, those of a batch with one call */
	bool own_the_target;
	/* how */
	double rate; /* events a second; 0: as fast as the replies come */
	uint32_t connections, batch, threads;
	uint32_t pipeline; /* 0: not said; parse() says */
	double seconds;    /* 0: no limit */
	uint64_t count;    /* events; 0: no limit */
	double drain_seconds;
	/* to a file instead */
	const char *out;
	int64_t time_from_ns, time_span_ns;
	/* to a file as packets */
	struct {
		const char *path;  /* NULL: they are sent */
		const char *whole; /* NULL: nobody asks which events are whole */
		struct sl_fates fates;
		uint16_t vlan;
	} pcap;
	/* what it tells */
	const char *acked;
	bool json, progress;
};

extern const struct argp sl_gun_argp;

void sl_gun_options_parse(int argc, char **argv, struct sl_gun_options *ret_options);

#endif
