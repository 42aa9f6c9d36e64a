#include "tools/sluice/decode/decode_body.h"

#include "base/clock.h"
#include "base/json_out.h"
#include "decode/decode.h"
#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct refusal {
	uint32_t index;
	size_t offset; /* in the body */
	struct sl_decode_fault fault;
};

struct sl_decode_printer {
	const struct sl_artifact *artifact;
	struct sl_artifact empty; /* a schema without fields */
	struct sl_decode_plan *plan;
	struct sl_decoder *decoder;
	const struct sl_channel *channel; /* NULL: none was named */
	struct sl_assembly *assembly;     /* of lines */
	size_t line_bytes_max;
	char *room; /* for one event as JSON */
	size_t room_bytes;
	struct refusal *refusals;
	size_t n_refusals, n_refusals_max;
	struct sl_value slots[SL_FIELDS_MAX];
};

/* An event's values with their names: escapes grow a byte to six at most. */
static size_t room_for(const struct sl_artifact *artifact, const struct sl_settings *settings)
{
	size_t bytes = 4096 + 6 * (size_t)settings->event_bytes;

	for (uint32_t i = 0; i < artifact->n_fields; i++)
		bytes += 64 + 6 * (size_t)artifact->fields[i].path.bytes;
	return bytes;
}

int sl_decode_printer_new(const struct sl_artifact *artifact, const struct sl_channel *channel,
			  struct sl_decode_printer **ret_printer)
{
	struct sl_decode_printer *printer = calloc(1, sizeof(*printer));
	struct sl_decode_limits limits;
	struct sl_settings settings;
	int error;

	if (!printer)
		return -ENOMEM;
	memset(printer->empty.role_slot, 0xff, sizeof(printer->empty.role_slot)); /* -1: none */
	printer->channel = channel;
	printer->artifact = artifact ? artifact : &printer->empty;
	sl_settings_default(&settings);
	limits = (struct sl_decode_limits){
		.event_bytes = (uint32_t)settings.event_bytes,
		.depth = (uint32_t)settings.event_depth,
		.skew_ahead_ns = settings.skew_ahead_ms * SL_NS_PER_MS,
	};
	printer->line_bytes_max = (size_t)settings.event_bytes;
	printer->room_bytes = room_for(printer->artifact, &settings);
	printer->room = malloc(printer->room_bytes);
	error = printer->room ? sl_decode_plan_new(printer->artifact, &printer->plan) : -ENOMEM;
	if (!error)
		error = sl_decoder_new(&limits, &printer->decoder);
	if (!error)
		error = sl_assembly_new((size_t)settings.assembly_bytes, &printer->assembly);
	if (error) {
		sl_decode_printer_free(printer);
		return error;
	}
	*ret_printer = printer;
	return 0;
}

void sl_decode_printer_free(struct sl_decode_printer *printer)
{
	if (!printer)
		return;
	sl_decode_plan_free(printer->plan);
	sl_decoder_free(printer->decoder);
	sl_assembly_free(printer->assembly);
	free(printer->room);
	free(printer->refusals);
	free(printer);
}

/* The next name of a dotted path behind `from`; ret_is_last says whether it is the field's own. */
static struct sl_text name_at(struct sl_text path, uint32_t from, bool *ret_is_last)
{
	const char *at = path.at + from;
	const char *dot = memchr(at, '.', path.bytes - from);

	*ret_is_last = !dot;
	return (struct sl_text){.at = at, .bytes = dot ? (uint32_t)(dot - at) : path.bytes - from};
}

static bool starts_alike(struct sl_text a, struct sl_text b, uint32_t bytes)
{
	return a.bytes > bytes && b.bytes > bytes && memcmp(a.at, b.at, bytes) == 0;
}

/* The members of the object whose path is the first `from` bytes of that of slot `of`. A value that
 * has been written is marked absent; nesting is as deep as a schema's paths may be. */
static void print_members(struct sl_decode_printer *printer, struct sl_json *json, uint32_t of,
			  uint32_t from)
{
	const struct sl_artifact *artifact = printer->artifact;
	struct sl_text prefix = sl_artifact_text(artifact, artifact->fields[of].path);

	for (uint32_t slot = of; slot < artifact->n_fields; slot++) {
		struct sl_text path = sl_artifact_text(artifact, artifact->fields[slot].path);
		struct sl_text name;
		bool is_last;

		if (!printer->slots[slot].kind || (from && !starts_alike(path, prefix, from)))
			continue;
		name = name_at(path, from, &is_last);
		sl_json_name_text(json, name);
		if (is_last) {
			sl_json_value(json, &printer->slots[slot]);
		} else {
			sl_json_object(json);
			print_members(printer, json, slot, from + name.bytes + 1);
			sl_json_object_end(json);
		}
		printer->slots[slot].kind = 0;
	}
}

/* The text without the white space between its tokens; it was found to be JSON. */
static size_t minify(struct sl_span text, char *at)
{
	bool in_string = false;
	size_t n = 0;

	for (size_t i = 0; i < text.bytes; i++) {
		char c = (char)text.at[i];

		if (!in_string && (c == ' ' || c == '\t' || c == '\n' || c == '\r'))
			continue;
		at[n++] = c;
		if (in_string && c == '\\')
			at[n++] = (char)text.at[++i];
		else if (c == '"')
			in_string = !in_string;
	}
	return n;
}

int sl_decode_printer_print(struct sl_decode_printer *printer, struct sl_span text, FILE *to)
{
	struct sl_json json;

	if (!printer->artifact->n_fields) {
		fwrite(printer->room, 1, minify(text, printer->room), to);
		return 0;
	}
	sl_json_init(&json, printer->room, printer->room_bytes);
	sl_json_object(&json);
	print_members(printer, &json, 0, 0);
	sl_json_object_end(&json);
	if (json.full)
		return -SL_E_LIMIT;
	fwrite(json.at, 1, json.bytes, to);
	return 0;
}

static int keep_refusal(struct sl_decode_printer *printer, uint32_t index,
			const struct sl_piece *piece, const struct sl_decode_fault *fault)
{
	if (printer->n_refusals == printer->n_refusals_max) {
		size_t n = printer->n_refusals_max ? 2 * printer->n_refusals_max : 64;
		struct refusal *more = realloc(printer->refusals, n * sizeof(*more));

		if (!more)
			return -ENOMEM;
		printer->refusals = more;
		printer->n_refusals_max = n;
	}
	printer->refusals[printer->n_refusals++] = (struct refusal){
		.index = index, .offset = piece->offset + fault->offset, .fault = *fault};
	return 0;
}

static void print_refusal(const struct refusal *refusal, FILE *to)
{
	char room[1024];
	struct sl_json json;

	sl_json_init(&json, room, sizeof(room));
	sl_json_object(&json);
	sl_json_name(&json, "index");
	sl_json_uint(&json, refusal->index);
	sl_json_name(&json, "reason");
	sl_json_string(&json, sl_reason_info(refusal->fault.reason)->name);
	sl_json_name(&json, "detail");
	sl_json_string(&json, refusal->fault.detail);
	sl_json_name(&json, "offset");
	sl_json_uint(&json, refusal->offset);
	sl_json_object_end(&json);
	fwrite(json.at, 1, json.bytes, to);
}

static enum sl_reason decode_piece(struct sl_decode_printer *printer, const struct sl_piece *piece,
				   uint32_t index, int64_t now_ns,
				   struct sl_decode_fault *ret_fault)
{
	const char *channel = printer->channel ? printer->channel->name : "decode";
	const struct sl_arrival arrival = {
		.channel_name = {.at = channel, .bytes = (uint32_t)strlen(channel)},
		.index = index,
		.received_ns = now_ns,
		.received_source = SL_CLOCK_PROGRAM,
	};
	struct sl_event event = {.slots = printer->slots};

	if (piece->broken) {
		*ret_fault = (struct sl_decode_fault){
			.reason = SL_WHY_JSON_MALFORMED,
			.detail = "brackets or commas that do not fit, or nothing at all",
		};
		return SL_WHY_JSON_MALFORMED;
	}
	sl_decoder_reset(printer->decoder);
	return sl_decode_json(printer->decoder, printer->plan, piece->text, &arrival, &event,
			      ret_fault);
}

enum sl_reason sl_decode_printer_read(struct sl_decode_printer *printer, struct sl_span text,
				      int64_t received_ns, struct sl_decode_fault *ret_fault)
{
	const struct sl_piece piece = {.text = text};

	return decode_piece(printer, &piece, 0, received_ns, ret_fault);
}

static void print_name(const char *name, FILE *to)
{
	char room[6 * 4096 + 2]; /* no longer name could be opened */
	struct sl_json json;

	sl_json_init(&json, room, sizeof(room));
	sl_json_string(&json, name);
	fwrite(json.at, 1, json.bytes, to);
}

/* What a walk over a body carries from event to event. */
struct body {
	struct sl_decode_printer *printer;
	FILE *to;
	int64_t now_ns;
	uint32_t index;
	bool has_events;
};

static int take_piece(struct body *body, const struct sl_piece *piece)
{
	struct sl_decode_fault fault;
	int error = 0;

	if (decode_piece(body->printer, piece, body->index, body->now_ns, &fault)) {
		error = keep_refusal(body->printer, body->index, piece, &fault);
	} else {
		if (body->has_events)
			fputc(',', body->to);
		body->has_events = true;
		error = sl_decode_printer_print(body->printer, piece->text, body->to);
	}
	body->index++;
	return error;
}

static int walk_pieces(struct body *body, struct sl_span text, enum sl_content content)
{
	struct sl_splitter splitter;
	struct sl_piece piece;
	int error = 0;

	sl_splitter_init(&splitter, text, content);
	while (!error && sl_splitter_next(&splitter, &piece))
		error = take_piece(body, &piece);
	return error;
}

/* A connection that sends it all and ends. As the lines have their ends, none is put together
 * elsewhere: each lies in the text. */
static int walk_lines(struct body *body, struct sl_span text)
{
	struct sl_decode_printer *printer = body->printer;
	struct sl_line_framer framer;
	struct sl_message message;
	size_t at = 0;
	int error = 0;

	sl_line_framer_init(&framer, printer->line_bytes_max, printer->assembly, 0);
	while (!error && at < text.bytes) {
		struct sl_span rest = sl_span_of(text.at + at, text.bytes - at);

		at += sl_line_framer_feed(&framer, rest, 0, &message);
		if (message.kind == SL_MESSAGE_LINE) {
			error = take_piece(
				body,
				&(struct sl_piece){.text = message.body,
						   .offset = (size_t)(message.body.at - text.at)});
		} else if (message.kind == SL_MESSAGE_BAD) {
			const struct sl_piece piece = {.offset =
							       (size_t)(message.body.at - text.at)};
			struct sl_decode_fault fault = {.reason = SL_WHY_TOO_LARGE};

			snprintf(fault.detail, sizeof(fault.detail), "%s", message.detail);
			error = keep_refusal(printer, body->index++, &piece, &fault);
		}
	}
	sl_line_framer_fini(&framer);
	return error;
}

static struct sl_span with_line_end(struct sl_span text)
{
	if (text.bytes && text.at[text.bytes - 1] != '\n') {
		((uint8_t *)text.at)[text.bytes] = '\n';
		text.bytes++;
	}
	return text;
}

int sl_decode_printer_body(struct sl_decode_printer *printer, const char *name, struct sl_span text,
			   enum sl_content content, FILE *to, size_t *ret_refused)
{
	struct body body = {.printer = printer, .to = to, .now_ns = sl_clock_now().wall_ns};
	int error;

	printer->n_refusals = 0;
	fputs("{\"file\":", to);
	print_name(name, to);
	fputs(",\"events\":[", to);
	if (printer->channel && printer->channel->protocol == SL_PROTOCOL_TCP)
		error = walk_lines(&body, with_line_end(text));
	else
		error = walk_pieces(&body, text, content);
	if (error)
		return error;
	fputs("],\"refused\":[", to);
	for (size_t i = 0; i < printer->n_refusals; i++) {
		if (i)
			fputc(',', to);
		print_refusal(&printer->refusals[i], to);
	}
	fputs("]}\n", to);
	*ret_refused = printer->n_refusals;
	return 0;
}
