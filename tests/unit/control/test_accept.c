#include "fixture.h"

#include "control/metrics/accept.h"

static void formats_by_what_is_asked_for(void **state)
{
	static const struct {
		const char *accept;
		bool open;
	} cases[] = {
		{"", false},
		{"*/*", false},
		{"text/plain", false},
		{"text/html,application/xhtml+xml,*/*;q=0.8", false},
		{"application/openmetrics-text", true},
		{"application/openmetrics-text; version=1.0.0; charset=utf-8", true},
		{"Application/OpenMetrics-Text ; Version=1.0.0", true},
		{"application/openmetrics-text;version=\"1.0.0\"", true},
		/* what Prometheus asks with */
		{"application/openmetrics-text;version=1.0.0;q=0.5,"
		 "application/openmetrics-text;version=0.0.1;q=0.4,"
		 "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		 true},
		{"application/openmetrics-text;version=0.0.1", false},
		{"application/openmetrics-text;q=0", false},
		{"application/openmetrics-text;q=0.000", false},
		{"application/openmetrics-text;q=0.001", true},
		{"application/openmetrics-text;q=0.2,text/plain;q=0.3", false},
		{"text/plain;q=0.3, application/openmetrics-text ; q=0.3", true},
		{"text/plain;q=1.0,application/openmetrics-text;q=0.999", false},
		/* nonsense */
		{"application/openmetrics-text;q=", false},
		{"application/openmetrics-text;q=x", false},
		{"application/openmetrics-text;q=-1", false},
		{"application/openmetrics-text;q=0.00001", false},
		{",,,;;;,q=1", false},
		{"application/openmetrics-textual", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if ((sl_metrics_accepted(cases[i].accept) == SL_METRICS_OPEN) != cases[i].open)
			fail_msg("%s", cases[i].accept);
}

static void content_types_name_their_version(void **state)
{
	(void)state;
	assert_non_null(strstr(sl_metrics_content_type(SL_METRICS_TEXT), "version=0.0.4"));
	assert_non_null(strstr(sl_metrics_content_type(SL_METRICS_OPEN), "version=1.0.0"));
	/* each is what asks for it */
	assert_int_equal(sl_metrics_accepted(sl_metrics_content_type(SL_METRICS_OPEN)),
			 SL_METRICS_OPEN);
	assert_int_equal(sl_metrics_accepted(sl_metrics_content_type(SL_METRICS_TEXT)),
			 SL_METRICS_TEXT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_by_what_is_asked_for),
		cmocka_unit_test(content_types_name_their_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
