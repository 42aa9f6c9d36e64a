/* The table of routes: every request that is answered with anything but a refusal. What each of
 * them takes and gives is written in openapi.yaml; a test holds the two together. */
#include "control/api/api_priv.h"

const struct sl_api_route sl_api_routes[] = {
	{"GET", "/healthz", NULL, SL_API_PROBE, sl_api_get_health, "the process answers"},
	{"GET", "/readyz", NULL, SL_API_PLAIN, sl_api_get_ready,
	 "200 while the gateway does what it is for, else 503 and why not"},
	{"GET", "/metrics", NULL, SL_API_PLAIN, sl_api_get_metrics,
	 "the same as numbers for Prometheus"},
	{"GET", "/v1", "", SL_API_PLAIN, sl_api_get_routes, "this list"},
	{"GET", "/v1/status", "", SL_API_PLAIN, sl_api_get_status,
	 "everything counted, both processes"},
	{"POST", "/v1/drain", "", SL_API_ORDER, sl_api_post_drain,
	 "accept nothing more, finish what is under way, stay up"},
	{"POST", "/v1/stop", "", SL_API_ORDER, sl_api_post_stop,
	 "drain, forward what is committed, and end both processes"},
	{"GET", "/v1/quarantine", "channel reason since until after limit", SL_API_PLAIN,
	 sl_api_get_quarantine, "refused events, newest first"},
	{"GET", "/v1/quarantine/{id}", "", SL_API_PLAIN, sl_api_get_quarantined,
	 "one refused event with its masked original"},
	{"GET", "/v1/rulesets", "", SL_API_PLAIN, sl_api_get_rulesets,
	 "the versions that are kept, newest first"},
	{"POST", "/v1/rulesets", "", SL_API_LOAD, sl_api_post_load,
	 "check, compile and load a rule set, or only check it"},
	{"POST", "/v1/rulesets/check", "", SL_API_CHECK, sl_api_post_load,
	 "check and compile a rule set with the settings of this gateway, and load nothing"},
	{"GET", "/v1/rulesets/current", "", SL_API_PLAIN, sl_api_get_ruleset,
	 "the version in force"},
	{"POST", "/v1/rulesets/rollback", "", SL_API_ROLLBACK, sl_api_post_load,
	 "load an older version again"},
	{"GET", "/v1/rulesets/{version}", "", SL_API_PLAIN, sl_api_get_ruleset,
	 "one version that is kept"},
	{"GET", "/v1/rulesets/{version}/sources", "from", SL_API_PLAIN, sl_api_get_sources,
	 "its files, about a MiB at a time"},
	{"GET", "/v1/tail", "kind campaign key where", SL_API_PLAIN, sl_api_get_tail,
	 "records as they are committed, a line each, until you hang up"},
	{"GET", "/v1/log-level", "", SL_API_PLAIN, sl_api_get_log_level,
	 "from which level on control writes to its log, and how much it wrote"},
	{"PUT", "/v1/log-level", "", SL_API_PLAIN, sl_api_put_log_level,
	 "set that level, until control ends"},
};

const size_t sl_api_routes_count = sizeof(sl_api_routes) / sizeof(sl_api_routes[0]);
