#include "tools/sluice/capture/capture.h"

#include "base/json_out.h"
#include "worker/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#define FLOWS 65536u
#define EVENT_BYTES 65536u

struct capture {
	const struct sl_capture_options *options;
	struct sl_capture_reader *reader;
	struct sl_wire_reader *wire;
	struct sl_map_plan *plan;
	struct sl_map_binding *binding;
	FILE *to;
	uint64_t events;
	uint64_t refused[SL_WHY_COUNT];
	uint64_t losses;
};

static const struct sl_wire_handler handler;

static void capture_fini(struct capture *capture)
{
	sl_capture_reader_free(capture->reader);
	sl_wire_free(capture->wire);
	sl_map_binding_free(capture->binding);
	sl_map_plan_free(capture->plan);
}

static int open_wire(struct capture *capture)
{
	const struct sl_capture_options *options = capture->options;
	struct sl_wire_limits limits = {
		.mirror = {.arena_bytes = 256u << 20,
			   .header_bytes = 65536,
			   .body_bytes = 4u << 20,
			   .pending = 256},
		.event_bytes = EVENT_BYTES,
		.all_ports = !options->channel,
	};

	sl_flow_limits_default(&limits.flow);
	limits.flow.flows = FLOWS;
	limits.flow.verify_checksums = options->verify_checksums;
	if (getrandom(limits.flow.key, sizeof(limits.flow.key), 0) != sizeof(limits.flow.key))
		return -EIO;
	return sl_wire_new(&limits, options->channel, options->channel ? 1 : 0, capture->plan,
			   &handler, capture, &capture->wire);
}

static int capture_init(struct capture *capture, sl_capture_read read, void *context)
{
	const struct sl_mapping none = {0};
	const struct sl_capture_options *options = capture->options;
	int error = sl_capture_reader_new(read, context, &capture->reader);

	if (!error)
		error = sl_map_plan_new(options->channel ? &options->mapping : &none,
					&capture->plan);
	if (!error)
		error = sl_map_binding_new(capture->plan, options->artifact, &capture->binding);
	return error ? error : open_wire(capture);
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

static void take_request(void *context, const struct sl_mirror_request *request,
			 const struct sl_flow_ends *ends)
{
	struct capture *capture = context;

	if (capture->options->requests)
		print_request(capture->to, request, ends);
}

/* ---- events */

static void begin_line(const struct capture *capture, const struct sl_wire_event *event)
{
	fputs("{\"time\":", capture->to);
	print_time(capture->to, event->time_ns);
	fprintf(capture->to, ",\"channel\":\"%s\",", capture->options->channel->name);
}

static void print_refused(struct capture *capture, const struct sl_wire_event *event,
			  const struct sl_decode_fault *fault)
{
	char masked[1024], room[8192];
	struct sl_json json;

	capture->refused[fault->reason]++;
	begin_line(capture, event);
	sl_json_init(&json, room, sizeof(room));
	sl_json_object(&json);
	sl_json_name(&json, "reason");
	sl_json_string(&json, sl_reason_info(fault->reason)->name);
	sl_json_name(&json, "detail");
	sl_json_string(&json, fault->detail);
	sl_json_name(&json, "text");
	sl_json_text(&json, (struct sl_text){masked, (uint32_t)sl_decode_mask(event->text, masked,
									      sizeof(masked))});
	sl_json_object_end(&json);
	fputs("\"refused\":", capture->to);
	fwrite(json.at, 1, json.bytes, capture->to);
	fputs("}\n", capture->to);
}

static void take_refused(void *context, const struct sl_wire_event *event,
			 const struct sl_decode_fault *fault)
{
	print_refused(context, event, fault);
}

/* As a worker would decode it, and what it came to. */
static void take_event(void *context, const struct sl_wire_event *event)
{
	struct capture *capture = context;
	struct sl_decode_fault fault = {0};

	if (sl_decode_printer_read(capture->options->printer, event->text, event->time_ns,
				   &fault)) {
		print_refused(capture, event, &fault);
		return;
	}
	capture->events++;
	begin_line(capture, event);
	fputs("\"event\":", capture->to);
	sl_decode_printer_print(capture->options->printer, event->text, capture->to);
	fputs("}\n", capture->to);
}

static void take_datagram(void *context, const struct sl_wire_event *event)
{
	static const struct sl_decode_fault broken = {
		.reason = SL_WHY_JSON_MALFORMED,
		.detail = "brackets or commas that do not fit",
	};
	struct sl_wire_event line = *event;
	struct sl_splitter splitter;
	struct sl_piece piece;

	sl_splitter_init(&splitter, event->text, SL_CONTENT_NDJSON);
	while (sl_splitter_next(&splitter, &piece)) {
		line.text = piece.text;
		if (piece.broken)
			print_refused(context, &line, &broken);
		else
			take_event(context, &line);
	}
}

static void take_loss(void *context, const struct sl_wire_loss *loss)
{
	struct capture *capture = context;

	(void)loss;
	capture->losses++;
}

static void flush(void *context)
{
	(void)context; /* all is printed already */
}

static const struct sl_wire_handler handler = {
	.request = take_request,
	.event = take_event,
	.refused = take_refused,
	.datagram = take_datagram,
	.loss = take_loss,
	.flush = flush,
};

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

/* Of a channel's requests and datagrams. */
static void print_events_summary(const struct capture *capture)
{
	const struct sl_wire_counts *counts = sl_wire_counts(capture->wire);
	const char *comma = "";

	fprintf(capture->to,
		",\"events\":%" PRIu64 ",\"unmapped\":%" PRIu64 ",\"declined\":%" PRIu64
		",\"losses\":%" PRIu64 ",\"refused\":{",
		capture->events, counts->unmapped, counts->declined, capture->losses);
	for (unsigned i = 1; i < SL_WHY_COUNT; i++) {
		if (!capture->refused[i])
			continue;
		fprintf(capture->to, "%s\"%s\":%" PRIu64, comma, sl_reason_info(i)->name,
			capture->refused[i]);
		comma = ",";
	}
	fputc('}', capture->to);
}

static void print_summary(const struct capture *capture)
{
	const struct sl_flow_counts *counts = sl_wire_flow_counts(capture->wire);
	const struct sl_mirror_counts *mirror = sl_wire_mirror_counts(capture->wire);
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
		",\"gaps\":%" PRIu64 ",\"gap_bytes\":%" PRIu64,
		counts->datagrams, mirror->replies, mirror->lost, mirror->refused, mirror->no_room,
		counts->gaps, counts->gap_bytes);
	if (capture->options->channel)
		print_events_summary(capture);
	fputs("}}\n", to);
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
			sl_wire_take(capture->wire, capture->binding, packets, n,
				     packets[n - 1].time_ns);
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
		sl_wire_finish(capture.wire, capture.binding);
		print_summary(&capture);
	}
	capture_fini(&capture);
	return result;
}
