/* sluice dump: what is in a rule-set artifact, or a settings file. Needs no gateway. */
#include "sluice/error.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/dump/print.h"
#include "tools/sluice/gateway/api.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"Shows what is in a rule-set artifact: its header and schema, what each section takes, and "
	"for each campaign where it is filed and the program that decides. Of a settings file, the "
	"settings."
	"\vThe file is checked as the dataplane would check it, and nothing of a damaged one is "
	"shown. A gateway's "
	"artifacts lie under its data directory, in rulesets/VERSION/artifact.bin; its settings "
	"in settings.bin.\n\n"
	"A trigger is looked at only for events that come to a place where it is filed; then its "
	"program runs. "
	"Texts that the pattern databases look for are inside these, so of them only the size is "
	"shown, as of regular "
	"expressions.\n\n"
	"Parts: header, sections, schema, databases, patterns, zones, registry, campaigns; of a "
	"settings file header, settings, channels, wires.\n\n"
	"Examples:\n"
	"  sluice dump data/rulesets/current/artifact.bin\n"
	"  sluice dump artifact.bin --campaign loan-abandoned\n"
	"  sluice dump artifact.bin --section sections --json\n\n"
	"With --json a line for each object, under the name of what it is: {\"header\":{…}}, "
	"{\"section\":{…}}, "
	"{\"field\":{…}}, {\"database\":{…}}, {\"pattern\":{…}}, {\"zone\":{…}}, {\"slot\":{…}}, "
	"{\"campaign\":{…,\"triggers\":[{\"filed\":[[\"type == \\\"a\\\"\"]],\"program\":[…]}]}}, "
	"{\"setting\":{…}}, {\"channel\":{…}}, {\"wire\":{…}}.\n\n"
	"Exit codes: 0 shown; 1 there is no such campaign or part in it; 2 used wrongly; 3 the "
	"file "
	"could not be read, or is damaged.";

enum { KEY_SECTION = 256, KEY_CAMPAIGN, KEY_JSON };

static const struct argp_option table[] = {
	{"section", KEY_SECTION, "NAME", 0, "only this part", 0},
	{"campaign", KEY_CAMPAIGN, "NAME", 0, "only this campaign", 0},
	{"json", KEY_JSON, NULL, 0, "JSON on standard output", 0},
	{0},
};

static const struct {
	const char *name, *object;
} parts[SL_DUMP_PARTS] = {
	[SL_DUMP_HEADER] = {"header", "header"},
	[SL_DUMP_SECTIONS] = {"sections", "section"},
	[SL_DUMP_SCHEMA] = {"schema", "field"},
	[SL_DUMP_DATABASES] = {"databases", "database"},
	[SL_DUMP_PATTERNS] = {"patterns", "pattern"},
	[SL_DUMP_ZONES] = {"zones", "zone"},
	[SL_DUMP_REGISTRY] = {"registry", "slot"},
	[SL_DUMP_CAMPAIGNS] = {"campaigns", "campaign"},
	[SL_DUMP_SETTINGS] = {"settings", "setting"},
	[SL_DUMP_CHANNELS] = {"channels", "channel"},
	[SL_DUMP_WIRES] = {"wires", "wire"},
};

struct wish {
	const char *path, *campaign;
	int part; /* -1: all */
	bool json;
};

static int part_named(const char *name, struct argp_state *state)
{
	for (int i = 0; i < SL_DUMP_PARTS; i++)
		if (!strcmp(name, parts[i].name))
			return i;
	argp_error(state,
		   "there is no part '%s'; they are header, sections, schema, databases, patterns, "
		   "zones, registry, campaigns, settings, channels, wires",
		   name);
	return -1;
}

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct wish *wish = state->input;

	switch (key) {
	case KEY_SECTION:
		wish->part = part_named(arg, state);
		return 0;
	case KEY_CAMPAIGN:
		wish->campaign = arg;
		return 0;
	case KEY_JSON:
		wish->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (wish->path)
			argp_error(state, "one file at a time; '%s' is too much", arg);
		wish->path = arg;
		return 0;
	case ARGP_KEY_END:
		if (!wish->path)
			argp_error(state, "which file?");
		if (wish->campaign && wish->part >= 0 && wish->part != SL_DUMP_CAMPAIGNS)
			argp_error(state, "--campaign shows campaigns, not %s",
				   parts[wish->part].name);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Sentences about a file's contents do not name it; they may hold texts of the file. */
static int complain(const char *path, int error, const char *why)
{
	const char *hint = "";

	fputs("sluice dump: ", stderr);
	if (!strstr(why, path))
		fprintf(stderr, "%s: ", path);
	sl_dump_print_text(stderr, (struct sl_text){why, (uint32_t)strlen(why)});
	if (error == -SL_E_FORMAT)
		hint = ": give an artifact.bin of a version under data/rulesets, or a settings.bin";
	else if (error == -SL_E_CHECKSUM || error == -SL_E_BOUNDS || error == -SL_E_TRUNCATED)
		hint = ": the file is damaged; load the campaigns again, which writes a new one";
	else if (error == -SL_E_VERSION)
		hint = ": use the sluice of the version that wrote it, or load the campaigns again";
	fprintf(stderr, "%s\n", hint);
	return SL_EXIT_FAILED;
}

static int show(const struct wish *wish, const struct sl_dump *dump, enum sl_dump_part part,
		uint32_t i, bool first)
{
	json_t *object = sl_dump_object(dump, part, i), *line;

	if (!object) {
		fprintf(stderr, "sluice dump: %s\n", sl_error_text(-ENOMEM));
		return SL_EXIT_FAILED;
	}
	if (wish->json) {
		line = json_pack("{s:O}", parts[part].object, object);
		sl_api_print(line);
		json_decref(line);
	} else {
		sl_dump_print(part, object, first);
	}
	json_decref(object);
	return SL_EXIT_DONE;
}

static int show_campaign(const struct wish *wish, const struct sl_dump *dump)
{
	const struct sl_artifact *artifact = dump->artifact;
	size_t bytes = strlen(wish->campaign);

	for (uint32_t i = 0; artifact && i < artifact->n_campaigns; i++) {
		struct sl_text name = sl_artifact_text(artifact, artifact->campaigns[i].name);

		if (name.bytes == bytes && !memcmp(name.at, wish->campaign, bytes))
			return show(wish, dump, SL_DUMP_CAMPAIGNS, i, true);
	}
	fprintf(stderr,
		"sluice dump: there is no campaign '%s' in %s; --section campaigns shows all\n",
		wish->campaign, wish->path);
	return SL_EXIT_NO;
}

static int show_all(const struct wish *wish, const struct sl_dump *dump)
{
	int result = SL_EXIT_DONE;
	bool of_kind = wish->part < 0 || wish->part == SL_DUMP_HEADER ||
		       (wish->part >= SL_DUMP_SETTINGS) == (dump->artifact == NULL);

	if (wish->campaign)
		return show_campaign(wish, dump);
	if (!of_kind) {
		fprintf(stderr, "sluice dump: %s is a %s and has no %s\n", wish->path,
			dump->artifact ? "rule-set artifact" : "settings file",
			parts[wish->part].name);
		return SL_EXIT_NO;
	}
	for (int part = 0; part < SL_DUMP_PARTS && result == SL_EXIT_DONE; part++) {
		uint32_t n = sl_dump_count(dump, (enum sl_dump_part)part);

		if (wish->part >= 0 && wish->part != part)
			continue;
		if (n && part > 0 && wish->part < 0 && !wish->json)
			putchar('\n');
		for (uint32_t i = 0; i < n && result == SL_EXIT_DONE; i++)
			result = show(wish, dump, (enum sl_dump_part)part, i, i == 0);
	}
	return result;
}

static int dump_settings(const struct wish *wish, int refused, const char *why)
{
	char settings_why[SL_SENTENCE_BYTES] = "";
	struct sl_settings *settings = calloc(1, sizeof(*settings));
	struct sl_channel *channels = calloc(SL_CHANNELS_MAX, sizeof(*channels));
	struct sl_wire *wires = calloc(SL_WIRES_MAX, sizeof(*wires));
	int error = -ENOMEM, result;

	if (settings && channels && wires)
		error = sl_settings_read(wish->path, settings, channels, settings_why);
	if (!error)
		error = sl_settings_read_wires(wish->path, wires, settings_why);
	if (error == -SL_E_FORMAT) /* not that either */
		result = complain(wish->path, refused, why);
	else if (error)
		result = complain(wish->path, error,
				  settings_why[0] ? settings_why : sl_error_text(error));
	else
		result = show_all(wish, &(struct sl_dump){.settings = settings,
							  .channels = channels,
							  .wires = wires});
	free(settings);
	free(channels);
	free(wires);
	return result;
}

static int dump_artifact(const struct wish *wish, const struct sl_artifact *artifact)
{
	struct sl_dump_filing *filing = NULL;
	uint32_t *triggers = sl_dump_order(artifact);
	int error = triggers ? sl_dump_filing_new(artifact, &filing) : -ENOMEM, result;

	if (error)
		result = complain(wish->path, error,
				  error == -SL_E_BOUNDS ? "filings lie over each other"
							: sl_error_text(error));
	else
		result = show_all(wish, &(struct sl_dump){.artifact = artifact,
							  .filing = filing,
							  .triggers = triggers});
	sl_dump_filing_free(filing);
	free(triggers);
	return result;
}

const struct argp sl_dump_argp = {table, take, "ARTIFACT", help, NULL, NULL, NULL};

int sl_cmd_dump(int argc, char **argv)
{
	struct wish wish = {.part = -1};
	char why[SL_SENTENCE_BYTES] = "";
	struct sl_artifact *artifact;
	int error, result;

	argp_parse(&sl_dump_argp, argc, argv, 0, NULL, &wish);
	error = sl_artifact_open(wish.path, &artifact, why);
	if (error == -SL_E_FORMAT) /* perhaps the other kind of file */
		return dump_settings(&wish, error, why);
	if (error)
		return complain(wish.path, error, why);
	result = dump_artifact(&wish, artifact);
	sl_artifact_close(artifact);
	return result;
}
