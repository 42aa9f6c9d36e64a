#include "tools/gun/pcap/write.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static void print_json(FILE *to, const struct sl_pcap_summary *summary)
{
	const uint64_t *fates = summary->queue.fates;
	json_t *object = json_object();

#define PUT(name, value) json_object_set_new(object, name, json_integer((json_int_t)(value)))
	PUT("sent", summary->events);
	PUT("whole", summary->events_whole);
	PUT("requests", summary->requests);
	PUT("requests_whole", summary->requests_whole);
	PUT("replies", summary->replies);
	PUT("replies_whole", summary->replies_whole);
	PUT("connections", summary->connections);
	PUT("packets", summary->queue.packets);
	PUT("bytes", summary->queue.bytes);
	PUT("fragments", summary->fragments);
	PUT("left_out", fates[SL_FATE_LEFT_OUT]);
	PUT("repeated", fates[SL_FATE_REPEATED]);
	PUT("late", fates[SL_FATE_LATE]);
	PUT("damaged", fates[SL_FATE_DAMAGED]);
	PUT("overlapped", fates[SL_FATE_OVERLAPPED]);
#undef PUT
	json_object_set_new(object, "seconds", json_real((double)summary->span_ns / 1e9));
	json_dumpf(object, to, JSON_COMPACT | JSON_REAL_PRECISION(6));
	fputc('\n', to);
	json_decref(object);
}

/* Behind a capture that goes to standard output there is room on standard error only. */
void sl_pcap_print(const struct sl_gun_options *options, const struct sl_pcap_summary *summary)
{
	FILE *to = strcmp(options->pcap.path, "-") ? stdout : stderr;
	const uint64_t *fates = summary->queue.fates;

	if (options->json) {
		print_json(to, summary);
		return;
	}
	fprintf(to,
		"written      %12" PRIu64 " packets, %.1f MB, %.2f s of %" PRIu64 " connections\n",
		summary->queue.packets, (double)summary->queue.bytes / 1e6,
		(double)summary->span_ns / 1e9, summary->connections);
	fprintf(to,
		"packets      %12" PRIu64 " left out, %" PRIu64 " repeated, %" PRIu64
		" late, %" PRIu64 " damaged, %" PRIu64 " overlapped, %" PRIu64 " are fragments\n",
		fates[SL_FATE_LEFT_OUT], fates[SL_FATE_REPEATED], fates[SL_FATE_LATE],
		fates[SL_FATE_DAMAGED], fates[SL_FATE_OVERLAPPED], summary->fragments);
	fprintf(to,
		"requests     %12" PRIu64 ", whole in the file %" PRIu64 "; replies %" PRIu64
		", whole %" PRIu64 "\n",
		summary->requests, summary->requests_whole, summary->replies,
		summary->replies_whole);
	fprintf(to, "events       %12" PRIu64 ", whole in the file %" PRIu64 "\n", summary->events,
		summary->events_whole);
}
