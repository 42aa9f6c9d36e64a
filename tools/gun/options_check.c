/* Options that do not go together. */
#include "tools/gun/options_priv.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static bool is_loopback(const struct sockaddr_storage *address)
{
	const struct sockaddr_in *v4 = (const void *)address;
	const struct sockaddr_in6 *v6 = (const void *)address;

	if (address->ss_family == AF_INET)
		return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
	return address->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

static void check_packets(struct argp_state *state, const struct sl_gun_options *options)
{
	const struct sl_fates *fates = &options->pcap.fates;
	double shares =
		fates->loss + fates->repeats + fates->reorder + fates->overlap + fates->damage;

	if (!options->pcap.path) {
		if (shares > 0 || options->pcap.whole || options->pcap.vlan)
			argp_error(state, "--loss, --repeats, --reorder, --overlap, --damage, "
					  "--vlan and --whole are for --pcap-out");
		return;
	}
	if (shares > 1)
		argp_error(state, "--loss, --repeats, --reorder, --overlap and --damage together "
				  "are more than 1: a packet has one fate");
	if (options->out || options->acked || options->acknowledged || options->segmented)
		argp_error(state, "--pcap-out goes with neither --out nor --acked, --acknowledged "
				  "or --segmented: nothing is sent or answered");
	if (fates->overlap > 0 && options->protocol == SL_GUN_UDP)
		argp_error(state, "--overlap: datagrams have no segments");
}

void sl_gun_options_check(struct argp_state *state, const struct sl_gun_options *options)
{
	const bool packets = options->pcap.path;

	check_packets(state, options);
	if (!options->address_bytes && !options->out)
		argp_error(state, "where to? --target HOST:PORT, --out FILE or --pcap-out FILE");
	if (options->address_bytes && options->out)
		argp_error(state, "--target and --out exclude each other");
	if (!packets && options->address_bytes && !is_loopback(&options->address) &&
	    !options->own_the_target)
		argp_failure(
			state, 2, 0,
			"%s is not this machine; if it is yours to load, say --i-own-the-target",
			options->host);
	if (options->events.duplicates + options->events.malformed > 1)
		argp_error(state, "--duplicates and --malformed together are more than 1");
	if (options->acknowledged && options->protocol != SL_GUN_TCP)
		argp_error(state, "--acknowledged is for --protocol tcp; http always acknowledges");
	if (options->acked && options->protocol == SL_GUN_TCP && !options->acknowledged)
		argp_error(state, "--acked: lines without --acknowledged are never acknowledged");
	if (options->acked && options->protocol == SL_GUN_UDP)
		argp_error(state, "--acked: datagrams are never acknowledged");
	if (options->segmented && options->protocol != SL_GUN_UDP)
		argp_error(state, "--segmented is for --protocol udp");
	if (options->protocol == SL_GUN_UDP && options->batch > SL_GUN_DATAGRAM_EVENTS)
		argp_error(state, "--batch: a datagram holds at most %u events",
			   SL_GUN_DATAGRAM_EVENTS);
	if (options->connections < options->threads)
		argp_error(state, "--threads: more threads than connections");
}
