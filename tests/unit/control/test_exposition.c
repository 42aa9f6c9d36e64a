#include "fixture.h"

#include "control/metrics/exposition.h"

static const struct sl_metric counter = {SL_METRIC_COUNTER, "a_bytes", "bytes", "help"};
static const struct sl_metric gauge = {SL_METRIC_GAUGE, "b", "", "back\\slash \"quote\" line\nend"};
static const struct sl_metric info = {SL_METRIC_INFO, "c", "", "info"};
static const struct sl_metric histogram = {SL_METRIC_HISTOGRAM, "d_seconds", "seconds", "took"};

static void is(struct sl_exposition *exposition, const char *text)
{
	assert_false(exposition->failed);
	assert_int_equal(exposition->bytes, strlen(text));
	assert_memory_equal(exposition->at, text, strlen(text));
	free(exposition->at);
}

static void write_some(struct sl_exposition *exposition, enum sl_metrics_format format)
{
	const struct sl_label two[] = {sl_label("x", "1"), sl_label("y", "2")};

	sl_exposition_init(exposition, format);
	sl_exposition_family(exposition, &counter);
	sl_exposition_uint(exposition, two, 2, UINT64_MAX);
	sl_exposition_uint(exposition, two, 1, 0);
	sl_exposition_family(exposition, &gauge);
	sl_exposition_double(exposition, NULL, 0, 0.25);
	sl_exposition_family(exposition, &info);
	sl_exposition_uint(exposition, two, 1, 1);
	sl_exposition_end(exposition);
}

static void prometheus_text(void **state)
{
	struct sl_exposition exposition;

	(void)state;
	write_some(&exposition, SL_METRICS_TEXT);
	is(&exposition, "# HELP sluice_a_bytes_total help\n"
			"# TYPE sluice_a_bytes_total counter\n"
			"sluice_a_bytes_total{x=\"1\",y=\"2\"} 18446744073709551615\n"
			"sluice_a_bytes_total{x=\"1\"} 0\n"
			"# HELP sluice_b back\\\\slash \"quote\" line\\nend\n"
			"# TYPE sluice_b gauge\n"
			"sluice_b 0.25\n"
			"# HELP sluice_c_info info\n"
			"# TYPE sluice_c_info gauge\n"
			"sluice_c_info{x=\"1\"} 1\n");
}

static void open_metrics(void **state)
{
	struct sl_exposition exposition;

	(void)state;
	write_some(&exposition, SL_METRICS_OPEN);
	is(&exposition, "# HELP sluice_a_bytes help\n"
			"# TYPE sluice_a_bytes counter\n"
			"# UNIT sluice_a_bytes bytes\n"
			"sluice_a_bytes_total{x=\"1\",y=\"2\"} 18446744073709551615\n"
			"sluice_a_bytes_total{x=\"1\"} 0\n"
			"# HELP sluice_b back\\\\slash \\\"quote\\\" line\\nend\n"
			"# TYPE sluice_b gauge\n"
			"sluice_b 0.25\n"
			"# HELP sluice_c info\n"
			"# TYPE sluice_c info\n"
			"sluice_c_info{x=\"1\"} 1\n"
			"# EOF\n");
}

static void values_of_labels_are_escaped_and_utf8(void **state)
{
	static const struct {
		const char *value, *written;
	} cases[] = {
		{"a\"b\\c\nd", "a\\\"b\\\\c\\nd"},
		{"\xec\x9d\x80\xed\x96\x89", "\xec\x9d\x80\xed\x96\x89"},
		{"\xf0\x9f\x8f\xa6", "\xf0\x9f\x8f\xa6"},
		/* cut short, overlong, a surrogate, beyond the last one, a lone rest */
		{"\xec\x9d", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xc0\x80", "\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xe0\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xf0\x80\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
		{"\xff", "\xef\xbf\xbd"},
		{"\x80z", "\xef\xbf\xbdz"},
		{"", ""},
	};
	char expected[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sl_exposition exposition;
		struct sl_label label = sl_label("x", cases[i].value);

		sl_exposition_init(&exposition, SL_METRICS_TEXT);
		exposition.family = &gauge;
		sl_exposition_uint(&exposition, &label, 1, 1);
		snprintf(expected, sizeof(expected), "sluice_b{x=\"%s\"} 1\n", cases[i].written);
		is(&exposition, expected);
	}
}

static uint64_t number_behind(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	if (!at)
		fail_msg("no %s in %s", name, text);
	return strtoull(at + strlen(name), NULL, 10);
}

static void histograms_count_up_to_their_edges(void **state)
{
	struct sl_label label = sl_label("stage", "x");
	struct sl_durations *durations = calloc(1, sizeof(*durations));
	struct sl_durations_sum *sum = calloc(1, sizeof(*sum));
	struct sl_exposition exposition;
	uint64_t before = 0;
	const char *at;
	unsigned n = 0;
	char *text;

	(void)state;
	sl_durations_note(durations, 1024, 5); /* on an edge: at most so long */
	sl_durations_note(durations, 1025, 1);
	sl_durations_note(durations, 1ll << 38, 2);
	sl_durations_add(sum, durations);
	sl_exposition_init(&exposition, SL_METRICS_TEXT);
	sl_exposition_family(&exposition, &histogram);
	sl_exposition_durations(&exposition, &label, 1, sum);
	assert_false(exposition.failed);
	text = strndup(exposition.at, exposition.bytes);
	assert_int_equal(number_behind(text, "{stage=\"x\",le=\"1.024e-06\"} "), 5);
	assert_int_equal(number_behind(text, "{stage=\"x\",le=\"1.536e-06\"} "), 6);
	assert_int_equal(number_behind(text, "{stage=\"x\",le=\"17.179869184\"} "), 6);
	assert_int_equal(number_behind(text, "{stage=\"x\",le=\"+Inf\"} "), 8);
	assert_int_equal(number_behind(text, "sluice_d_seconds_count{stage=\"x\"} "), 8);
	assert_non_null(strstr(text, "sluice_d_seconds_sum{stage=\"x\"} 549.755"));
	for (at = text; (at = strstr(at, "\"} ")); at++, n++) {
		if (n >= 50)
			continue; /* sum and count */
		assert_true(strtoull(at + 3, NULL, 10) >= before);
		before = strtoull(at + 3, NULL, 10);
	}
	assert_int_equal(n, 50 + 2);
	free(text);
	free(exposition.at);
	free(sum);
	free(durations);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prometheus_text),
		cmocka_unit_test(open_metrics),
		cmocka_unit_test(values_of_labels_are_escaped_and_utf8),
		cmocka_unit_test(histograms_count_up_to_their_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
