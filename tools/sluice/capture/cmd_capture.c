/* sluice capture: a capture file read as the mirror would read it. Needs no gateway. */
#include "tools/sluice/capture/capture.h"
#include "tools/sluice/commands/commands.h"
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
	"With --channel only packets to and from that channel's port are looked at. Bodies are not "
	"made into events yet.\n\n"
	"Examples:\n"
	"  tcpdump -i eth1 -w mirror.pcap port 80\n"
	"  sluice capture --pcap mirror.pcap --requests\n\n"
	"Exit codes: 0 the whole file was read; 1 it is damaged, what came before was read; 2 used "
	"wrongly; 3 it could not be read, or is no capture.";

enum { KEY_PCAP = 256, KEY_CHANNEL, KEY_REQUESTS, KEY_CHECKSUMS, KEY_JSON };

static const struct argp_option table[] = {
	{"pcap", KEY_PCAP, "FILE", 0, "the capture", 0},
	{"channel", KEY_CHANNEL, "FILE", 0,
	 "a YAML file with one channel, as it stands in the settings", 0},
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

int sl_cmd_capture(int argc, char **argv)
{
	struct arguments arguments = {0};
	struct sl_channel channel;
	int fd = STDIN_FILENO, result;

	argp_parse(&sl_capture_argp, argc, argv, 0, NULL, &arguments);
	if (arguments.channel) {
		result = sl_gateway_channel_read("sluice capture", arguments.channel, &channel);
		if (result)
			return result;
		arguments.options.port = channel.port;
	}
	if (strcmp(arguments.pcap, "-") != 0)
		fd = open(arguments.pcap, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "sluice capture: %s: %s\n", arguments.pcap, strerror(errno));
		return SL_EXIT_FAILED;
	}
	result = run(&arguments, fd);
	if (fd != STDIN_FILENO)
		close(fd);
	return result;
}
