#include "tools/gun/options_priv.h"

#include "sluice/version.h"

#include <argp.h>
#include <arpa/inet.h>
#include <math.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PIPELINE_DEFAULT 16u
#define SERVER_DEFAULT "192.0.2.80:80"

const char *argp_program_version = "sluice-gun " SL_VERSION;

static const char help[] =
	"Sends synthetic bank traffic to a gateway and measures how it answers."
	"\vThe stream is open: each request has a moment at which it is due, whatever became of "
	"those before it, "
	"and its latency counts from that moment to the reply. A connection that breaks is made "
	"again and what "
	"was not answered is sent again with the same ids; 503 is obeyed.\n\n"
	"The same --seed gives the same events with the same ids, so a gateway that remembers them "
	"will call "
	"a second run duplicates; give every run a seed of its own.\n\n"
	"Examples:\n"
	"  sluice-gun --target 127.0.0.1:18080 --rate 5000 --seconds 20 --progress\n"
	"  sluice-gun --target 127.0.0.1:18080 --rate 0 --batch 100 --count 1000000\n"
	"  sluice-gun --out history.ndjson --count 5000 --time-from 2026-11-20T00:00:00Z\n"
	"  sluice-gun --pcap-out mirror.pcap --count 100000 --loss 0.01 --reorder 0.05\n\n"
	"Exit codes: 0 everything sent was answered; 1 something was not, or an answer made no "
	"sense; "
	"2 used wrongly; 3 the target was never reached, or a file could not be written.";

enum {
	KEY_RATE = 256,
	KEY_CONNECTIONS,
	KEY_BATCH,
	KEY_PIPELINE,
	KEY_THREADS,
	KEY_SECONDS,
	KEY_COUNT,
	KEY_DRAIN,
	KEY_SEED,
	KEY_DUPLICATES,
	KEY_MALFORMED,
	KEY_CUSTOMERS,
	KEY_ACKED,
	KEY_ACKNOWLEDGED,
	KEY_SEGMENTED,
	KEY_FROM,
	KEY_SPAN,
	KEY_JSON,
	KEY_PROGRESS,
	KEY_OWN,
	KEY_PCAP,
	KEY_WHOLE,
	KEY_LOSS,
	KEY_REPEATS,
	KEY_REORDER,
	KEY_OVERLAP,
	KEY_DAMAGE,
	KEY_VLAN,
};

static const struct argp_option table[] = {
	{NULL, 0, NULL, 0, "Where to:", 1},
	{"target", 't', "HOST:PORT", 0, "the gateway's listener", 0},
	{"protocol", 'p', "http|tcp|udp", 0,
	 "POST /v1/events, lines, or a datagram of lines for each batch (default http)", 0},
	{"acknowledged", KEY_ACKNOWLEDGED, NULL, 0, "tcp: the channel acknowledges every line", 0},
	{"segmented", KEY_SEGMENTED, NULL, 0,
	 "udp: a datagram for each event, of one length, those of a batch in one call", 0},
	{"i-own-the-target", KEY_OWN, NULL, 0, "allow a target that is not this machine", 0},
	{NULL, 0, NULL, 0, "How:", 2},
	{"rate", KEY_RATE, "EVENTS/S", 0,
	 "over all connections; 0: as fast as answers come (default 1000)", 0},
	{"connections", KEY_CONNECTIONS, "N", 0, "default 4", 0},
	{"batch", KEY_BATCH, "EVENTS", 0, "events of one request, 1 to 10000 (default 1)", 0},
	{"pipeline", KEY_PIPELINE, "REQUESTS", 0,
	 "under way on one connection, 1 to 1024 (default 16; 1 with --pcap-out)", 0},
	{"threads", KEY_THREADS, "N", 0, "default 1", 0},
	{"seconds", KEY_SECONDS, "S", 0, "stop after this time", 0},
	{"count", KEY_COUNT, "EVENTS", 0, "stop after this many events", 0},
	{"drain-seconds", KEY_DRAIN, "S", 0,
	 "how long to wait for the first connection and for the last answers (default 10)", 0},
	{NULL, 0, NULL, 0, "What:", 3},
	{"seed", KEY_SEED, "N", 0, "default 1", 0},
	{"customers", KEY_CUSTOMERS, "N", 0, "default 100000", 0},
	{"duplicates", KEY_DUPLICATES, "SHARE", 0, "of events that repeat an earlier one, 0 to 1",
	 0},
	{"malformed", KEY_MALFORMED, "SHARE", 0, "of events that are broken, 0 to 1", 0},
	{"out", 'o', "FILE", 0,
	 "write the events to FILE (-: standard output) instead of sending them", 0},
	{"time-from", KEY_FROM, "TIME", 0, "files: time of the first event, RFC 3339 (default now)",
	 0},
	{"time-span", KEY_SPAN, "SECONDS", 0, "--out: from the first to the last (default 86400)",
	 0},
	{NULL, 0, NULL, 0, "As packets:", 4},
	{"pcap-out", KEY_PCAP, "FILE", 0,
	 "write the packets of sending to FILE (-: standard output), a capture as a mirror port "
	 "would show it; --target is the server's address in it (default 192.0.2.80:80)",
	 0},
	{"whole", KEY_WHOLE, "FILE", 0,
	 "the id of every event of which each byte can be read from the capture", 0},
	{"vlan", KEY_VLAN, "ID", 0, "in a VLAN, 1 to 4094", 0},
	{"loss", KEY_LOSS, "SHARE", 0,
	 "of packets that the mirror misses, though they arrive, 0 to 1; as all of these", 0},
	{"repeats", KEY_REPEATS, "SHARE", 0, "of packets that come twice", 0},
	{"reorder", KEY_REORDER, "SHARE", 0, "of packets that come up to 0.1 ms late", 0},
	{"overlap", KEY_OVERLAP, "SHARE", 0,
	 "of segments of which a part is sent again, with the beginning of the next", 0},
	{"damage", KEY_DAMAGE, "SHARE", 0, "of packets with a wrong checksum", 0},
	{NULL, 0, NULL, 0, "What it tells:", 5},
	{"acked", KEY_ACKED, "FILE", 0, "append the id of every acknowledged event, synced", 0},
	{"json", KEY_JSON, NULL, 0, "the summary as JSON on standard output", 0},
	{"progress", KEY_PROGRESS, NULL, 0, "a line every second on standard error", 0},
	{NULL, 0, NULL, 0, NULL, 0},
};

static uint64_t whole(struct argp_state *state, const char *name, const char *text, uint64_t min,
		      uint64_t max)
{
	char *end;
	unsigned long long value = strtoull(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value < min || value > max)
		argp_error(state, "--%s: '%s' is not a whole number from %llu to %llu", name, text,
			   (unsigned long long)min, (unsigned long long)max);
	return value;
}

static double decimal(struct argp_state *state, const char *name, const char *text, double max)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !isfinite(value) || value < 0 || value > max)
		argp_error(state, "--%s: '%s' is not a number from 0 to %g", name, text, max);
	return value;
}

static void take_target(struct argp_state *state, const char *text, struct sl_gun_options *options)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *found;
	char host[sizeof(options->host)];
	const char *colon = strrchr(text, ':');
	size_t length = strlen(text), n = colon ? (size_t)(colon - text) : 0;
	int error;

	if (!n || length >= sizeof(host))
		argp_error(state, "--target: '%s' is not HOST:PORT", text);
	strcpy(options->host, text);
	if (text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
	}
	memcpy(host, text, n);
	host[n] = '\0';
	error = getaddrinfo(host, colon + 1, &hints, &found);
	if (error)
		argp_failure(state, 3, 0, "%s: %s", options->host, gai_strerror(error));
	memcpy(&options->address, found->ai_addr, found->ai_addrlen);
	options->address_bytes = found->ai_addrlen;
	freeaddrinfo(found);
}

/* RFC 3339, to the second, with its zone. */
static int64_t moment(struct argp_state *state, const char *text)
{
	struct tm tm = {0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
	int hours = 0, minutes = 0;
	char sign = '+';

	if (!rest ||
	    (strcmp(rest, "Z") && sscanf(rest, "%c%2d:%2d", &sign, &hours, &minutes) != 3) ||
	    !strchr("+-", sign))
		argp_error(state, "--time-from: '%s' is not like 2026-11-20T00:00:00+09:00", text);
	return (timegm(&tm) - (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60)) *
	       1000000000ll;
}

static error_t take_target_option(int key, char *arg, struct argp_state *state,
				  struct sl_gun_options *options)
{
	switch (key) {
	case 't':
		take_target(state, arg, options);
		return 0;
	case 'p':
		if (strcmp(arg, "http") && strcmp(arg, "tcp") && strcmp(arg, "udp"))
			argp_error(state, "--protocol: http, tcp or udp, not '%s'", arg);
		options->protocol = arg[0] == 'h'   ? SL_GUN_HTTP
				    : arg[0] == 't' ? SL_GUN_TCP
						    : SL_GUN_UDP;
		return 0;
	case KEY_ACKNOWLEDGED:
		options->acknowledged = true;
		return 0;
	case KEY_SEGMENTED:
		options->segmented = true;
		return 0;
	case KEY_OWN:
		options->own_the_target = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t take_packet_option(int key, char *arg, struct argp_state *state,
				  struct sl_gun_options *options)
{
	switch (key) {
	case KEY_PCAP:
		options->pcap.path = arg;
		return 0;
	case KEY_WHOLE:
		options->pcap.whole = arg;
		return 0;
	case KEY_VLAN:
		options->pcap.vlan = (uint16_t)whole(state, "vlan", arg, 1, 4094);
		return 0;
	case KEY_LOSS:
		options->pcap.fates.loss = decimal(state, "loss", arg, 1);
		return 0;
	case KEY_REPEATS:
		options->pcap.fates.repeats = decimal(state, "repeats", arg, 1);
		return 0;
	case KEY_REORDER:
		options->pcap.fates.reorder = decimal(state, "reorder", arg, 1);
		return 0;
	case KEY_OVERLAP:
		options->pcap.fates.overlap = decimal(state, "overlap", arg, 1);
		return 0;
	case KEY_DAMAGE:
		options->pcap.fates.damage = decimal(state, "damage", arg, 1);
		return 0;
	default:
		return take_target_option(key, arg, state, options);
	}
}

/* What depends on whether anything is sent at all. */
static void settle(struct argp_state *state, struct sl_gun_options *options)
{
	if (!options->pipeline)
		options->pipeline = options->pcap.path ? 1 : PIPELINE_DEFAULT;
	if (options->pcap.path && !options->address_bytes)
		take_target(state, SERVER_DEFAULT, options);
}

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct sl_gun_options *options = state->input;

	switch (key) {
	case KEY_RATE:
		options->rate = decimal(state, "rate", arg, 1e9);
		return 0;
	case KEY_CONNECTIONS:
		options->connections = (uint32_t)whole(state, "connections", arg, 1, 65536);
		return 0;
	case KEY_BATCH:
		options->batch = (uint32_t)whole(state, "batch", arg, 1, 10000);
		return 0;
	case KEY_PIPELINE:
		options->pipeline = (uint32_t)whole(state, "pipeline", arg, 1, 1024);
		return 0;
	case KEY_THREADS:
		options->threads = (uint32_t)whole(state, "threads", arg, 1, 64);
		return 0;
	case KEY_SECONDS:
		options->seconds = decimal(state, "seconds", arg, 1e9);
		return 0;
	case KEY_COUNT:
		options->count = whole(state, "count", arg, 1, 999999999999);
		return 0;
	case KEY_DRAIN:
		options->drain_seconds = decimal(state, "drain-seconds", arg, 3600);
		return 0;
	case KEY_SEED:
		options->events.seed = whole(state, "seed", arg, 0, UINT64_MAX);
		return 0;
	case KEY_CUSTOMERS:
		options->events.customers = (uint32_t)whole(state, "customers", arg, 1, 100000000);
		return 0;
	case KEY_DUPLICATES:
		options->events.duplicates = decimal(state, "duplicates", arg, 1);
		return 0;
	case KEY_MALFORMED:
		options->events.malformed = decimal(state, "malformed", arg, 1);
		return 0;
	case 'o':
		options->out = arg;
		return 0;
	case KEY_FROM:
		options->time_from_ns = moment(state, arg);
		return 0;
	case KEY_SPAN:
		options->time_span_ns = (int64_t)(decimal(state, "time-span", arg, 1e9) * 1e9);
		return 0;
	case KEY_ACKED:
		options->acked = arg;
		return 0;
	case KEY_JSON:
		options->json = true;
		return 0;
	case KEY_PROGRESS:
		options->progress = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is too much; options only", arg);
		return 0;
	case ARGP_KEY_END:
		settle(state, options);
		sl_gun_options_check(state, options);
		return 0;
	default:
		return take_packet_option(key, arg, state, options);
	}
}

const struct argp sl_gun_argp = {table, take, NULL, help, NULL, NULL, NULL};

void sl_gun_options_parse(int argc, char **argv, struct sl_gun_options *ret_options)
{
	*ret_options = (struct sl_gun_options){
		.events = {.seed = 1, .customers = 100000},
		.rate = 1000,
		.connections = 4,
		.batch = 1,
		.threads = 1,
		.drain_seconds = 10,
		.time_span_ns = 86400 * 1000000000ll,
	};
	argp_err_exit_status = 2;
	argp_parse(&sl_gun_argp, argc, argv, 0, NULL, ret_options);
}
