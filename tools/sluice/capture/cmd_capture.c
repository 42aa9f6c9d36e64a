/* sluice capture: a capture file read as the mirror would read it. Needs no gateway. */
#include "tools/sluice/capture/capture.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/decode/schema.h"
#include "tools/sluice/up/gateway_settings.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
	"Reads a capture file as the gateway reads a mirrored port: connections are put together "
	"from their packets, in whatever order, and HTTP requests are read out of them."
	"\vThe file is pcap or pcapng (`-` is standard input). With --requests each request comes "
	"out as a line of JSON, with the status of its reply where that was seen. The last line is "
	"a summary; in it a packet is in exactly one of used, ignored and drops. What is missing "
	"in "
	"the capture is told as gaps, and the requests that it took as requests_lost.\n\n"
	"With --channel only packets to and from that channel's ports are looked at, and what its "
	"rules make of them comes out:\n\n"
	"  {\"time\":\"…\",\"channel\":\"web\",\"event\":{…}}\n"
	"  {\"time\":\"…\",\"channel\":\"web\",\"refused\":{\"reason\":\"…\",\"detail\":\"…\","
	"\"text\":\"…\"}}\n\n"
	"With --schema its types and checks hold, as in the gateway; without, every object is an "
	"event. The summary then has events, refused by reason, and the requests that no rule fits "
	"(unmapped) or whose status makes none (declined).\n\n"
	"Examples:\n"
	"  tcpdump -i eth1 -w mirror.pcap port 80\n"
	"  sluice capture --pcap mirror.pcap --requests\n"
	"  sluice capture --pcap mirror.pcap --channel web.yaml --schema bank.yaml\n\n"
	"Exit codes: 0 the whole file was read; 1 it is damaged, what came before was read; 2 used "
	"wrongly; 3 it could not be read, or is no capture.";

enum { KEY_PCAP = 256, KEY_CHANNEL, KEY_SCHEMA, KEY_REQUESTS, KEY_CHECKSUMS, KEY_JSON };

static const struct argp_option table[] = {
	{"pcap", KEY_PCAP, "FILE", 0, "the capture", 0},
	{"channel", KEY_CHANNEL, "FILE", 0,
	 "a YAML file with one channel, as it stands in the settings", 0},
	{"schema", KEY_SCHEMA, "FILE", 0, "the bank's schema, for --channel", 0},
	{"requests", KEY_REQUESTS, NULL, 0, "print every HTTP request", 0},
	{"checksums", KEY_CHECKSUMS, NULL, 0,
	 "drop what has a wrong checksum (a machine's capture of what it sends itself has many)",
	 0},
	{"json", KEY_JSON, NULL, 0, "lines of JSON, which is what is printed anyway", 0},
	{0},
};

struct arguments {
	const char *pcap;
	const char *channel;
	const char *schema;
	struct sl_capture_options options;
};

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case KEY_PCAP:
		arguments->pcap = arg;
		return 0;
	case KEY_CHANNEL:
		arguments->channel = arg;
		return 0;
	case KEY_SCHEMA:
		arguments->schema = arg;
		return 0;
	case KEY_REQUESTS:
		arguments->options.requests = true;
		return 0;
	case KEY_CHECKSUMS:
		arguments->options.verify_checksums = true;
		return 0;
	case KEY_JSON:
		return 0;
	case ARGP_KEY_END:
		if (!arguments->pcap)
			argp_error(state, "which capture? --pcap FILE (- is standard input)");
		if (arguments->schema && !arguments->channel)
			argp_error(state, "--schema judges events: which --channel are they of?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp sl_capture_argp = {table, take, NULL, help, NULL, NULL, NULL};

static ssize_t read_some(void *context, void *at, size_t bytes)
{
	ssize_t got;

	do
		got = read(*(int *)context, at, bytes);
	while (got < 0 && errno == EINTR);
	return got;
}

static int run(const struct arguments *arguments, int fd)
{
	char why[SL_SENTENCE_BYTES] = "";
	int result = sl_capture_run(&arguments->options, read_some, &fd, stdout, why);

	if (result < 0)
		fprintf(stderr, "sluice capture: %s\n", sl_error_text(result));
	else if (result != SL_CAPTURE_END)
		fprintf(stderr, "sluice capture: %s: %s\n", arguments->pcap, why);
	if (result == SL_CAPTURE_END)
		return SL_EXIT_DONE;
	return result == SL_CAPTURE_DAMAGED ? SL_EXIT_NO : SL_EXIT_FAILED;
}

/* A listener's port is a mirror's as well: its requests can be looked at, though no rules map them.
 */
static void place_channel(struct sl_channel *channel)
{
	if (channel->wires)
		return;
	channel->protocol =
		channel->protocol == SL_PROTOCOL_UDP ? SL_PROTOCOL_UDP : SL_PROTOCOL_MIRROR;
	channel->wires = 1;
	channel->ports[0] = channel->port;
	channel->n_ports = channel->port != 0;
}

/* What the channel's file and the schema say; 0 or an exit code. */
static int prepare(struct arguments *arguments, struct sl_channel *channel, uint8_t *bytes,
		   struct sl_artifact **ret_artifact)
{
	struct sl_capture_options *options = &arguments->options;
	int result = sl_gateway_channel_mapping("sluice capture", arguments->channel, channel,
						bytes, &options->mapping);

	if (result)
		return result;
	place_channel(channel);
	options->channel = channel;
	if (arguments->schema && sl_schema_open("sluice capture", arguments->schema, ret_artifact))
		return SL_EXIT_FAILED;
	options->artifact = *ret_artifact;
	if (!sl_decode_printer_new(*ret_artifact, channel, &options->printer))
		return 0;
	fprintf(stderr, "sluice capture: not enough memory\n");
	return SL_EXIT_FAILED;
}

int sl_cmd_capture(int argc, char **argv)
{
	static _Alignas(8) uint8_t bytes[SL_MAPPING_BYTES_MAX];
	struct arguments arguments = {0};
	struct sl_artifact *artifact = NULL;
	struct sl_channel channel;
	int fd = STDIN_FILENO, result = 0;

	argp_parse(&sl_capture_argp, argc, argv, 0, NULL, &arguments);
	if (arguments.channel)
		result = prepare(&arguments, &channel, bytes, &artifact);
	if (result)
		return result;
	if (strcmp(arguments.pcap, "-") != 0)
		fd = open(arguments.pcap, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "sluice capture: %s: %s\n", arguments.pcap, strerror(errno));
		result = SL_EXIT_FAILED;
	} else {
		result = run(&arguments, fd);
	}
	if (fd > STDIN_FILENO)
		close(fd);
	sl_decode_printer_free(arguments.options.printer);
	sl_artifact_close(artifact);
	return result;
}
