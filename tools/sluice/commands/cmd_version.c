/* sluice version: of Sluice, of the contracts between its processes, and of its libraries. */
#include "sluice/artifact.h"
#include "sluice/command.h"
#include "sluice/journal.h"
#include "sluice/stats.h"
#include "sluice/version.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"

#include <argp.h>
#include <hs/hs.h>
#include <lmdb.h>
#include <stdbool.h>
#include <stdio.h>

static const char help[] =
	"Prints the versions of Sluice, of its file formats and of the libraries it runs with."
	"\vFiles of another version on disk are refused by name when they are opened.\n\n"
	"Exit codes: 0 always; 2 used wrongly.";

static const struct argp_option table[] = {
	{"json", 'j', NULL, 0, "JSON on standard output", 0},
	{0},
};

static error_t take(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'j':
		*(bool *)state->input = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "'%s' is too much", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp sl_version_argp = {table, take, NULL, help, NULL, NULL, NULL};

int sl_cmd_version(int argc, char **argv)
{
	bool as_json = false;
	json_t *object, *part, *value;
	const char *section, *name;
	int lmdb[3];
	char lmdb_text[48];

	argp_parse(&sl_version_argp, argc, argv, 0, NULL, &as_json);
	mdb_version(&lmdb[0], &lmdb[1], &lmdb[2]);
	snprintf(lmdb_text, sizeof(lmdb_text), "%d.%d.%d", lmdb[0], lmdb[1], lmdb[2]);
	object = json_pack("{s:s, s:{s:i, s:i, s:i, s:i, s:i}, s:{s:s, s:s, s:s, s:s, s:s, s:s}}",
			   "version", SL_VERSION, "contracts", "artifact", (int)SL_FILE_VERSION,
			   "settings", (int)SL_SETTINGS_VERSION, "journal", (int)SL_JOURNAL_VERSION,
			   "stats", (int)SL_STATS_VERSION, "command", (int)SL_COMMAND_VERSION,
			   "libraries", "patterns", SL_PATTERNS, "hyperscan", hs_version(), "lmdb",
			   lmdb_text, "liburing", SL_LIBURING, "simdjson", SL_SIMDJSON, "jansson",
			   jansson_version_str());
	if (as_json) {
		sl_api_print(object);
		json_decref(object);
		return SL_EXIT_DONE;
	}
	puts("sluice " SL_VERSION);
	json_object_foreach(object, section, part)
	{
		if (!json_is_object(part))
			continue;
		printf("%s\n", section);
		json_object_foreach(part, name, value)
		{
			if (json_is_string(value))
				printf("  %-10s %s\n", name, json_string_value(value));
			else
				printf("  %-10s %" JSON_INTEGER_FORMAT "\n", name,
				       json_integer_value(value));
		}
	}
	json_decref(object);
	return SL_EXIT_DONE;
}
