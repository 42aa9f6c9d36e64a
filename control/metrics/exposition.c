#include "control/metrics/exposition.h"

#include "base/clock.h"
#include "base/json_out.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EDGES_FIRST 10u /* 2^10 ns: a microsecond */
#define EDGES_LAST 34u  /* 17 s */

void sl_exposition_init(struct sl_exposition *exposition, enum sl_metrics_format format)
{
	*exposition = (struct sl_exposition){.format = format};
}

static void put(struct sl_exposition *exposition, const char *at, size_t n)
{
	if (exposition->room - exposition->bytes < n && !exposition->failed) {
		size_t room = 2 * (exposition->room + n) + 4096;
		char *grown = realloc(exposition->at, room);

		exposition->failed = !grown;
		if (grown) {
			exposition->at = grown;
			exposition->room = room;
		}
	}
	if (exposition->failed)
		return;
	memcpy(exposition->at + exposition->bytes, at, n);
	exposition->bytes += n;
}

static void put_string(struct sl_exposition *exposition, const char *string)
{
	put(exposition, string, strlen(string));
}

/* In help only OpenMetrics escapes quotes, in label values both do. */
static void put_escaped(struct sl_exposition *exposition, const char *at, size_t n, bool quotes)
{
	for (size_t i = 0; i < n; i++) {
		if (at[i] == '\\')
			put_string(exposition, "\\\\");
		else if (at[i] == '\n')
			put_string(exposition, "\\n");
		else if (at[i] == '"' && quotes)
			put_string(exposition, "\\\"");
		else
			put(exposition, at + i, 1);
	}
}

/* Bytes of the character at the front; 0: it is none. */
static size_t character(const uint8_t *at, size_t n)
{
	size_t bytes = at[0] < 0x80   ? 1
		       : at[0] < 0xc2 ? 0
		       : at[0] < 0xe0 ? 2
		       : at[0] < 0xf0 ? 3
				      : 4;
	uint32_t code;

	if (bytes < 2)
		return bytes;
	if (at[0] > 0xf4 || bytes > n)
		return 0;
	code = at[0] & (0xffu >> (bytes + 1));
	for (size_t i = 1; i < bytes; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (at[i] & 0x3fu);
	}
	if (bytes == 3 && (code < 0x800 || (code >= 0xd800 && code < 0xe000)))
		return 0;
	return bytes == 4 && (code < 0x10000 || code > 0x10ffff) ? 0 : bytes;
}

static void put_value(struct sl_exposition *exposition, struct sl_text value)
{
	const uint8_t *at = (const uint8_t *)value.at;
	size_t i = 0;

	while (i < value.bytes) {
		size_t n = character(at + i, value.bytes - i);

		if (n)
			put_escaped(exposition, value.at + i, n, true);
		else
			put_string(exposition, "\xef\xbf\xbd");
		i += n ? n : 1;
	}
}

static void put_labels(struct sl_exposition *exposition, const struct sl_label *labels, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		put_string(exposition, i ? "," : "{");
		put_string(exposition, labels[i].name);
		put_string(exposition, "=\"");
		put_value(exposition, labels[i].value);
		put_string(exposition, "\"");
	}
	if (n)
		put_string(exposition, "}");
}

static const char *suffix_of(enum sl_metric_type type)
{
	return type == SL_METRIC_COUNTER ? "_total" : type == SL_METRIC_INFO ? "_info" : "";
}

/* 0.0.4 names a family as its samples are named, and knows no infos. */
static void put_meta(struct sl_exposition *exposition, const char *what)
{
	const struct sl_metric *family = exposition->family;

	put_string(exposition, "# ");
	put_string(exposition, what);
	put_string(exposition, " sluice_");
	put_string(exposition, family->name);
	if (exposition->format == SL_METRICS_TEXT)
		put_string(exposition, suffix_of(family->type));
	put_string(exposition, " ");
}

void sl_exposition_family(struct sl_exposition *exposition, const struct sl_metric *family)
{
	static const char *const types[] = {"counter", "gauge", "info", "histogram"};
	bool open = exposition->format == SL_METRICS_OPEN;

	exposition->family = family;
	put_meta(exposition, "HELP");
	put_escaped(exposition, family->help, strlen(family->help), open);
	put_string(exposition, "\n");
	put_meta(exposition, "TYPE");
	put_string(exposition,
		   family->type == SL_METRIC_INFO && !open ? "gauge" : types[family->type]);
	put_string(exposition, "\n");
	if (!open || !family->unit[0])
		return;
	put_meta(exposition, "UNIT");
	put_string(exposition, family->unit);
	put_string(exposition, "\n");
}

static void put_sample(struct sl_exposition *exposition, const char *suffix,
		       const struct sl_label *labels, unsigned n, const char *value)
{
	put_string(exposition, "sluice_");
	put_string(exposition, exposition->family->name);
	put_string(exposition, suffix);
	put_labels(exposition, labels, n);
	put_string(exposition, " ");
	put_string(exposition, value);
	put_string(exposition, "\n");
}

static void format_uint(char text[32], uint64_t value)
{
	snprintf(text, 32, "%" PRIu64, value);
}

/* The shortest that reads back. */
static void format_double(char text[32], double value)
{
	struct sl_json json;

	sl_json_init(&json, text, 31);
	sl_json_double(&json, value);
	text[json.bytes] = 0;
}

void sl_exposition_uint(struct sl_exposition *exposition, const struct sl_label *labels, unsigned n,
			uint64_t value)
{
	char text[32];

	format_uint(text, value);
	put_sample(exposition, suffix_of(exposition->family->type), labels, n, text);
}

void sl_exposition_double(struct sl_exposition *exposition, const struct sl_label *labels,
			  unsigned n, double value)
{
	char text[32];

	format_double(text, value);
	put_sample(exposition, suffix_of(exposition->family->type), labels, n, text);
}

static void put_bucket(struct sl_exposition *exposition, struct sl_label *labels, unsigned n,
		       const char *edge, uint64_t count)
{
	char text[32];

	labels[n] = sl_label("le", edge);
	format_uint(text, count);
	put_sample(exposition, "_bucket", labels, n + 1, text);
}

void sl_exposition_durations(struct sl_exposition *exposition, const struct sl_label *labels,
			     unsigned n, const struct sl_durations_sum *sum)
{
	struct sl_label all[SL_LABELS_MAX];
	char text[32];

	assert(n < SL_LABELS_MAX);
	for (unsigned i = 0; i < n; i++)
		all[i] = labels[i];
	for (unsigned step = 2 * EDGES_FIRST; step <= 2 * EDGES_LAST; step++) {
		/* 2^k, then the middle between that and the next */
		uint64_t edge_ns = step % 2 ? 3ull << (step / 2 - 1) : 1ull << step / 2;

		format_double(text, (double)edge_ns / SL_NS_PER_S);
		put_bucket(exposition, all, n, text, sl_durations_up_to(sum, edge_ns));
	}
	put_bucket(exposition, all, n, "+Inf", sum->count);
	format_double(text, (double)sum->sum_ns / SL_NS_PER_S);
	put_sample(exposition, "_sum", labels, n, text);
	format_uint(text, sum->count);
	put_sample(exposition, "_count", labels, n, text);
}

void sl_exposition_end(struct sl_exposition *exposition)
{
	if (exposition->format == SL_METRICS_OPEN)
		put_string(exposition, "# EOF\n");
}
