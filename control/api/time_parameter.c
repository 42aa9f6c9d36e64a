/* Times of a query. */
#include "base/clock.h"
#include "control/api/api_priv.h"

#include <string.h>
#include <time.h>

/* "2026-11-21T17:00:00Z", with or without a fraction, which is passed over: a digit where the form
 * has a 0, and nothing else but what it has. */
static bool has_form(const char *at)
{
	static const char form[] = "0000-00-00T00:00:00";
	size_t n = sizeof(form) - 1;

	for (size_t i = 0; i < n; i++)
		if (form[i] == '0' ? at[i] < '0' || at[i] > '9' : at[i] != form[i])
			return false;
	if (at[n] == '.') {
		size_t digits = strspn(at + n + 1, "0123456789");

		n += digits && digits <= 9 ? digits + 1 : 0;
	}
	return !strcmp(at + n, "Z");
}

/* Of the years that times here can have. */
static bool read_time(const char *at, int64_t *ret_ns)
{
	struct tm tm = {0};

	if (!has_form(at) || !strptime(at, "%Y-%m-%dT%H:%M:%S", &tm) || tm.tm_sec > 59 ||
	    tm.tm_year < 1700 - 1900 || tm.tm_year > 2199 - 1900)
		return false;
	*ret_ns = timegm(&tm) * SL_NS_PER_S;
	return true;
}

bool sl_api_parameter_time(struct sl_connection *connection, const char *name, int64_t *ns)
{
	const char *value = sl_api_parameter(&connection->target, name);

	if (!value || read_time(value, ns))
		return true;
	sl_connection_reply_error(connection, 400,
				  "the parameter \"%s\" is a time in UTC, as 2026-11-21T17:00:00Z",
				  name);
	return false;
}
