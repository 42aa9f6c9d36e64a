/* Who may ask over TCP. */
#include "fixture.h"

#include "control/api/guard_priv.h"
#include "sluice/error.h"

static void hosts(void **state)
{
	static const char *const good[] = {"localhost",      "LocalHost:80", "127.0.0.1",
					   "127.9.8.7:1808", "[::1]",        "[::1]:18081",
					   "127.0.0.1:"};
	static const char *const bad[] = {"",
					  "evil.example",
					  "localhost.evil.example",
					  "127.0.0.1.evil.example",
					  "127.0.0.1:80:80",
					  "127.0.0.1:x",
					  "127.1",
					  "128.0.0.1",
					  "::1",
					  "[::1",
					  "[::1]x",
					  "[::2]",
					  "[127.0.0.1]",
					  "[localhost]",
					  "localhost ",
					  "user@localhost"};
	char longest[100];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(sl_api_host_is_loopback(sl_span_text(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(sl_api_host_is_loopback(sl_span_text(bad[i])));
	memset(longest, '1', sizeof(longest));
	assert_false(sl_api_host_is_loopback(sl_span_of(longest, sizeof(longest))));
	assert_false(sl_api_host_is_loopback(sl_span_of("localhost\0", 10)));
}

static int read_token(struct fixture *fixture, const char *text, mode_t mode, char *token)
{
	char path[100], why[SL_SENTENCE_BYTES] = "";
	FILE *file;
	int e;

	snprintf(path, sizeof(path), "%s/token", fixture->directory);
	unlink(path);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
	e = sl_api_token_read(path, token, why);
	assert_true(e == 0 || strstr(why, path));
	return e;
}

static void token_files(void **state)
{
	char token[SL_API_TOKEN_MAX + 1] = "", why[SL_SENTENCE_BYTES] = "";
	char longest[SL_API_TOKEN_MAX + 2];
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	assert_int_equal(read_token(&fixture, "0123456789abcdef", 0600, token), 0);
	assert_string_equal(token, "0123456789abcdef");
	assert_int_equal(read_token(&fixture, "ABCDEF-._~+/=0123\r\nsecond line", 0640, token), 0);
	assert_string_equal(token, "ABCDEF-._~+/=0123");
	/* who may see or change it is too many */
	assert_int_equal(read_token(&fixture, "0123456789abcdef", 0644, token), -SL_E_SETTINGS);
	assert_int_equal(read_token(&fixture, "0123456789abcdef", 0660, token), -SL_E_SETTINGS);
	assert_int_equal(read_token(&fixture, "0123456789abcdef", 0602, token), -SL_E_SETTINGS);
	assert_int_equal(read_token(&fixture, "", 0600, token), -SL_E_SETTINGS);
	assert_int_equal(read_token(&fixture, "\n0123456789abcdef", 0600, token), -SL_E_SETTINGS);
	assert_int_equal(read_token(&fixture, "0123456789abcde", 0600, token), -SL_E_SETTINGS);
	assert_int_equal(read_token(&fixture, "0123456789abcde f", 0600, token), -SL_E_SETTINGS);
	memset(longest, 'a', sizeof(longest));
	longest[SL_API_TOKEN_MAX + 1] = 0;
	assert_int_equal(read_token(&fixture, longest, 0600, token), -SL_E_SETTINGS);
	longest[SL_API_TOKEN_MAX] = 0;
	assert_int_equal(read_token(&fixture, longest, 0600, token), 0);
	assert_int_equal(sl_api_token_read("/nonexistent/token", token, why), -2);
	assert_non_null(strstr(why, "No such file"));
	assert_int_equal(sl_api_token_read(fixture.directory, token, why), -SL_E_SETTINGS);
	assert_non_null(strstr(why, "not a file"));
	assert_string_equal(token, longest); /* untouched by what failed */
	fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts),
		cmocka_unit_test(token_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
