/* sluice-control: everything but the hot path. */
#include "base/descriptors.h"
#include "base/log.h"
#include "control/config/config.h"
#include "control/prepare.h"
#include "control/rulesets/rulesets.h"
#include "control/run.h"
#include "sluice/exit.h"
#include "sluice/version.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

struct options {
	const char *config;
	const char *channel;
	const char *convert;
	bool prepare;
	bool alone;
	bool reference;
};

enum {
	OPTION_PREPARE = 256,
	OPTION_REFERENCE,
	OPTION_LOG_FORMAT,
	OPTION_CONVERT,
	OPTION_CHANNEL,
	OPTION_ALONE
};

static const struct argp_option argp_options[] = {
	{"config", 'c', "FILE", 0, "The settings file, sluice.yaml", 0},
	{"prepare", OPTION_PREPARE, NULL, 0,
	 "Check the settings, make the directories, write the dataplane's settings file, print "
	 "where they are as one line of JSON, and end",
	 0},
	{"alone", OPTION_ALONE, NULL, 0,
	 "With --prepare: write nothing while another sluice-control runs on that data, and end "
	 "with 5",
	 0},
	{"convert", OPTION_CONVERT, "FILE", 0,
	 "Check the settings, write them to FILE as the dataplane reads them, and end; nothing "
	 "else is made",
	 0},
	{"channel", OPTION_CHANNEL, "FILE", 0,
	 "With --convert, in place of the settings: a file with one channel", 0},
	{"log-format", OPTION_LOG_FORMAT, "json|text", 0,
	 "How the log on standard error looks (json)", 0},
	{"settings-reference", OPTION_REFERENCE, NULL, 0,
	 "Print every setting with its default, range and meaning", 0},
	{0},
};

static const char doc[] =
	"Runs rule sets, the consumers of the journal and the API of a Sluice gateway.\v"
	"`sluice up` starts this program together with the dataplane; start it alone under a "
	"service manager:\n\n"
	"  sluice-control --config /etc/sluice/sluice.yaml --prepare   before the dataplane\n"
	"  sluice-control --config /etc/sluice/sluice.yaml\n\n"
	"It may be stopped, killed and restarted while the dataplane goes on: it continues from "
	"its cursors. SIGTERM forwards what has been committed so far and ends. SIGHUP reads the "
	"settings again: what can change without a restart does, the log names the rest.\n\n"
	"Exit status: 0 ended as asked, 1 the settings are wrong, 2 used wrongly, 3 cannot run, "
	"and would not if started again: see the message, 5 cannot run at this moment, 6 stopped "
	"as ordered through its API.";

const char *argp_program_version = "sluice-control " SL_VERSION;

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'c':
		options->config = arg;
		return 0;
	case OPTION_PREPARE:
		options->prepare = true;
		return 0;
	case OPTION_ALONE:
		options->alone = true;
		return 0;
	case OPTION_CONVERT:
		options->convert = arg;
		return 0;
	case OPTION_CHANNEL:
		options->channel = arg;
		return 0;
	case OPTION_REFERENCE:
		options->reference = true;
		return 0;
	case OPTION_LOG_FORMAT:
		if (strcmp(arg, "json") != 0 && strcmp(arg, "text") != 0)
			argp_error(state, "--log-format is json or text");
		sl_log_init("sluice-control", !strcmp(arg, "text"));
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "\"%s\" is not wanted here", arg);
		return 0;
	case ARGP_KEY_END:
		if (options->channel && (options->config || !options->convert))
			argp_error(state, "--channel FILE goes with --convert, without --config");
		if (!options->config && !options->channel && !options->reference)
			argp_error(state, "--config FILE is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = argp_options, .parser = parse_option, .doc = doc};
	struct options options = {0};
	struct sl_config config;
	struct sl_paths paths;
	int exit_code;

	if (sl_descriptors_keep_standard())
		return SL_PROCESS_REFUSED;
	if (argc > 1 && !strcmp(argv[1], "--compile")) /* this program, started by itself */
		return sl_rulesets_compile_main(argc, argv);
	sl_log_init("sluice-control", false);
	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	if (options.reference) {
		sl_config_reference(stdout);
		return 0;
	}
	if (options.convert)
		return sl_prepare_convert(options.channel ? options.channel : options.config,
					  options.channel != NULL, options.convert);
	/* who goes on to run is alone or ends: then what the other one prepared has to stay */
	exit_code = sl_prepare(options.config, options.alone || !options.prepare, &config, &paths);
	if (exit_code)
		return exit_code;
	if (options.prepare)
		return sl_prepare_print(&config, &paths) ? 3 : 0;
	return sl_run(options.config, &config, &paths);
}
