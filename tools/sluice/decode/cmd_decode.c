/* sluice decode: files of events read as a listener would read them. Needs no gateway. */
#include "rules/rules.h"
#include "sluice/error.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/decode/decode_body.h"
#include "tools/sluice/decode/schema.h"
#include "tools/sluice/rulesets/verdict.h"
#include "tools/sluice/temporary.h"
#include "tools/sluice/up/gateway_settings.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BODY_BYTES_MAX (256u << 20)

static const char help[] =
	"Decodes files of events exactly as a listener would, and says what becomes of each event."
	"\vEach FILE (`-` is standard input) is one body: an object, an array of them, or lines; "
	"with a --channel of protocol tcp, what one connection sends, line by line; "
	"of protocol udp, one datagram. "
	"For each "
	"one line of JSON comes out:\n\n"
	"  {\"file\":\"…\",\"events\":[{…}],\n"
	"   "
	"\"refused\":[{\"index\":0,\"reason\":\"json_malformed\",\"detail\":\"…\",\"offset\":17}]}"
	"\n\n"
	"`index` counts the events of the file, `offset` its bytes. Without --schema every object "
	"is an "
	"event and comes out as it is; with one, the schema's fields that it has.\n\n"
	"Examples:\n"
	"  sluice decode --schema rules/examples/schema.yaml events.ndjson\n"
	"  sluice decode --channel core.yaml --schema bank.yaml captured.bin\n"
	"  echo '{\"id\":\"1\"}' | sluice decode -\n\n"
	"Exit codes: 0 all decoded; 1 something was refused; 2 used wrongly; 3 a file could not be "
	"read.";

enum { KEY_SCHEMA = 256, KEY_FORMAT, KEY_CHANNEL };

static const struct argp_option table[] = {
	{"schema", KEY_SCHEMA, "FILE", 0, "the bank's schema", 0},
	{"channel", KEY_CHANNEL, "FILE", 0,
	 "decode as this channel's listener would: a YAML file with one channel, as it stands in "
	 "the "
	 "settings (default: bodies of HTTP)",
	 0},
	{"format", KEY_FORMAT, "json|ndjson", 0,
	 "what the files hold (default ndjson where the name ends in .ndjson or .jsonl, else json)",
	 0},
	{0},
};

struct decode {
	const char *schema;
	const char *channel;
	enum sl_content content; /* OTHER: by each file's name */
	char **files;            /* what is left of the arguments */
	int n_files;
};

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct decode *decode = state->input;

	switch (key) {
	case KEY_SCHEMA:
		decode->schema = arg;
		return 0;
	case KEY_CHANNEL:
		decode->channel = arg;
		return 0;
	case KEY_FORMAT:
		if (strcmp(arg, "json") == 0)
			decode->content = SL_CONTENT_JSON;
		else if (strcmp(arg, "ndjson") == 0)
			decode->content = SL_CONTENT_NDJSON;
		else
			argp_error(state, "no format '%s'; there are json and ndjson", arg);
		return 0;
	case ARGP_KEY_ARGS:
		decode->files = state->argv + state->next;
		decode->n_files = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which file? (- is standard input)");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static bool ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), n_end = strlen(end);

	return n >= n_end && strcmp(text + n - n_end, end) == 0;
}

static enum sl_content content_of(const struct decode *decode, const char *file)
{
	if (decode->content != SL_CONTENT_OTHER)
		return decode->content;
	return ends_with(file, ".ndjson") || ends_with(file, ".jsonl") ? SL_CONTENT_NDJSON
								       : SL_CONTENT_JSON;
}

/* All of it into memory of its own, with padding behind. 0 or a negative error. */
static int read_body(int fd, uint8_t **ret_bytes, size_t *ret_n)
{
	size_t n = 0, room = 1 << 16;
	uint8_t *bytes = NULL;
	ssize_t got;
	int error;

	do {
		uint8_t *more =
			n == 0 || n == room
				? realloc(bytes, (n ? room *= 2 : room) + 1 + SL_SPAN_PADDING)
				: bytes;

		error = -ENOMEM;
		if (!more)
			goto fail;
		bytes = more;
		got = read(fd, bytes + n, room - n);
		error = -errno;
		if (got < 0 && errno != EINTR)
			goto fail;
		n += got > 0 ? (size_t)got : 0;
		error = -EFBIG;
		if (n > BODY_BYTES_MAX)
			goto fail;
	} while (got != 0);
	memset(bytes + n, 0, 1 + SL_SPAN_PADDING); /* 1: the end of a last line */
	*ret_bytes = bytes;
	*ret_n = n;
	return 0;
fail:
	free(bytes);
	return error;
}

static int read_file(const char *file, uint8_t **ret_bytes, size_t *ret_n)
{
	int fd, error;

	if (strcmp(file, "-") == 0)
		return read_body(STDIN_FILENO, ret_bytes, ret_n);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	error = read_body(fd, ret_bytes, ret_n);
	close(fd);
	return error;
}

static enum sl_exit decode_file(const struct decode *decode, const char *file,
				struct sl_decode_printer *printer)
{
	size_t n, n_refused = 0;
	uint8_t *bytes;
	int error = read_file(file, &bytes, &n);

	if (error) {
		fprintf(stderr, "sluice decode: %s: %s%s\n", file, sl_error_text(error),
			error == -EFBIG ? "; a body may have 256 MiB" : "");
		return SL_EXIT_FAILED;
	}
	error = sl_decode_printer_body(printer, file, sl_span_of(bytes, n),
				       content_of(decode, file), stdout, &n_refused);
	free(bytes);
	if (error) {
		fprintf(stderr, "sluice decode: %s: %s\n", file, sl_error_text(error));
		return SL_EXIT_FAILED;
	}
	return n_refused ? SL_EXIT_NO : SL_EXIT_DONE;
}

const struct argp sl_decode_argp = {table, take, "FILE...", help, NULL, NULL, NULL};

int sl_cmd_decode(int argc, char **argv)
{
	struct decode decode = {.content = SL_CONTENT_OTHER};
	struct sl_decode_printer *printer = NULL;
	struct sl_artifact *artifact = NULL;
	struct sl_channel channel;
	int error, result = SL_EXIT_DONE;

	argp_parse(&sl_decode_argp, argc, argv, 0, NULL, &decode);
	if (decode.channel) {
		result = sl_gateway_channel_read("sluice decode", decode.channel, &channel);
		if (result)
			return result;
	}
	if (decode.channel && channel.protocol != SL_PROTOCOL_HTTP &&
	    decode.content == SL_CONTENT_JSON) {
		fprintf(stderr, "sluice decode: channel %s takes lines: leave out --format json\n",
			channel.name);
		return SL_EXIT_USAGE;
	}
	if (decode.channel && channel.protocol == SL_PROTOCOL_UDP)
		decode.content = SL_CONTENT_NDJSON;
	if (decode.schema && sl_schema_open("sluice decode", decode.schema, &artifact))
		return SL_EXIT_FAILED;
	error = sl_decode_printer_new(artifact, decode.channel ? &channel : NULL, &printer);
	if (error) {
		fprintf(stderr, "sluice decode: %s\n", sl_error_text(error));
		result = SL_EXIT_FAILED;
	}
	for (int i = 0; !error && i < decode.n_files; i++) {
		enum sl_exit answer = decode_file(&decode, decode.files[i], printer);

		result = answer > (enum sl_exit)result ? (int)answer : result;
	}
	sl_decode_printer_free(printer);
	sl_artifact_close(artifact);
	return result;
}
