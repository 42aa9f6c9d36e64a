#include "tools/sluice/capture/capture.h"

#include "frame/mirror.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#define FLOWS 65536u

struct capture {
	const struct sl_capture_options *options;
	struct sl_capture_reader *reader;
	struct sl_flow *flow;
	struct sl_mirror *mirror;
	struct sl_mirror_conn *conns; /* by the flow's index */
	FILE *to;
};

static void capture_fini(struct capture *capture)
{
	sl_capture_reader_free(capture->reader);
	sl_flow_free(capture->flow);
	sl_mirror_free(capture->mirror);
	free(capture->conns);
}

static int capture_init(struct capture *capture, sl_capture_read read, void *context)
{
	static const struct sl_mirror_limits mirror_limits = {
		.arena_bytes = 256u << 20,
		.header_bytes = 65536,
		.body_bytes = 4u << 20,
		.pending = 256,
	};
	struct sl_flow_limits limits;

	sl_flow_limits_default(&limits);
	limits.flows = FLOWS;
	limits.verify_checksums = capture->options->verify_checksums;
	if (getrandom(limits.key, sizeof(limits.key), 0) != sizeof(limits.key))
		return -EIO;
	capture->conns = calloc(FLOWS, sizeof(*capture->conns));
	if (!capture->conns || sl_capture_reader_new(read, context, &capture->reader) ||
	    sl_flow_new(&limits, &capture->flow) || sl_mirror_new(&mirror_limits, &capture->mirror))
		return -ENOMEM;
	if (capture->options->port)
		sl_flow_port(capture->flow, capture->options->port);
	return 0;
}

/* ---- requests */

static void print_end(FILE *to, const struct sl_flow_ends *ends, unsigned side)
{
	char text[INET6_ADDRSTRLEN] = "";

	inet_ntop(ends->is_ipv6 ? AF_INET6 : AF_INET, ends->of[side].address, text, sizeof(text));
	fprintf(to, ends->is_ipv6 ? "\"[%s]:%u\"" : "\"%s:%u\"", text, ends->of[side].port);
}

/* The parser lets nothing but printable ASCII through: quotes and backslashes are what is left. */
static void print_text(FILE *to, struct sl_span text)
{
	fputc('"', to);
	for (size_t i = 0; i < text.bytes; i++) {
		if (text.at[i] == '"' || text.at[i] == '\\')
			fputc('\\', to);
		fputc(text.at[i], to);
	}
	fputc('"', to);
}

static void print_time(FILE *to, int64_t time_ns)
{
	time_t s = (time_t)(time_ns / 1000000000);
	long ns = (long)(time_ns % 1000000000);
	struct tm tm;

	if (ns < 0) {
		ns += 1000000000;
		s--;
	}
	gmtime_r(&s, &tm);
	fprintf(to, "\"%04d-%02d-%02dT%02d:%02d:%02d.%09ldZ\"", tm.tm_year + 1900, tm.tm_mon + 1,
		tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ns);
}

static void print_request(FILE *to, const struct sl_mirror_request *request,
			  const struct sl_flow_ends *ends)
{
	fputs("{\"time\":", to);
	print_time(to, request->time_ns);
	fputs(",\"src\":", to);
	print_end(to, ends, request->side);
	fputs(",\"dst\":", to);
	print_end(to, ends, !request->side);
	fputs(",\"method\":", to);
	print_text(to, request->request.method);
	fputs(",\"target\":", to);
	print_text(to, request->request.target);
	fprintf(to, ",\"version\":\"1.%u\",\"host\":", request->request.minor);
	print_text(to, request->request.host);
	fprintf(to, ",\"headers\":%u,\"body_bytes\":%" PRIu64 ",\"status\":",
		request->request.n_headers, request->body_bytes);
	if (request->status)
		fprintf(to, "%u}\n", request->status);
	else
		fputs("null}\n", to);
}

static void take_requests(struct capture *capture, const struct sl_flow_item *item)
{
	struct sl_mirror_request request;

	while (sl_mirror_next(capture->mirror, &capture->conns[item->flow], &request))
		if (capture->options->requests)
			print_request(capture->to, &request, item->ends);
}

static void take_item(struct capture *capture, const struct sl_flow_item *item)
{
	struct sl_mirror_conn *conn;

	if (item->kind == SL_FLOW_DATAGRAM)
		return;
	conn = &capture->conns[item->flow];
	switch (item->kind) {
	case SL_FLOW_BYTES:
		sl_mirror_feed(capture->mirror, conn, item->side, item->bytes, item->time_ns);
		take_requests(capture, item);
		break;
	case SL_FLOW_GAP:
		sl_mirror_gap(capture->mirror, conn, item->side, item->length, item->unknown);
		take_requests(capture, item);
		break;
	case SL_FLOW_CLOSE:
		sl_mirror_end(capture->mirror, conn);
		take_requests(capture, item);
		sl_mirror_conn_fini(capture->mirror, conn);
		break;
	default:
		break;
	}
}

static void take_items(struct capture *capture)
{
	const struct sl_flow_item *items;
	unsigned n;

	while ((n = sl_flow_next(capture->flow, &items)) > 0)
		for (unsigned i = 0; i < n; i++)
			take_item(capture, &items[i]);
}

/* ---- the summary */

static void print_class(FILE *to, const struct sl_flow_counts *counts, enum sl_packet_class kind)
{
	const char *comma = "";

	fputc('{', to);
	for (unsigned i = 1; i < SL_PACKET_OUTCOMES; i++) {
		if (sl_packet_info(i)->kind != kind || !counts->outcomes[i])
			continue;
		fprintf(to, "%s\"%s\":%" PRIu64, comma, sl_packet_info(i)->name,
			counts->outcomes[i]);
		comma = ",";
	}
	fputc('}', to);
}

static void print_summary(const struct capture *capture)
{
	const struct sl_flow_counts *counts = sl_flow_counts(capture->flow);
	const struct sl_mirror_counts *mirror = sl_mirror_counts(capture->mirror);
	FILE *to = capture->to;

	fprintf(to,
		"{\"summary\":{\"packets\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"segments\":%" PRIu64
		",\"flows\":%" PRIu64 ",\"requests\":%" PRIu64 ",\"used\":%" PRIu64 ",\"ignored\":",
		counts->packets, counts->bytes, counts->segments, counts->flows, mirror->requests,
		counts->outcomes[SL_PACKET_USED]);
	print_class(to, counts, SL_PACKET_IS_IGNORED);
	fputs(",\"drops\":", to);
	print_class(to, counts, SL_PACKET_IS_DROPPED);
	fprintf(to,
		",\"datagrams\":%" PRIu64 ",\"replies\":%" PRIu64 ",\"requests_lost\":%" PRIu64
		",\"messages_refused\":%" PRIu64 ",\"requests_no_room\":%" PRIu64
		",\"gaps\":%" PRIu64 ",\"gap_bytes\":%" PRIu64 "}}\n",
		counts->datagrams, mirror->replies, mirror->lost, mirror->refused, mirror->no_room,
		counts->gaps, counts->gap_bytes);
}

/* ---- the file */

static enum sl_capture_step read_all(struct capture *capture, char *why)
{
	struct sl_packet packets[SL_FLOW_BURST_MAX];
	enum sl_capture_step step;
	unsigned n = 0;

	do {
		step = sl_capture_reader_next(capture->reader, &packets[n], why);
		n += step == SL_CAPTURE_PACKET;
		if (n < SL_FLOW_BURST_MAX && step == SL_CAPTURE_PACKET)
			continue;
		if (n > 0)
			sl_flow_take(capture->flow, packets, n, packets[n - 1].time_ns);
		take_items(capture);
		n = 0;
		sl_capture_reader_release(capture->reader);
	} while (step == SL_CAPTURE_PACKET || step == SL_CAPTURE_FULL);
	return step;
}

int sl_capture_run(const struct sl_capture_options *options, sl_capture_read read, void *context,
		   FILE *to, char ret_why[SL_SENTENCE_BYTES])
{
	struct capture capture = {.options = options, .to = to};
	int result = capture_init(&capture, read, context);

	if (!result) {
		result = (int)read_all(&capture, ret_why);
		sl_flow_finish(capture.flow);
		take_items(&capture);
		print_summary(&capture);
	}
	capture_fini(&capture);
	return result;
}
