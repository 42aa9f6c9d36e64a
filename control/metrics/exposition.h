/* exposition: writing metrics as text, in Prometheus' format 0.0.4 or as OpenMetrics 1.0.
 *
 * The caller opens a family and writes its samples, all of them before the next family. The text
 * grows on the heap; where there is no memory `failed` is set and nothing more is written, so that
 * the caller looks once, at the end. Label values may be any bytes: they are escaped, and what is
 * not UTF-8 comes out as U+FFFD. Names and units are the caller's constants and believed. */
#ifndef SL_CONTROL_METRICS_EXPOSITION_H
#define SL_CONTROL_METRICS_EXPOSITION_H

#include "base/durations.h"
#include "base/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum sl_metrics_format { SL_METRICS_TEXT, SL_METRICS_OPEN };

enum sl_metric_type { SL_METRIC_COUNTER, SL_METRIC_GAUGE, SL_METRIC_INFO, SL_METRIC_HISTOGRAM };

/* Texts outlive the family. The name is without "sluice_" and "_total". */
struct sl_metric {
	enum sl_metric_type type;
	const char *name, *unit, *help;
};

struct sl_label {
	const char *name;
	struct sl_text value;
};

#define SL_LABELS_MAX 4u

struct sl_exposition {
	enum sl_metrics_format format;
	char *at; /* the caller frees it */
	size_t bytes, room;
	bool failed;
	const struct sl_metric *family;
};

void sl_exposition_init(struct sl_exposition *exposition, enum sl_metrics_format format);
void sl_exposition_family(struct sl_exposition *exposition, const struct sl_metric *family);
/* At most SL_LABELS_MAX labels; of INFO the value is 1. */
void sl_exposition_uint(struct sl_exposition *exposition, const struct sl_label *labels, unsigned n,
			uint64_t value);
void sl_exposition_double(struct sl_exposition *exposition, const struct sl_label *labels,
			  unsigned n, double value);
/* Of HISTOGRAM, in seconds: from 1 microsecond to 17 s, two buckets to each power of two. At most
 * SL_LABELS_MAX - 1 labels. */
void sl_exposition_durations(struct sl_exposition *exposition, const struct sl_label *labels,
			     unsigned n, const struct sl_durations_sum *sum);
void sl_exposition_end(struct sl_exposition *exposition);

static inline struct sl_label sl_label(const char *name, const char *value)
{
	return (struct sl_label){name, {.at = value, .bytes = (uint32_t)strlen(value)}};
}

#endif
