#include "tools/sluice/eval/event.h"

#include "base/clock.h"
#include "decode/decode.h"
#include "rules/rules.h"
#include "sluice/error.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/input.h"
#include "tools/sluice/rulesets/verdict.h"
#include "tools/sluice/temporary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct sl_event_file {
	char *text; /* with padding behind it */
	size_t bytes;
	struct sl_artifact *artifact;
	struct sl_decode_plan *plan;
	struct sl_decoder *decoder;
	struct sl_value slots[SL_FIELDS_MAX];
	uint16_t n_slots;
};

static int complain(const char *command, const char *what, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", command, what, why);
	return SL_EXIT_FAILED;
}

static int read_text(const char *command, const char *path, size_t bytes_max,
		     struct sl_event_file *file)
{
	const char *refused = sl_input_refused(path);
	FILE *from = refused ? NULL : strcmp(path, "-") ? fopen(path, "re") : stdin;
	int result = 0;

	if (refused)
		return complain(command, path, refused);
	if (!from)
		return complain(command, path, strerror(errno));
	file->text = calloc(1, bytes_max + 1 + SL_SPAN_PADDING);
	file->bytes = file->text ? fread(file->text, 1, bytes_max + 1, from) : 0;
	if (!file->text)
		result = complain(command, path, sl_error_text(-ENOMEM));
	else if (ferror(from))
		result = complain(command, path, strerror(errno));
	else if (file->bytes > bytes_max)
		result = complain(command, path, "an event is at most as long as event_bytes says");
	if (from != stdin)
		fclose(from);
	while (file->bytes && strchr(" \t\r\n", file->text[file->bytes - 1]))
		file->text[--file->bytes] = '\0';
	return result;
}

/* The schema as the dataplane would have it. */
static int open_schema(const char *command, const char *schema, struct sl_event_file *file)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	char path[PATH_MAX], why[SL_SENTENCE_BYTES] = "";
	int error = diagnostics ? sl_temporary_make(path) : -ENOMEM, result = 0;

	if (!error) {
		error = sl_rules_compile_schema(schema, path, diagnostics);
		if (!error)
			error = sl_artifact_open(path, &file->artifact, why);
		unlink(path);
	}
	if (diagnostics)
		sl_verdict_diagnostics(diagnostics);
	if (error)
		result = complain(command, schema, *why ? why : sl_error_text(error));
	sl_diagnostics_free(diagnostics);
	return result == 0 || error != -SL_E_RULES ? result : SL_EXIT_NO;
}

static int open_decoder(const char *command, const char *schema, const struct sl_settings *settings,
			struct sl_event_file *file)
{
	const struct sl_decode_limits limits = {
		.event_bytes = (uint32_t)settings->event_bytes,
		.depth = (uint32_t)settings->event_depth,
		.skew_ahead_ns = INT64_MAX,
	};
	int error = sl_decode_plan_new(file->artifact, &file->plan);

	if (!error)
		error = sl_decoder_new(&limits, &file->decoder);
	return error ? complain(command, schema, sl_error_text(error)) : 0;
}

static bool decode(struct sl_event_file *file, struct sl_span text, int64_t *ret_time_ns,
		   struct sl_decode_fault *ret_fault)
{
	const struct sl_arrival arrival = {.channel_name = {.at = "eval", .bytes = 4},
					   .received_source = SL_CLOCK_PROGRAM};
	struct sl_event event = {.slots = file->slots};

	*ret_fault = (struct sl_decode_fault){0};
	file->n_slots = 0;
	if (sl_decode_json(file->decoder, file->plan, text, &arrival, &event, ret_fault))
		return false;
	file->n_slots = (uint16_t)file->artifact->n_fields;
	*ret_time_ns = event.time_ns;
	return true;
}

bool sl_event_file_decode(struct sl_event_file *file, struct sl_span text, int64_t *ret_time_ns)
{
	struct sl_decode_fault fault;

	sl_decoder_reset(file->decoder);
	return decode(file, text, ret_time_ns, &fault);
}

static int decode_file(const char *command, const char *path, struct sl_event_file *file)
{
	struct sl_decode_fault fault;
	int64_t time_ns;

	if (decode(file, sl_span_of((uint8_t *)file->text, file->bytes), &time_ns, &fault))
		return 0;
	fprintf(stderr, "%s: %s: this event would be refused: %s, %s (byte %u)\n", command, path,
		sl_reason_info(fault.reason)->name, fault.detail, fault.offset);
	return SL_EXIT_NO;
}

int sl_event_file_open(const char *command, const char *schema, const char *path,
		       struct sl_event_file **ret_file)
{
	struct sl_event_file *file = calloc(1, sizeof(*file));
	struct sl_settings settings;
	int result;

	if (!file)
		return complain(command, path, sl_error_text(-ENOMEM));
	sl_settings_default(&settings);
	result = path ? read_text(command, path, (size_t)settings.event_bytes, file) : 0;
	if (!result && schema)
		result = open_schema(command, schema, file);
	if (!result && schema)
		result = open_decoder(command, schema, &settings, file);
	if (!result && schema && path)
		result = decode_file(command, path, file);
	if (result)
		sl_event_file_close(file);
	else
		*ret_file = file;
	return result;
}

void sl_event_file_close(struct sl_event_file *file)
{
	if (!file)
		return;
	sl_decoder_free(file->decoder);
	sl_decode_plan_free(file->plan);
	sl_artifact_close(file->artifact);
	free(file->text);
	free(file);
}

const struct sl_value *sl_event_file_slots(const struct sl_event_file *file, uint16_t *ret_n)
{
	*ret_n = file->n_slots;
	return file->slots;
}

const char *sl_event_file_text(const struct sl_event_file *file, size_t *ret_bytes)
{
	*ret_bytes = file->bytes;
	return file->text;
}
